"""开始盘点: what kind of count, who counts, whether the books are hidden."""

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.check import CheckField
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.coded import coded
from app.desktop.forms.lines import Lines
from app.desktop.forms.text import TextField
from app.desktop.parts.label import Label
from app.desktop.stock.sheet import SheetForm
from app.desktop.theme.layouts import Column
from app.features import codes
from app.features.inventory.commands_count import StartCount
from app.journal.commands import Command


class CountStartForm(SheetForm):
    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        theme = desk.theme
        column = Column(theme, self, gap="s16", pad=("s24", "s4", "s24", "s16"))
        lines = Lines(theme, self)
        column.addWidget(lines)
        self.take_type = ChipRow(
            theme,
            "take_type",
            self.label("take_type"),
            coded(self.texts, codes.TAKE_TYPE, [code for code in codes.TAKE_TYPE if code != "OPENING"]),
            single=True,
            required=True,
            bare=True,
            parent=self,
        )
        self.counter = TextField(theme, "counter", self.label("counter"), longest=30, required=True, parent=self)
        self.observer = TextField(theme, "observer", self.label("observer"), longest=30, parent=self)
        self.observer.set_hint(self.tr("may follow at the end"))
        self.blind = CheckField(theme, "blind", self.tr("Hide the books while counting"), self)
        self.full = CheckField(theme, "full", self.tr("What is not found counts as none"), self)
        lines.add(self.tr("Kind"), self.take_type)
        lines.add(self.tr("Who"), self.counter, self.observer)
        lines.add(self.tr("How"), self.blind, self.full)
        hint = self.tr("Goods may be given out while you count: every line keeps the moment at which it was counted.")
        column.addWidget(Label(theme, hint, "small", "quiet", wrap=True, parent=self))
        column.addStretch(1)
        for field in (self.take_type, self.counter, self.observer, self.blind, self.full):
            self.add(field)

    def start_anew(self) -> None:
        self.set_values(dict.fromkeys(self.values()) | {"take_type": "MONTHLY", "blind": True})

    def command(self) -> Command:
        return StartCount(
            take_type=str(self.take_type.value() or ""),
            counter=str(self.counter.value() or ""),
            observer=self.observer.value(),
            blind=self.blind.value(),
            full=self.full.value(),
        )

    def said(self) -> str:
        return self.tr("The count has begun")
