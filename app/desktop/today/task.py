"""One thing to do: what it is, why now, and the one button for it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme


class Task(QWidget):
    """`tag` is (word, tone, icon); up and down walk from task to task."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        title: str,
        words: str,
        tag: tuple[str, str, str] | None,
        verb: str,
        act: Callable[[], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        row = Row(theme, self, gap="s12", pad=("s12", "s8", "s12", "s8"))
        tone = tag[1] if tag else "quiet"
        row.addWidget(Icon(theme, icon, tone, parent=self))
        said = Column(theme, gap="s2")
        row.addLayout(said, 1)
        said.addWidget(Label(theme, title, "strong", cut=True, parent=self))
        if words:
            said.addWidget(Label(theme, words, "small", "quiet", cut=True, parent=self))
        if tag is not None:
            row.addWidget(Tag(theme, *tag, parent=self), 0, Qt.AlignmentFlag.AlignVCenter)
        self.button = Button(theme, verb, "plain", parent=self)
        self.button.setAccessibleName(f"{verb} {title}")
        self.button.clicked.connect(act)
        row.addWidget(self.button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)
