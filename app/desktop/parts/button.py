"""Buttons and chips. The word on a button is a verb; the key that does the same stands beside it."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.desktop.parts.label import tip
from app.desktop.theme.theme import Theme

_GROUNDS = {
    "primary": ("accent", "accent_hover", "accent_hover"),
    "danger": ("danger", "danger_hover", "danger_hover"),
    "plain": ("surface", "hover", "press"),
    "quiet": ("", "hover", "press"),
    "soft": ("accent_ground", "accent_ground", "press"),
}
_INKS = {"primary": "on_accent", "danger": "on_accent", "plain": "text", "quiet": "text", "soft": "accent"}

_BY_KEYBOARD = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
}


def draw_ring(painter: QPainter, theme: Theme, box: QRectF, corner: float) -> None:
    """The mark of the keyboard: round whatever has the focus."""
    width = theme.sizes.ring
    painter.setPen(QPen(theme.colour("accent"), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(width / 2, width / 2, -width / 2, -width / 2), corner, corner)


class Pressable(QAbstractButton):
    """Knows whether the pointer is over it and whether the keyboard brought the focus."""

    over = False
    ring = False

    def enterEvent(self, event: QEnterEvent) -> None:
        self.over = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.over = False
        self.update()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.ring = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.ring = False
        super().focusOutEvent(event)


class Button(Pressable):
    """Kinds: primary (one a page), plain, quiet (no border), soft, danger. `key` is the shortcut shown."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        kind: str = "plain",
        icon: str = "",
        key: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setText(text)
        self._theme, self._kind, self._icon, self._key = theme, kind, icon, key
        self._tone = ""
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._dress()
        theme.changed.connect(self._dress)

    def say(self, text: str, icon: str = "", key: str = "") -> None:
        self._icon, self._key = icon, key
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def set_kind(self, kind: str) -> None:
        self._kind = kind
        self._dress()

    def set_tone(self, tone: str) -> None:
        """Colour the icon by a state; where it is bad the words too."""
        self._tone = tone
        self.update()

    def sizeHint(self) -> QSize:
        sizes, metrics = self._theme.sizes, self.fontMetrics()
        side = sizes.s12 if self.text() else (sizes.control - sizes.icon) // 2
        width = 2 * side
        parts = []
        if self._icon:
            parts.append(sizes.icon)
        if self.text():
            parts.append(metrics.horizontalAdvance(self.text()))
        if self._key:
            parts.append(self._key_width())
        width += sum(parts) + sizes.s8 * max(0, len(parts) - 1)
        return QSize(width, sizes.control)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it as Space does."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and self.isEnabled():
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        usual, over, down = _GROUNDS[self._kind]
        enabled = self.isEnabled()
        ground = down if self.isDown() else over if self.over and enabled else usual
        ink = _INKS[self._kind]
        if not enabled:
            ground, ink = ("" if self._kind == "quiet" else "hover"), "quiet"
        half = sizes.hair / 2
        box = self.rect().toRectF().adjusted(half, half, -half, -half)
        painter.setPen(
            QPen(theme.colour("edge" if enabled else "line"), sizes.hair)
            if self._kind == "plain"
            else Qt.PenStyle.NoPen
        )
        painter.setBrush(theme.colour(ground) if ground else Qt.BrushStyle.NoBrush)
        if ground or self._kind == "plain":
            painter.drawRoundedRect(box, sizes.corner, sizes.corner)
        self._draw_words(painter, ink)
        if self.ring:
            if self._kind in ("primary", "danger"):
                inner = self.rect().toRectF().adjusted(sizes.ring, sizes.ring, -sizes.ring, -sizes.ring)
                painter.setPen(QPen(theme.colour("on_accent"), sizes.ring))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(inner, sizes.s4, sizes.s4)
            else:
                draw_ring(painter, theme, self.rect().toRectF(), sizes.corner)

    def _key_width(self) -> int:
        return QFontMetrics(self._theme.font()).horizontalAdvance(self._key)

    def _draw_words(self, painter: QPainter, ink: str) -> None:
        theme, sizes, metrics = self._theme, self._theme.sizes, self.fontMetrics()
        content = self.sizeHint().width() - 2 * (sizes.s12 if self.text() else 0)
        if not self.text():
            content = sizes.icon
        x = (self.width() - content) / 2
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        if self._icon:
            square = QRectF(x, (self.height() - sizes.icon) / 2, sizes.icon, sizes.icon)
            theme.draw_icon(painter, self._icon, self._tone or ink, square)
            x += sizes.icon + sizes.s8
        painter.setPen(theme.colour(self._tone if self._tone in ("warn", "danger") else ink))
        if self.text():
            width = metrics.horizontalAdvance(self.text())
            painter.drawText(QRectF(x, 0, width + sizes.s4, self.height()), middle, self.text())
            x += width + sizes.s8
        if self._key:
            painter.setFont(theme.font())
            if self._kind in ("plain", "quiet"):
                painter.setPen(theme.colour("quiet"))
            painter.drawText(QRectF(x, 0, self._key_width() + sizes.s4, self.height()), middle, self._key)

    def _dress(self) -> None:
        self.setFont(self._theme.font("strong" if self._kind in ("primary", "danger") else "body"))
        self.updateGeometry()
        self.update()


