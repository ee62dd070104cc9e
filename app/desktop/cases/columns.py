"""What a row of the list of cases shows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from app.base.clock import SECOND
from app.desktop.cases.words import CaseWords
from app.desktop.desk import Desk
from app.desktop.lists.rows import Column
from app.desktop.parts.persons import who_words
from app.features.cases.queries import CaseRow, case_rows
from app.features.org.queries import node_row
from app.sync.tracing import Waiting


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case, and the name of its point where that is another one. `waits`: something of it is not at the center."""

    case: CaseRow
    point: str
    waits: bool = False


class CaseColumns(QObject):
    def __init__(self, desk: Desk, words: CaseWords, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._words = desk, words
        self._waiting = Waiting()

    def columns(self) -> list[Column]:
        return [
            Column(self.tr("Who"), self._who),
            Column(self.tr("Place"), self._place, tone=self._way_tone, icon=self._way_icon),
            Column(self.tr("Last met"), self._met, "list_state"),
            Column(self.tr("State"), self._state, "list_state", tone=self._tone, icon=self._icon),
        ]

    def fetch(self, conn: Any, ids: Collection[str]) -> Mapping[str, ListedCase]:
        rows = case_rows(conn, ids, self._desk.clock())
        points = {}
        for id_ in {row.node for row in rows} - {self._desk.node}:
            point = node_row(conn, id_)
            points[id_] = (point.name or point.code) if point is not None else ""
        waiting = self._waiting.among(conn, {*ids, *(row.person for row in rows)})
        return {
            row.id: ListedCase(row, points.get(row.node, ""), not waiting.isdisjoint((row.id, row.person)))
            for row in rows
        }

    def _way_icon(self, row: ListedCase) -> str:
        """What is not at the center is marked; the case's own page says why."""
        return "upload" if row.waits else ""

    def _way_tone(self, row: ListedCase) -> str:
        return "accent" if row.waits else "text"

    def _who(self, row: ListedCase) -> str:
        """Of a case of another point that keeps the person to itself, the number."""
        return who_words(self._desk.texts, row.case) if row.case.called else row.case.biz_no or ""

    def _place(self, row: ListedCase) -> str:
        case = row.case
        kind = self._desk.texts.code("PLACE_TYPE", case.place_type) if case.place_type else ""
        way = self.tr("not synced") if row.waits else ""  # first: what is long is cut at its end
        return " · ".join(filter(None, (way, row.point, case.place_text or kind)))

    def _met(self, row: ListedCase) -> str:
        return self._desk.texts.age_words((self._desk.clock() - (row.case.met_at or row.case.born_at)) / SECOND)

    def _state(self, row: ListedCase) -> str:
        return self._words.status(row.case)[0]

    def _tone(self, row: ListedCase) -> str:
        return self._words.status(row.case)[1]

    def _icon(self, row: ListedCase) -> str:
        return self._words.status(row.case)[2]
