"""The books of an item, read like a bank statement: what came and went, how the balance changed, who wrote it."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.features.inventory import tables
from app.features.inventory.books import Posted, newest
from app.features.inventory.rules import COUNT
from app.features.org.tables import staff
from app.journal.load import chunks
from app.journal.tables import journal


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line. `at`: where it stands in time, by the center's clock. `change` of a count is what it found more or less
    than the books. `taken_back`: a reversal of it is known."""

    id: str
    at: int
    kind: str
    lot: str
    batch: str | None
    expires_on: str | None
    change: int
    balance: int
    counted: int | None
    typed: bool
    of_kind: str | None
    of_id: str | None
    corrects: str | None
    cause: str | None
    reason: str | None
    taken_back: bool
    written_at: int
    staff: str
    staff_name: str


def statement(
    conn: sa.Connection, node: str, item: str, *, lot: str | None = None, limit: int = 200, before: int = 0
) -> list[StatementRow]:
    """The newest lines of an item, or of one lot, newest first; `before`: so many of the newest left out."""
    return _rows(conn, newest(conn, node, item, lot, limit=limit, before=before))


def _rows(conn: sa.Connection, page: list[Posted]) -> list[StatementRow]:
    lines = [one.id for one in page if one.kind == COUNT]
    written = {
        **_written(conn, tables.movement.table, [one.id for one in page if one.kind != COUNT]),
        **_written(conn, tables.count_line.table, lines),
    }
    m, lot = tables.movement.c, tables.lot.c
    undone: set[str] = set()
    lots = {}
    for chunk in chunks(one.id for one in page):
        undone.update(conn.execute(sa.select(m.corrects).where(m.corrects.in_(chunk), m.kind == "REVERSAL")).scalars())
    for chunk in chunks({one.lot for one in page}):
        lots.update(
            {row.id: row for row in conn.execute(sa.select(lot.id, lot.batch, lot.expires_on).where(lot.id.in_(chunk)))}
        )
    rows = []
    for one in page:
        row, facts = written[one.id], lots.get(one.lot)
        rows.append(
            StatementRow(
                id=one.id,
                at=one.place.at,
                kind=one.kind,
                lot=one.lot,
                batch=facts.batch if facts else None,
                expires_on=facts.expires_on if facts else None,
                change=one.change,
                balance=one.balance,
                counted=one.amount if one.kind == COUNT else None,
                typed=row.get("happened_at") is not None,
                of_kind="count" if one.kind == COUNT else row["of_kind"],
                of_id=row["count"] if one.kind == COUNT else row["of_id"],
                corrects=row.get("corrects"),
                cause=row.get("cause") or row.get("diff_reason"),
                reason=row["note"] if one.kind == COUNT else row["reason"],
                taken_back=one.id in undone,
                written_at=row["born_at"],
                staff=row["actor"] or "",
                staff_name=row["staff_name"] or "",
            )
        )
    return rows


def _written(conn: sa.Connection, table: sa.Table, ids: list[str]) -> dict[str, sa.RowMapping]:
    """The rows with who wrote them."""
    j, c = journal.c, table.c
    born = (j.device == c.born_device) & (j.epoch == c.born_epoch) & (j.n == c.born_n)
    query = sa.select(table, j.actor, staff.c.name.label("staff_name")).select_from(
        table.outerjoin(journal, born).outerjoin(staff.table, staff.c.id == j.actor)
    )
    found: dict[str, sa.RowMapping] = {}
    for chunk in chunks(ids):
        found.update({row["id"]: row for row in conn.execute(query.where(c.id.in_(chunk))).mappings()})
    return found
