"""盘点: the sheet. Every line is kept when Enter leaves it, at the moment it was counted; Enter goes on to the next."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.base.changes import Changes
from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.forms.kept import DraftKeeper
from app.desktop.forms.scan import ScanField
from app.desktop.lists.empty import EmptyState
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.stock.count_row import CountHeads, CountRow
from app.desktop.stock.goods_line import GoodsLine
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.layouts import Column, Row
from app.features.inventory.commands_count import RecordCountLine
from app.features.inventory.queries_count import CountRow as CountHead
from app.features.inventory.queries_count import SheetRow, count_sheet

AT_ONCE = 24
"""Rows made in one go; more would be felt."""
FOUND = "found"
"""Under this the draft holds the line that the books do not have."""


class CountSheet(Form):
    """`finished` when the counter says that all is counted, `begun` when the first line is kept."""

    finished = Signal()
    begun = Signal()

    def __init__(self, desk: Desk, data: ShelfData, head: CountHead, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self._desk, self._data, self.head = desk, data, head
        self.rows: dict[str, CountRow] = {}
        self._to_make: list[SheetRow] = []
        self._found: GoodsLine | None = None
        self._found_sent: dict[str, Any] | None = None
        self._found_next = ""
        """The item scanned while the line before was not whole: its line opens after that one."""
        theme = desk.theme
        column = Column(theme, self, gap="")
        top = Row(theme, gap="s12", pad=("s24", "", "s24", "s8"))
        self.scan = ScanField(
            theme,
            "scan",
            self.label("item"),
            placeholder=self.tr("Scan: go to its line"),
            bare=True,
            parent=self,
        )
        top.addWidget(self.scan)
        self._progress = Label(theme, "", tone="quiet", tabular=True, parent=self)
        top.addWidget(self._progress)
        top.addStretch(1)
        self.end_button = Button(theme, self.tr("End the count"), "primary", key="Ctrl+Enter", parent=self)
        self.end_button.clicked.connect(self.ask_save)
        top.addWidget(self.end_button)
        column.addLayout(top)
        self._heads = CountHeads(desk, blind=head.blind, parent=self)
        column.addWidget(self._heads)
        content = QWidget(self)
        self._list = Column(theme, content, gap="", pad=("s24", "s4", "s24", "s24"))
        self._extra = Column(theme, gap="")
        self._list.addLayout(self._extra)
        self._none = EmptyState(
            theme, "count", self.tr("The books are empty"), self.tr("Scan what lies on the shelf to write it down.")
        )
        self._none.hide()
        self._list.addWidget(self._none)
        self._list.addStretch(1)
        self._scroller = Scroller(theme, content, self)
        column.addWidget(self._scroller, 1)
        self._more = QTimer(self)
        self._more.setInterval(0)
        self._more.timeout.connect(self._make_some)
        self.keeper = DraftKeeper(desk.work, self, f"stock.count:{head.id}")
        self._kept: dict[str, object] = {}
        self._on_the_way, self._ending = 0, False
        self.scan.typed.connect(self._offer)
        self.scan.chosen.connect(self._go_to_item)
        self.scan.scanned.connect(self._scanned)
        self.save_asked.connect(self._end)
        desk.work.changed.connect(self._changed)
        data.came.connect(self._put_kept)
        self._ask()

    # the draft holds only what is typed and not yet kept as a line

    def draft(self) -> dict[str, object]:
        typed: dict[str, object] = {lot: row.quantity.draft() for lot, row in self.rows.items() if row.is_typed}
        found = self._kept.get(FOUND) if self._found is None else self._found.draft()
        return typed if found is None else typed | {FOUND: found}

    def load_draft(self, kept: Mapping[str, object]) -> None:
        self._kept = dict(kept)
        self._put_kept()

    def start(self) -> None:
        row = next((row for row in self.rows.values() if row.counted is None), None)
        if row is not None:
            row.quantity.go_to()
        elif not self.rows:
            self.scan.go_to()

    # reading

    def _ask(self) -> None:
        query = partial(count_sheet, count=self.head.id, now=self._desk.clock())
        self._desk.work.ask(query, self._came, slot=(id(self), "sheet"))

    def _changed(self, changes: Changes) -> None:
        if changes.touches("count_line", "movement", "count"):
            self._ask()

    def _came(self, rows: Sequence[SheetRow]) -> None:
        first = not self.rows
        for row in rows:
            known = self.rows.get(row.lot)
            if known is not None:
                known.show_row(row)
        waiting = {row.lot for row in self._to_make}
        self._to_make += [row for row in rows if row.lot not in self.rows and row.lot not in waiting]
        self._none.setVisible(not rows)
        self._heads.setVisible(bool(rows))
        self._make_some()
        if first:
            self.keeper.look()
            if self.isVisible():
                self.start()
        self._show_progress()

    def _make_some(self) -> None:
        """A long shelf is laid out by and by, so that the first lines can be counted at once."""
        now, self._to_make = self._to_make[:AT_ONCE], self._to_make[AT_ONCE:]
        for row in now:
            made = CountRow(
                self._desk, self._data.words, row, blind=self.head.blind, parent=self._scroller.widget() or self
            )
            self.rows[row.lot] = made
            self._list.insertWidget(self._list.count() - 1, made)
            self.add(made.quantity)
            made.quantity.changed.connect(self._typed)
            made.quantity.entered.connect(self._entered)
            made.reached.connect(self._reached)
            made.left.connect(self._left)
            made.show()
        if now:
            self._put_kept()
        if self._to_make:
            self._more.start()
        else:
            self._more.stop()

    def _put_kept(self) -> None:
        for lot in [lot for lot in self._kept if lot in self.rows]:
            self.rows[lot].quantity.load_draft(self._kept.pop(lot))
            self.rows[lot].show_state()
        found = self._kept.get(FOUND)
        if isinstance(found, dict) and self._found is None:
            line = self._open_found(str(found.get("item")))
            if line is not None:
                del self._kept[FOUND]
                line.load_draft(found)

    def _show_progress(self) -> None:
        counted = sum(row.counted is not None for row in self.rows.values())
        total = len(self.rows) + len(self._to_make)
        self._progress.setText(self.tr("{counted} of {total} counted").format(counted=counted, total=total))

    # counting

    def _row_of(self, field: object) -> CountRow | None:
        return next((row for row in self.rows.values() if row.quantity is field), None)

    def _typed(self) -> None:
        row = self._row_of(self.sender())
        if row is not None:
            row.show_state()

    def _entered(self) -> None:
        row = self._row_of(self.sender())
        if row is not None:
            self._keep(row)

    def _reached(self) -> None:
        row = self.sender()
        if isinstance(row, CountRow):
            self._scroller.ensureWidgetVisible(row, 0, row.height() * 2)

    def _left(self) -> None:
        """Left by Tab or the mouse a line is kept too."""
        row = self.sender()
        if isinstance(row, CountRow):
            self._keep(row)

    def _keep(self, row: CountRow) -> None:
        if not row.is_typed or row.quantity.mistake():
            return
        row.sent = row.quantity.value()
        self._on_the_way += 1
        command = RecordCountLine(
            count=self.head.id, lot=row.row.lot, quantity=row.quantity.value(), entered_at=self._desk.clock()
        )
        self._desk.work.do(command, self._line_kept, partial(self._line_refused, row))

    def _line_kept(self, _outcome: Any) -> None:
        self.begun.emit()
        if not self.draft():
            self.forget()
        self._draft_now()
        self._on_the_way -= 1
        self._end_if_all_kept()

    def _draft_now(self) -> None:
        """The line is in the books; what is left of the draft is what other lines still hold."""
        left = self.draft()
        if left:
            self.drafted.emit(left)
        else:
            self.keeper.drop()

    def _line_refused(self, row: CountRow, error: Any) -> None:
        row.sent = None
        self._on_the_way, self._ending = self._on_the_way - 1, False
        if isinstance(error, Refused | Environment):
            row.quantity.refuse(self.texts.refusal(error.code, **error.facts))

    # what the books do not have

    def _offer(self, text: str) -> None:
        self.scan.offer(self._data.suggestions(text))

    def _scanned(self, code: str) -> None:
        row = self._data.found(code)
        if row is None:
            self.scan.set_value(code)
            self.scan.refuse(self.tr("No item is called “{words}” and none carries this code").format(words=code))
            return
        self._go_to_item(row.item.id)

    def _go_to_item(self, item: object) -> None:
        """The first lot of it that is still to be counted; a second scan writes down a lot the books do not have."""
        lots = [row for row in self.rows.values() if row.row.item == item]
        to_count = next((row for row in lots if row.counted is None), None)
        stock = self._data.rows.get(str(item))
        if to_count is not None:
            to_count.quantity.go_to()
        elif lots and stock is not None and stock.item.expiry_rule == "NONE":
            lots[0].quantity.go_to()
        elif stock is not None:
            self._write_down(stock.item.id)

    def _write_down(self, item: str) -> None:
        """A line for what the books do not have; the one before is kept first."""
        if self._found is not None:
            self._found_next = item
            self._keep_found()
            return
        line = self._open_found(item)
        if line is not None:
            line.go_to()

    def _open_found(self, item: str) -> GoodsLine | None:
        stock = self._data.rows.get(item)
        if stock is None:
            return None
        line = self._found = GoodsLine(self._desk, self._data.words, stock.item, self)
        self._extra.addWidget(line)
        line.changed.connect(self._touched)
        line.done.connect(self._keep_found)
        line.struck.connect(self._strike_found)
        line.show()
        return line

    def _keep_found(self) -> bool:
        """Whether it is on its way; what it lacks stands under its fields."""
        line = self._found
        if line is None or not line.check():
            return False
        facts = line.facts()
        if facts != self._found_sent:
            self._found_sent = facts
            self._on_the_way += 1
            command = RecordCountLine(count=self.head.id, entered_at=self._desk.clock(), **facts)
            self._desk.work.do(command, partial(self._found_kept, facts), self._found_refused)
        return True

    def _found_kept(self, facts: dict[str, Any], outcome: Any) -> None:
        if self._found is not None and self._found.facts() == facts:
            self._close_found()
            self._ending = self._ending and self._found is None
        else:
            self._ending = False  # something else was typed into it since
        self._line_kept(outcome)

    def _found_refused(self, error: Any) -> None:
        self._found_sent = None
        self._on_the_way, self._ending = self._on_the_way - 1, False
        if self._found is not None and isinstance(error, Refused | Environment):
            self._found.refuse(getattr(error, "field", "") or "", self.texts.refusal(error.code, **error.facts))

    def _strike_found(self) -> None:
        self._close_found()
        self._draft_now()

    def _close_found(self) -> None:
        """Done with the line: on to the one that waits, or to the next scan."""
        if self._found is not None:
            self._extra.removeWidget(self._found)
            self._found.hide()
            self._found.deleteLater()
        item, self._found_next = self._found_next, ""
        self._found, self._found_sent = None, None
        if item:
            self._write_down(item)
        if self._found is None:
            self.scan.go_to()

    # the end

    def _end(self) -> None:
        """The differences are read from the books: every line must stand there first."""
        if self._found is not None and not self._keep_found():
            return
        for row in self.rows.values():
            self._keep(row)
        self._ending = True
        self._end_if_all_kept()

    def _end_if_all_kept(self) -> None:
        if self._ending and not self._on_the_way:
            self._ending = False
            self.finished.emit()

    def keyPressEvent(self, event: Any) -> None:
        """Down and up walk along the shelf."""
        rows = list(self.rows.values())
        place = next((at for at, row in enumerate(rows) if row.isAncestorOf(QApplication.focusWidget() or self)), -1)
        step = {Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(event.key())
        if step is not None and place >= 0:
            rows[max(0, min(len(rows) - 1, place + step))].quantity.go_to()
            return
        super().keyPressEvent(event)
