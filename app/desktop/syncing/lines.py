"""What needs attention and is no decision: another computer with this data, a beginning anew, what is kept apart."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.section import Section
from app.desktop.syncing.picture import About, Picture
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme
from app.sync.kept_apart import BY_ITSELF, Aside


@dataclass(frozen=True, slots=True)
class Line:
    icon: str
    tone: str
    words: str
    is_once: bool = False
    """Whether it is over once it was read."""
    title: str = ""
    below: str = ""
    about: About | None = None


class Lines(Section):
    """Hidden while there is nothing to say. `read` once somebody has taken note of why this computer began anew;
    `opened` with a page and what for, where a record is to be looked at."""

    read = Signal()
    opened = Signal(str, object)

    def __init__(self, theme: Theme, title: str, words: SyncWords, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        self._theme, self._words = theme, words
        self._said: list[Line] = []
        self._shown: list[QWidget] = []
        self.hide()

    def show_picture(self, picture: Picture) -> None:
        said = self._lines(picture)
        if said == self._said:
            return
        self._said = said
        for line in self._shown:
            self.body.removeWidget(line)
            line.deleteLater()
        self._shown = [self._line(each) for each in said]
        self.setVisible(bool(said))

    def _line(self, said: Line) -> QWidget:
        line = QWidget(self)
        inner = Row(self._theme, line, gap="s8")
        inner.addWidget(Icon(self._theme, said.icon, said.tone, "icon_small", line), 0, Qt.AlignmentFlag.AlignTop)
        words = Column(self._theme, gap="")
        inner.addLayout(words, 1)
        if said.title:
            words.addWidget(Label(self._theme, said.title, "strong", cut=True, parent=line))
        words.addWidget(Label(self._theme, said.words, wrap=True, parent=line))
        if said.below:
            words.addWidget(Label(self._theme, said.below, "small", "quiet", cut=True, parent=line))
        words.addStretch(1)  # beside a button, which is higher, the words stay beside their icon
        if said.about is not None and said.about.page:
            button = Button(self._theme, self.tr("Open"), "plain", parent=line)
            button.setAccessibleName(f"{button.text()} {said.title}")
            button.clicked.connect(partial(self.opened.emit, said.about.page, said.about.intent))
            inner.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        if said.is_once:
            button = Button(self._theme, self.tr("I have read it"), "plain", parent=line)
            button.setAccessibleName(f"{button.text()} {said.words}")
            button.clicked.connect(self.read)
            inner.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(line)
        return line

    def _lines(self, picture: Picture) -> list[Line]:
        now, words = picture.standing, self._words
        lines = []
        if now.twin:
            lines.append(Line("danger", "danger", words.texts.refusal("told_twin")))
        if now.told:
            when = words.when(now.told_at) if now.told_at is not None else ""
            said = " · ".join(filter(None, (when, words.texts.refusal(now.told))))
            lines.append(Line("info", "accent", said, is_once=True))
        return [*lines, *(self._aside(*each) for each in picture.aside)]

    def _aside(self, row: Aside, about: About | None, by: str) -> Line:
        """Which record it is comes first, then why; without a record there is only who wrote it and when."""
        words = self._words
        whose = self.tr("Written here") if row.ours else self.tr("From elsewhere")
        title = words.titled(about.kind, about.called) if about is not None else ""
        below = " · ".join(filter(None, (whose, by, words.when(row.at))))
        icon, tone = ("clock", "quiet") if row.code in BY_ITSELF else ("warning", "warn")
        return Line(icon, tone, words.aside(row), title=title, below=below, about=about)
