"""What a count found beside what the books said at that moment. Never stored: a late movement changes it."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.features.inventory import tables
from app.features.inventory.books import book_at
from app.features.inventory.rules import Place


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


def book_of_lines(conn: sa.Connection, count: str) -> list[CountedLine]:
    """The lines of a count in the order in which they were entered, each beside its books."""
    c, t = tables.count_line.c, tables.ledger.c
    position = [t[name] for name in tables.POSITION]
    query = (
        sa.select(c.id, c.node, c.lot, c.item, t.amount, c.diff_reason, c.note, c.shelf, *position)
        .join_from(tables.count_line.table, tables.ledger, t.id == c.id)
        .where(c.count == count, ~c.hidden)
        .order_by(*position)
    )
    lines = []
    for row in conn.execute(query).all():
        book = book_at(conn, row.node, row.lot, Place(*row[-len(position) :])).on_hand
        lines.append(
            CountedLine(
                id=row.id,
                lot=row.lot,
                item=row.item,
                quantity=row.amount,
                book=book,
                variance=row.amount - book,
                diff_reason=row.diff_reason,
                note=row.note,
                shelf=row.shelf,
                at=row.at,
            )
        )
    return lines


def uncounted_lots(conn: sa.Connection, count: str) -> list[MissingLot]:
    """Lots of the count's node that the books do not show empty and that have no line in it."""
    s, line, head = tables.shelf.c, tables.count_line.c, tables.count.c
    counted = sa.exists().where(line.count == count, line.lot == s.lot)
    node = sa.select(head.node).where(head.id == count).scalar_subquery()
    query = sa.select(s.lot, s.item, s.on_hand).where(s.node == node, s.on_hand != 0, ~counted)
    return [MissingLot(*row) for row in conn.execute(query.order_by(s.item, s.lot))]
