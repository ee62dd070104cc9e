"""What is done to stock: receive, hand out, take back, write off, set aside, and put a wrong movement right.

Giving goods to a person is part of logging the encounter; it calls `issue.issue_lines`. Counting is in
`commands_count.py`, the catalogue in `commands_catalogue.py`.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.features.codes import DIFF_REASON, RECEIPT_MODE, STOCK_SOURCE
from app.features.inventory import tables
from app.features.inventory.goods import (
    Goods,
    Measured,
    check_past,
    is_known,
    lay_on_shelf,
    lot_for,
    moved_units,
    own_row,
    put_group,
)
from app.features.inventory.ids import correction_id, lot_state_id, reversal_id
from app.features.inventory.issue import issue_lines, reverse
from app.features.org.amending import values_for
from app.journal.act import Act
from app.journal.commands import Command, Line, handles
from app.journal.fields import Code, Decimal, Instant, Integer, Ref, Text

_OF_A_WHOLE = frozenset({"hand_out", "transfer_line"})
"""What the movements of these are for says the same quantity: one without the other would be wrong."""


@dataclass(frozen=True, kw_only=True)
class ReceivedGoods(Goods):
    unit_price: Annotated[str | None, Decimal()] = None


@dataclass(frozen=True, kw_only=True)
class ReceiveGoods(Command):
    """A delivery came."""

    lines: tuple[ReceivedGoods, ...]
    source_type: Annotated[str, Code(STOCK_SOURCE)]
    ref_no: Annotated[str | None, Text(40)] = None
    donor: Annotated[str | None, Text(60)] = None
    checked_by: Annotated[str | None, Text(30)] = None
    note: Annotated[str | None, Text(500)] = None
    happened_at: Annotated[int | None, Instant()] = None


@handles(ReceiveGoods)
def receive_goods(act: Act, command: ReceiveGoods) -> None:
    if command.source_type == "DONATION" and command.donor is None:
        raise Refused("missing", "donor")
    check_past(act, command.happened_at, "happened_at")
    paper = act.create("stock_in", values_for("stock_in", command))
    for index, line in enumerate(command.lines):
        at = f"lines.{index}."
        item = act.row("item", line.item, f"{at}item")
        lot = lot_for(act, line, item, at)
        lay_on_shelf(act, lot, line.shelf)
        values = {
            "lot": lot,
            "item": line.item,
            "kind": "RECEIVE",
            "quantity": moved_units(line, item, at),
            "happened_at": command.happened_at,
            "of_kind": "stock_in",
            "of_id": paper,
            "unit_price": line.unit_price,
        }
        act.create("movement", values)


@dataclass(frozen=True, kw_only=True)
class HandOut(Measured, Command):
    """便民发放: something to so many nameless people."""

    item: Annotated[str, Ref("item")]
    head_count: Annotated[int, Integer(1, 100_000)]
    place: Annotated[str | None, Text(120)] = None
    lot: Annotated[str | None, Ref("lot")] = None
    over_limit_reason: Annotated[str | None, Text(200)] = None
    receipt_mode: Annotated[str | None, Code(RECEIPT_MODE)] = None
    witness: Annotated[str | None, Text(30)] = None
    happened_at: Annotated[int | None, Instant()] = None


@dataclass(frozen=True, slots=True)
class _Given:
    item: str
    quantity: int
    lot: str | None
    over_limit_reason: str | None
    receipt_mode: str | None
    witness: str | None


@handles(HandOut)
def hand_out(act: Act, command: HandOut) -> None:
    check_past(act, command.happened_at, "happened_at")
    item = act.row("item", command.item, "item")
    quantity = moved_units(command, item)
    of = act.create("hand_out", {**values_for("hand_out", command), "quantity": quantity})
    line = _Given(command.item, quantity, command.lot, command.over_limit_reason, command.receipt_mode, command.witness)
    issue_lines(act, [line], "hand_out", of, command.happened_at, kind="HAND_OUT", head_count=command.head_count, at="")


@dataclass(frozen=True, kw_only=True)
class ReturnedGoods(Goods):
    lot: Annotated[str | None, Ref("lot")] = None


@dataclass(frozen=True, kw_only=True)
class ReturnGoods(Command):
    """Goods that were given out and really come back. `of_id`: what they had been given for."""

    lines: tuple[ReturnedGoods, ...]
    of_kind: Annotated[str | None, Text(32)] = None
    of_id: Annotated[str | None, Text(32)] = None
    reason: Annotated[str | None, Text(500)] = None
    happened_at: Annotated[int | None, Instant()] = None


@handles(ReturnGoods)
def return_goods(act: Act, command: ReturnGoods) -> None:
    check_past(act, command.happened_at, "happened_at")
    for index, line in enumerate(command.lines):
        at = f"lines.{index}."
        item = act.row("item", line.item, f"{at}item")
        lot = line.lot
        if lot is not None and act.row("lot", lot, f"{at}lot")["item"] != line.item:
            raise Refused("lot_of_other_item", f"{at}lot")
        if lot is None and line.expires_on is None:
            lot = _lot_last_given(act, command.of_id, line.item)
        if lot is None:
            lot = lot_for(act, line, item, at)
        lay_on_shelf(act, lot, line.shelf)
        values = {"lot": lot, "item": line.item, "kind": "RETURN", "quantity": moved_units(line, item, at)}
        act.create("movement", {**values_for("movement", command), **values})


def _lot_last_given(act: Act, of_id: str | None, item: str) -> str | None:
    """The lot the goods were given from, where it is known what for."""
    m = tables.movement.c
    given = sa.select(m.lot).where(m.of_id == of_id, m.item == item, m.kind.in_(["ISSUE", "HAND_OUT"]))
    lot: str | None = act.conn.execute(given.order_by(m.born_at.desc(), m.id).limit(1)).scalar()
    return lot if of_id is not None else None


@dataclass(frozen=True, kw_only=True)
class LotAmount(Measured, Line):
    lot: Annotated[str, Ref("lot")]


@dataclass(frozen=True, kw_only=True)
class WriteOff(Command):
    """Goods that are spoilt, expired or lost leave the books."""

    lines: tuple[LotAmount, ...]
    cause: Annotated[str, Code(DIFF_REASON)]
    reason: Annotated[str, Text(500)]
    witness: Annotated[str | None, Text(30)] = None
    happened_at: Annotated[int | None, Instant()] = None


@handles(WriteOff)
def write_off(act: Act, command: WriteOff) -> None:
    check_past(act, command.happened_at, "happened_at")
    for index, line in enumerate(command.lines):
        at = f"lines.{index}."
        lot = act.row("lot", line.lot, f"{at}lot")
        item = act.row("item", lot["item"], f"{at}lot")
        values = {"lot": line.lot, "item": lot["item"], "kind": "WRITE_OFF", "quantity": moved_units(line, item, at)}
        act.create("movement", {**values_for("movement", command), **values})


@dataclass(frozen=True, kw_only=True)
class QuarantineLot(Command):
    """A lot is set aside and may not be given out."""

    lot: Annotated[str, Ref("lot")]
    reason: Annotated[str, Text(200)]


@dataclass(frozen=True, kw_only=True)
class ReleaseLot(Command):
    """A lot that was set aside may be given out again."""

    lot: Annotated[str, Ref("lot")]
    reason: Annotated[str, Text(200)]


@dataclass(frozen=True, kw_only=True)
class PlaceLot(Command):
    """Say where a lot lies."""

    lot: Annotated[str, Ref("lot")]
    shelf: Annotated[str, Text(20)]


@handles(QuarantineLot)
def quarantine_lot(act: Act, command: QuarantineLot) -> None:
    _set_state(act, command.lot, "QUARANTINED", command.reason)


@handles(ReleaseLot)
def release_lot(act: Act, command: ReleaseLot) -> None:
    _set_state(act, command.lot, "USABLE", command.reason)


@handles(PlaceLot)
def place_lot(act: Act, command: PlaceLot) -> None:
    act.row("lot", command.lot, "lot")
    lay_on_shelf(act, command.lot, command.shelf)


def _set_state(act: Act, lot: str, state: str, reason: str) -> None:
    act.row("lot", lot, "lot")
    values = {"lot": lot, "state": state, "reason": reason}
    put_group(act, "lot_state", lot_state_id(act.node, lot), "state", values)


@dataclass(frozen=True, kw_only=True)
class ReverseMovement(Command):
    """A movement that never happened is taken back."""

    movement: Annotated[str, Ref("movement")]
    reason: Annotated[str, Text(500)]


@handles(ReverseMovement)
def reverse_movement(act: Act, command: ReverseMovement) -> None:
    row = act.row("movement", command.movement, "movement")
    if row["of_kind"] in _OF_A_WHOLE:
        raise Refused("undo_as_a_whole", "movement")
    reverse(act, command.movement, command.reason)


@dataclass(frozen=True, kw_only=True)
class UndoHandOut(Command):
    """A hand-out that was entered wrongly is taken back whole. What is left of one that was lost with a center and its
    author's disk is taken back too."""

    hand_out: Annotated[str, Ref("hand_out")]
    reason: Annotated[str, Text(500)]


