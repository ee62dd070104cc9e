"""What the first run says of a stick with enrolment files on it: where it is, a button for each of the newest."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.desktop.frame.sticks import Stick
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme

MOST = 3
"""Buttons; a stick that goes round many points holds more files, and one of them is chosen by its name."""
_LONGEST = 24
"""Characters of a name on a button; of a longer one the middle is left out."""


class StickOffer(QWidget):
    """`taken` with the path of a file. Hidden while no stick holds any."""

    taken = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.buttons: list[Button] = []
        self.files: tuple[Path, ...] = ()
        column = Column(theme, self, gap="s8")
        head = Row(theme, gap="s8")
        head.addWidget(Icon(theme, "usb", "accent", "icon_small", self))
        self.words = Label(theme, wrap=True, parent=self)
        head.addWidget(self.words, 1)
        column.addLayout(head)
        self._holder = QWidget(self)
        self._line = Flow(theme, self._holder)
        column.addWidget(self._holder)
        self.hide()

    def show_sticks(self, sticks: Sequence[Stick]) -> None:
        """Offer what is on the first of them that holds any."""
        stick = next((each for each in sticks if each.enrolments), None)
        self.files = stick.enrolments if stick is not None else ()
        if stick is not None:
            words = self.tr("On the stick {name} there are %n enrolment file(s)", "", len(self.files))
            self.words.setText(words.format(name=stick.name))
        for button in self.buttons:
            self._line.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(file) for file in self.files[:MOST]]
        self.setVisible(bool(self.files))

    def _button(self, file: Path) -> Button:
        words = self.tr("Read {name}").format(name=_short(file.stem))
        button = Button(self._theme, words, "soft", parent=self._holder)
        button.clicked.connect(partial(self.taken.emit, str(file)))
        self._line.addWidget(button)
        button.show()
        return button


def _short(name: str) -> str:
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[:half]}…{name[-half:]}"
