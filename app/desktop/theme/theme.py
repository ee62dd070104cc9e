"""The look being worn: tokens in force, and one signal when the user changes them."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from app.desktop.theme import fonts, icons, sheet
from app.desktop.theme.tokens import FADE_MS, Colours, Sizes, colours_for, sizes_at


@dataclass(frozen=True, slots=True)
class Look:
    """What the user chose: `shade` is light, dark or system, `scale` in percent."""

    shade: str = "system"
    scale: int = 100
    touch: bool = False
    still: bool = False  # no movement at all


class Theme(QObject):
    """Gives colours, sizes, fonts and icons; `changed` when any of them is another."""

    changed = Signal()

    def __init__(self, app: QApplication, look: Look | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._faces = fonts.families()
        self._look = look or Look()
        self._put_on()
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def look(self) -> Look:
        return self._look

    @property
    def dark(self) -> bool:
        if self._look.shade == "system":
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._look.shade == "dark"

    @property
    def fade(self) -> int:
        """Length of a movement in milliseconds; 0 when there shall be none."""
        return 0 if self._look.still else FADE_MS

    def wear(self, look: Look) -> None:
        """Change the look of everything on the screen."""
        if look == self._look:
            return
        self._look = look
        self._put_on()
        self.changed.emit()

    def colour(self, tone: str) -> QColor:
        return QColor(getattr(self.colours, tone))

    def font(self, role: str = "body", tabular: bool = False) -> QFont:
        return fonts.font(role, self.sizes, self._faces, tabular)

    def pixmap(self, name: str, tone: str, size: int, ratio: float) -> QPixmap:
        return icons.pixmap(name, getattr(self.colours, tone), size, ratio)

    def draw_icon(self, painter: QPainter, name: str, tone: str, rect: QRectF) -> None:
        """Paint an icon into a square."""
        ratio = painter.device().devicePixelRatio()
        image = self.pixmap(name, tone, round(rect.width()), ratio)
        painter.drawPixmap(rect.topLeft().toPoint(), image)

    def icon(self, name: str, tone: str = "text") -> QIcon:
        """For what takes a QIcon: actions in fields, windows, menus."""
        made = QIcon()
        for ratio in (1.0, 2.0):
            made.addPixmap(self.pixmap(name, tone, self.sizes.icon, ratio))
        return made

    def _put_on(self) -> None:
        self.colours: Colours = colours_for(self.dark)
        self.sizes: Sizes = sizes_at(self._look.scale, self._look.touch)
        worn = sheet.style_sheet(self.colours, self.sizes)
        is_another = self._app.styleSheet() != worn  # else every widget there is would be polished anew
        if is_another:
            self._app.setStyle("Fusion")
        self._app.setPalette(sheet.palette(self.colours))
        self._app.setFont(self.font())
        if is_another:
            self._app.setStyleSheet(worn)

    def _system_changed(self) -> None:
        if self._look.shade == "system":
            self._put_on()
            self.changed.emit()
