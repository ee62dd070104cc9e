"""The field for photos: chosen from a file, pasted, dropped; each with a caption and a way out.

A photo is made small and bare on a thread of the pool and kept in the encrypted file at once, so that a draft keeps
it and saving is quick. Not here: how it is made small (`app.features.photos.preparing`).
"""

from base64 import b64decode
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QImageWriter, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog, QLineEdit, QSizePolicy, QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.forms.field import Field
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.parts.photos import PhotoTile
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.features.photos.commands import MOST_AT_ONCE, DropPhotos, KeepPhoto, PhotoTaken
from app.features.photos.preparing import MOST_FILE, Prepared, prepare
from app.features.photos.queries import Staged, staged
from app.store.content import name_of

_NAMES = "*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff"
_LONGEST_CAPTION = 200


def prepared_file(path: Path) -> Prepared:
    """Read and make ready; a file that cannot be read is no photo. For a thread of the pool."""
    try:
        with path.open("rb") as file:
            return prepare(file.read(MOST_FILE + 1))
    except OSError:
        raise Refused("photo_unreadable", "photos") from None


def prepared_image(image: QImage) -> Prepared:
    """What was copied from a screen or another program. For a thread of the pool."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"bmp")).write(image)
    return prepare(bytes(buffer.data().data()))


class _Added(QWidget):
    """One photo that was added: its picture, its caption, the button that takes it out."""

    def __init__(self, field: "PhotosField", photo: str, thumbnail: bytes, caption: str) -> None:
        super().__init__(field)
        theme = field.theme
        self.photo = photo
        row = Row(theme, self, gap="s8")
        words = self.tr("Photo")
        self.tile = PhotoTile(theme, thumbnail, words, parent=self)
        self.tile.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.addWidget(self.tile)
        beside = Column(theme, gap="s4")
        self.caption = QLineEdit(caption, self)
        self.caption.setMaxLength(_LONGEST_CAPTION)
        self.caption.setPlaceholderText(self.tr("What it shows"))
        self.caption.setAccessibleName(self.tr("What the photo shows"))
        self.caption.setFixedWidth(theme.sizes.field)
        beside.addWidget(self.caption)
        self.out = Button(theme, self.tr("Take out"), "quiet", "remove", parent=self)
        beside.addWidget(self.out, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(beside)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class PhotosField(Field):
    """Its value is a tuple of `PhotoTaken`. It stands alone under a heading that names it. `choose` asks for files."""

    is_chosen = True

    def __init__(self, desk: Desk, identifier: str, label: str, *, required: bool = False) -> None:
        super().__init__(desk.theme, identifier, label, required=required, bare=True, width="")
        self._desk = desk
        self.added: list[_Added] = []
        self._jobs: list[Callable[[], Prepared]] = []
        self._serial = 0
        """Grows when the form is emptied: what is made ready for the one before is not for this one."""
        self._coming: dict[str, str] = {}
        """What a draft names, with its captions, until it is known whether it is still kept."""
        self.choose: Callable[[], Sequence[str]] = self._choose
        self.setAcceptDrops(True)
        shown = QWidget(self)
        column = Column(desk.theme, shown, gap="s8")
        head = Row(desk.theme, gap="s12")
        self.button = Button(desk.theme, self.tr("Choose photos"), "plain", "camera", parent=shown)
        self.button.clicked.connect(self._ask_files)
        head.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self._state = Label(desk.theme, "", tone="quiet", wrap=True, parent=shown)
        head.addWidget(self._state, 1)
        column.addLayout(head)
        self._pictures = QWidget(shown)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._pictures.setSizePolicy(policy)
        self._flow = Flow(desk.theme, self._pictures, gap="s16")
        self._pictures.hide()
        column.addWidget(self._pictures)
        self._put(shown, self.button)
        self._say_state()

    # the value

    def value(self) -> tuple[PhotoTaken, ...]:
        shown = [PhotoTaken(photo=one.photo, caption=one.caption.text().strip() or None) for one in self.added]
        return (*shown, *(PhotoTaken(photo=name, caption=words or None) for name, words in self._coming.items()))

    def set_value(self, value: object) -> None:
        given = value if isinstance(value, tuple) else ()
        self.load_draft([{"photo": each.photo, "caption": each.caption or ""} for each in given])

    def draft(self) -> object:
        return [{"photo": each.photo, "caption": each.caption or ""} for each in self.value()]

    def load_draft(self, kept: object) -> None:
        self._serial += 1
        self._jobs = []
        self._say_state()
        for one in list(self.added):
            self._drop_tile(one)
        wanted = [each for each in kept if isinstance(each, dict)] if isinstance(kept, list) else []
        self._coming = {str(each.get("photo")): str(each.get("caption") or "") for each in wanted}
        self._desk.work.forget((id(self), "kept"))
        if self._coming:
            query = partial(staged, photos=list(self._coming))
            self._desk.work.ask(query, self._kept_came, slot=(id(self), "kept"), after_writes=True)

    def mistake(self) -> str:
        return self.tr("A photo is still being made ready; a moment, please") if self._jobs else ""

    # adding

    def add_files(self, files: Sequence[str]) -> None:
        for file in files:
            self._make_ready(partial(prepared_file, Path(file)))

    def add_image(self, image: QImage) -> None:
        self._make_ready(partial(prepared_image, image.copy()))

    def add_from(self, given: QMimeData) -> bool:
        """What was pasted or dropped; False where there is no picture in it."""
        files = [url.toLocalFile() for url in given.urls() if url.isLocalFile()]
        if files:
            self.add_files(files)
            return True
        image = given.imageData() if given.hasImage() else None
        if isinstance(image, QImage) and not image.isNull():
            self.add_image(image)
            return True
        return False

    def paste(self) -> bool:
        return self.add_from(QGuiApplication.clipboard().mimeData())

    @staticmethod
    def takes(given: QMimeData) -> bool:
        """Whether this may be dropped here."""
        return given.hasImage() or any(url.isLocalFile() for url in given.urls())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.add_from(event.mimeData()):
            event.acceptProposedAction()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.button and event.matches(QKeySequence.StandardKey.Paste):
                return self.paste()
            if watched is self.button:
                return False  # Enter presses it: here there is nothing to leave by Enter
        return super().eventFilter(watched, event)

    def _ask_files(self) -> None:
        self.add_files(self.choose())

    def _choose(self) -> Sequence[str]:
        kinds = self.tr("Photos ({names})").format(names=_NAMES)
        return QFileDialog.getOpenFileNames(self, self.tr("Choose photos"), "", kinds)[0]

    def _make_ready(self, job: Callable[[], Prepared]) -> None:
        if len(self.added) + len(self._jobs) >= MOST_AT_ONCE:
            self.refuse(self._desk.texts.refusal("too_many", limit=MOST_AT_ONCE))
            return
        self.accept()
        self._jobs.append(job)
        self._say_state()
        if len(self._jobs) == 1:
            self._begin_next()

    def _begin_next(self) -> None:
        """One after the other, in the order in which they were chosen."""
        if self._jobs:
            serial = self._serial
            self._desk.work.run(self._jobs[0], partial(self._ready, serial), partial(self._not_ready, serial))

    def _ready(self, serial: int, made: Prepared) -> None:
        if serial != self._serial:
            return
        command = KeepPhoto(photo=made.data, thumbnail=b64decode(made.thumbnail))
        self._desk.work.do(command, partial(self._is_kept, serial, made), partial(self._not_ready, serial))

    def _is_kept(self, serial: int, made: Prepared, _outcome: object) -> None:
        if serial != self._serial:
            return
        self._jobs.pop(0)
        self._begin_next()
        name = name_of(made.data)
        if name not in {one.photo for one in self.added}:
            self._add_tile(name, b64decode(made.thumbnail), "")
            if self.button.hasFocus():  # whoever is typing already is not interrupted
                self.added[-1].caption.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say_state()
        self.changed.emit()  # what was said of another one stays

    def _not_ready(self, serial: int, error: Any) -> None:
        if serial != self._serial:
            return
        self._jobs.pop(0)
        self._begin_next()
        self._say_state()
        if isinstance(error, Refused | Environment):
            self.refuse(self._desk.texts.refusal(error.code, **error.facts))

    def _kept_came(self, found: dict[str, Staged]) -> None:
        captions, self._coming = self._coming, {}
        for name, caption in captions.items():
            if name in found and name not in {one.photo for one in self.added}:
                self._add_tile(name, found[name].thumbnail, caption)
        if captions.keys() - found.keys():
            self.refuse(self._desk.texts.refusal("photo_gone"))

    # what is shown

    def _add_tile(self, name: str, thumbnail: bytes, caption: str) -> None:
        one = _Added(self, name, thumbnail, caption)
        one.caption.textEdited.connect(self._touched)
        one.caption.returnPressed.connect(self.button.setFocus)
        one.out.clicked.connect(partial(self._take_out, one))
        self._flow.addWidget(one)
        self.added.append(one)
        one.show()
        self._pictures.show()
        self.updateGeometry()

    def _take_out(self, one: _Added) -> None:
        self._drop_tile(one)
        self._desk.work.do(DropPhotos(photos=(one.photo,)))
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._touched()

    def _drop_tile(self, one: _Added) -> None:
        self.added.remove(one)
        self._flow.removeWidget(one)
        one.hide()
        one.deleteLater()
        self._pictures.setVisible(bool(self.added))
        self.updateGeometry()

    def _say_state(self) -> None:
        if self._jobs:
            self._state.setText(self.tr("Making ready…"))
        else:
            self._state.setText(self.tr("or paste them here with Ctrl+V, or drop them; place and device are not kept"))
