"""One person who may sign in on this computer, and taking that away in two presses."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from app.base.texts import Texts
from app.desktop.frame.office import Colleague
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme


class UserRow(QWidget):
    """`removal_asked` with the code, after the second press; going elsewhere takes the first back."""

    removal_asked = Signal(str)

    def __init__(self, theme: Theme, texts: Texts, who: Colleague, *, myself: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.who, self._sure = who, False
        row = Row(theme, self, gap="s12")
        row.addWidget(Icon(theme, "person", "quiet", "icon", self))
        words = Column(theme, gap="")
        words.addWidget(Label(theme, who.name, "strong", cut=True, parent=self))
        role = texts.code("ROLE", who.role) if who.role else ""
        words.addWidget(
            Label(theme, " · ".join(filter(None, (role, who.code))), "small", "quiet", cut=True, parent=self)
        )
        row.addLayout(words, 1)
        self.button: Button | None = None
        if myself:
            row.addWidget(Tag(theme, self.tr("You"), "accent", "", self))
            return
        self.button = Button(theme, "", "quiet", parent=self)
        self.button.clicked.connect(self._pressed)
        self.button.installEventFilter(self)
        row.addWidget(self.button)
        self._say()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut and self._sure:
            self._sure = False
            self._say()
        return False

    def _pressed(self) -> None:
        if self._sure:
            self.removal_asked.emit(self.who.code)
            return
        self._sure = True
        self._say()

    def _say(self) -> None:
        if self.button is None:
            return
        self.button.set_kind("danger" if self._sure else "quiet")
        self.button.say(self.tr("Really remove") if self._sure else self.tr("Remove"))
        self.button.setAccessibleName(f"{self.button.text()} {self.who.name}")
