"""冲回: a movement that was wrong is taken back, or put right with the amount that was really moved."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.forms.number import QuantityField
from app.desktop.forms.text import TextField
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.stock.words import StockWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features.inventory.commands import CorrectMovement, ReverseMovement, UndoHandOut
from app.features.inventory.queries import ItemRow
from app.features.inventory.queries_ledger import StatementRow
from app.journal.commands import Command

NOT_TO_TAKE_BACK = frozenset({"COUNT", "REVERSAL", "TRANSFER_IN", "TRANSFER_OUT"})
"""Counts are answered by another count, transfers by what the two nodes say to each other."""


def can_take_back(row: StatementRow) -> bool:
    return row.kind not in NOT_TO_TAKE_BACK and not row.taken_back


class TakeBack(Form):
    """`left` when it is done or not wanted."""

    left = Signal()

    def __init__(
        self, desk: Desk, words: StockWords, item: ItemRow, row: StatementRow, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self._desk, self._row = desk, row
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "warn")
        theme = desk.theme
        column = Column(theme, self, gap="s12", pad=("s16", "s12", "s16", "s12"))
        kind = self.texts.code("MOVEMENT", row.kind)
        when = self.texts.day_words(row.at, desk.clock())
        title = self.tr("{kind} {change}, {when}").format(
            kind=kind, change=words.change(row.change, item.unit), when=when
        )
        column.addWidget(Label(theme, title, "strong", wrap=True, parent=self))
        self.quantity = QuantityField(
            theme,
            "quantity",
            self.tr("What it really was; empty if it never happened"),
            unit=words.unit(item.unit),
            pack_unit=words.unit(item.pack_unit),
            pack_size=item.pack_factor or 1,
            most=10_000_000,
            parent=self,
        )
        self.reason = TextField(
            theme, "reason", self.label("reason"), longest=400, required=True, width="wide_field", parent=self
        )
        self.whole = row.of_kind == "hand_out"
        if self.whole:  # a hand-out has a head count: it is taken back as it was entered, and entered anew
            self.quantity.hide()
        else:
            column.addWidget(self.quantity)
            self.add(self.quantity)
        column.addWidget(self.reason)
        self.add(self.reason)
        buttons = Flow(theme)
        self.button = Button(theme, self.tr("Take back"), "primary", "undo", "Ctrl+Enter", parent=self)
        self.button.clicked.connect(self.ask_save)
        buttons.addWidget(self.button)
        keep = Button(theme, self.tr("Leave as it is"), "plain", key="Esc", parent=self)
        keep.clicked.connect(self.left)
        buttons.addWidget(keep)
        column.addLayout(buttons)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.left)
        self.quantity.changed.connect(self._say_verb)
        self.save_asked.connect(self._save)

    def command(self) -> Command:
        reason = str(self.reason.value() or "")
        if self.whole:
            return UndoHandOut(hand_out=str(self._row.of_id), reason=reason)
        if self.quantity.value():
            return CorrectMovement(movement=self._row.id, quantity=self.quantity.value(), reason=reason)
        return ReverseMovement(movement=self._row.id, reason=reason)

    def _say_verb(self) -> None:
        words = self.tr("Put right") if self.quantity.value() else self.tr("Take back")
        self.button.say(words, "undo", "Ctrl+Enter")

    def _save(self) -> None:
        self.button.setEnabled(False)
        self._desk.work.do(self.command(), self._done, self._refused)

    def _done(self, _outcome: Any) -> None:
        self.forget()
        self._desk.say(self.tr("Put right. Both lines stay in the books"), "good", None)
        self.left.emit()

    def _refused(self, error: Any) -> None:
        self.button.setEnabled(True)
        if isinstance(error, Refused | Environment):
            words = self.texts.refusal(error.code, **error.facts)
            if not self.show_refusal(error):
                self.reason.refuse(words)
                self.reason.go_to()
