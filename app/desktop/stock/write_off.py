"""报损: lots that are spoilt, expired or lost leave the books."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.base.errors import Refused
from app.desktop.desk import Desk
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.coded import coded
from app.desktop.forms.field import Field
from app.desktop.forms.lines import Lines
from app.desktop.forms.number import QuantityField
from app.desktop.forms.text import TextField
from app.desktop.parts.button import Button, IconButton
from app.desktop.parts.label import Icon, Label
from app.desktop.stock.item_field import ItemField
from app.desktop.stock.sheet import SheetForm
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.layouts import Column, Row
from app.features import codes
from app.features.inventory.commands import LotAmount, WriteOff
from app.features.inventory.queries import ItemStock, LotStock
from app.journal.commands import Command


class LotLine(QWidget):
    """One lot of which some leaves the books; `all` of it by one key."""

    changed = Signal()
    struck = Signal()
    done = Signal()

    def __init__(self, desk: Desk, data: ShelfData, stock: ItemStock, lot: LotStock, parent: QWidget) -> None:
        super().__init__(parent)
        theme, words, item = desk.theme, data.words, stock.item
        self.lot = lot
        self._name = item.name
        row = Row(theme, self, gap="s8", pad=("", "s4", "", "s4"))
        holder = QWidget(self)
        holder.setFixedWidth(theme.sizes.wide_field)
        name = Column(theme, holder, gap="")
        name.addWidget(Label(theme, item.name, "strong", cut=True, parent=self))
        has = self.tr("{lot}, on hand {amount}").format(
            lot=words.lot(lot.batch, lot.expires_on), amount=words.amount(lot.on_hand, item)
        )
        below = Row(theme, gap="s4")
        name.addLayout(below)
        sign = words.lot_sign(lot)
        if sign is not None:
            below.addWidget(Icon(theme, sign.icon, sign.tone, "icon_small", self))
            has = f"{sign.text} · {has}"
        below.addWidget(Label(theme, has, "small", sign.tone if sign else "quiet", cut=True, parent=self), 1)
        name.addStretch(1)
        row.addWidget(holder)
        self.quantity = QuantityField(
            theme,
            "quantity",
            f"{item.name} {desk.texts.field('quantity')}",
            unit=words.unit(item.unit),
            pack_unit=words.unit(item.pack_unit),
            pack_size=item.pack_factor or 1,
            most=10_000_000,
            bare=True,
            aligned=True,
            parent=self,
        )
        self.quantity.changed.connect(self.changed)
        self.quantity.entered.connect(self.done)
        row.addWidget(self.quantity, 0, Qt.AlignmentFlag.AlignTop)
        everything = Button(theme, self.tr("All"), "soft", parent=self)
        everything.setAccessibleName(self.tr("All of {lot}").format(lot=has))
        everything.clicked.connect(self._all)
        row.addWidget(everything, 0, Qt.AlignmentFlag.AlignTop)
        strike = IconButton(theme, "close", self.tr("Strike {item}").format(item=item.name), parent=self)
        strike.clicked.connect(self.struck)
        row.addWidget(strike, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        self._unit = words.unit(item.unit)

    def said(self) -> str:
        return f"{self._name} {self.quantity.value() or 0} {self._unit}"

    def _all(self) -> None:
        self.quantity.set_value(max(self.lot.on_hand, 0))
        self.quantity.accept()
        self.changed.emit()


class LotLines(Field):
    """The value is a tuple of (lot, quantity). Taking an item opens a line for each of its lots on the shelf."""

    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, "lines", desk.texts.field("lines"), bare=True, width="", parent=parent)
        self._desk, self._data = desk, data
        self.lines: list[LotLine] = []
        self._waiting: list[list[Any]] = []
        shown = QWidget(self)
        column = Column(desk.theme, shown, gap="s4")
        self.item = ItemField(
            desk.theme,
            "scan",
            desk.texts.field("item"),
            data,
            placeholder=self.tr("Scan a package, or type an item's initials"),
            bare=True,
            parent=shown,
        )
        column.addWidget(self.item, 0, Qt.AlignmentFlag.AlignLeft)
        self._list = Column(desk.theme, gap="")
        column.addLayout(self._list)
        self.item.entered.connect(self._item_taken)
        self._put(shown, self.item.edit)
        self.item.edit.removeEventFilter(self)
        data.came.connect(self._put_waiting)

    def value(self) -> tuple[tuple[str, int], ...]:
        return tuple((line.lot.lot, line.quantity.value() or 0) for line in self.lines if line.quantity.value())

    def set_value(self, value: object) -> None:
        for line in list(self.lines):
            self._drop(line)
        self.item.set_value(None)
        self._waiting = []
        if isinstance(value, list):
            self._waiting = value
            self._put_waiting()

    def draft(self) -> object:
        return [[line.lot.lot, line.quantity.draft()] for line in self.lines] + self._waiting

    def load_draft(self, kept: object) -> None:
        self.set_value(kept)

    def mistake(self) -> str:
        return self.item.mistake()

    def take(self, item: str, lot: str | None = None) -> None:
        """Lines for the lots of an item, or for one of them."""
        stock = self._data.rows.get(item)
        if stock is None:
            return
        fresh = [self._line(stock, each) for each in stock.lots if lot in (None, each.lot)]
        if not stock.lots:
            self.refuse(self.tr("{item}: none on the shelf").format(item=stock.item.name))
        if fresh:
            self._touched()
            fresh[0].quantity.go_to()

    def _item_taken(self) -> None:
        item = self.item.value()
        self.item.set_value(None)
        if item is None:
            self.entered.emit()
        else:
            self.take(item)

    def _line(self, stock: ItemStock, lot: LotStock) -> LotLine:
        known = next((line for line in self.lines if line.lot.lot == lot.lot), None)
        if known is not None:
            return known
        line = LotLine(self._desk, self._data, stock, lot, self)
        line.changed.connect(self._touched)
        line.struck.connect(self._struck)
        line.done.connect(self._line_done)
        self.lines.append(line)
        self._list.addWidget(line)
        line.show()
        return line

    def _line_done(self) -> None:
        line = self.sender()
        place = self.lines.index(line) if isinstance(line, LotLine) else -1
        if 0 <= place < len(self.lines) - 1:
            self.lines[place + 1].quantity.go_to()
        else:
            self.go_to()

    def _struck(self) -> None:
        line = self.sender()
        if isinstance(line, LotLine):
            self._drop(line)
            self._touched()
            self.go_to()

    def _drop(self, line: LotLine) -> None:
        self.lines.remove(line)
        self._list.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _put_waiting(self) -> None:
        if not self._data.known:
            return
        waiting, self._waiting = self._waiting, []
        lots = {lot.lot: (stock, lot) for stock in self._data.rows.values() for lot in stock.lots}
        for id_, quantity in waiting:
            if id_ in lots:
                self._line(*lots[id_]).quantity.load_draft(quantity)


class WriteOffForm(SheetForm):
    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        theme = desk.theme
        column = Column(theme, self, gap="s16", pad=("s24", "s4", "s24", "s16"))
        lines = Lines(theme, self)
        column.addWidget(lines)
        column.addStretch(1)
        self.lots = LotLines(desk, data, self)
        self.cause = ChipRow(
            theme,
            "cause",
            self.tr("Cause"),
            coded(self.texts, codes.DIFF_REASON, ["EXPIRED", "DAMAGE", "LOST", "OTHER"]),
            single=True,
            required=True,
            bare=True,
            parent=self,
        )
        self.reason = TextField(
            theme, "reason", self.label("reason"), longest=500, required=True, width="wide_field", parent=self
        )
        self.witness = TextField(theme, "witness", self.label("witness"), longest=30, parent=self)
        lines.add(self.label("item"), self.lots)
        lines.add(self.tr("Cause"), self.cause)
        lines.add(self.tr("Why"), self.reason, self.witness)
        for field in (self.lots, self.cause, self.reason, self.witness):
            self.add(field)

    def begin_with(self, item: str, lot: str | None = None) -> None:
        self.lots.take(item, lot)

    def command(self) -> Command:
        return WriteOff(
            lines=tuple(LotAmount(lot=lot, quantity=quantity) for lot, quantity in self.lots.value()),
            cause=str(self.cause.value() or ""),
            reason=str(self.reason.value() or ""),
            witness=self.witness.value(),
        )

    def said(self) -> str:
        gone = [line.said() for line in self.lots.lines if line.quantity.value()]
        return self.tr("Written off: {goods}").format(goods=self.tr(", ").join(gone))

    def check(self) -> bool:
        if not super().check():
            return False
        if not self.lots.value():
            self.lots.refuse(self.tr("Nothing is listed yet: say how many of which lot"))
            self.lots.go_to()
            return False
        return True

    def show_refusal(self, error: Exception) -> bool:
        if isinstance(error, Refused) and (error.field or "").startswith("lines."):
            self.lots.refuse(self.texts.refusal(error.code, **error.facts))
            self.lots.go_to()
            return True
        return super().show_refusal(error)
