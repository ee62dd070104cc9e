"""Fields for words: one line, or many."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from app.desktop.forms.field import Field
from app.desktop.theme.theme import Theme

_COMES_BACK = {Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason}


class TextField(Field):
    """One line; the value is stripped, empty is None."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        *,
        placeholder: str = "",
        longest: int = 200,
        latin: bool = False,
        required: bool = False,
        bare: bool = False,
        width: str = "field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self.edit = QLineEdit(self)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setMaxLength(longest)
        if latin:  # numbers of papers and phones: an input method would swallow the keys
            self.edit.setInputMethodHints(Qt.InputMethodHint.ImhPreferLatin)
            self.edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.edit.textEdited.connect(self._touched)
        self._put(self.edit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Left, it shows how its text begins."""
        left = isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut
        if left and isinstance(event, QFocusEvent) and event.reason() not in _COMES_BACK:
            self.edit.setCursorPosition(0)
        return super().eventFilter(watched, event)

    def value(self) -> str | None:
        return self.edit.text().strip() or None

    def set_value(self, value: object) -> None:
        self.edit.setText("" if value is None else str(value))
        if not self.edit.hasFocus():
            self.edit.setCursorPosition(0)  # what is longer than the field is read from its beginning


class NoteField(Field):
    """Several lines. Enter makes a new one, Tab leaves."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        *,
        placeholder: str = "",
        required: bool = False,
        bare: bool = False,
        width: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self.edit = QPlainTextEdit(self)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setTabChangesFocus(True)
        self.edit.textChanged.connect(self._text_changed)
        self._silent = False
        self._put(self.edit)
        self.edit.removeEventFilter(self)
        self._fit()
        theme.changed.connect(self._fit)

    def value(self) -> str | None:
        return self.edit.toPlainText().strip() or None

    def set_value(self, value: object) -> None:
        self._silent = True
        self.edit.setPlainText("" if value is None else str(value))
        self._silent = False

    def _text_changed(self) -> None:
        if not self._silent:
            self._touched()

    def _fit(self) -> None:
        self.edit.setFixedHeight(self.theme.sizes.note)
