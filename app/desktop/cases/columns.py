"""What a row of the list of cases shows."""

from collections.abc import Collection, Mapping
from typing import Any

from PySide6.QtCore import QObject

from app.base.clock import SECOND
from app.desktop.cases.words import CaseWords
from app.desktop.desk import Desk
from app.desktop.lists.rows import Column
from app.desktop.parts.persons import who_words
from app.features.cases.queries import CaseRow, case_rows


class CaseColumns(QObject):
    def __init__(self, desk: Desk, words: CaseWords, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._words = desk, words

    def columns(self) -> list[Column]:
        return [
            Column(self.tr("Who"), self._who),
            Column(self.tr("Place"), self._place),
            Column(self.tr("Last met"), self._met, "list_state"),
            Column(self.tr("State"), self._state, "list_state", tone=self._tone, icon=self._icon),
        ]

    def fetch(self, conn: Any, ids: Collection[str]) -> Mapping[str, CaseRow]:
        return {row.id: row for row in case_rows(conn, ids, self._desk.clock())}

    def _who(self, row: CaseRow) -> str:
        return who_words(self._desk.texts, row)

    def _place(self, row: CaseRow) -> str:
        kind = self._desk.texts.code("PLACE_TYPE", row.place_type) if row.place_type else ""
        return row.place_text or kind

    def _met(self, row: CaseRow) -> str:
        return self._desk.texts.age_words((self._desk.clock() - (row.met_at or row.born_at)) / SECOND)

    def _state(self, row: CaseRow) -> str:
        return self._words.status(row)[0]

    def _tone(self, row: CaseRow) -> str:
        return self._words.status(row)[1]

    def _icon(self, row: CaseRow) -> str:
        return self._words.status(row)[2]
