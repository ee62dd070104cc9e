"""One record that the center will never take in: which one, why in its administrator's words, who wrote it when."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.section import Card
from app.desktop.syncing.picture import About
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Row
from app.sync.kept_apart import Drop


class DroppedCard(Card):
    """`read` once its author has taken note: it counts no more, and the record's own page goes on saying it."""

    read = Signal(object)

    def __init__(
        self, desk: Desk, words: SyncWords, found: Drop, about: About | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk.theme, "s8", parent)
        self._desk, self._found, self._about = desk, found, about
        theme = desk.theme
        title = words.titled(about.kind, about.called) if about is not None else self.tr("A record")
        head = Row(theme, gap="s8")
        head.addWidget(Icon(theme, "warning", "warn", "icon_small", self))
        head.addWidget(Label(theme, title, "strong", cut=True, parent=self), 1)
        self.body.addLayout(head)
        why = self.tr("The reason given: {why}").format(why=found.why)
        self.body.addWidget(Label(theme, why, wrap=True, parent=self))
        written = self.tr("You wrote it {when}").format(when=words.when(found.written_at))
        settled = self.tr("settled at the center {when}").format(when=words.when(found.at))
        self.body.addWidget(Label(theme, f"{written} · {settled}", "small", "quiet", cut=True, parent=self))
        holder = QWidget(self)
        flow = Flow(theme, holder)
        self.look = Button(theme, self.tr("Open"), "plain", parent=holder)
        self.look.setAccessibleName(f"{self.look.text()} {title}")
        self.look.clicked.connect(self._open)
        self.look.setVisible(about is not None and bool(about.page))
        flow.addWidget(self.look)
        self.button = Button(theme, self.tr("I have read it"), "soft", parent=holder)
        self.button.setAccessibleName(f"{self.button.text()} {title}")
        self.button.clicked.connect(self._pressed)
        flow.addWidget(self.button)
        self.body.addWidget(holder)
        self.setAccessibleName(self.tr("Not taken in: {title}").format(title=title))

    def _open(self) -> None:
        if self._about is not None:
            self._desk.open_page(self._about.page, self._about.intent)

    def _pressed(self) -> None:
        self.button.setEnabled(False)
        self.read.emit(self._found)
