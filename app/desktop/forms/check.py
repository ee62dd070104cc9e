"""The field for yes or no."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.forms.field import Field
from app.desktop.parts.button import Pressable, draw_ring
from app.desktop.theme.theme import Theme


class CheckBox(Pressable):
    """A box with a tick, and its words."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._dress()
        theme.changed.connect(self._dress)

    def sizeHint(self) -> QSize:
        sizes = self._theme.sizes
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(sizes.s4 + sizes.icon + sizes.s8 + words + sizes.s8, sizes.control)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = sizes.badge
        box = QRectF(sizes.s4, (self.height() - side) / 2, side, side)
        taken, enabled = self.isChecked(), self.isEnabled()
        border = "accent" if taken else "quiet" if self.over and enabled else "edge"
        painter.setPen(QPen(theme.colour(border), sizes.hair))
        painter.setBrush(theme.colour("accent" if taken and enabled else "surface"))
        painter.drawRoundedRect(box, sizes.s4, sizes.s4)
        if taken:
            inset = (side - sizes.icon_small) / 2
            inner = box.adjusted(inset, inset, -inset, -inset)
            theme.draw_icon(painter, "check", "on_accent" if enabled else "quiet", inner)
        painter.setPen(theme.colour("text" if enabled else "quiet"))
        words = self.rect().toRectF()
        words.setLeft(box.right() + sizes.s8)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self.ring:
            draw_ring(painter, theme, self.rect().toRectF(), sizes.corner)

    def _dress(self) -> None:
        self.setFont(self._theme.font())
        self.updateGeometry()
        self.update()


class CheckField(Field):
    """The value is True or False; its label stands beside the box."""

    def __init__(self, theme: Theme, identifier: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, identifier, label, bare=True, width="", parent=parent)
        self.box = CheckBox(theme, label, self)
        self.box.clicked.connect(self._touched)
        self._put(self.box)

    def value(self) -> bool:
        return self.box.isChecked()

    def set_value(self, value: object) -> None:
        self.box.setChecked(bool(value))
