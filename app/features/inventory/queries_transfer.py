"""Transfers as screens read them: what is asked of us, what is on its way, what arrived short."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.features.inventory import tables
from app.features.org.tables import node as org_node
from app.journal.load import chunks


@dataclass(frozen=True, slots=True)
class TransferLineRow:
    """`short`: what was sent and did not arrive; None while it is on its way."""

    id: str
    item: str
    name: str
    unit: str
    pack_unit: str | None
    pack_factor: int | None
    lot: str | None
    batch: str | None
    expires_on: str | None
    asked: int | None
    approved: int | None
    sent: int | None
    received: int | None
    short: int | None


@dataclass(frozen=True, slots=True)
class TransferRow:
    id: str
    from_point: str
    from_name: str
    to_point: str
    to_name: str
    status: str
    status_reason: str | None
    reason: str | None
    approved_by: str | None
    sender: str | None
    sent_at: int | None
    receiver: str | None
    received_at: int | None
    made_at: int
    lines: tuple[TransferLineRow, ...]


def transfers(conn: sa.Connection, node: str, *, waiting_only: bool = False) -> list[TransferRow]:
    """Transfers from and to a node, the newest first. `waiting_only`: those somebody has to go on with."""
    c = tables.transfer.c
    giver, taker = org_node.table.alias(), org_node.table.alias()
    query = (
        sa.select(tables.transfer.table, giver.c.name.label("from_name"), taker.c.name.label("to_name"))
        .select_from(tables.transfer.table)
        .outerjoin(giver, giver.c.id == c.from_point)
        .outerjoin(taker, taker.c.id == c.to_point)
        .where(~c.hidden, sa.or_(c.from_point == node, c.to_point == node))
    )
    if waiting_only:
        query = query.where(c.status.in_(["ASKED", "APPROVED", "SENT"]))
    rows = conn.execute(query.order_by(c.born_at.desc(), c.id)).mappings().all()
    lines = _lines(conn, [row["id"] for row in rows])
    return [
        TransferRow(
            id=row["id"],
            from_point=row["from_point"] or "",
            from_name=row["from_name"] or "",
            to_point=row["to_point"] or "",
            to_name=row["to_name"] or "",
            status=row["status"] or "",
            status_reason=row["status_reason"],
            reason=row["reason"],
            approved_by=row["approved_by"],
            sender=row["sender"],
            sent_at=row["sent_at"],
            receiver=row["receiver"],
            received_at=row["received_at"],
            made_at=row["born_at"],
            lines=tuple(lines.get(row["id"], [])),
        )
        for row in rows
    ]


def in_transit(conn: sa.Connection, node: str) -> dict[str, int]:
    """Item → base units on their way to a node."""
    line, transfer = tables.transfer_line.c, tables.transfer.c
    query = (
        sa.select(line.item, sa.func.sum(line.sent))
        .join_from(tables.transfer_line.table, tables.transfer.table, transfer.id == line.transfer)
        .where(transfer.to_point == node, transfer.status == "SENT", ~line.hidden, ~transfer.hidden)
        .where(line.sent.is_not(None), line.received.is_(None))
        .group_by(line.item)
    )
    return {item: int(sent) for item, sent in conn.execute(query)}


def _lines(conn: sa.Connection, transfers: list[str]) -> dict[str, list[TransferLineRow]]:
    line, item, lot = tables.transfer_line.c, tables.item.c, tables.lot.c
    query = (
        sa.select(
            *(line.transfer, line.id, line.item, item.name, item.unit, item.pack_unit, item.pack_factor),
            *(line.lot, lot.batch, lot.expires_on, line.asked, line.approved, line.sent, line.received),
        )
        .select_from(tables.transfer_line.table)
        .outerjoin(tables.item.table, item.id == line.item)
        .outerjoin(tables.lot.table, lot.id == line.lot)
        .where(~line.hidden)
        .order_by(line.born_at, line.born_n, line.born_op)
    )
    found: dict[str, list[TransferLineRow]] = {}
    for chunk in chunks(transfers):
        for row in conn.execute(query.where(line.transfer.in_(chunk))):
            values = dict(row._mapping)
            transfer = values.pop("transfer")
            known = row.sent is not None and row.received is not None
            values |= {"name": row.name or "", "unit": row.unit or ""}
            short = row.sent - row.received if known else None
            found.setdefault(transfer, []).append(TransferLineRow(**values, short=short))
    return found
