"""The field for a password: dots, no input method, kept nowhere."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.forms.field import Field
from app.desktop.theme.theme import Theme

LONGEST = 200


class PasswordField(Field):
    """The value is as typed, or None. `least`: how many characters a new password must have; 0 for an old one."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        *,
        least: int = 0,
        placeholder: str = "",
        width: str = "wide_field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=True, width=width, parent=parent)
        self._least = least
        self.edit = QLineEdit(self)
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setMaxLength(LONGEST)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.edit.textEdited.connect(self._touched)
        self._put(self.edit)

    def value(self) -> str | None:
        return self.edit.text() or None

    def set_value(self, value: object) -> None:
        self.edit.setText(value if isinstance(value, str) else "")

    def draft(self) -> object:
        """Nothing: a password is never written down."""
        return None

    def load_draft(self, kept: object) -> None:
        """What was typed before is not there any more."""

    def mistake(self) -> str:
        typed = len(self.edit.text())
        if 0 < typed < self._least:
            return self.tr("At least {least} characters").format(least=self._least)
        return ""
