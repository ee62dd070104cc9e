"""What the books say of a shelf at any moment: the last count before it, and what moved since. Reads `ledger` only."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.features.inventory import tables
from app.features.inventory.rules import COUNT, Place

_t = tables.ledger
_place = [_t.c[name] for name in tables.POSITION]


@dataclass(frozen=True, slots=True)
class Book:
    """`counted_at`: when the count was that the number rests on; None where nothing was counted before."""

    on_hand: int
    counted_at: int | None


def book_at(conn: sa.Connection, node: str, lot: str, until: Place | None = None) -> Book:
    """The stock of a lot just before `until`; by default that of now."""
    here = (_t.c.node == node) & (_t.c.lot == lot)
    since, counted = _last_count(conn, node, lot, until)
    # The index answers for whole ranges of time; only rows of the very same instant need the whole position.
    inside: list[sa.ColumnElement[bool]] = [here]
    if since is not None:
        inside.append(_t.c.at > since.at)
    if until is not None:
        inside.append(_t.c.at < until.at)
    moved = conn.execute(sa.select(sa.func.sum(_t.c.amount)).where(*inside)).scalar() or 0
    for instant in {edge.at for edge in (since, until) if edge is not None}:
        moved += _moved_in(conn, here & (_t.c.at == instant), since, until)
    return Book(int(moved) + counted, None if since is None else since.at)


def _last_count(conn: sa.Connection, node: str, lot: str, until: Place | None) -> tuple[Place | None, int]:
    """Where the last count line before `until` stands, and what it counted."""
    query = sa.select(*_place, _t.c.amount).where(_t.c.node == node, _t.c.kind == COUNT, _t.c.lot == lot)
    if until is not None:
        query = query.where(_t.c.at <= until.at, sa.tuple_(*_place) < sa.tuple_(*until))
    last = conn.execute(query.order_by(*(column.desc() for column in _place)).limit(1)).one_or_none()
    return (None, 0) if last is None else (Place(*last[:-1]), int(last[-1]))


def _moved_in(conn: sa.Connection, instant: sa.ColumnElement[bool], since: Place | None, until: Place | None) -> int:
    """What moved within one instant, between the two places."""
    query = sa.select(sa.func.sum(_t.c.amount)).where(instant, _t.c.kind != COUNT)
    if since is not None:
        query = query.where(sa.tuple_(*_place) > sa.tuple_(*since))
    if until is not None:
        query = query.where(sa.tuple_(*_place) < sa.tuple_(*until))
    return int(conn.execute(query).scalar() or 0)


def last_moved_at(conn: sa.Connection, node: str, lot: str) -> int | None:
    query = sa.select(_t.c.at).where(_t.c.node == node, _t.c.lot == lot, _t.c.kind != COUNT)
    found: int | None = conn.execute(query.order_by(_t.c.at.desc()).limit(1)).scalar()
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
