"""What floats above the page: the only place with a shadow."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.desktop.theme.theme import Theme

_LAYERS = 12


class Floating(QWidget):
    """A rounded card; its layout must leave `reach`, the name of a size, free on every side for the shadow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, reach: str = "shadow_reach") -> None:
        super().__init__(parent)
        self._theme, self._reach = theme, reach

    @property
    def reach(self) -> int:
        length: int = getattr(self._theme.sizes, self._reach)
        return length

    def card(self) -> QRectF:
        """The card itself, without its shadow."""
        return self.rect().toRectF().adjusted(self.reach, self.reach, -self.reach, -self.reach)

    def paintEvent(self, _event: QPaintEvent) -> None:
        sizes = self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        shade = self._theme.colour("shadow")
        shade.setAlpha(max(1, shade.alpha() // _LAYERS))
        painter.setBrush(shade)
        card = self.card()
        for layer in range(1, _LAYERS + 1):
            out = (self.reach - sizes.shadow_drop) * (layer / _LAYERS) ** 2  # dense near the card, then fading
            corner = sizes.corner_large + out
            painter.drawRoundedRect(
                card.adjusted(-out, -out, out, out).translated(0, sizes.shadow_drop * layer / _LAYERS), corner, corner
            )
        painter.setPen(QPen(self._theme.colour("line"), sizes.hair))
        painter.setBrush(self._theme.colour("surface"))
        painter.drawRoundedRect(card, sizes.corner_large, sizes.corner_large)
