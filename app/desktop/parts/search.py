"""A field that narrows a list while it is typed in."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.theme.theme import Theme


class SearchEdit(QLineEdit):
    """Its mark is drawn by the theme: the icons of `QLineEdit` do not follow the user's scale."""

    def __init__(self, theme: Theme, name: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self._dress()
        theme.changed.connect(self._dress)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._theme.sizes.icon_small
        place = QRectF(self._theme.sizes.s8, (self.height() - side) / 2, side, side)
        self._theme.draw_icon(QPainter(self), "search", "quiet", place)

    def _dress(self) -> None:
        self.setTextMargins(self._theme.sizes.icon_small + self._theme.sizes.s8, 0, 0, 0)
