"""Small pictures of numbers: stock against its minimum, cases by day."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.theme import Theme


class StockBar(QWidget):
    """What is on hand as a bar, the minimum as a mark on it; `words` tell the same to those who only hear."""

    def __init__(
        self, theme: Theme, on_hand: int = 0, minimum: int = 0, words: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_stock(on_hand, minimum, words)
        theme.changed.connect(self.updateGeometry)

    def show_stock(self, on_hand: int, minimum: int, words: str) -> None:
        self._on_hand, self._minimum = on_hand, minimum
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        sizes = self._theme.sizes
        return QSize(sizes.field, sizes.bar + 2 * sizes.s4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_stock(QPainter(self), self._theme, self.rect().toRectF(), self._on_hand, self._minimum)


def paint_stock(painter: QPainter, theme: Theme, room: QRectF, on_hand: int, minimum: int) -> None:
    """The bar in a room; its full length is the larger of twice the minimum and what is on hand."""
    sizes = theme.sizes
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    bar = QRectF(room.left(), room.center().y() - sizes.bar / 2, room.width(), sizes.bar)
    painter.setBrush(theme.colour("press"))
    painter.drawRoundedRect(bar, sizes.bar / 2, sizes.bar / 2)
    most = max(minimum * 2, on_hand, 1)
    tone = "danger" if on_hand <= 0 else "warn" if on_hand < minimum else "accent"
    if on_hand > 0:
        painter.setBrush(theme.colour(tone))
        filled = QRectF(bar)
        filled.setWidth(max(float(sizes.bar), bar.width() * on_hand / most))
        painter.drawRoundedRect(filled, sizes.bar / 2, sizes.bar / 2)
    if minimum > 0:
        x = bar.left() + bar.width() * minimum / most
        painter.setPen(QPen(theme.colour("text"), sizes.ring))
        painter.drawLine(QPointF(x, bar.top() - sizes.s4 + 1), QPointF(x, bar.bottom() + sizes.s4 - 1))


class DayBars(QWidget):
    """One bar a day; every value stands over its bar where there is room, every label under it."""

    def __init__(
        self,
        theme: Theme,
        values: Sequence[int] = (),
        labels: Sequence[str] = (),
        words: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_days(values, labels, words)
        theme.changed.connect(self.updateGeometry)

    def show_days(self, values: Sequence[int], labels: Sequence[str], words: str) -> None:
        self._values, self._labels = list(values), list(labels)
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        sizes = self._theme.sizes
        return QSize(sizes.wide_field, sizes.chart + 2 * (sizes.small + sizes.s8))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._values:
            return
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("small", tabular=True))
        line = painter.fontMetrics().height()
        step = self.width() / len(self._values)
        width = min(step - sizes.s4, float(sizes.s32))
        foot = self.height() - line - sizes.s4
        tall = foot - line - sizes.s4
        most = max(*self._values, 1)
        painter.fillRect(QRectF(0, foot, self.width(), sizes.hair), theme.colour("line"))
        each_label = max(1, -(-self._widest(painter) // max(1, int(step))))
        for place, value in enumerate(self._values):
            middle = (place + 0.5) * step
            high = tall * value / most
            last = place == len(self._values) - 1
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent" if last else "edge"))
            if value:
                painter.drawRoundedRect(QRectF(middle - width / 2, foot - high, width, high), sizes.s2, sizes.s2)
            centre = int(Qt.AlignmentFlag.AlignCenter)
            if painter.fontMetrics().horizontalAdvance(str(value)) <= step:
                painter.setPen(theme.colour("text" if last else "quiet"))
                painter.drawText(QRectF(middle - step / 2, foot - high - line - 1, step, line), centre, str(value))
            if place < len(self._labels) and (len(self._values) - 1 - place) % each_label == 0:
                painter.setPen(theme.colour("quiet"))
                room = QRectF(middle - step * each_label / 2, foot + sizes.s4, step * each_label, line)
                painter.drawText(room, centre, self._labels[place])

    def _widest(self, painter: QPainter) -> int:
        metrics = painter.fontMetrics()
        widths = [metrics.horizontalAdvance(label) for label in self._labels]
        return max(widths, default=0) + self._theme.sizes.s4
