"""The history of a record: who, when, what, and what stood there before."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One act on a record, in words; `when` an instant, `before` the value replaced, `reason` why."""

    who: str
    when: int
    what: str
    before: str = ""
    reason: str = ""
    icon: str = "edit"


class History(QWidget):
    """Newest first, as it is given."""

    def __init__(
        self,
        theme: Theme,
        texts: Texts,
        clock: Clock,
        entries: Sequence[HistoryEntry] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._texts, self._clock = theme, texts, clock
        self._column = Column(theme, self, gap="s12")
        self._lines: list[QWidget] = []
        self.show_entries(entries)

    def show_entries(self, entries: Sequence[HistoryEntry]) -> None:
        for line in self._lines:
            self._column.removeWidget(line)
            line.deleteLater()
        self._lines = [self._line(entry) for entry in entries]
        for line in self._lines:
            self._column.addWidget(line)

    def _line(self, entry: HistoryEntry) -> QWidget:
        theme = self._theme
        line = QWidget(self)
        row = Row(theme, line, gap="s12")
        row.addWidget(Icon(theme, entry.icon, "quiet", "icon_small", line), 0, Qt.AlignmentFlag.AlignTop)
        words = Column(theme, gap="s2")
        row.addLayout(words, 1)
        words.addWidget(Label(theme, entry.what, wrap=True, parent=line))
        if entry.before:
            before = self.tr("before: {value}").format(value=entry.before)
            words.addWidget(Label(theme, before, tone="quiet", wrap=True, parent=line))
        if entry.reason:
            reason = self.tr("reason: {reason}").format(reason=entry.reason)
            words.addWidget(Label(theme, reason, tone="quiet", wrap=True, parent=line))
        when = self._texts.day_words(entry.when, self._clock())
        words.addWidget(Label(theme, f"{entry.who} · {when}", "small", "quiet", parent=line))
        return line
