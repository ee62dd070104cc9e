"""A card that asks something: with the keyboard in it, a digit gives the answer that stands beside that digit."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QWidget

from app.desktop.parts.button import draw_ring
from app.desktop.parts.section import Card
from app.desktop.theme.theme import Theme

MOST_KEYS = 9
"""Answers with a digit of their own; further ones are given by their buttons."""


def key_of(place: int) -> str:
    """The digit of the answer at this place, from 1; empty where it has none."""
    return str(place) if place <= MOST_KEYS else ""


class KeyedCard(Card):
    """Whoever makes one calls `listen` with how many answers there are, and says in `answer` what each does."""

    def __init__(self, theme: Theme, gap: str = "s8", parent: QWidget | None = None) -> None:
        super().__init__(theme, gap, parent)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def answer(self, digit: int) -> None:
        raise NotImplementedError

    def listen(self, most: int, least: int = 1) -> None:
        for digit in range(least, min(most, MOST_KEYS) + 1):
            key = QShortcut(QKeySequence(str(digit)), self)
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)  # a field that is typed in keeps its digits
            key.activated.connect(self._key_pressed)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_ring(painter, self._theme, self.rect().toRectF(), self._theme.sizes.corner_large)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _key_pressed(self) -> None:
        key = self.sender()
        if isinstance(key, QShortcut):
            self.answer(int(key.key().toString()))
