"""What a count found beside what the books said at that moment. Never stored: a late movement changes it."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.features.inventory import tables
from app.features.inventory.rules import Entry, Place, post
from app.journal.load import chunks


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One line of a count. `variance`: counted less book."""

    id: str
    lot: str
    item: str
    quantity: int
    book: int
    variance: int
    diff_reason: str | None
    note: str | None
    shelf: str | None
    at: int


@dataclass(frozen=True, slots=True)
class MissingLot:
    """A lot the books have and the count has no line for."""

    lot: str
    item: str
    book: int


def entries_of(conn: sa.Connection, node: str, lots: Iterable[str]) -> dict[str, list[Entry]]:
    """Lot → the ledger of its shelf at this node."""
    t = tables.ledger.c
    found: dict[str, list[Entry]] = {}
    for chunk in chunks(lots):
        rows = conn.execute(sa.select(tables.ledger).where(t.node == node, t.lot.in_(chunk)))
        for row in rows.mappings():
            place = Place(*(row[name] for name in tables.POSITION))
            found.setdefault(row["lot"], []).append(Entry(row["id"], row["lot"], row["kind"], row["amount"], place))
    return found


def book_of_lines(conn: sa.Connection, count: str) -> list[CountedLine]:
    """The lines of a count in the order in which they were entered, each beside its books."""
    c = tables.count_line.c
    rows = conn.execute(sa.select(tables.count_line.table).where(c.count == count, ~c.hidden)).mappings().all()
    posted = {}
    for node in {row["node"] for row in rows}:
        lots = [row["lot"] for row in rows if row["node"] == node]
        for entries in entries_of(conn, node, lots).values():
            posted.update({one.entry.id: one for one in post(entries)})
    lines = []
    for row in rows:
        one = posted[row["id"]]
        lines.append(
            CountedLine(
                id=row["id"],
                lot=row["lot"],
                item=row["item"],
                quantity=one.entry.amount,
                book=one.entry.amount - one.change,
                variance=one.change,
                diff_reason=row["diff_reason"],
                note=row["note"],
                shelf=row["shelf"],
                at=one.entry.place.at,
            )
        )
    return sorted(lines, key=lambda line: (line.at, line.id))


def uncounted_lots(conn: sa.Connection, count: str) -> list[MissingLot]:
    """Lots of the count's node that the books do not show empty and that have no line in it."""
    s, line, head = tables.shelf.c, tables.count_line.c, tables.count.c
    counted = sa.exists().where(line.count == count, line.lot == s.lot)
    node = sa.select(head.node).where(head.id == count).scalar_subquery()
    query = sa.select(s.lot, s.item, s.on_hand).where(s.node == node, s.on_hand != 0, ~counted)
    return [MissingLot(*row) for row in conn.execute(query.order_by(s.item, s.lot))]
