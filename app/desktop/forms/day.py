"""The field for a day: typed as it stands on the package, shown as the calendar has it."""

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.base.clock import Clock, local
from app.desktop.forms.days import read_day
from app.desktop.forms.field import Field
from app.desktop.theme.theme import Theme


class DayField(Field):
    """The value is a day as 2027-06-30, or None. `ahead` for days to come: the end of goods."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        clock: Clock,
        *,
        ahead: bool = False,
        placeholder: str = "",
        required: bool = False,
        bare: bool = False,
        width: str = "date_field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self._clock, self._ahead = clock, ahead
        self.edit = QLineEdit(self)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setMaxLength(16)
        self.edit.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        self.edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.edit.setToolTip(self.tr("As on the package: 20270630, 2027-6-30 or 2027-6"))
        self.edit.textEdited.connect(self._touched)
        self.edit.editingFinished.connect(self._tidy)
        self._put(self.edit)

    def value(self) -> str | None:
        read = self._read()
        return read.isoformat() if read else None

    def set_value(self, value: object) -> None:
        self.edit.setText("" if value is None else str(value))

    def draft(self) -> object:
        return self.edit.text()

    def mistake(self) -> str:
        if not self.edit.text().strip() or self._read() is not None:
            return ""
        return self.tr("This day is not understood; type it like 20270630 or 2027-6-30")

    def _read(self) -> date | None:
        return read_day(self.edit.text(), local(self._clock()).date(), ahead=self._ahead)

    def _tidy(self) -> None:
        read = self._read()
        if read is not None:
            self.edit.setText(read.isoformat())
