"""Find anything from the top bar: people and their cases, supplies; a choice opens the page that shows it.

The search index at a point is filled behind the acts; `Indexing` takes it further whenever something changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.desk import Desk
from app.desktop.frame.top_bar import SearchBox
from app.desktop.parts.suggestions import Suggestion
from app.features.cases.queries import CaseRow, case_rows, cases_of
from app.features.cases.search import find
from app.features.inventory.queries import ItemRow, item_rows

MOST = 8
_SLOT = "find anything"


@dataclass(frozen=True, slots=True)
class Found:
    cases: list[CaseRow]
    items: list[ItemRow]


def find_anything(conn: Any, words: str, now: int) -> Found:
    """The cases of people, and items, that these words find."""
    hits = find(conn, words, MOST)
    ids = [hit.id for hit in hits if hit.kind == "case"]
    ids += cases_of(conn, [hit.id for hit in hits if hit.kind == "person"])
    items = [item for item in item_rows(conn) if words in item.name or words.upper() == item.item_code]
    return Found(case_rows(conn, list(dict.fromkeys(ids))[:MOST], now), items[: MOST // 2])


class Finder(QObject):
    """Between the search field of the top bar and the pages."""

    def __init__(self, box: SearchBox, desk: Desk, texts: Texts, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._box, self._desk, self._texts, self._clock = box, desk, texts, clock
        box.typed.connect(self._look)
        box.chosen.connect(self._open)

    def speak(self, texts: Texts) -> None:
        self._texts = texts

    def _look(self, words: str) -> None:
        if len(words) < 2:
            self._desk.work.forget(_SLOT)
            self._box.offer(())
            return
        self._desk.work.ask(partial(find_anything, words=words, now=self._clock()), self._show, slot=_SLOT)

    def _show(self, found: Found) -> None:
        self._box.offer([*map(self._case, found.cases), *map(self._item, found.items)])

    def _case(self, row: CaseRow) -> Suggestion:
        status = self._texts.code("CASE_STATUS", row.case_status) if row.case_status else ""
        seen = self._texts.day_words(row.met_at or row.born_at, self._clock())
        words = [status, seen, row.place_text or "", row.biz_no or ""]
        return Suggestion(("cases", row.id), row.called, " · ".join(word for word in words if word), "case")

    def _item(self, row: ItemRow) -> Suggestion:
        category = self._texts.code("ITEM_CATEGORY", row.category)
        return Suggestion(("stock", {"item": row.id}), row.name, category, "supplies")

    def _open(self, key: object) -> None:
        if isinstance(key, tuple) and len(key) == 2:
            self._desk.open_page(str(key[0]), key[1])


class Indexing(QObject):
    """Takes the search index further, slice by slice behind everything else, until it has all there is."""

    def __init__(self, desk: Desk, step: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._step = desk, step
        self._busy = self._again = False

    def go_on(self, _changes: object = None) -> None:
        self._again = True
        if not self._busy:
            self._busy, self._again = True, False
            self._desk.work.run(self._all, self._done, self._failed)

    def _all(self) -> None:
        while self._desk.work.write_and_wait(self._step):
            pass

    def _done(self, _nothing: object) -> None:
        self._busy = False
        if self._again:
            self.go_on()

    def _failed(self, _error: object) -> None:
        """The next change tries again; searching falls back to reading every record meanwhile."""
        self._busy = False