@handles(UndoHandOut)
def undo_hand_out(act: Act, command: UndoHandOut) -> None:
    m = tables.movement.c
    made = act.conn.execute(sa.select(m.id).where(m.of_id == command.hand_out, m.kind == "HAND_OUT").order_by(m.id))
    owed = [movement for movement in made.scalars() if not is_known(act, "movement", reversal_id(movement))]
    is_lost = bool(owed) and not is_known(act, "hand_out", command.hand_out)
    if not is_lost:
        own_row(act, "hand_out", command.hand_out, "hand_out")
    for movement in owed:
        reverse(act, movement, command.reason, "hand_out")
    if not is_lost:
        act.void("hand_out", command.hand_out, command.reason)


@dataclass(frozen=True, kw_only=True)
class CorrectMovement(Measured, Command):
    """A movement that was entered wrongly is put right: another quantity, or another lot.

    What is right stands at the moment of what was wrong, so that a count in between keeps its word.
    """

    movement: Annotated[str, Ref("movement")]
    reason: Annotated[str, Text(500)]
    lot: Annotated[str | None, Ref("lot")] = None


@handles(CorrectMovement)
def correct_movement(act: Act, command: CorrectMovement) -> None:
    row = own_row(act, "movement", command.movement, "movement")
    if row["of_kind"] in _OF_A_WHOLE:
        raise Refused("undo_as_a_whole", "movement")
    lot = act.row("lot", command.lot or row["lot"], "lot")
    item = act.row("item", lot["item"], "lot")
    unchanged = command.quantity is None and command.packs is None and command.loose is None
    quantity = row["quantity"] if unchanged else moved_units(command, item)
    reverse(act, command.movement, command.reason)
    facts: dict[str, Any] = {name: row[name] for name in tables.movement.group_of}
    facts |= {"lot": lot["id"], "item": lot["item"], "quantity": quantity, "reason": command.reason}
    act.create(
        "movement",
        {**facts, "happened_at": None, "corrects": command.movement},
        id=correction_id(command.movement),
    )
