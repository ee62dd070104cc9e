"""A small form that opens over a case for one act: its fields, a verb, a way out. What is typed is kept as a draft."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.field import Field
from app.desktop.forms.form import Form
from app.desktop.forms.kept import DraftKeeper
from app.desktop.forms.photos import PhotosField
from app.desktop.forms.text import NoteField
from app.desktop.frame.pages import Action
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.features.cases.commands_undo import undo_of
from app.journal.commands import Command
from app.journal.runner import Outcome

_OPENED = "opened"


class Sheet(Form):
    """`closed` when the act is done or given up. `build` makes the command from the values of the form.

    `foot` holds the verb and the way out; whoever opens the sheet places it where it does not scroll away.
    """

    closed = Signal()

    def __init__(
        self,
        desk: Desk,
        title: str,
        verb: str,
        draft_key: str,
        fields: Sequence[Field],
        build: Callable[[Mapping[str, object]], Command],
        said: str,
        *,
        explained: str = "",
        kind: str = "primary",
        opened: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`opened`: what the form was shown when it opened; a draft keeps it, for what was typed answers to it."""
        super().__init__(desk.theme, desk.texts, parent)
        self.opened: Mapping[str, Any] = opened or {}
        self._desk, self._build, self._said = desk, build, said
        self._outcome: Outcome | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "card")
        column = Column(desk.theme, self, gap="s12", pad=("s16", "s16", "s16", "s16"))
        column.addWidget(Label(desk.theme, title, "section", parent=self))
        if explained:
            column.addWidget(Label(desk.theme, explained, tone="quiet", wrap=True, parent=self))
        self._lay_out(column, fields)
        self.foot = QWidget(self)
        self.foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.foot.setProperty("ground", "foot")
        foot = Row(desk.theme, self.foot, gap="s8", pad=("s24", "s8", "s24", "s12"))
        self._trouble = Label(desk.theme, "", tone="danger", wrap=True, parent=self.foot)
        foot.addWidget(self._trouble, 1)
        leave = Button(desk.theme, self.tr("Cancel"), "plain", key="Esc", parent=self.foot)
        leave.clicked.connect(self.give_up)
        foot.addWidget(leave)
        save = Button(desk.theme, verb, kind, key="Ctrl+Enter", parent=self.foot)
        save.clicked.connect(self.ask_save)
        foot.addWidget(save)
        self.foot.installEventFilter(self)  # keys its buttons do not take are the form's
        self.keeper = DraftKeeper(desk.work, self, draft_key)
        self.keeper.gone.connect(self._gone)
        self.save_asked.connect(self._save)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
            return True
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.ask_save()
            return True
        return False

    def draft(self) -> dict[str, object]:
        return super().draft() | {_OPENED: dict(self.opened)}

    def load_draft(self, kept: Mapping[str, object]) -> None:
        super().load_draft(kept)
        opened = kept.get(_OPENED)
        if isinstance(opened, dict):
            self.opened = opened

    def give_up(self) -> None:
        if self.dirty:
            self.forget()
            self.keeper.drop()
        self.closed.emit()

    def _lay_out(self, column: Column, fields: Sequence[Field]) -> None:
        flow: Flow | None = None
        for field in fields:
            self.add(field)
            if isinstance(field, ChipRow | NoteField | PhotosField):
                column.addWidget(field)
                flow = None
                continue
            if flow is None:
                beside = QWidget(self)
                policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
                policy.setHeightForWidth(True)
                beside.setSizePolicy(policy)
                flow = Flow(self.theme, beside, gap="s16")
                column.addWidget(beside)
            flow.addWidget(field)

    def _save(self) -> None:
        self._trouble.setText("")
        self.keeper.finish(self._build(self.values()), self._done, self._not_done)

    def _done(self, outcome: Any) -> None:
        self._outcome = outcome
        undo = Action(self.tr("Undo"), self.undo, "", "undo") if outcome.commit else None
        self._desk.say(self._said, "good", undo)
        self.closed.emit()

    def _not_done(self, error: Any) -> None:
        if isinstance(error, Refused | Environment) and not self.show_refusal(error):
            self._trouble.setText(self.texts.refusal(error.code, **error.facts))

    def _gone(self) -> None:
        words = self.tr("What this form was about is not at this point any more. What was typed in it was not saved.")
        self._desk.say(words, "warn", None)
        self.closed.emit()

    def undo(self) -> None:
        reason = self.tr("Taken back right after saving")
        if self._outcome is not None:
            self._desk.work.do(undo_of(self._outcome, reason))
