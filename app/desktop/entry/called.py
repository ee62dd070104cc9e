"""When 120 or 110 was called: one press while the receiver is still in the hand."""

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.moment import DateTimeField
from app.desktop.parts.button import Button
from app.desktop.theme.layouts import Row


class CalledField(DateTimeField):
    def __init__(self, desk: Desk, identifier: str, parent: QWidget | None = None) -> None:
        label = desk.texts.field(identifier)
        super().__init__(desk.theme, identifier, label, desk.texts, desk.clock, width="", parent=parent)
        self._now = desk.clock
        shown = QWidget(self)
        row = Row(desk.theme, shown, gap="s8")
        self.edit.setMinimumWidth(desk.theme.sizes.field)
        row.addWidget(self.edit)
        just = Button(desk.theme, self.tr("Just called"), "plain", "phone", parent=shown)
        just.setAccessibleName(f"{label} {just.text()}")
        just.clicked.connect(self._just_called)
        row.addWidget(just)
        self._put(shown, self.edit)

    def _just_called(self) -> None:
        self.set_value(self._now())
        self._touched()
