"""What lies on the shelves, as screens, the status line and scripts read it: by item, by lot, by end date."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from app.base.clock import DAY
from app.features.inventory import tables
from app.features.inventory.issue import StockLot, plan_issue, stock_lots
from app.features.inventory.rules import SOON_DAYS, day_of, is_expired
from app.journal.elements import decode_elements
from app.journal.entities import find_entity
from app.journal.load import chunks

COVER_DAYS = 14
"""Over how many days past the daily use is measured."""
GIVEN = ("ISSUE", "HAND_OUT")
"""What goes to people."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the catalogue."""

    id: str
    item_code: str
    name: str
    category: str
    unit: str
    spec: str | None
    season: str | None
    pack_unit: str | None
    pack_factor: int | None
    piece_factor: str
    expiry_rule: str
    min_level: int | None
    max_level: int | None
    per_visit_limit: int | None
    active: bool
    barcodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LotStock:
    """One lot on the shelf of one node."""

    lot: str
    item: str
    batch: str | None
    made_on: str | None
    expires_on: str | None
    on_hand: int
    quarantined: bool
    quarantine_reason: str | None
    shelf: str | None
    counted_at: int | None
    moved_at: int | None
    expired: bool
    soon: bool

    @property
    def usable(self) -> bool:
        return not self.expired and not self.quarantined

    @property
    def negative(self) -> bool:
        return self.on_hand < 0


@dataclass(frozen=True, slots=True)
class ItemStock:
    """One item at one node. `usable`: neither expired nor set aside. `days_of_cover`: at the pace of the last days;
    None where nothing was given out."""

    item: ItemRow
    on_hand: int
    usable: int
    min_level: int | None
    max_level: int | None
    emergency_level: int | None
    given_lately: int
    days_of_cover: int | None
    next_expiry: str | None
    low: bool
    soon: bool
    expired: bool
    negative: bool
    lots: tuple[LotStock, ...]


def item_rows(conn: sa.Connection, *, also_unused: bool = False) -> list[ItemRow]:
    """The catalogue by code."""
    c = tables.item.c
    where = [] if also_unused else [sa.or_(c.active.is_(None), c.active)]
    rows = conn.execute(sa.select(tables.item.table).where(~c.hidden, *where).order_by(c.item_code))
    return [_item(row) for row in rows.mappings()]


def item_row(conn: sa.Connection, id_: str) -> ItemRow | None:
    c = tables.item.c
    row = conn.execute(sa.select(tables.item.table).where(c.id == id_, ~c.hidden)).mappings().one_or_none()
    return None if row is None else _item(row)


def item_by_barcode(conn: sa.Connection, barcode: str) -> ItemRow | None:
    """The item in use whose package carries this code."""
    return next((item for item in item_rows(conn) if barcode in item.barcodes), None)


def stock_list(conn: sa.Connection, node: str, now: int, *, soon_days: int = SOON_DAYS) -> list[ItemStock]:
    """Every item in use, and every other that is on the shelf, by category and code as in the catalogue."""
    lots: dict[str, list[LotStock]] = {}
    for lot in _lots(conn, node, now, soon_days):
        lots.setdefault(lot.item, []).append(lot)
    level = tables.item_level.c
    levels = {
        row["item"]: row
        for row in conn.execute(sa.select(tables.item_level.table).where(level.node == node, ~level.hidden)).mappings()
    }
    given = given_since(conn, node, now - COVER_DAYS * DAY)
    return [
        _item_stock(item, lots.get(item.id, []), levels.get(item.id), given.get(item.id, 0))
        for item in item_rows(conn, also_unused=True)
        if item.active or any(lot.on_hand for lot in lots.get(item.id, []))
    ]


