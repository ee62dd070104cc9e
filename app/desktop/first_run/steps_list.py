"""The steps and how far one is, down the side of the first run."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme


class _Mark(QWidget):
    """A number in a ring; filled where one is, ticked where one was."""

    def __init__(self, theme: Theme, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._number, self._state = theme, number, "ahead"
        self._dress()
        theme.changed.connect(self._dress)

    def show_state(self, state: str) -> None:
        self._state = state
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        half = sizes.hair / 2
        ring = self.rect().toRectF().adjusted(half, half, -half, -half)
        here = self._state == "here"
        painter.setPen(QPen(theme.colour("edge" if self._state == "ahead" else "accent"), sizes.hair))
        painter.setBrush(theme.colour("accent" if here else "surface"))
        painter.drawEllipse(ring)
        if self._state == "done":
            side = sizes.icon_small
            away = (self.width() - side) / 2
            theme.draw_icon(painter, "check", "accent", QRectF(away, away, side, side))
            return
        painter.setFont(theme.font("small", tabular=True))
        painter.setPen(theme.colour("on_accent" if here else "quiet"))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), str(self._number))

    def _dress(self) -> None:
        side = self._theme.sizes.s24
        self.setFixedSize(side, side)


class StepsList(QWidget):
    """The mark of the program and the words of the steps."""

    def __init__(self, theme: Theme, title: str, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        column = Column(theme, self, gap="s16", pad=("s24", "s32", "s16", "s24"))
        head = Row(theme, gap="s8")
        head.addWidget(Icon(theme, "mark", "accent", "icon", self))
        head.addWidget(Label(theme, title, "section", parent=self))
        head.addStretch(1)
        column.addLayout(head)
        column.addSpacing(theme.sizes.s8)
        self._lines: list[tuple[_Mark, Label]] = []
        for number, word in enumerate(words, 1):
            mark = _Mark(theme, number, self)
            label = Label(theme, word, tone="quiet", wrap=True, parent=self)
            line = Row(theme, gap="s12")
            line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(label, 1)
            column.addLayout(line)
            self._lines.append((mark, label))
        column.addStretch(1)
        self._dress()
        theme.changed.connect(self._dress)

    def show_place(self, place: int) -> None:
        for number, (mark, label) in enumerate(self._lines):
            state = "done" if number < place else "here" if number == place else "ahead"
            mark.show_state(state)
            label.set_tone("text" if state == "here" else "quiet")

    def paintEvent(self, _event: QPaintEvent) -> None:
        hair = self._theme.sizes.hair
        painter = QPainter(self)
        painter.fillRect(self.width() - hair, 0, hair, self.height(), self._theme.colour("line"))

    def _dress(self) -> None:
        self.setFixedWidth(self._theme.sizes.rail)
