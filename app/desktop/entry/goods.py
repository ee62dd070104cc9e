"""The field for goods given: scan or type an item, say how many, see from which lot and what is left on the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.entry.goods_line import GoodsLine
from app.desktop.forms.choice import ChoiceField
from app.desktop.forms.coded import coded
from app.desktop.forms.field import Field
from app.desktop.forms.initials import initials, matches
from app.desktop.forms.scan import ScanField
from app.desktop.parts.label import Label
from app.desktop.parts.suggestions import Suggestion
from app.desktop.theme.layouts import Column, Row
from app.features import codes
from app.features.cases.facts import GoodsGiven
from app.features.inventory.queries import ItemStock, preview_issue, stock_list

MOST_OFFERED = 12


@dataclass(frozen=True, slots=True)
class _Typed:
    """A line as a draft keeps it."""

    item: str
    quantity: int | None
    reason: str


class GoodsField(Field):
    """The value is a tuple of `GoodsGiven`, one for each item."""

    lines_changed = Signal()

    def __init__(self, desk: Desk, identifier: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, identifier, label, bare=True, width="", parent=parent)
        self._desk = desk
        self._stock: dict[str, ItemStock] = {}
        self._waiting: list[_Typed] = []
        self._day: int | None = None
        self.lines: list[GoodsLine] = []
        shown = QWidget(self)
        column = Column(desk.theme, shown, gap="s4")
        head = Row(desk.theme, gap="s8")
        column.addLayout(head)
        self.scan = ScanField(
            desk.theme, "scan", label, placeholder=self.tr("Scan or type an item"), bare=True, parent=shown
        )
        self.receipt = ChoiceField(
            desk.theme,
            "receipt_mode",
            desk.texts.field("receipt_mode"),
            coded(desk.texts, codes.RECEIPT_MODE),
            placeholder=desk.texts.field("receipt_mode"),
            bare=True,
            parent=shown,
        )
        head.addWidget(self.scan)
        self._receipt_word = Label(desk.theme, self.receipt.label, tone="quiet", parent=shown)
        head.addWidget(self._receipt_word)
        head.addWidget(self.receipt)
        head.addStretch(1)
        self._list = Column(desk.theme, gap="s4")
        column.addLayout(self._list)
        self._show_receipt()
        self.receipt.changed.connect(self._touched)
        self.receipt.entered.connect(self.entered)
        self.scan.typed.connect(self._offer)
        self.scan.chosen.connect(self._take)
        self.scan.scanned.connect(self._scanned)
        self._put(shown, self.scan.edit)
        desk.work.changed.connect(self._changed)
        self.refresh()

    # the value

    def value(self) -> tuple[GoodsGiven, ...]:
        mode = self.receipt.value() if self.lines else None
        return tuple(
            GoodsGiven(
                item=line.item.id,
                quantity=line.quantity() or 0,
                over_limit_reason=line.reason(),
                receipt_mode=mode,
            )
            for line in self.lines
        )

    def set_value(self, value: object) -> None:
        for line in list(self.lines):
            self._drop(line)
        self.scan.set_value(None)
        self.receipt.set_value(None)
        self._waiting = []
        if isinstance(value, tuple):
            self._waiting = [_Typed(each.item, each.quantity, each.over_limit_reason or "") for each in value]
            self._put_waiting()

    def draft(self) -> object:
        kept = [[line.item.id, line.quantity(), line.reason() or ""] for line in self.lines]
        return {"lines": kept, "receipt_mode": self.receipt.value()}

    def load_draft(self, kept: object) -> None:
        self.set_value(None)
        if not isinstance(kept, dict):
            return
        self.receipt.set_value(kept.get("receipt_mode"))
        self._waiting = [_Typed(item, quantity, reason) for item, quantity, reason in kept.get("lines", [])]
        self._put_waiting()

    def mistake(self) -> str:
        left = self.scan.value()
        if left:
            return self.tr("“{words}” is no item; choose one or empty the field").format(words=left)
        if any(not line.quantity() for line in self.lines):
            return self.tr("How many? Type a number, or strike the line")
        return ""

    def at_time(self, instant: int | None) -> None:
        """Lots are chosen for that day; None is now."""
        if instant != self._day:
            self._day = instant
            for line in self.lines:
                self._preview(line)

    def refuse_line(self, place: int, part: str, words: str) -> None:
        """What is wrong with one line stands under that line."""
        self.lines[place].refuse(part, words)

    def words(self) -> str:
        """What is given, for the notice after the save."""
        comma = self.tr(", ")
        return comma.join(line.words() for line in self.lines)

    def refresh(self) -> None:
        query = partial(stock_list, node=self._desk.node, now=self._desk.clock())
        self._desk.work.ask(query, self._stock_came, slot=(id(self), "stock"))

    # keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.scan.edit and event.type() == QEvent.Type.KeyPress and self.scan.edit.text().strip():
            return False
        return super().eventFilter(watched, event)

    # what comes

    def _changed(self, changes: Changes) -> None:
        if changes.touches("movement", "item", "count_line", "lot_state"):
            self.refresh()

    def _stock_came(self, rows: Sequence[ItemStock]) -> None:
        self._stock = {row.item.id: row for row in rows}
        self._put_waiting()
        for line in self.lines:
            self._preview(line)

    def _offer(self, text: str) -> None:
        fitting = [row for row in self._stock.values() if text and _fits(text, row)]
        fitting.sort(key=lambda row: (not initials(row.item.name).startswith(text.casefold()), row.usable <= 0))
        self.scan.offer([self._suggestion(row) for row in fitting[:MOST_OFFERED]])

    def _suggestion(self, row: ItemStock) -> Suggestion:
        unit = self._desk.texts.code("UNIT", row.item.unit)
        on_hand = self.tr("on hand {count} {unit}").format(count=row.usable, unit=unit)
        spec = row.item.spec or ""
        return Suggestion(row.item.id, row.item.name, "  ".join(filter(None, (spec, on_hand))), "supplies")

    def _scanned(self, code: str) -> None:
        row = next((row for row in self._stock.values() if code in row.item.barcodes), None)
        if row is None:
            fitting = [row for row in self._stock.values() if _fits(code, row)]
            row = fitting[0] if len(fitting) == 1 else None
        if row is None:
            self.scan.set_value(code)
            self.refuse(self.tr("No item is called “{words}” and none carries this code").format(words=code))
            return
        self._take(row.item.id)

    # lines

    def _take(self, item: object) -> None:
        line = self._line(str(item))
        if line is None:
            line = self._add(str(item), 1)
        else:
            line.more()
        if line is not None:
            self._touched()
            line.go_to()

    def _line(self, item: str) -> GoodsLine | None:
        return next((line for line in self.lines if line.item.id == item), None)

    def _add(self, item: str, quantity: int | None, reason: str = "") -> GoodsLine | None:
        row = self._stock.get(item)
        if row is None:
            return None
        line = GoodsLine(self._desk, row.item, quantity, reason, self)
        line.changed.connect(self._line_changed)
        line.entered.connect(self._line_entered)
        line.struck.connect(self._struck)
        self.lines.append(line)
        self._list.addWidget(line)
        self._show_receipt()
        self._preview(line)
        return line

    def _drop(self, line: GoodsLine) -> None:
        self.lines.remove(line)
        self._list.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._show_receipt()

    def _show_receipt(self) -> None:
        """How it was signed for is asked once there is something to sign for."""
        self._receipt_word.setVisible(bool(self.lines))
        self.receipt.setVisible(bool(self.lines))

    def _put_waiting(self) -> None:
        if not self._stock:
            return
        for each in self._waiting:
            if self._line(each.item) is None:
                self._add(each.item, each.quantity, each.reason)
        self._waiting = []

    def _line_changed(self) -> None:
        line = self.sender()
        if isinstance(line, GoodsLine):
            self._preview(line)
        self._touched()

    def _line_entered(self) -> None:
        self.scan.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def _struck(self) -> None:
        line = self.sender()
        if isinstance(line, GoodsLine):
            self._drop(line)
            self._touched()
            self.scan.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def _preview(self, line: GoodsLine) -> None:
        quantity = line.quantity()
        row = self._stock.get(line.item.id)
        if row is None:
            return
        line.show_shelf(row.usable)
        if quantity:
            moment = self._desk.clock() if self._day is None else self._day
            query = partial(preview_issue, node=self._desk.node, item=line.item.id, quantity=quantity, now=moment)
            self._desk.work.ask(query, line.show_lots, slot=(id(line), "lots"))
        else:
            line.show_lots([])


def _fits(text: str, row: ItemStock) -> bool:
    item = row.item
    return matches(text, item.name) or text.casefold() == item.item_code.casefold()