def _item_stock(item: ItemRow, lots: list[LotStock], level: sa.RowMapping | None, given: int) -> ItemStock:
    usable = sum(lot.on_hand for lot in lots if lot.usable)
    min_level = level["min_level"] if level and level["min_level"] is not None else item.min_level
    max_level = level["max_level"] if level and level["max_level"] is not None else item.max_level
    there = [lot for lot in lots if lot.on_hand > 0]
    ends = [lot.expires_on for lot in there if lot.expires_on and lot.usable]
    return ItemStock(
        item=item,
        on_hand=sum(lot.on_hand for lot in lots),
        usable=usable,
        min_level=min_level,
        max_level=max_level,
        emergency_level=level["emergency_level"] if level else None,
        given_lately=given,
        days_of_cover=max(usable, 0) * COVER_DAYS // given if given > 0 else None,
        next_expiry=min(ends, default=None),
        low=min_level is not None and usable < min_level,
        soon=any(lot.soon for lot in there),
        expired=any(lot.expired for lot in there),
        negative=any(lot.negative for lot in lots),
        lots=tuple(lot for lot in lots if lot.on_hand),
    )


def lots_of(conn: sa.Connection, node: str, item: str, now: int, *, soon_days: int = SOON_DAYS) -> list[LotStock]:
    """The lots of an item at a node, empty ones too, the first to expire first."""
    return _lots(conn, node, now, soon_days, tables.shelf.c.item == item)


def expiring(conn: sa.Connection, node: str, now: int, *, days: int = SOON_DAYS) -> list[LotStock]:
    """What is on the shelf and has expired or will within so many days, the first to expire first."""
    end = (date.fromisoformat(day_of(now)) + timedelta(days=days)).isoformat()
    return [lot for lot in _lots(conn, node, now, days, tables.lot.c.expires_on <= end) if lot.on_hand > 0]


def stock_by_code(conn: sa.Connection, node: str) -> dict[str, int]:
    """Item code → base units on hand, for every item that ever lay on this shelf."""
    s, item = tables.shelf.c, tables.item.c
    query = (
        sa.select(item.item_code, sa.func.sum(s.on_hand))
        .join_from(tables.shelf, tables.item.table, item.id == s.item)
        .where(s.node == node)
        .group_by(item.item_code)
        .order_by(item.item_code)
    )
    return {code: int(on_hand) for code, on_hand in conn.execute(query)}


def given_since(conn: sa.Connection, node: str, since: int) -> dict[str, int]:
    """Item → base units given to people since then, less what was taken back."""
    entry, m = tables.ledger.c, tables.movement.c
    corrected = tables.movement.table.alias()
    items = conn.execute(sa.select(tables.shelf.c.item).where(tables.shelf.c.node == node).distinct()).scalars().all()
    lately = sa.select(entry.item, sa.func.sum(-entry.amount)).where(entry.node == node, entry.at >= since)
    taken_back = (
        lately.join_from(tables.ledger, tables.movement.table, m.id == entry.id)
        .join(corrected, corrected.c.id == m.corrects)
        .where(entry.kind == "REVERSAL", corrected.c.kind.in_(GIVEN))
    )
    found: dict[str, int] = {}
    for query in (lately.where(entry.kind.in_(GIVEN)), taken_back):
        for chunk in chunks(items):
            for item, amount in conn.execute(query.where(entry.item.in_(chunk)).group_by(entry.item)):
                found[item] = found.get(item, 0) + int(amount)
    return found


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """From which lot so much would be taken, and what is left there."""

    lot: str
    expires_on: str | None
    quantity: int
    on_hand: int
    left: int


