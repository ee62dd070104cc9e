"""The field for one of many: typing its initials or characters leaves what fits."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.forms.field import Field
from app.desktop.forms.initials import matches
from app.desktop.parts.suggestions import Suggestion, Suggestions
from app.desktop.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen: the code kept, the word shown."""

    code: str
    text: str
    detail: str = ""
    tone: str = "accent"


class ChoiceEdit(QLineEdit):
    """A line with a mark that a list is behind it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dress()
        theme.changed.connect(self._dress)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._theme.sizes.icon_small
        right = self.width() - side - self._theme.sizes.s8
        self._theme.draw_icon(
            QPainter(self), "chevron-down", "quiet", QRectF(right, (self.height() - side) / 2, side, side)
        )

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self._select)

    def _select(self) -> None:
        if self.hasFocus():  # it may have gone on meanwhile
            self.selectAll()

    def _dress(self) -> None:
        self.setTextMargins(0, 0, self._theme.sizes.icon_small, 0)


class ChoiceField(Field):
    """The value is the code chosen, or None."""

    is_chosen = True

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        choices: Sequence[Choice],
        *,
        placeholder: str = "",
        required: bool = False,
        bare: bool = False,
        width: str = "field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self._choices = list(choices)
        self._chosen: Choice | None = None
        self.edit = ChoiceEdit(theme, self)
        self.edit.setPlaceholderText(placeholder)
        self._put(self.edit)
        self._list = Suggestions(theme, self.edit)
        self._list.chosen.connect(self._take)
        self.edit.textEdited.connect(self._edited)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Other choices; what is chosen stays if it is among them."""
        self._choices = list(choices)
        self.set_value(self.value())

    def value(self) -> str | None:
        self._settle()
        return self._chosen.code if self._chosen else None

    def set_value(self, value: object) -> None:
        self._chosen = next((choice for choice in self._choices if choice.code == value), None)
        self.edit.setText(self._chosen.text if self._chosen else "")
        self.edit.setCursorPosition(0)

    def draft(self) -> object:
        return self._chosen.code if self._chosen else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self._settle()
        elif event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self._open()
        elif (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up)
            and self._list.isHidden()
        ):
            self._open()
            return True
        return super().eventFilter(watched, event)

    def _open(self) -> None:
        place = self._choices.index(self._chosen) if self._chosen in self._choices else 0
        self._list.offer([self._suggestion(choice) for choice in self._choices], place)

    def _edited(self, text: str) -> None:
        self._list.offer([self._suggestion(choice) for choice in self._fitting(text)])
        if not text.strip() and self._chosen is not None:
            self._chosen = None
            self._touched()

    def _fitting(self, text: str) -> list[Choice]:
        return [choice for choice in self._choices if matches(text, choice.text)] if text.strip() else []

    def _take(self, key: object) -> None:
        if isinstance(key, Choice):
            self._choose(key)
            self.entered.emit()

    def _choose(self, choice: Choice) -> None:
        changed = choice != self._chosen
        self.set_value(choice.code)
        if changed:
            self._touched()

    def _settle(self) -> None:
        """Leaving the field: what is typed and fits only one is chosen, anything else goes back."""
        text = self.edit.text().strip()
        if self._chosen is not None and text == self._chosen.text:
            return
        exact = [choice for choice in self._choices if choice.text == text]
        fitting = exact or self._fitting(text)
        if len(fitting) == 1:
            self._choose(fitting[0])
        else:
            self.edit.setText(self._chosen.text if self._chosen else "")

    @staticmethod
    def _suggestion(choice: Choice) -> Suggestion:
        return Suggestion(choice, choice.text, choice.detail)
