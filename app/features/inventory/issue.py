"""Giving goods out, first expired first out, and taking movements back. Called by other features inside their own acts.

Nothing here ever stops somebody from getting a bottle of water: when the books say there is too little, the shelf goes
below zero, is shown so, and the next count puts it right.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from app.base.errors import Refused
from app.features.inventory import tables
from app.features.inventory.goods import ensure_lot, is_known, own_row
from app.features.inventory.ids import reversal_id
from app.features.inventory.rules import SIGN, day_of, is_expired, lot_id
from app.features.org.writes import commit_id, writes_of
from app.journal.act import Act
from app.journal.ops import CommitId


class Taken(Protocol):
    """Goods to be taken from the shelf. `quantity` in base units; without `lot` the lots are chosen."""

    @property
    def item(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def lot(self) -> str | None: ...


class IssueLine(Taken, Protocol):
    """One thing given to somebody."""

    @property
    def over_limit_reason(self) -> str | None: ...
    @property
    def receipt_mode(self) -> str | None: ...
    @property
    def witness(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class StockLot:
    """What lies on the shelf of one lot."""

    lot: str
    on_hand: int
    expires_on: str | None = None
    quarantined: bool = False


def plan_issue(stock_lots: Iterable[StockLot], quantity: int, today: str) -> list[tuple[str, int]]:
    """From which lots to take how much: the first to expire first, expired and quarantined ones never.

    What the shelf lacks goes on the undated lot, else on the last one taken from, else on the last: it falls
    below zero.
    Empty where no lot may be given at all.
    """
    usable = [lot for lot in stock_lots if not lot.quarantined and not is_expired(lot.expires_on, today)]
    usable.sort(key=lambda lot: (lot.expires_on is None, lot.expires_on or "", lot.lot))
    if not usable:
        return []
    taken: dict[str, int] = {}
    rest = quantity
    for lot in usable:
        amount = min(rest, max(lot.on_hand, 0))
        if amount:
            taken[lot.lot] = amount
            rest -= amount
    if rest:
        last = usable[-1].lot if usable[-1].expires_on is None or not taken else list(taken)[-1]
        taken[last] = taken.get(last, 0) + rest
    return list(taken.items())


def stock_lots(conn: sa.Connection, node: str, item: str, gathered: dict[str, int] | None = None) -> list[StockLot]:
    """The lots of an item at a node. `gathered`: lot → what an act under way does to it."""
    s, lot, state = tables.shelf.c, tables.lot.c, tables.lot_state.c
    rows = conn.execute(
        sa.select(s.lot, s.on_hand, lot.expires_on, state.state)
        .select_from(
            tables.shelf.outerjoin(tables.lot.table, lot.id == s.lot).outerjoin(
                tables.lot_state.table, (state.node == s.node) & (state.lot == s.lot)
            )
        )
        .where(s.node == node, s.item == item)
    )
    more = gathered or {}
    return [
        StockLot(row.lot, row.on_hand + more.get(row.lot, 0), row.expires_on, row.state == "QUARANTINED")
        for row in rows
    ]


def issue_lines(
    act: Act,
    lines: Sequence[IssueLine],
    of_kind: str,
    of_id: str,
    happened_at: int | None = None,
    node: str | None = None,
    *,
    kind: str = "ISSUE",
    head_count: int = 1,
    at: str = "lines.{}.",
) -> list[str]:
    """Append the movements of these lines to the act; gives their ids.

    `of_kind`, `of_id`: what they are given for. `head_count`: how many people share it, for the limit of one visit.
    `at`: where a line stands in the caller's command, by its number, for what is refused.
    """
    made = []
    given: dict[str, int] = {}
    for index, line in enumerate(lines):
        here = at.format(index)
        item = act.row("item", line.item, f"{here}item")
        if line.quantity < 1:
            raise Refused("quantity_not_positive", f"{here}quantity")
        if line.item not in given:
            given[line.item] = _given_before(act, of_id, line.item)
        given[line.item] += line.quantity
        limit = item["per_visit_limit"]
        if limit is not None and given[line.item] > limit * head_count and not (line.over_limit_reason or "").strip():
            raise Refused("over_limit_needs_reason", f"{here}over_limit_reason", limit=limit)
        for lot, quantity in chosen_lots(act, line, happened_at, node or act.node, here):
            values = {
                "lot": lot,
                "item": line.item,
                "kind": kind,
                "quantity": quantity,
                "happened_at": happened_at,
                "of_kind": of_kind,
                "of_id": of_id,
                "witness": line.witness,
                "receipt_mode": line.receipt_mode,
                "over_limit_reason": line.over_limit_reason,
            }
            made.append(act.create("movement", values, node=node))
    return made


def chosen_lots(act: Act, line: Taken, happened_at: int | None, node: str, at: str) -> list[tuple[str, int]]:
    """From which lots the goods are taken: the one named, if it may be given, else as `plan_issue` says."""
    day = day_of(act.now if happened_at is None else happened_at)
    if line.lot is not None:
        check_lot(act, line.lot, line.item, node, day, f"{at}lot")
        return [(line.lot, line.quantity)]
    pending = gathered(act, node)
    lots = stock_lots(act.conn, node, line.item, pending)
    known = {lot.lot for lot in lots}
    for op in act.ops:
        if op.name == "create" and op.kind == "lot" and op.values["item"] == line.item and op.id not in known:
            lots.append(StockLot(op.id, pending.get(op.id, 0), op.values.get("expires_on")))
    return plan_issue(lots, line.quantity, day) or [(ensure_lot(act, line.item, None, None), line.quantity)]


def check_lot(act: Act, lot: str, item: str, node: str, day: str, field: str) -> None:
    """Whether this lot may be given to somebody on that day."""
    if lot == lot_id(item, None, None) and not is_known(act, "lot", lot):
        ensure_lot(act, item, None, None)
        return
    row = act.row("lot", lot, field)
    if row["item"] != item:
        raise Refused("lot_of_other_item", field)
    if is_expired(row["expires_on"], day):
        raise Refused("lot_expired", field)
    state = tables.lot_state.c
    told = act.conn.execute(sa.select(state.state).where(state.node == node, state.lot == lot)).scalar()
    if told == "QUARANTINED":
        raise Refused("lot_quarantined", field)


def gathered(act: Act, node: str) -> dict[str, int]:
    """Lot → what the movements already in this act do to the node's shelf."""
    own = {op.id: op for op in act.ops if op.name == "create" and op.kind == "movement" and op.node == node}
    found: dict[str, int] = {}
    for op in own.values():
        kind, quantity = op.values["kind"], op.values["quantity"]
        if kind == "REVERSAL":
            corrected = op.values["corrects"]
            sign = -_sign(act, own[corrected].values["kind"] if corrected in own else None, corrected)
        else:
            sign = SIGN.get(kind, 0)
        found[op.values["lot"]] = found.get(op.values["lot"], 0) + sign * quantity
    return found


