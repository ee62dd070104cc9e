"""停用 and 恢复: a lot that may not be given out for now, with its reason."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.forms.text import TextField
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.stock.words import StockWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features.inventory.commands import QuarantineLot, ReleaseLot
from app.features.inventory.queries import LotStock


class SetAside(Form):
    """`left` when it is done or not wanted."""

    left = Signal()

    def __init__(self, desk: Desk, words: StockWords, lot: LotStock, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self._desk, self._lot = desk, lot
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "warn")
        theme = desk.theme
        column = Column(theme, self, gap="s12", pad=("s16", "s12", "s16", "s12"))
        lot_words = words.lot(lot.batch, lot.expires_on)
        title = (
            self.tr("{lot}: may be given out again") if lot.quarantined else self.tr("{lot}: not to be given out")
        ).format(lot=lot_words)
        column.addWidget(Label(theme, title, "strong", wrap=True, parent=self))
        self.reason = TextField(
            theme, "reason", self.label("reason"), longest=200, required=True, width="wide_field", parent=self
        )
        column.addWidget(self.reason)
        self.add(self.reason)
        buttons = Flow(theme)
        verb = self.tr("Give out again") if lot.quarantined else self.tr("Set aside")
        self.button = Button(theme, verb, "primary", key="Ctrl+Enter", parent=self)
        self.button.clicked.connect(self.ask_save)
        buttons.addWidget(self.button)
        keep = Button(theme, self.tr("Leave as it is"), "plain", key="Esc", parent=self)
        keep.clicked.connect(self.left)
        buttons.addWidget(keep)
        column.addLayout(buttons)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.left)
        self.save_asked.connect(self._save)

    def _save(self) -> None:
        reason = str(self.reason.value() or "")
        kind = ReleaseLot if self._lot.quarantined else QuarantineLot
        self._desk.work.do(kind(lot=self._lot.lot, reason=reason), self._done, self._refused)

    def _done(self, _outcome: Any) -> None:
        self.forget()
        self.left.emit()

    def _refused(self, error: Any) -> None:
        if isinstance(error, Refused | Environment) and not self.show_refusal(error):
            self.reason.refuse(self.texts.refusal(error.code, **error.facts))
