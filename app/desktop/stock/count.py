"""盘点 from beginning to end: begin one, or go on with the one that is open; the sheet; the differences."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.desktop.desk import Desk
from app.desktop.forms.kept import DraftKeeper
from app.desktop.lists.list_detail import Scroller
from app.desktop.lists.trace_line import TraceLine
from app.desktop.parts.button import Button
from app.desktop.stock.count_end import CountEnd
from app.desktop.stock.count_sheet import CountSheet
from app.desktop.stock.count_start import CountStartForm
from app.desktop.stock.sheet import SheetHead
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.layouts import Column, Row
from app.features.inventory.commands_count import CancelCount
from app.features.inventory.queries_count import CountRow, counts
from app.features.org.queries import StaffRow, staff_row


class Counting(QWidget):
    """`left` to go back to the shelf; an open count waits there."""

    left = Signal()

    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._data = desk, data
        column = Column(desk.theme, self, gap="")
        self._head = SheetHead(desk, self.tr("Count"), self)
        self._head.left.connect(self.leave)
        self._cancel = Button(desk.theme, self.tr("Not this count after all"), "quiet", parent=self)
        self._cancel.clicked.connect(self._cancel_count)
        self._cancel.hide()
        self._head.beside.addWidget(self._cancel)
        column.addWidget(self._head)
        self._way = Row(desk.theme, gap="", pad=("s24", "", "s24", "s8"))
        column.addLayout(self._way)
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self.start_form: CountStartForm | None = None
        self.sheet: CountSheet | None = None
        self.end: CountEnd | None = None
        self._keeper: DraftKeeper | None = None
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.leave)
        self._look()

    def leave(self) -> None:
        for form in (self.start_form, self.sheet, self.end):
            if form is not None:
                form.flush_draft()
        self.left.emit()

    def _look(self) -> None:
        query = partial(counts, node=self._desk.node, open_only=True)
        self._desk.work.ask(query, self._counts_came, slot=(id(self), "counts"))

    def _counts_came(self, rows: Sequence[CountRow]) -> None:
        if rows:
            self._open_sheet(rows[0])
        else:
            self._open_start()

    # begin

    def _open_start(self) -> None:
        holder = QWidget(self._stack)
        column = Column(self._desk.theme, holder, gap="")
        form = self.start_form = CountStartForm(self._desk, holder)
        column.addWidget(Scroller(self._desk.theme, form, holder), 1)
        foot = Row(self._desk.theme, gap="s8", pad=("s24", "s8", "s24", "s12"))
        foot.addStretch(1)
        begin = Button(self._desk.theme, self.tr("Begin the count"), "primary", key="Ctrl+Enter", parent=holder)
        begin.clicked.connect(form.ask_save)
        foot.addWidget(begin)
        column.addLayout(foot)
        form.start_anew()
        self._keeper = DraftKeeper(self._desk.work, form, "stock.count_start")
        form.save_asked.connect(self._begin)
        self._show(holder)
        self._head.title.setText(self.tr("Count"))
        form.counter.go_to()
        self._keeper.look()
        self._desk.work.ask(partial(staff_row, id_=self._desk.actor_id), self._me, slot=(id(self), "me"))

    def _me(self, me: StaffRow | None) -> None:
        if me is not None and me.name and self.start_form is not None and not self.start_form.counter.value():
            self.start_form.counter.set_value(me.name)
            self.start_form.counter.edit.selectAll()

    def _begin(self) -> None:
        if self.start_form is not None and self._keeper is not None:
            self._keeper.finish(self.start_form.command(), self._begun, self._not_begun)

    def _begun(self, _outcome: Any) -> None:
        self._look()

    def _not_begun(self, error: Any) -> None:
        if self.start_form is not None and not self.start_form.show_refusal(error):
            self._desk.work.trouble.emit(error)

    # walk along the shelf

    def _open_sheet(self, head: CountRow) -> None:
        self.sheet = CountSheet(self._desk, self._data, head, self._stack)
        self.sheet.finished.connect(self._to_end)
        self._cancel.setVisible(head.lines == 0)
        self.sheet.begun.connect(self._cancel.hide)
        parts = [self._desk.texts.code("TAKE_TYPE", head.take_type), head.counter]
        parts.append(self._desk.texts.day_words(head.opened_at, self._desk.clock()))
        self._head.title.setText(" · ".join(parts))
        self._show(self.sheet)
        self._way.addWidget(TraceLine(self._desk, [head.id], self))
        self.sheet.start()

    def _to_end(self) -> None:
        if self.sheet is None:
            return
        self._cancel.hide()
        self.end = CountEnd(self._desk, self._data.words, self.sheet.head, self._stack)
        self.end.back.connect(self._back_to_sheet)
        self.end.closed.connect(self.left)
        self._show(self.end, keep=self.sheet)

    def _back_to_sheet(self) -> None:
        if self.sheet is not None and self.end is not None:
            self.end.flush_draft()
            self._show(self.sheet)
            self.end = None
            self.sheet.start()

    def _cancel_count(self) -> None:
        if self.sheet is not None:
            command = CancelCount(count=self.sheet.head.id, reason=self.tr("Begun by mistake"))
            self._desk.work.do(command, self._cancelled)

    def _cancelled(self, _outcome: Any) -> None:
        self._cancel.hide()
        self.left.emit()

    def _show(self, widget: QWidget, keep: QWidget | None = None) -> None:
        for place in reversed(range(self._stack.count())):
            old = self._stack.widget(place)
            if old is not None and old is not widget and old is not keep:
                self._stack.removeWidget(old)
                old.deleteLater()
        if self._stack.indexOf(widget) < 0:
            self._stack.addWidget(widget)
        self._stack.setCurrentWidget(widget)
        if not isinstance(widget, CountSheet | CountEnd):
            return
        self.start_form = None