def _sign(act: Act, kind: str | None, movement: str) -> int:
    known: str = act.row("movement", movement)["kind"] if kind is None else kind
    return SIGN.get(known, 0)


def _given_before(act: Act, of_id: str, item: str) -> int:
    """Base units of the item already given for the same thing and not taken back."""
    m = tables.movement.c
    undone = tables.movement.table.alias()
    rows = act.conn.execute(
        sa.select(m.id, m.quantity).where(
            m.of_id == of_id,
            m.item == item,
            m.kind.in_(["ISSUE", "HAND_OUT"]),
            ~sa.exists().where(undone.c.corrects == m.id, undone.c.kind == "REVERSAL"),
        )
    )
    taken_back = {op.values.get("corrects") for op in act.ops if op.kind == "movement"}
    pending = sum(
        op.values["quantity"]
        for op in act.ops
        if op.name == "create" and op.kind == "movement" and op.values["of_id"] == of_id
        if op.values["item"] == item and op.values["kind"] in ("ISSUE", "HAND_OUT")
    )
    return int(pending + sum(row.quantity for row in rows if row.id not in taken_back))


def reverse(act: Act, movement: str, reason: str, field: str = "movement") -> str:
    """Take one movement back, once however many laptops do it: the reversal's id is made of the movement's."""
    row = own_row(act, "movement", movement, field)
    if row["kind"] == "REVERSAL":
        raise Refused("nothing_to_undo", field)
    id_ = reversal_id(movement)
    if is_known(act, "movement", id_):
        raise Refused("already_undone", field)
    kept = {name: row[name] for name in ("lot", "item", "quantity", "of_kind", "of_id")}
    return act.create("movement", {**kept, "kind": "REVERSAL", "corrects": movement, "reason": reason}, id=id_)


def reverse_movements(act: Act, commit: CommitId | str, reason: str) -> list[str]:
    """Take back every movement this commit made and nobody took back yet; gives the reversals' ids."""
    id_ = commit_id(commit) if isinstance(commit, str) else commit
    if id_ is None:
        raise Refused("unknown_record", "commit")
    made = [one.op for one in writes_of(act.conn, [id_]) if one.op.name == "create" and one.op.kind == "movement"]
    return [
        reverse(act, op.id, reason, "commit")
        for op in made
        if op.values.get("kind") != "REVERSAL" and not is_known(act, "movement", reversal_id(op.id))
    ]
