"""One line on a record's page: how far what was written here has come on its way to the center."""

from collections.abc import Collection
from functools import partial

from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Row
from app.sync.tracing import Stage, Trace, trace


class TraceLine(QWidget):
    """`ids`: of the record and of what hangs on it. Keeps itself up to date."""

    def __init__(self, desk: Desk, ids: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._ids = desk, tuple(ids)
        row = Row(desk.theme, self, gap="s4")
        self._icon = Icon(desk.theme, "sync", "quiet", "icon_small", self)
        row.addWidget(self._icon)
        self.label = Label(desk.theme, "", "small", "quiet", parent=self)
        row.addWidget(self.label, 1)
        desk.rounds.ended.connect(self._look)
        desk.work.changed.connect(self._changed)
        self._look()

    def _changed(self, _changes: Changes) -> None:
        self._look()

    def _look(self, _how: object = None) -> None:
        self._desk.work.ask(partial(trace, ids=self._ids), self._show, slot=(id(self), "trace"))

    def _show(self, found: Trace) -> None:
        words, tone, icon = self._said(found)
        self.label.setText(words)
        self.label.set_tone(tone)
        self._icon.show_icon(icon, tone)
        self.setAccessibleName(words)

    def _said(self, found: Trace) -> tuple[str, str, str]:
        since = ""
        if found.since is not None:
            since = self._desk.texts.day_words(found.since, self._desk.clock())
        if found.stage is Stage.MERGED:
            return self.tr("At the center, with everybody concerned"), "quiet", "good"
        if found.stage is Stage.RECEIVED:
            return self.tr("Received by the center, not yet merged"), "quiet", "clock"
        if found.stage is Stage.DROPPED:
            return (
                self.tr("The center will not take in %n change(s); they are here alone", "", found.commits),
                "warn",
                "warning",
            )
        if found.stage is Stage.HELD_BACK:
            return self.tr("Held back by the center; the page of sync says why"), "warn", "warning"
        if found.stage is Stage.SENT:
            words = self.tr("In a file on its way to the center, no receipt yet")
        else:
            words = self.tr("Waits to be uploaded, %n change(s)", "", found.commits)
        return " · ".join(filter(None, (words, since))), "accent", "upload"
