"""Photos as small pictures in a row: pressed, one opens. Not here: adding some (`forms/photos.py`), the large view."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.parts.button import Pressable, draw_ring
from app.desktop.parts.label import tip
from app.desktop.theme import icons
from app.desktop.theme.flow import Flow
from app.desktop.theme.theme import Theme
from app.features.photos.queries import Photo


class PhotoTile(Pressable):
    """One small picture, filled to its edges; a camera where there is none. `away`: the photo itself is not here."""

    def __init__(
        self, theme: Theme, thumbnail: bytes, words: str, *, away: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._away = theme, away
        self._image = QImage.fromData(thumbnail) if thumbnail else QImage()
        self.setAccessibleName(words)
        self.setToolTip(tip(words))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        side = self._theme.sizes.photo
        return QSize(side, side * 3 // 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = self.rect().toRectF()
        shape = QPainterPath()
        shape.addRoundedRect(box, sizes.corner, sizes.corner)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(box, theme.colour("press"))
        if self._image.isNull():
            self._draw_icon(painter, "camera", "quiet", box)
        else:
            painter.drawImage(_filling(box, self._image), self._image)
        painter.restore()
        if self._away:
            side = sizes.icon_small + sizes.s8
            corner = QRectF(box.right() - side - sizes.s4, box.bottom() - side - sizes.s4, side, side)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(corner, sizes.corner, sizes.corner)
            self._draw_icon(painter, "download", "quiet", corner)
        painter.setPen(QPen(theme.colour("accent" if self.over else "line"), sizes.hair))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), sizes.corner, sizes.corner)
        if self.hasFocus() and self.ring:
            draw_ring(painter, theme, box, sizes.corner)

    def _draw_icon(self, painter: QPainter, name: str, tone: str, box: QRectF) -> None:
        size = self._theme.sizes.icon_small
        drawn = icons.pixmap(name, self._theme.colour(tone).name(), size, self.devicePixelRatioF())
        painter.drawPixmap(round(box.center().x() - size / 2), round(box.center().y() - size / 2), drawn)


def _filling(box: QRectF, image: QImage) -> QRectF:
    """Where to draw an image so that it fills the box, its middle in the middle."""
    scale = max(box.width() / image.width(), box.height() / image.height())
    width, height = image.width() * scale, image.height() * scale
    return QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)


class PhotoStrip(QWidget):
    """The photos of a record. `opened` with all of them and the place of the one that was pressed."""

    opened = Signal(object, int)

    def __init__(self, theme: Theme, photos: Sequence[Photo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.photos = tuple(photos)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        flow = Flow(theme, self, gap="s8")
        self.tiles = []
        for number, photo in enumerate(self.photos, 1):
            name = self.tr("Photo {n}").format(n=number)
            words = f"{name}: {photo.caption}" if photo.caption else name
            tile = PhotoTile(theme, photo.thumbnail, words, away=not photo.here, parent=self)
            tile.clicked.connect(self._pressed)
            flow.addWidget(tile)
            self.tiles.append(tile)

    def _pressed(self) -> None:
        tile = self.sender()
        if isinstance(tile, PhotoTile):
            self.opened.emit(self.photos, self.tiles.index(tile))