def preview_issue(conn: sa.Connection, node: str, item: str, quantity: int, now: int) -> list[PlannedIssue]:
    """What giving so much out now would take from which lots; empty where no lot is there to be given."""
    lots: Mapping[str, StockLot] = {lot.lot: lot for lot in stock_lots(conn, node, item)}
    return [
        PlannedIssue(lot, lots[lot].expires_on, taken, lots[lot].on_hand, lots[lot].on_hand - taken)
        for lot, taken in plan_issue(lots.values(), quantity, day_of(now))
    ]


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for an encounter, a hand-out or a patrol, taken back or not."""

    movement: str
    of_id: str
    item: str
    name: str
    unit: str
    quantity: int
    lot: str
    expires_on: str | None
    receipt_mode: str | None
    witness: str | None
    over_limit_reason: str | None
    taken_back: bool


def goods_given(conn: sa.Connection, of_ids: Iterable[str]) -> list[Given]:
    """The goods given for these, in the order in which they were entered."""
    m, item, lot = tables.movement.c, tables.item.c, tables.lot.c
    undone = tables.movement.table.alias()
    taken_back = sa.exists().where(undone.c.corrects == m.id, undone.c.kind == "REVERSAL").label("taken_back")
    names = (m.id, m.of_id, m.item, item.name, item.unit, m.quantity, m.lot, lot.expires_on)
    query = (
        sa.select(*names, m.receipt_mode, m.witness, m.over_limit_reason, taken_back)
        .select_from(
            tables.movement.table.outerjoin(tables.item.table, item.id == m.item).outerjoin(
                tables.lot.table, lot.id == m.lot
            )
        )
        .where(m.kind.in_(["ISSUE", "HAND_OUT", "PATROL_OUT"]))
        .order_by(m.born_at, m.born_n, m.born_op)
    )
    return [
        Given(
            movement=row.id,
            of_id=row.of_id,
            item=row.item,
            name=row.name or "",
            unit=row.unit or "",
            quantity=row.quantity,
            lot=row.lot,
            expires_on=row.expires_on,
            receipt_mode=row.receipt_mode,
            witness=row.witness,
            over_limit_reason=row.over_limit_reason,
            taken_back=bool(row.taken_back),
        )
        for chunk in chunks(of_ids)
        for row in conn.execute(query.where(m.of_id.in_(chunk)))
    ]


def _lots(conn: sa.Connection, node: str, now: int, soon_days: int, *where: sa.ColumnElement[bool]) -> list[LotStock]:
    s, lot, state = tables.shelf.c, tables.lot.c, tables.lot_state.c
    today = day_of(now)
    soon = (date.fromisoformat(today) + timedelta(days=soon_days)).isoformat()
    shelves = tables.shelf.outerjoin(tables.lot.table, lot.id == s.lot).outerjoin(
        tables.lot_state.table, (state.node == s.node) & (state.lot == s.lot)
    )
    facts = (lot.batch, lot.made_on, lot.expires_on)
    standing = (state.state, state.reason, state.shelf, s.counted_at, s.moved_at)
    query = sa.select(s.lot, s.item, *facts, s.on_hand, *standing).select_from(shelves).where(s.node == node, *where)
    rows = conn.execute(query.order_by(lot.expires_on.is_(None), lot.expires_on, s.lot))
    return [
        LotStock(
            lot=row.lot,
            item=row.item,
            batch=row.batch,
            made_on=row.made_on,
            expires_on=row.expires_on,
            on_hand=row.on_hand,
            quarantined=row.state == "QUARANTINED",
            quarantine_reason=row.reason if row.state == "QUARANTINED" else None,
            shelf=row.shelf,
            counted_at=row.counted_at,
            moved_at=row.moved_at,
            expired=is_expired(row.expires_on, today),
            soon=row.expires_on is not None and today <= row.expires_on <= soon,
        )
        for row in rows
    ]


def _item(row: sa.RowMapping) -> ItemRow:
    values = {name: row[name] for name in ItemRow.__dataclass_fields__}
    for name, default in (("item_code", ""), ("name", ""), ("category", ""), ("unit", ""), ("piece_factor", "1")):
        values[name] = values[name] or default
    values["expiry_rule"] = values["expiry_rule"] or "NONE"
    values["active"] = values["active"] is None or bool(values["active"])
    values["barcodes"] = tuple(decode_elements(values["barcodes"]))
    return ItemRow(**values)


def item_of(conn: sa.Connection, kind: str, id_: str) -> str | None:
    """Which item a record of the shelf is about; None for others."""
    if kind == "item":
        return id_
    entity = find_entity(kind)
    if entity is None or not {"item", "lot"} & entity.fields().keys():
        return None
    row = conn.execute(sa.select(entity.table).where(entity.c.id == id_)).mappings().one_or_none()
    if row is None:
        return None
    if row.get("item"):
        return str(row["item"])
    return item_of(conn, "lot", row["lot"]) if row.get("lot") and kind != "lot" else None
