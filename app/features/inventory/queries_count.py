"""Counts as screens read them: the list, the sheet to walk along the shelf with, the differences, the questions."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.features.inventory import tables
from app.features.inventory.differences import book_of_lines, uncounted_lots
from app.features.inventory.rules import COUNT, day_of, is_expired
from app.journal.load import chunks


@dataclass(frozen=True, slots=True)
class CountRow:
    id: str
    node: str
    take_type: str
    status: str
    blind: bool
    full: bool
    counter: str
    observer: str | None
    opened_at: int
    closed_at: int | None
    action: str | None
    lines: int


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One lot to be counted. `book` is None where those who count shall not see it."""

    lot: str
    item: str
    name: str
    unit: str
    pack_unit: str | None
    pack_factor: int | None
    batch: str | None
    expires_on: str | None
    shelf: str | None
    book: int | None
    counted: int | None
    entered_at: int | None
    expired: bool


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A lot of which the count found more or less than the books. `missing`: it has no line, in a full count."""

    lot: str
    item: str
    name: str
    unit: str
    batch: str | None
    expires_on: str | None
    book: int
    counted: int
    variance: int
    diff_reason: str | None
    note: str | None
    missing: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A movement of which it is not certain whether the line counted it."""

    movement: str
    line: str
    count: str
    lot: str
    item: str
    kind: str
    amount: int
    moved_at: int
    counted_at: int
    counted: int
    other_device: bool
    typed: bool


def counts(conn: sa.Connection, node: str, *, open_only: bool = False) -> list[CountRow]:
    """The counts of a node, the newest first."""
    c, line = tables.count.c, tables.count_line.c
    lines = sa.select(sa.func.count()).where(line.count == c.id, ~line.hidden).scalar_subquery()
    query = sa.select(tables.count.table, lines.label("lines")).where(c.node == node, ~c.hidden)
    if open_only:
        query = query.where(c.status == "OPEN")
    return [_count(row) for row in conn.execute(query.order_by(c.born_at.desc(), c.id)).mappings()]


def count_row(conn: sa.Connection, id_: str) -> CountRow | None:
    c, line = tables.count.c, tables.count_line.c
    lines = sa.select(sa.func.count()).where(line.count == c.id, ~line.hidden).scalar_subquery()
    query = sa.select(tables.count.table, lines.label("lines")).where(c.id == id_, ~c.hidden)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _count(row)


def count_sheet(conn: sa.Connection, count: str, now: int) -> list[SheetRow]:
    """Every lot the books have and every lot that was counted, by place, item and end date."""
    head = count_row(conn, count)
    if head is None:
        return []
    lines = {line.lot: line for line in book_of_lines(conn, count)}
    s = tables.shelf.c
    books = dict(conn.execute(sa.select(s.lot, s.on_hand).where(s.node == head.node)).all())
    lots = lines.keys() | {lot for lot, on_hand in books.items() if on_hand}
    blind = head.blind and head.status == "OPEN"
    day = day_of(now)
    rows = []
    for fact in _lot_facts(conn, head.node, lots):
        line = lines.get(fact.lot)
        book = books.get(fact.lot, 0) if line is None else line.book
        rows.append(
            SheetRow(
                *(fact.lot, fact.item, fact.name or "", fact.unit or "", fact.pack_unit, fact.pack_factor),
                *(fact.batch, fact.expires_on, fact.shelf),
                book=None if blind else book,
                counted=None if line is None else line.quantity,
                entered_at=None if line is None else line.at,
                expired=is_expired(fact.expires_on, day),
            )
        )
    return rows


def count_differences(conn: sa.Connection, count: str) -> list[DifferenceRow]:
    """What differs, by item and end date; in a full count that is open also what has no line yet."""
    head = count_row(conn, count)
    if head is None:
        return []
    lines = {line.lot: line for line in book_of_lines(conn, count) if line.variance}
    missing = {lot.lot: lot for lot in uncounted_lots(conn, count)} if head.full and head.status == "OPEN" else {}
    rows = []
    for fact in _lot_facts(conn, head.node, lines.keys() | missing.keys()):
        line = lines.get(fact.lot)
        book = line.book if line else missing[fact.lot].book
        counted = line.quantity if line else 0
        rows.append(
            DifferenceRow(
                *(fact.lot, fact.item, fact.name or "", fact.unit or "", fact.batch, fact.expires_on),
                book=book,
                counted=counted,
                variance=counted - book,
                diff_reason=line.diff_reason if line else None,
                note=line.note if line else None,
                missing=line is None,
            )
        )
    return rows


