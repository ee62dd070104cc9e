"""What became of a record, in words: what was written, what stood there before, why."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.lists.history import HistoryEntry
from app.desktop.lists.value_words import ValueWords
from app.features.org.history import Event
from app.features.people.queries import masked

_QUIET = frozenset({"biz_no", "case", "person", "encounter", "staff", "mode", "campaign", "notice_version", "told_by"})
"""Fields whose values say nothing to a reader of the history."""
_ICONS = {
    "case": "case",
    "encounter": "register",
    "note": "note",
    "notice_given": "megaphone",
    "follow_up": "clock",
    "person": "person",
}


class HistoryWords(QObject):
    """Words for events; one for a page."""

    def __init__(self, texts: Texts, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._texts, self._values = texts, ValueWords(texts, clock, self)

    def history(self, events: Iterable[Event]) -> list[HistoryEntry]:
        """The newest first; what one act wrote to one record is one line."""
        lines: dict[tuple[str, str, str], list[Event]] = {}
        for event in events:
            lines.setdefault((event.commit, event.kind, event.record), []).append(event)
        entries = [self._entry(group) for group in lines.values()]
        return sorted((each for each in entries if each is not None), key=lambda each: -each.when)

    def value(self, kind: str, name: str, value: Any) -> str:
        """One value as it is read, masked where it would identify somebody."""
        return self._values.value(kind, name, masked(name, value) if kind == "person" else value)

    def _entry(self, group: Sequence[Event]) -> HistoryEntry | None:
        first = group[0]
        created = next((event for event in group if event.what == "created"), None)
        kind = self._texts.kind(first.kind)
        before = ""
        if created is not None:
            what = self._created(created, kind)
        elif any(event.what == "voided" for event in group):
            what = self.tr("{kind} taken back").format(kind=kind)
        else:
            changed = [self._changed(event) for event in group]
            what = self.tr("; ").join(filter(None, (after for after, _ in changed)))
            before = self.tr("; ").join(filter(None, (old for _, old in changed)))
            if not what:
                return None
        reason = next((event.reason for event in group if event.reason), "")
        who = first.staff_name or self.tr("somebody elsewhere")
        return HistoryEntry(who, first.at, what, before, reason, _ICONS.get(first.kind, "edit"))

    def _created(self, event: Event, kind: str) -> str:
        told = {
            "encounter": ("disposition",),
            "note": ("text",),
            "follow_up": ("due_at",),
            "notice_given": ("basis",),
            "case": ("case_status",),
        }.get(event.kind, ())
        values = [self.value(event.kind, name, event.after[name]) for name in told if event.after.get(name)]
        made = self.tr("{kind} logged").format(kind=kind)
        return self.tr("{made}: {words}").format(made=made, words=" ".join(values)) if values else made

    def _changed(self, event: Event) -> tuple[str, str]:
        """(what it says now, what it said before)."""
        if event.what in ("added", "removed"):
            label = self._texts.field(event.group, event.kind)
            word = self.value(event.kind, event.group, event.element)
            pattern = (
                self.tr("{field}: added {value}") if event.what == "added" else self.tr("{field}: removed {value}")
            )
            return pattern.format(field=label, value=word), ""
        after, before = dict(event.after), dict(event.before)
        names = [name for name in after if after[name] != before.get(name) and not _is_silent(name)]
        now = [self._pair(event.kind, name, after) for name in names]
        old = [self._pair(event.kind, name, before) for name in names if before.get(name) is not None]
        return self.tr("; ").join(now), self.tr("; ").join(old)

    def _pair(self, kind: str, name: str, values: Mapping[str, Any]) -> str:
        label = self._texts.field(name, kind)
        return self.tr("{field}: {value}").format(field=label, value=self.value(kind, name, values.get(name)))


def _is_silent(name: str) -> bool:
    return name in _QUIET or name.endswith("_answer")