class IconButton(Button):
    """A button whose word is only heard and shown as a tip: close, fold, more."""

    def __init__(self, theme: Theme, icon: str, name: str, kind: str = "quiet", parent: QWidget | None = None) -> None:
        super().__init__(theme, "", kind, icon, parent=parent)
        self.name(name)

    def name(self, name: str) -> None:
        self.setAccessibleName(name)
        self.setToolTip(tip(name))


class Chip(Pressable):
    """One choice of a row: a tick, a border and a ground say that it is taken; the width never changes."""

    def __init__(
        self, theme: Theme, text: str, tone: str = "accent", digit: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._tone, self._digit = theme, tone, digit
        self.setCheckable(True)
        self.setText(text)
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def digit(self) -> str:
        return self._digit

    def sizeHint(self) -> QSize:
        sizes, metrics = self._theme.sizes, self.fontMetrics()
        digit = metrics.horizontalAdvance(self._digit) + sizes.s4 if self._digit else 0
        return QSize(metrics.horizontalAdvance(self.text()) + digit + 2 * sizes.s16, sizes.chip)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, sizes, metrics = self._theme, self._theme.sizes, self.fontMetrics()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        taken, enabled = self.isChecked(), self.isEnabled()
        half = sizes.hair / 2
        box = self.rect().toRectF().adjusted(half, half, -half, -half)
        corner = box.height() / 2
        ground = f"{self._tone}_ground" if taken else "hover" if self.over and enabled else "surface"
        border = self._tone if taken else "edge" if enabled else "line"
        painter.setPen(QPen(theme.colour(border), sizes.hair))
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(box, corner, corner)
        digit = metrics.horizontalAdvance(self._digit) + sizes.s4 if self._digit else 0
        words = metrics.horizontalAdvance(self.text())
        tick = sizes.icon_small if taken else 0
        x = (self.width() - words - digit - tick - (sizes.s2 if taken else 0)) / 2
        if taken:
            square = QRectF(x, (self.height() - tick) / 2, tick, tick)
            theme.draw_icon(painter, "check", self._tone, square)
            x += tick + sizes.s2
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(theme.colour("text" if enabled else "quiet"))
        painter.drawText(QRectF(x, 0, words + sizes.s4, self.height()), middle, self.text())
        if self._digit:
            painter.setPen(theme.colour("quiet"))
            painter.drawText(QRectF(x + words + sizes.s4, 0, digit + sizes.s4, self.height()), middle, self._digit)
        if self.hasFocus():
            draw_ring(painter, theme, self.rect().toRectF(), self.height() / 2 - sizes.ring / 2)

    def _dress(self) -> None:
        self.setFont(self._theme.font())
        self.updateGeometry()
        self.update()
