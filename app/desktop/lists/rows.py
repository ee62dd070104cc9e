"""The model of a list: it holds ids, and fetches the rows that are painted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from app.base.changes import Changes
from app.desktop.work import Query, Work

BLOCK = 60
"""Rows fetched on each side of one that is painted."""

KEPT = 4_000
"""Rows remembered; older ones are fetched again when they come back."""

TONE_ROLE = Qt.ItemDataRole.UserRole + 1
ICON_ROLE = Qt.ItemDataRole.UserRole + 2

Index = QModelIndex | QPersistentModelIndex
Fetch = Callable[..., Mapping[str, Any]]
"""`fetch(connection, ids=[...])` gives the frozen rows of these ids."""


@dataclass(frozen=True, slots=True)
class Column:
    """How one fact of a row is shown. `width` is the name of a size; columns without it share what is left."""

    title: str
    text: Callable[[Any], str]
    width: str = ""
    figures: bool = False  # right-aligned, tabular
    tone: Callable[[Any], str] | None = None
    icon: Callable[[Any], str] | None = None


class RowModel(QAbstractTableModel):
    """`show` asks which ids there are; `counted` says how many came."""

    counted = Signal(int)

    def __init__(
        self,
        work: Work,
        columns: Sequence[Column],
        fetch: Fetch,
        kinds: Sequence[str],
        parent: QObject | None = None,
        *,
        behind: Sequence[str] = (),
    ) -> None:
        """`kinds`: what the rows are; `behind`: kinds whose change may show in any row."""
        super().__init__(parent)
        self._work, self._columns, self._fetch, self._kinds = work, list(columns), fetch, tuple(kinds)
        self._behind = tuple(behind)
        self._query: Query | None = None
        self._ids: Sequence[str] = ()
        self._places: dict[str, int] = {}
        self._rows: dict[str, Any] = {}
        self._asked: set[str] = set()
        self._wanted: set[int] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._ask_rows)
        work.changed.connect(self._changed)

    @property
    def columns(self) -> list[Column]:
        return self._columns

    @property
    def ids(self) -> Sequence[str]:
        return self._ids

    def show(self, query: Query) -> None:
        """Show what this query of ids gives, now and after every change of our kinds."""
        self._query = query
        self._work.ask(query, self._ids_came, slot=(id(self), "ids"))

    def read_again(self) -> None:
        """What the rows show beside the records has changed."""
        self._rows.clear()
        self._repaint(0, len(self._ids) - 1)

    def id_at(self, row: int) -> str | None:
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def place_of(self, id_: str) -> int | None:
        if not self._places and self._ids:
            self._places = {each: place for place, each in enumerate(self._ids)}
        return self._places.get(id_)

    def row(self, place: int) -> Any:
        """The row if it is here; otherwise it is asked for and None given meanwhile."""
        id_ = self._ids[place]
        row = self._rows.get(id_)
        if row is None and id_ not in self._asked:
            self._wanted.add(place)
            if not self._soon.isActive():
                self._soon.start()
        return row

    # what views ask

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.figures else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, TONE_ROLE, ICON_ROLE):
            return None
        row = self.row(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        chosen = column.tone if role == TONE_ROLE else column.icon
        return chosen(row) if chosen else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._columns[section].figures else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    # what comes back

    def _ids_came(self, ids: Sequence[str]) -> None:
        if ids == self._ids:
            self._repaint(0, len(ids) - 1)
        else:
            self.beginResetModel()
            self._ids, self._places = ids, {}
            self._wanted.clear()
            self.endResetModel()
        self.counted.emit(len(ids))

    def _ask_rows(self) -> None:
        places: set[int] = set()
        for place in self._wanted:
            places.update(range(max(0, place - BLOCK), min(len(self._ids), place + BLOCK)))
        self._wanted.clear()
        ids = [self._ids[place] for place in sorted(places)]
        ids = [id_ for id_ in ids if id_ not in self._rows and id_ not in self._asked]
        if ids:
            self._asked.update(ids)
            self._work.ask(
                partial(self._fetch, ids=ids),
                partial(self._rows_came, ids),
                failed=partial(self._rows_failed, ids),
            )

    def _rows_came(self, ids: Sequence[str], rows: Mapping[str, Any]) -> None:
        self._asked.difference_update(ids)
        self._rows.update(rows)
        for old in list(self._rows)[: max(0, len(self._rows) - KEPT)]:
            del self._rows[old]
        places = [place for place in map(self.place_of, ids) if place is not None]
        if places:
            self._repaint(min(places), max(places))

    def _rows_failed(self, ids: Sequence[str], _error: object) -> None:
        self._asked.difference_update(ids)

    def _changed(self, changes: Changes) -> None:
        if not changes.touches(*self._kinds, *self._behind):
            return
        if changes.touches(*self._behind):
            self._rows.clear()
        for kind in self._kinds:
            for id_ in changes.ids.get(kind, ()):
                self._rows.pop(id_, None)
        if self._query is not None:
            self.show(self._query)

    def _repaint(self, first: int, last: int) -> None:
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))
