"""What needs attention and is no decision: another computer with this data, photos that wait, what is kept apart."""

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.desktop.parts.label import Icon, Label
from app.desktop.parts.section import Section
from app.desktop.syncing.picture import Picture
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.layouts import Row
from app.desktop.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class Line:
    icon: str
    tone: str
    words: str


class Lines(Section):
    """Hidden while there is nothing to say."""

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
        inner.addWidget(Icon(self._theme, said.icon, said.tone, "icon_small", line))
        inner.addWidget(Label(self._theme, said.words, wrap=True, parent=line), 1)
        self.body.addWidget(line)
        return line

    def _lines(self, picture: Picture) -> list[Line]:
        now, words = picture.standing, self._words
        lines = []
        if now.twin:
            lines.append(Line("danger", "danger", words.texts.refusal("told_twin")))
        if now.told:
            when = words.when(now.told_at) if now.told_at is not None else ""
            lines.append(Line("info", "accent", " · ".join(filter(None, (when, words.texts.refusal(now.told))))))
        if now.photos_waiting:
            waiting = self.tr("%n photo(s) wait; records go first and never wait for them", "", now.photos_waiting)
            why = words.texts.kept_refusal(now.photo_trouble) if words.texts.knows_refusal(now.photo_trouble) else ""
            lines.append(Line("upload", "quiet", " · ".join(filter(None, (waiting, why)))))
        for row in picture.aside:
            whose = self.tr("Written here") if row.ours else self.tr("From elsewhere")
            lines.append(Line("warning", "warn", f"{whose} · {words.when(row.at)} · {words.aside(row)}"))
        return lines
