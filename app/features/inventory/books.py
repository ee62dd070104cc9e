"""What the books say of a shelf at any moment: the last count before it, and what moved since. Reads `ledger` only."""

from dataclasses import dataclass
from itertools import compress, product
from typing import Any

import sqlalchemy as sa

from app.features.inventory import tables
from app.features.inventory.rules import COUNT, Place
from app.store.bulk import Kept

_t = tables.ledger
_place = [_t.c[name] for name in tables.POSITION]


def _edge(name: str) -> tuple[sa.BindParameter[Any], sa.Tuple]:
    """A place that is given: its instant, and the whole of it, as parameters called `name_at` and so on."""
    given = [sa.bindparam(f"{name}_{column.name}", type_=column.type) for column in _place]
    return given[0], sa.tuple_(*given)


_whole_place = sa.tuple_(*_place)
(_since_at, _since), (_until_at, _until) = _edge("since"), _edge("until")
_here = (_t.c.node == sa.bindparam("node")) & (_t.c.lot == sa.bindparam("lot"))
_COUNTS = sa.select(*_place, _t.c.amount).where(_here, _t.c.kind == COUNT).limit(1)
_COUNTS = _COUNTS.order_by(*(column.desc() for column in _place))
_LAST_COUNT = Kept(_COUNTS)
_LAST_COUNT_BEFORE = Kept(_COUNTS.where(_t.c.at <= _until_at, _whole_place < _until))
_MOVES = sa.select(sa.func.sum(_t.c.amount)).where(_here)
_ENDS = list(product((False, True), repeat=2))
"""(Is there a place since which, is there one until which)."""
_MOVED = {ends: Kept(_MOVES.where(*compress((_t.c.at > _since_at, _t.c.at < _until_at), ends))) for ends in _ENDS}
_AT_ONCE = _MOVES.where(_t.c.at == sa.bindparam("instant"), _t.c.kind != COUNT)
_MOVED_AT_ONCE = {
    ends: Kept(_AT_ONCE.where(*compress((_whole_place > _since, _whole_place < _until), ends))) for ends in _ENDS
}
_LAST_MOVED = Kept(sa.select(_t.c.at).where(_here, _t.c.kind != COUNT).order_by(_t.c.at.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Book:
    """`counted_at`: when the count was that the number rests on; None where nothing was counted before."""

    on_hand: int
    counted_at: int | None


def book_at(conn: sa.Connection, node: str, lot: str, until: Place | None = None) -> Book:
    """The stock of a lot just before `until`; by default that of now."""
    given: dict[str, Any] = {"node": node, "lot": lot, **_given("until", until)}
    last = (_LAST_COUNT if until is None else _LAST_COUNT_BEFORE).rows(conn, **given)
    since, counted = (Place(*last[0][:-1]), int(last[0][-1])) if last else (None, 0)
    given |= _given("since", since)
    ends = since is not None, until is not None
    # The index answers for whole ranges of time; only rows of the very same instant need the whole position.
    moved = int(_MOVED[ends].scalar(conn, **given) or 0)
    for instant in {edge.at for edge in (since, until) if edge is not None}:
        moved += int(_MOVED_AT_ONCE[ends].scalar(conn, **given, instant=instant) or 0)
    return Book(moved + counted, None if since is None else since.at)


def _given(name: str, place: Place | None) -> dict[str, Any]:
    return (
        {} if place is None else {f"{name}_{part}": value for part, value in zip(tables.POSITION, place, strict=True)}
    )


def last_moved_at(conn: sa.Connection, node: str, lot: str) -> int | None:
    found: int | None = _LAST_MOVED.scalar(conn, node=node, lot=lot)
    return found


@dataclass(frozen=True, slots=True)
class Posted:
    """One row of the ledger in a statement: by how much it changed the books, and the balance after it."""

    id: str
    lot: str
    kind: str
    amount: int
    place: Place
    change: int
    balance: int


def newest(
    conn: sa.Connection, node: str, item: str, lot: str | None = None, *, limit: int, before: int = 0
) -> list[Posted]:
    """The newest rows of an item, or of one of its lots, newest first, without the `before` very newest.

    `change` of a count line is its variance: counted less book. With several lots the balance is of all together.
    """
    s = tables.shelf.c
    of_shelf = s.item == item if lot is None else s.lot == lot
    of_ledger = _t.c.item == item if lot is None else _t.c.lot == lot
    balance = int(conn.execute(sa.select(sa.func.sum(s.on_hand)).where(s.node == node, of_shelf)).scalar() or 0)
    query = sa.select(_t).where(_t.c.node == node, of_ledger)
    order = [column.desc() for column in _place]
    rows = conn.execute(query.order_by(*order, _t.c.kind == "REVERSAL", _t.c.id).limit(before + limit)).mappings()
    found = []
    for row in rows.all():
        place = Place(*(row[name] for name in tables.POSITION))
        change = row["amount"]
        if row["kind"] == COUNT:
            change -= book_at(conn, node, row["lot"], place).on_hand
        found.append(Posted(row["id"], row["lot"], row["kind"], row["amount"], place, change, balance))
        balance -= change
    return found[before:]
