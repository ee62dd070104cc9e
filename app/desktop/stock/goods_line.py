"""One line of goods that came or are there: how much, which batch, until when good, where it lies."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.desk import Desk
from app.desktop.forms.day import DayField
from app.desktop.forms.field import Field
from app.desktop.forms.number import QuantityField
from app.desktop.forms.text import TextField
from app.desktop.parts.button import IconButton
from app.desktop.parts.label import Label
from app.desktop.stock.words import StockWords
from app.desktop.theme.layouts import Column, Row
from app.features.inventory.queries import ItemRow

QUANTITY_PARTS = ("quantity", "packs", "loose")


class GoodsLine(QWidget):
    """`done` when Enter left its last field, `struck` when it is not wanted."""

    changed = Signal()
    done = Signal()
    struck = Signal()

    def __init__(self, desk: Desk, words: StockWords, item: ItemRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme, texts = desk.theme, desk.texts
        self.item, self._words = item, words
        row = Row(theme, self, gap="s8", pad=("", "s4", "", "s4"))
        holder = QWidget(self)
        holder.setMaximumWidth(theme.sizes.name_column)
        name = Column(theme, holder, gap="")
        name.addWidget(Label(theme, item.name, "strong", cut=True, parent=self))
        if item.spec:
            name.addWidget(Label(theme, item.spec, "small", "quiet", cut=True, parent=self))
        name.addStretch(1)  # beside a field that says what is wrong it stays at the top
        row.addWidget(holder, 1)
        self.quantity = QuantityField(
            theme,
            "quantity",
            f"{item.name} {texts.field('quantity')}",
            unit=words.unit(item.unit),
            pack_unit=words.unit(item.pack_unit),
            pack_size=item.pack_factor or 1,
            most=10_000_000,
            bare=True,
            aligned=True,
            parent=self,
        )
        self.batch = TextField(
            theme, "batch", texts.field("batch"), longest=30, bare=True, width="narrow_field", parent=self
        )
        self.expires = DayField(
            theme,
            "expires_on",
            texts.field("expires_on"),
            desk.clock,
            ahead=True,
            placeholder=self.tr("year-month-day"),
            bare=True,
            parent=self,
        )
        self.shelf = TextField(
            theme, "shelf", texts.field("shelf"), longest=20, bare=True, width="narrow_field", parent=self
        )
        self._fields: list[Field] = [self.quantity, self.batch, self.expires, self.shelf]
        for field in self._fields:
            field.changed.connect(self.changed)
            field.entered.connect(self._next)
            row.addWidget(field, 0, Qt.AlignmentFlag.AlignTop)
        for field in (self.batch, self.expires):
            policy = field.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            field.setSizePolicy(policy)
            field.setVisible(item.expiry_rule != "NONE")
        strike = IconButton(theme, "close", self.tr("Strike {item}").format(item=item.name), parent=self)
        strike.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        strike.clicked.connect(self.struck)
        row.addWidget(strike, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def amount(self) -> int | None:
        return self.quantity.value()

    def facts(self) -> dict[str, Any]:
        """The fields of `Goods`."""
        return {
            "item": self.item.id,
            "quantity": self.quantity.value(),
            "batch": self.batch.value(),
            "expires_on": self.expires.value(),
            "shelf": self.shelf.value(),
        }

    def said(self) -> str:
        return f"{self.item.name} {self._words.amount(self.amount or 0, self.item)}"

    def draft(self) -> dict[str, object]:
        return {"item": self.item.id, **{field.identifier: field.draft() for field in self._fields}}

    def load_draft(self, kept: dict[str, Any]) -> None:
        for field in self._fields:
            if field.identifier in kept:
                field.load_draft(kept[field.identifier])

    def check(self) -> bool:
        """Say under each part what is missing or not understood."""
        wrong: list[Field] = []
        if self.amount is None:
            self.quantity.refuse(self.tr("How many? Type a number, or strike the line"))
            wrong.append(self.quantity)
        if self.item.expiry_rule == "REQUIRED" and not self.expires.edit.text().strip():
            self.expires.refuse(self.tr("As on the package"))
            wrong.append(self.expires)
        for field in self._fields:
            words = field.mistake()
            if words:
                field.refuse(words)
                wrong.append(field)
        if wrong:
            wrong[0].go_to()
        return not wrong

    def refuse(self, part: str, words: str) -> None:
        """What was refused stands under its part."""
        named = {field.identifier: field for field in self._fields}
        field = self.quantity if part in QUANTITY_PARTS else named.get(part, self.quantity)
        field.refuse(words)
        field.go_to()

    def go_to(self) -> None:
        self.quantity.go_to()

    def _next(self) -> None:
        open_ = [field for field in self._fields if not field.isHidden()]
        sender = self.sender()
        place = next((at for at, field in enumerate(open_) if field is sender), -1)
        if 0 <= place < len(open_) - 1:
            open_[place + 1].go_to()
        else:
            self.done.emit()
