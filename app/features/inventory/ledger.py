"""Where each movement and count line stands in time, and what therefore lies on each shelf.

`ledger` and `shelf` are refreshed inside the transaction that applies, for the lots it touched. Position = (time,
device, epoch serial, n, op); a correction stands at the position of the row it corrects, or nowhere (and counts
nothing) while that row is not known here: nor does that row count yet, so the shelf is right either way. A void changes
nothing here: movements and count lines are never taken back that way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.features.inventory import tables
from app.features.inventory.books import book_at, last_moved_at
from app.features.inventory.places import own_places
from app.features.inventory.rules import COUNT, SIGN, Place
from app.journal.entities import Entity
from app.journal.projections import register_projection
from app.store.bulk import Kept, column_names, delete_among, insert_rows, rows_among

KINDS = frozenset({"movement", "count_line", "answer"})

Shelf = tuple[str, str]
"""(node, lot)"""
_Row = Mapping[str, Any]


def refresh(conn: sa.Connection, touched: Changes) -> Changes:
    """Recompute the places of what these changes touch, then the shelves they are on."""
    ids = {kind: set(touched.ids.get(kind, ())) for kind in KINDS}
    return _refresh(conn, ids["movement"], ids["count_line"], ids["answer"])


def rebuild_shelf(conn: sa.Connection) -> None:
    """Derive both tables anew from all that is known."""
    conn.execute(tables.ledger.delete())
    conn.execute(tables.shelf.delete())
    movements = set(conn.execute(sa.select(tables.movement.c.id)).scalars())
    lines = set(conn.execute(sa.select(tables.count_line.c.id)).scalars())
    _refresh(conn, movements, lines, set())


def _refresh(conn: sa.Connection, movements: set[str], lines: set[str], answers: set[str]) -> Changes:
    asked = _select_in(conn, tables.answer, "id", answers) + _select_in(conn, tables.answer, "line", lines)
    family = _family(conn, movements | {row["movement"] for row in asked})
    line_rows = {row["id"]: row for row in _select_in(conn, tables.count_line, "id", lines)}
    entries = _line_entries(conn, line_rows) + _movement_entries(conn, family)
    shelves = _replace(conn, lines | movements | family.keys(), entries)  # also of those that are here no more
    return _refresh_shelves(conn, shelves)


def _family(conn: sa.Connection, ids: set[str]) -> dict[str, _Row]:
    """These movements, all they correct and all that corrects them: they stand or fall together."""
    found: dict[str, _Row] = {}
    asked: set[str] = set()
    wanted = set(ids)
    while wanted:
        asked |= wanted
        met: set[str] = set()
        for row in (row for name in ("id", "corrects") for row in _select_in(conn, tables.movement, name, wanted)):
            found[row["id"]] = row
            met.add(row["id"])
            if row["corrects"]:
                met.add(row["corrects"])
        wanted = met - asked
    return found


@dataclass(frozen=True, slots=True)
class _Answered:
    line_place: Place
    verdict: str


def _movement_entries(conn: sa.Connection, family: dict[str, _Row]) -> list[dict[str, Any]]:
    roots = {id_: root for id_ in family if (root := _root(family, id_)) is not None}
    own = own_places(conn, tables.movement, "facts", "happened_at", [family[id_] for id_ in set(roots.values())])
    answers = _answers(conn, roots)
    entries = []
    for id_, root in roots.items():
        row = family[id_]
        place = own[root]
        for answer in sorted(answers.get(root, []), key=lambda answer: answer.line_place):
            before, after = answer.line_place._replace(side=-1), answer.line_place._replace(side=1)
            if answer.verdict == "BEFORE":
                place = min(place, before)
            elif answer.verdict == "AFTER":
                place = max(place, after)
        entries.append(_entry(row, row["kind"], _delta(family, row), place))
    return entries


def _root(family: Mapping[str, _Row], id_: str) -> str | None:
    """The movement at whose position this one stands; None where it, or a row on the way, is not known here."""
    passed: set[str] = set()
    while id_ in family and id_ not in passed:
        passed.add(id_)
        target = family[id_]["corrects"]
        if target is None:
            return id_
        id_ = target
    return None


def _delta(family: Mapping[str, _Row], row: _Row) -> int:
    """What the movement does to the shelf. A reversal takes back just what the row it names does."""
    if row["kind"] == "REVERSAL":
        return -_delta(family, family[row["corrects"]]) if row["corrects"] else 0
    return SIGN.get(row["kind"], 0) * (row["quantity"] or 0)


def _answers(conn: sa.Connection, roots: Mapping[str, str]) -> dict[str, list[_Answered]]:
    """Root movement → what people said of it, or of a correction of it, and where the line asked about stands."""
    rows = _select_in(conn, tables.answer, "movement", roots)
    lines = {row["id"]: row for row in _select_in(conn, tables.count_line, "id", {row["line"] for row in rows})}
    places = own_places(conn, tables.count_line, "counted", "entered_at", list(lines.values()))
    found: dict[str, list[_Answered]] = {}
    for row in rows:
        if row["line"] in places and not row["hidden"]:
            found.setdefault(roots[row["movement"]], []).append(_Answered(places[row["line"]], row["verdict"]))
    return found


def _line_entries(conn: sa.Connection, rows: Mapping[str, _Row]) -> list[dict[str, Any]]:
    places = own_places(conn, tables.count_line, "counted", "entered_at", list(rows.values()))
    return [_entry(row, COUNT, row["quantity"] or 0, places[id_]) for id_, row in rows.items()]


def _entry(row: _Row, kind: str, amount: int, place: Place) -> dict[str, Any]:
    """A row of `ledger`; one without a lot or item (damaged) stands on a shelf of its own, never in the way."""
    return {
        "id": row["id"],
        "node": row["node"],
        "lot": row["lot"] or "",
        "item": row["item"] or "",
        "kind": kind or "",
        "amount": amount,
        **place._asdict(),
    }


def _replace(conn: sa.Connection, ids: Iterable[str], entries: list[dict[str, Any]]) -> dict[Shelf, str]:
    """Put these entries in place of what stood under these ids; gives the shelves touched, with their item."""
    stood = rows_among(conn, tables.ledger, ("id", "node", "lot", "item"), "id", list(ids))
    shelves: dict[Shelf, str] = {(node, lot): item for _, node, lot, item in stood}
    delete_among(conn, tables.ledger, "id", [id_ for id_, *_ in stood])
    insert_rows(conn, tables.ledger, entries)
    shelves.update(((entry["node"], entry["lot"]), entry["item"]) for entry in entries)
    return shelves


_ON_SHELF = (tables.shelf.c.node == sa.bindparam("of_node")) & (tables.shelf.c.lot == sa.bindparam("of_lot"))
_STOOD = Kept(sa.select(tables.shelf).where(_ON_SHELF))
_CLEAR = Kept(tables.shelf.delete().where(_ON_SHELF))


def _refresh_shelves(conn: sa.Connection, shelves: Mapping[Shelf, str]) -> Changes:
    changed = []
    for (node, lot), item in shelves.items():
        fresh = shelf_row(conn, node, lot, item)
        key = {"of_node": node, "of_lot": lot}
        stood = _STOOD.first(conn, **key)
        if stood is not None and fresh is not None and stood == fresh:
            continue
        _CLEAR.do(conn, **key)
        if fresh is not None:
            insert_rows(conn, tables.shelf, [fresh])
        changed.append(("shelf", lot))
    return Changes.of(changed)


def shelf_row(conn: sa.Connection, node: str, lot: str, item: str) -> dict[str, Any] | None:
    """What lies on a shelf. None where nothing is known of it."""
    book = book_at(conn, node, lot)
    moved_at = last_moved_at(conn, node, lot)
    if book.counted_at is None and moved_at is None:
        return None
    known = {"on_hand": book.on_hand, "counted_at": book.counted_at, "moved_at": moved_at}
    return {"node": node, "lot": lot, "item": item, **known}


def _select_in(conn: sa.Connection, entity: Entity, name: str, values: Iterable[str]) -> list[_Row]:
    names = column_names(entity.table)
    rows = rows_among(conn, entity.table, names, name, list(values))
    return [dict(zip(names, row, strict=True)) for row in rows]


register_projection(KINDS, refresh, rebuild_shelf)
