"""Suggestions under a field: what is typed asks, arrows walk, Enter takes. The field keeps the focus."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.parts.floating import Floating
from app.desktop.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line to choose; `key` is given back."""

    key: object
    title: str
    detail: str = ""
    icon: str = ""


class Suggestions(Floating):
    """Lives in the window of its field and is shown right under it."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, field: QLineEdit) -> None:
        super().__init__(theme, field)
        self._field = field
        self._items: Sequence[Suggestion] = ()
        self._current = -1
        self._top = 0
        self.hide()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        field.installEventFilter(self)
        field.destroyed.connect(self.deleteLater)  # shown in the window, it is no longer the field's child
        theme.changed.connect(self.hide)

    @property
    def items(self) -> Sequence[Suggestion]:
        return self._items

    def offer(self, items: Sequence[Suggestion], current: int = 0) -> None:
        """Show these; none hides the list."""
        self._items = items
        self._top = 0
        self._current = min(current, len(items) - 1)
        if not items or not self._field.isVisible():
            self.hide()
            return
        self._place()
        self._keep_in_sight()
        self.show()
        self.raise_()
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._field:
            return False
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        elif event.type() == QEvent.Type.ShortcutOverride and self.isVisible():
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.isVisible():
            return self._key(event.key())
        return False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._current = self._at(event.position().toPoint())
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._at(event.position().toPoint())
        if row >= 0:
            self._take(row)

    def wheelEvent(self, event: QWheelEvent) -> None:
        step = -1 if event.angleDelta().y() > 0 else 1
        self._top = max(0, min(self._top + step, len(self._items) - self._shown()))
        self.update()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        for place, row in enumerate(range(self._top, self._top + self._shown())):
            item = self._items[row]
            line = QRectF(
                self.reach + sizes.s4,
                self.reach + sizes.s4 + place * sizes.row,
                self.width() - 2 * (self.reach + sizes.s4),
                sizes.row,
            )
            if row == self._current:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent_ground"))
                painter.drawRoundedRect(line, sizes.corner, sizes.corner)
            inner = line.adjusted(sizes.s8, 0, -sizes.s8, 0)
            if item.icon:
                square = QRectF(inner.left(), inner.center().y() - sizes.icon / 2, sizes.icon, sizes.icon)
                theme.draw_icon(painter, item.icon, "quiet", square)
                inner.setLeft(inner.left() + sizes.icon + sizes.s8)
            metrics = painter.fontMetrics()
            title = metrics.elidedText(item.title, Qt.TextElideMode.ElideRight, int(inner.width()))
            painter.setPen(theme.colour("text"))
            painter.drawText(inner, middle, title)
            inner.setLeft(inner.left() + metrics.horizontalAdvance(title) + sizes.s12)
            if item.detail and inner.width() > 0:
                detail = metrics.elidedText(item.detail, Qt.TextElideMode.ElideRight, int(inner.width()))
                painter.setPen(theme.colour("quiet"))
                painter.drawText(inner, middle, detail)

    def _key(self, key: int) -> bool:
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            self._current = (self._current + step) % len(self._items)
            self._keep_in_sight()
            self.update()
            self._tell()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self._take(self._current)
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        return False

    def _take(self, row: int) -> None:
        key = self._items[row].key
        self.hide()
        self.chosen.emit(key)

    def _at(self, point: QPoint) -> int:
        sizes = self._theme.sizes
        place = (point.y() - self.reach - sizes.s4) // sizes.row
        inside = self.card().contains(point.toPointF()) and 0 <= place < self._shown()
        return self._top + place if inside else -1

    def _shown(self) -> int:
        return min(len(self._items), self._theme.sizes.popup_rows)

    def _keep_in_sight(self) -> None:
        shown = self._shown()
        self._top = max(min(self._top, self._current), self._current - shown + 1, 0)

    def _place(self) -> None:
        sizes = self._theme.sizes
        home: QWidget = self._field.window()
        if self.parent() is not home:
            self.setParent(home)
        below = self._field.mapTo(home, QPoint(0, self._field.height() + sizes.s4))
        height = self._shown() * sizes.row + 2 * sizes.s4 + 2 * self.reach
        width = max(self._field.width(), sizes.wide_field) + 2 * self.reach
        x = min(below.x() - self.reach, home.width() - width + self.reach - sizes.s8)
        y = below.y() - self.reach
        if y + height - self.reach > home.height() and below.y() > home.height() // 2:
            y = below.y() - self._field.height() - 2 * sizes.s4 - height + self.reach
        self.setGeometry(x, y, width, height)

    def _tell(self) -> None:
        if 0 <= self._current < len(self._items):
            item = self._items[self._current]
            self._field.setAccessibleDescription(f"{item.title} {item.detail}".strip())
