"""The step that takes the enrolment file: on a stick, dropped, chosen or named by its place; what it is, in words."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QWidget

from app.base.clock import Clock
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.desktop.first_run.facts import FileFacts
from app.desktop.first_run.step import Step
from app.desktop.first_run.stick_offer import StickOffer
from app.desktop.forms.text import TextField
from app.desktop.frame.sticks import Stick
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.parts.section import Card, Facts
from app.desktop.parts.tab_order import tab_as_seen
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme

LONGEST_PATH = 4_000


class DropZone(QWidget):
    """Where a file may be let fall; `dropped` with its path, `choose_asked` by the button."""

    dropped = Signal(str)
    choose_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._over = theme, False
        self.setAcceptDrops(True)
        column = Column(theme, self, gap="s8", pad=("s16", "s16", "s16", "s16"))
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(Icon(theme, "download", "quiet", "icon", self), 0, centre)
        column.addWidget(Label(theme, self.tr("Drop the enrolment file here"), tone="quiet", parent=self), 0, centre)
        self.button = Button(theme, self.tr("Choose a file…"), parent=self)
        self.button.clicked.connect(self.choose_asked)
        column.addWidget(self.button, 0, centre)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _file_in(event.mimeData().urls()):
            event.acceptProposedAction()
            self._show_over(over=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._show_over(over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_over(over=False)
        path = _file_in(event.mimeData().urls())
        if path:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.colour("accent" if self._over else "edge"), sizes.hair, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(theme.colour("accent_ground" if self._over else "ground"))
        box = self.rect().toRectF().adjusted(sizes.hair, sizes.hair, -sizes.hair, -sizes.hair)
        painter.drawRoundedRect(box, sizes.corner_large, sizes.corner_large)

    def _show_over(self, *, over: bool) -> None:
        self._over = over
        self.update()


class FileStep(Step):
    """`read_asked` with a path; answer with `show_facts` or `show_trouble`."""

    read_asked = Signal(object)

    def __init__(self, theme: Theme, texts: Texts, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(theme, texts, parent)
        self._clock = clock
        self._read = ""
        self.facts: FileFacts | None = None
        self.short = self.tr("Enrolment file")
        self.title = self.tr("Read the enrolment file")
        self.sentence = self.tr("The center made it for this point and sent it by mail or on a stick.")
        self.offer = StickOffer(theme, self)
        self.offer.taken.connect(self.take)
        self.column.addWidget(self.offer)
        self.zone = DropZone(theme, self)
        self.zone.dropped.connect(self.take)
        self.zone.choose_asked.connect(self._choose)
        self.column.addWidget(self.zone)
        self.path = TextField(theme, "file", self.tr("Where the file is"), longest=LONGEST_PATH, width="")
        self.column.addWidget(self.add(self.path))
        self.path.changed.connect(self._forget)
        self._card = Card(theme, "s8", self)
        head = Row(theme, gap="s8")
        self._city = Label(theme, role="section", cut=True, parent=self._card)
        head.addWidget(self._city, 1)
        head.addWidget(Tag(theme, self.tr("Checked"), "good", "good", self._card))
        self._card.body.addLayout(head)
        self.other = Button(theme, self.tr("Take another file…"), parent=self._card)
        self.other.clicked.connect(self._choose)
        self._shown = Facts(theme, parent=self._card)
        self._card.body.addWidget(self._shown)
        foot = Row(theme)
        foot.addWidget(self.other)
        foot.addStretch(1)
        self._card.body.addLayout(foot)
        self._show_card(shown=False)
        self.column.addWidget(self._card)
        self.finish()

    @property
    def is_read(self) -> bool:
        return self.facts is not None

    def check(self) -> bool:
        if self.path.value():
            return super().check()
        self.path.refuse(self.tr("Choose the file first"))
        return False

    def take(self, path: str) -> None:
        """Read the file at this path."""
        self.path.set_value(path)
        self.path.accept()
        self.ask_read()

    def ask_read(self) -> None:
        typed = _tidy(str(self.path.value() or ""))
        self._read = typed
        self.read_asked.emit(Path(typed).expanduser())

    def show_sticks(self, sticks: Sequence[Stick]) -> None:
        self.offer.show_sticks(sticks)
        if self.offer.buttons:
            tab_as_seen(self.offer.buttons[0], self.column)
        self._show_card(shown=self.is_read)

    def show_facts(self, facts: FileFacts) -> None:
        self.facts = facts
        self.path.accept()
        here = [each for each in facts.candidates if each.here]
        self._city.setText(facts.place)
        lines = [
            (self.tr("City"), facts.city),
            (self.tr("Under"), " · ".join(facts.above)),
            (self.tr("Staff"), self.tr("%n here", "", len(here))),
            (self.tr("Made"), self.texts.day_words(facts.made_at, self._clock())),
        ]
        self._shown.show_facts([line for line in lines if line[1]])
        self._show_card(shown=True)

    def show_trouble(self, error: Refused | Environment) -> None:
        self._forget()
        self.path.refuse(self.texts.refusal(error.code, **error.facts))
        self.path.go_to()

    def start(self) -> None:
        """The button first: most people choose or drop, or have it on a stick."""
        if self.is_read or self.path.value():
            self.path.go_to()
        elif self.offer.buttons:
            self.offer.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.zone.button.clearFocus()  # the step before may have left it here, but without the ring
            self.zone.button.setFocus(Qt.FocusReason.TabFocusReason)

    def _forget(self) -> None:
        """Another path is typed: what was read is no longer what stands there."""
        self.facts = None
        self._show_card(shown=False)

    def _show_card(self, *, shown: bool) -> None:
        """What the file is, in place of where to let one fall."""
        self._card.setVisible(shown)
        self.zone.setVisible(not shown)
        self.offer.setVisible(bool(self.offer.files) and not shown)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the enrolment file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if self.offer.files:
            dialog.setDirectory(str(self.offer.files[0].parent))
        dialog.fileSelected.connect(self.take)
        dialog.open()


def _file_in(urls: list[QUrl]) -> str:
    return next((url.toLocalFile() for url in urls if url.isLocalFile()), "")


def _tidy(typed: str) -> str:
    """A path as people paste it: in quotation marks, or as a link to a file."""
    plain = typed.strip().strip("\"'“”")
    return QUrl(plain).toLocalFile() if plain.startswith("file:") else plain
