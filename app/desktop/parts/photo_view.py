"""One photo large, over everything: left and right for the next, Esc to leave. What is not here yet is asked for."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.theme.layouts import Column, Row
from app.features.photos.commands import FetchPhoto
from app.features.photos.queries import Photo, photo_bytes, photo_trouble


def read_picture(conn: Any, photo: str) -> tuple[QImage | None, str]:
    """The photo unfolded, or why it did not come; on the reader's thread."""
    data = photo_bytes(conn, photo)
    return (QImage.fromData(data), "") if data is not None else (None, photo_trouble(conn, photo))


class PhotoViewer(QWidget):
    """`closed` when it is left; `remove_asked` for the photo that is shown, where it may be taken back."""

    closed = Signal()
    remove_asked = Signal(object)

    def __init__(self, desk: Desk, photos: Sequence[Photo], place: int, over: QWidget) -> None:
        super().__init__(over)
        self._desk, self._photos, self._place, self._over = desk, tuple(photos), place, over
        self._image: QImage | None = None
        self._small = QImage()
        self._asked: set[str] = set()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme = desk.theme
        column = Column(theme, self, gap="s12", pad=("s24", "s16", "s24", "s16"))
        self._head = QWidget(self)
        self._head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._head.setProperty("ground", "card")
        row = Row(theme, self._head, gap="s8", pad=("s12", "s8", "s8", "s8"))
        self.words = Label(theme, "", "strong", cut=True, parent=self._head)
        row.addWidget(self.words, 1)
        self.state = Label(theme, "", tone="quiet", parent=self._head)
        row.addWidget(self.state)
        self.before = self._button("", "chevron-left", self.tr("Photo before"))
        self.after = self._button("", "chevron-right", self.tr("Next photo"))
        self.remove = self._button(self.tr("Take back"), "trash", self.tr("Take this photo back"))
        self.leave = self._button(self.tr("Close"), "close", self.tr("Close"), "Esc")
        for button in (self.before, self.after, self.remove, self.leave):
            row.addWidget(button)
        self.before.clicked.connect(partial(self._go, -1))
        self.after.clicked.connect(partial(self._go, 1))
        self.remove.clicked.connect(self._ask_remove)
        self.leave.clicked.connect(self.close_view)
        column.addWidget(self._head)
        column.addStretch(1)
        over.installEventFilter(self)
        self.setGeometry(over.rect())
        desk.work.changed.connect(self._changed)
        self._show()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def photo(self) -> Photo:
        return self._photos[self._place]

    @property
    def image(self) -> QImage | None:
        """The photo itself, None while it is not here."""
        return self._image

    def close_view(self) -> None:
        self._over.removeEventFilter(self)
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_view()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_PageUp):
            self._go(-1)
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_Space):
            self._go(1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.close_view()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        sizes = self._desk.theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), self._desk.theme.colour("scrim"))
        image = self._image if self._image is not None else self._small
        if image.isNull():
            return
        top = self._head.geometry().bottom() + sizes.s12
        room = QRectF(sizes.s24, top, self.width() - 2 * sizes.s24, self.height() - top - sizes.s24)
        # What is here is never shown larger than it is; what is not, stands for it at its size.
        scale = min(room.width() / image.width(), room.height() / image.height())
        scale = min(scale, 1.0 if self._image is not None else scale)
        width, height = image.width() * scale, image.height() * scale
        painter.drawImage(QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height), image)

    def _button(self, words: str, icon: str, said: str, key: str = "") -> Button:
        button = Button(self._desk.theme, words, "quiet", icon, key, parent=self._head)
        button.setAccessibleName(said)
        return button

    def _go(self, by: int) -> None:
        place = self._place + by
        if 0 <= place < len(self._photos):
            self._place = place
            self._show()

    def _show(self) -> None:
        photo = self.photo
        self._image, self._small = None, QImage.fromData(photo.thumbnail)
        count = self.tr("Photo {n} of {all}").format(n=self._place + 1, all=len(self._photos))
        when = self._desk.texts.day_words(photo.taken_at, self._desk.clock())
        self.words.setText(" · ".join(filter(None, (photo.caption, when, count))))
        self.setAccessibleName(self.words.text())
        self.before.setEnabled(self._place > 0)
        self.after.setEnabled(self._place + 1 < len(self._photos))
        self.state.setText("")
        self._read()
        self.update()

    def _read(self) -> None:
        self._desk.work.ask(partial(read_picture, photo=self.photo.photo), self._came, slot=(id(self), "photo"))

    def _came(self, found: tuple[QImage | None, str]) -> None:
        self._image, trouble = found
        if self._image is not None:
            self.state.setText("")
        else:
            self._ask_for(trouble)
        self.update()

    def _ask_for(self, trouble: str) -> None:
        name = self.photo.photo
        if name and name not in self._asked:
            self._asked.add(name)
            self._desk.work.do(FetchPhoto(photo=name), self._fetch_asked)
        texts = self._desk.texts
        if trouble and texts.knows_refusal(trouble):
            self.state.setText(self.tr("The photo has not arrived yet"))
            self.state.setToolTip(texts.refusal(trouble))
        elif name:
            self.state.setText(self.tr("The photo is being fetched"))
        else:
            self.state.setText(self.tr("The photo was erased"))

    def _fetch_asked(self, _outcome: object) -> None:
        self._desk.rounds.photo_wanted.emit()

    def _ask_remove(self) -> None:
        photo = self.photo
        self.close_view()
        self.remove_asked.emit(photo)

    def _changed(self, changes: Changes) -> None:
        if self._image is None and changes.touches(self.photo.kind):
            self._read()
