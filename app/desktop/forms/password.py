"""Fields for passwords: dots, no input method, kept nowhere. A new one is typed twice."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.forms.field import Field
from app.desktop.theme.theme import Theme
from app.store.keystore import LEAST_PASSWORD

LONGEST = 200


class PasswordField(Field):
    """The value is as typed, or None."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=True, width="wide_field", parent=parent)
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


class NewPasswordField(PasswordField):
    """Says how long it must be before it is refused."""

    def __init__(self, theme: Theme, identifier: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, identifier, label, parent=parent)
        self._least = self.tr("At least {least} characters").format(least=LEAST_PASSWORD)
        self.edit.setPlaceholderText(self._least)

    def mistake(self) -> str:
        return self._least if 0 < len(self.edit.text()) < LEAST_PASSWORD else ""


class AgainField(PasswordField):
    """The new password once more."""

    def __init__(self, theme: Theme, new: NewPasswordField, parent: QWidget | None = None) -> None:
        super().__init__(theme, "again", self.tr("The same password again"), parent=parent)
        self._new = new

    def mistake(self) -> str:
        same = self.edit.text() == self._new.edit.text()
        return "" if same else self.tr("The two are not the same; type it again")