def open_questions(conn: sa.Connection, node: str) -> list[Question]:
    """Movements inside the window of a count of the same lot, of another device or with a typed time, not answered.

    The window runs from the beginning of the count to its last line: whoever counts goes along the shelf meanwhile.
    """
    line, count, m = tables.count_line.c, tables.count.c, tables.movement.c
    moved, counted, last = tables.ledger.alias(), tables.ledger.alias(), tables.ledger.alias()
    other = tables.count_line.table.alias()
    answer = tables.answer.c
    window_end = (
        sa.select(sa.func.max(last.c.at))
        .join_from(other, last, last.c.id == other.c.id)
        .where(other.c.count == count.id)
        .scalar_subquery()
    )
    other_device = moved.c.device != counted.c.device
    typed = m.happened_at.is_not(None)
    answered = sa.exists().where(answer.movement == m.id, answer.line == line.id)
    taken_back = tables.movement.table.alias()
    undone = sa.exists().where(taken_back.c.corrects == m.id, taken_back.c.kind == "REVERSAL")
    query = (
        sa.select(
            m.id.label("movement"),
            line.id.label("line"),
            count.id.label("count_id"),
            line.lot,
            line.item,
            m.kind,
            moved.c.amount,
            moved.c.at.label("moved_at"),
            counted.c.at.label("counted_at"),
            counted.c.amount.label("counted"),
            other_device.label("other_device"),
            typed.label("typed"),
        )
        .select_from(tables.count_line.table)
        .join(tables.count.table, count.id == line.count)
        .join(counted, counted.c.id == line.id)
        .join(moved, (moved.c.node == counted.c.node) & (moved.c.lot == counted.c.lot) & (moved.c.kind != COUNT))
        .join(tables.movement.table, m.id == moved.c.id)
        .where(line.node == node, m.kind != "REVERSAL", ~answered, ~undone, count.status != "CANCELLED")
        .where(moved.c.at >= count.born_at, moved.c.at <= window_end, other_device | typed)
        .order_by(counted.c.at, moved.c.at, m.id)
    )
    return [
        Question(
            movement=row["movement"],
            line=row["line"],
            count=row["count_id"],
            lot=row["lot"],
            item=row["item"],
            kind=row["kind"],
            amount=row["amount"],
            moved_at=row["moved_at"],
            counted_at=row["counted_at"],
            counted=row["counted"],
            other_device=bool(row["other_device"]),
            typed=bool(row["typed"]),
        )
        for row in conn.execute(query).mappings()
    ]


def _lot_facts(conn: sa.Connection, node: str, lots: set[str]) -> list[sa.Row[tuple[object, ...]]]:
    """What lots are, in the order in which one walks along the shelf; what has no place there comes last."""
    lot, item, state = tables.lot.c, tables.item.c, tables.lot_state.c
    names = (item.name, item.unit, item.pack_unit, item.pack_factor, lot.batch, lot.expires_on, state.shelf)
    query = (
        sa.select(lot.id.label("lot"), lot.item, *names, item.item_code)
        .select_from(tables.lot.table)
        .outerjoin(tables.item.table, item.id == lot.item)
        .outerjoin(tables.lot_state.table, (state.lot == lot.id) & (state.node == node))
    )
    found: list[sa.Row[tuple[object, ...]]] = []
    for chunk in chunks(lots):
        found.extend(conn.execute(query.where(lot.id.in_(chunk))))

    def place(row: sa.Row[tuple[object, ...]]) -> tuple[bool, str, str, str, str]:
        return not row.shelf, row.shelf or "", row.item_code or "", row.expires_on or "9999", row.lot

    return sorted(found, key=place)


def _count(row: sa.RowMapping) -> CountRow:
    return CountRow(
        id=row["id"],
        node=row["node"],
        take_type=row["take_type"] or "",
        status=row["status"] or "",
        blind=bool(row["blind"]),
        full=bool(row["full"]),
        counter=row["counter"] or "",
        observer=row["observer"],
        opened_at=row["born_at"] if row["opened_at"] is None else row["opened_at"],
        closed_at=row["closed_at"],
        action=row["action"],
        lines=row["lines"],
    )
