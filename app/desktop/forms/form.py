"""The form: its fields in order, refusals under them, drafts, and the keys that lead through it."""

from collections.abc import Mapping
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.base.errors import Refused
from app.base.texts import Texts
from app.desktop.forms.field import Field
from app.desktop.theme.theme import Theme

DRAFT_MS = 1_500
"""So long after the first key a draft is told; the law of the house is two seconds."""

AnyField = TypeVar("AnyField", bound=Field)


def is_said(value: object) -> bool:
    """Whether a field's value says something; nought does, an unticked box does not."""
    return value is not None and value is not False and value not in ("", ())


class Form(QWidget):
    """A base for forms. Layout is the form's own; `add` takes a field into the order of keys and values.

    `save_asked` by Ctrl+Enter or Enter in the last field, `drafted` with a snapshot when something was typed.
    """

    save_asked = Signal()
    drafted = Signal(object)
    dirty_changed = Signal(bool)

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.texts = theme, texts
        self._fields: dict[str, Field] = {}
        self._dirty = False
        self._draft = QTimer(self)
        self._draft.setSingleShot(True)
        self._draft.setInterval(DRAFT_MS)
        self._draft.timeout.connect(self._tell_draft)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            save = QShortcut(QKeySequence(keys), self)
            save.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            save.activated.connect(self.ask_save)

    def add(self, field: AnyField) -> AnyField:
        """Take a field in; the order of adding is the order of Enter."""
        self._fields[field.identifier] = field
        field.changed.connect(self._touched)
        field.entered.connect(self._next)
        return field

    def remove(self, identifier: str) -> None:
        """Take a field out again: a line of goods that was struck."""
        field = self._fields.pop(identifier)
        field.hide()
        field.deleteLater()
        self._touched()

    def field(self, identifier: str) -> Field:
        return self._fields[identifier]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(self._fields.values())

    def label(self, identifier: str, kind: str | None = None) -> str:
        """The word for a field."""
        return self.texts.field(identifier, kind)

    # values

    def values(self) -> dict[str, object]:
        """What stands in every field, hidden ones too."""
        return {identifier: field.value() for identifier, field in self._fields.items()}

    def set_values(self, values: Mapping[str, object]) -> None:
        """Fill in; nothing is dirty by that."""
        for identifier, value in values.items():
            if identifier in self._fields:
                self._fields[identifier].set_value(value)
                self._fields[identifier].accept()
        self.forget()

    def clear(self) -> None:
        self.set_values(dict.fromkeys(self._fields))

    def check(self) -> bool:
        """Say under each field what cannot be understood or is missing; True when there is nothing."""
        wrong = [field for field in self._fields.values() if not field.isHidden() and not self._fits(field)]
        if wrong:
            wrong[0].go_to()
        return not wrong

    # refusals

    def show_refusal(self, error: Exception) -> bool:
        """Put the words under the field they are about and go there; False when no field here takes them."""
        if not isinstance(error, Refused) or error.field is None:
            return False
        field = self._fields.get(error.field) or self._fields.get(error.field.partition(".")[0])
        if field is None or field.isHidden():
            return False
        field.refuse(self.texts.refusal(error.code, **error.facts))
        field.go_to()
        return True

    # drafts

    @property
    def dirty(self) -> bool:
        return self._dirty

    def draft(self) -> dict[str, object]:
        """A snapshot as plain JSON."""
        return {identifier: field.draft() for identifier, field in self._fields.items()}

    def load_draft(self, kept: Mapping[str, object]) -> None:
        """Put a snapshot back; the form is dirty, as it was."""
        for identifier, value in kept.items():
            if identifier in self._fields:
                self._fields[identifier].load_draft(value)
        self._set_dirty(dirty=True)

    def flush_draft(self) -> None:
        """Tell the draft now: the page is left, the screen is locked, something crashed."""
        if self._draft.isActive():
            self._draft.stop()
            self._tell_draft()

    def forget(self) -> None:
        """What stands here is saved, or of no more use."""
        self._draft.stop()
        self._set_dirty(dirty=False)

    # keys

    def start(self) -> None:
        """The keyboard goes to the first field."""
        for field in self._fields.values():
            if not field.isHidden() and field.isEnabled():
                field.go_to()
                return

    def ask_save(self) -> None:
        if self.check():
            self.save_asked.emit()

    def _fits(self, field: Field) -> bool:
        words = field.mistake()
        if not words and field.required and field.value() in (None, "", ()):
            words = self.tr("Please choose") if field.is_chosen else self.tr("Please fill this in")
        if words:
            field.refuse(words)
        return not words

    def _next(self) -> None:
        entered = self.sender()
        fields = list(self._fields.values())
        place = next((number for number, field in enumerate(fields) if field is entered), -1)
        for field in fields[place + 1 :]:
            if field.isVisibleTo(self) and field.isEnabled() and field.editors:
                field.go_to()
                return
        self.ask_save()

    def _touched(self) -> None:
        self._set_dirty(dirty=True)
        if not self._draft.isActive():
            self._draft.start()

    def _set_dirty(self, *, dirty: bool) -> None:
        if dirty != self._dirty:
            self._dirty = dirty
            self.dirty_changed.emit(dirty)

    def _tell_draft(self) -> None:
        self.drafted.emit(self.draft())
