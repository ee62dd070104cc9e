"""Goods between two nodes: asked, approved, sent, received. Between sending and receiving they are in transit.

A line that is sent is of one lot; where an asked line takes several, each further lot is a line of its own. What leaves
and what arrives has an id made of the line's, so that two laptops that send or receive the same do it once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import meaning_id
from app.features.inventory import tables
from app.features.inventory.goods import Measured, base_units, check_past, is_known, moved_units
from app.features.inventory.ids import RECEIPT, SENDING, reversal_id, times_carried
from app.features.inventory.issue import chosen_lots
from app.journal.act import Act
from app.journal.commands import Command, Line, handles
from app.journal.fields import Instant, Ref, Text


@dataclass(frozen=True, kw_only=True)
class AskedGoods(Measured, Line):
    item: Annotated[str, Ref("item")]


@dataclass(frozen=True, kw_only=True)
class AskForGoods(Command):
    """申领: this node asks another for goods."""

    from_point: Annotated[str, Ref("node")]
    lines: tuple[AskedGoods, ...]
    reason: Annotated[str, Text(500)]


@handles(AskForGoods)
def ask_for_goods(act: Act, command: AskForGoods) -> None:
    if command.from_point == act.node:
        raise Refused("transfer_to_itself", "from_point")
    both = f"{command.from_point} {act.node}"
    plan = {"from_point": command.from_point, "to_point": act.node, "reason": command.reason}
    transfer = act.create("transfer", {**plan, "status": "ASKED"}, node=both)
    for index, line in enumerate(command.lines):
        item = act.row("item", line.item, f"lines.{index}.item")
        asked = moved_units(line, item, f"lines.{index}.")
        act.create("transfer_line", {"transfer": transfer, "item": line.item, "asked": asked}, node=both)


@dataclass(frozen=True, kw_only=True)
class LineAmount(Measured, Line):
    """So much of one line of the transfer; none is a number too."""

    line: Annotated[str, Ref("transfer_line")]


@dataclass(frozen=True, kw_only=True)
class ApproveTransfer(Command):
    """How much of each line will be sent; a line left out is approved as it was asked."""

    transfer: Annotated[str, Ref("transfer")]
    approved_by: Annotated[str, Text(30)]
    lines: tuple[LineAmount, ...] = ()


@handles(ApproveTransfer)
def approve_transfer(act: Act, command: ApproveTransfer) -> None:
    _transfer(act, command.transfer, "from_point", ("ASKED",))
    amounts = _amounts(act, command.transfer, command.lines)
    for row in lines_of(act.conn, command.transfer):
        act.set("transfer_line", row["id"], "approved", {"approved": amounts.get(row["id"], row["asked"])})
    approval = {"approved_by": command.approved_by, "approved_at": act.now}
    act.set("transfer", command.transfer, "approval", approval)
    act.set("transfer", command.transfer, "status", {"status": "APPROVED"})


@dataclass(frozen=True, kw_only=True)
class RejectTransfer(Command):
    """What was asked for will not be sent."""

    transfer: Annotated[str, Ref("transfer")]
    reason: Annotated[str, Text(200)]


@handles(RejectTransfer)
def reject_transfer(act: Act, command: RejectTransfer) -> None:
    _transfer(act, command.transfer, "from_point", ("ASKED", "APPROVED"))
    act.set("transfer", command.transfer, "status", {"status": "REJECTED", "status_reason": command.reason})


@dataclass(frozen=True, kw_only=True)
class CancelTransfer(Command):
    """The node that asked takes it back before anything is sent."""

    transfer: Annotated[str, Ref("transfer")]
    reason: Annotated[str, Text(200)]


@handles(CancelTransfer)
def cancel_transfer(act: Act, command: CancelTransfer) -> None:
    _transfer(act, command.transfer, "to_point", ("ASKED", "APPROVED"))
    act.set("transfer", command.transfer, "status", {"status": "CANCELLED", "status_reason": command.reason})


@dataclass(frozen=True, kw_only=True)
class SentLine(LineAmount):
    lot: Annotated[str | None, Ref("lot")] = None


@dataclass(frozen=True, kw_only=True)
class SendTransfer(Command):
    """What was asked for leaves this node. A line left out is sent as approved, else as asked."""

    transfer: Annotated[str, Ref("transfer")]
    sender: Annotated[str, Text(30)]
    lines: tuple[SentLine, ...] = ()
    sent_at: Annotated[int | None, Instant()] = None


@handles(SendTransfer)
def send_transfer(act: Act, command: SendTransfer) -> None:
    check_past(act, command.sent_at, "sent_at")
    row = _transfer(act, command.transfer, "from_point", ("ASKED", "APPROVED"))
    amounts = _amounts(act, command.transfer, command.lines)
    lots = {line.line: line.lot for line in command.lines}
    goods = []
    for line in lines_of(act.conn, command.transfer):
        planned = line["asked"] if line["approved"] is None else line["approved"]
        quantity = amounts.get(line["id"], planned)
        if quantity:
            goods.append(_Goods(line["item"], quantity, lots.get(line["id"]), line["id"]))
    if not goods:
        raise Refused("missing", "lines")
    _send(act, command.transfer, row["node"], goods, command.sent_at)
    act.set("transfer", command.transfer, "sent", {"sender": command.sender, "sent_at": command.sent_at})
    act.set("transfer", command.transfer, "status", {"status": "SENT"})


@dataclass(frozen=True, kw_only=True)
class AllottedGoods(AskedGoods):
    lot: Annotated[str | None, Ref("lot")] = None


@dataclass(frozen=True, kw_only=True)
class AllotGoods(Command):
    """配发: goods leave for another node that did not ask for them."""

    to_point: Annotated[str, Ref("node")]
    lines: tuple[AllottedGoods, ...]
    sender: Annotated[str, Text(30)]
    reason: Annotated[str | None, Text(500)] = None
    sent_at: Annotated[int | None, Instant()] = None


@handles(AllotGoods)
def allot_goods(act: Act, command: AllotGoods) -> None:
    check_past(act, command.sent_at, "sent_at")
    if command.to_point == act.node:
        raise Refused("transfer_to_itself", "to_point")
    both = f"{act.node} {command.to_point}"
    facts: dict[str, Any] = {"from_point": act.node, "to_point": command.to_point, "reason": command.reason}
    facts |= {"sender": command.sender, "sent_at": command.sent_at, "status": "SENT"}
    transfer = act.create("transfer", facts, node=both)
    goods = []
    for index, line in enumerate(command.lines):
        item = act.row("item", line.item, f"lines.{index}.item")
        goods.append(_Goods(line.item, moved_units(line, item, f"lines.{index}."), line.lot))
    _send(act, transfer, both, goods, command.sent_at)


@dataclass(frozen=True, kw_only=True)
class ReceiveTransfer(Command):
    """The goods arrived and were counted. A line left out arrived as it was sent."""

    transfer: Annotated[str, Ref("transfer")]
    receiver: Annotated[str, Text(30)]
    lines: tuple[LineAmount, ...] = ()
    received_at: Annotated[int | None, Instant()] = None


@handles(ReceiveTransfer)
def receive_transfer(act: Act, command: ReceiveTransfer) -> None:
    check_past(act, command.received_at, "received_at")
    _transfer(act, command.transfer, "to_point", ("SENT",))
    amounts = _amounts(act, command.transfer, command.lines)
    for line in lines_of(act.conn, command.transfer):
        if line["sent"] is None:
            continue
        received = amounts.get(line["id"], line["sent"])
        act.set("transfer_line", line["id"], "received", {"received": received})
        arrival = _not_taken_back(act, RECEIPT, line["id"])
        if received and not is_known(act, "movement", arrival):
            _move(act, "TRANSFER_IN", line["item"], line["lot"], received, command.received_at, line["id"], arrival)
    arrived = {"receiver": command.receiver, "received_at": command.received_at}
    act.set("transfer", command.transfer, "received", arrived)
    act.set("transfer", command.transfer, "status", {"status": "RECEIVED"})


def lines_of(conn: sa.Connection, transfer: str) -> Sequence[sa.RowMapping]:
    """The lines of a transfer in the order in which they were made."""
    c = tables.transfer_line.c
    query = sa.select(tables.transfer_line.table).where(c.transfer == transfer, ~c.hidden)
    return conn.execute(query.order_by(c.born_at, c.born_n, c.born_op)).mappings().all()


@dataclass(frozen=True, slots=True)
class _Goods:
    item: str
    quantity: int
    lot: str | None
    line: str | None = None


def _send(act: Act, transfer: str, both: str, goods: Sequence[_Goods], sent_at: int | None) -> None:
    for index, each in enumerate(goods):
        line = each.line
        for lot, quantity in chosen_lots(act, each, sent_at, act.node, f"lines.{index}."):
            sent = {"lot": lot, "sent": quantity}
            if line is None:
                id_ = None if each.line is None else _split_off(act, each.line, lot)
                values = {"transfer": transfer, "item": each.item, **sent}
                line = act.create("transfer_line", values, id=id_, node=both)
            else:
                act.set("transfer_line", line, "sent", sent)
            _move(act, "TRANSFER_OUT", each.item, lot, quantity, sent_at, line, _not_taken_back(act, SENDING, line))
            line = None


def _split_off(act: Act, line: str, lot: str) -> str:
    """The id of the line for a further lot, the same on two laptops that send the same; another one after an undo."""
    c = tables.transfer_line.c
    id_ = meaning_id("transfer_line", line, lot)
    while act.conn.execute(sa.select(c.id).where(c.id == id_, c.hidden)).first() is not None:
        id_ = meaning_id("transfer_line", id_, lot)
    return id_


def _not_taken_back(act: Act, what: str, line: str) -> str:
    """The id of what leaves or arrives for a line; where that was taken back, of what takes its place."""
    return next(id_ for id_ in times_carried(what, line) if not is_known(act, "movement", reversal_id(id_)))


def _move(
    act: Act, kind: str, item: str, lot: str, quantity: int, happened_at: int | None, line: str, id_: str
) -> None:
    facts = {"kind": kind, "item": item, "lot": lot, "quantity": quantity, "happened_at": happened_at}
    act.create("movement", {**facts, "of_kind": "transfer_line", "of_id": line}, id=id_)


def _transfer(act: Act, transfer: str, side: str, statuses: tuple[str, ...]) -> Mapping[str, Any]:
    """The transfer, if this node is on that side of it and it stands where this can be done."""
    row = act.row("transfer", transfer, "transfer")
    if row[side] != act.node:
        raise Refused("not_this_point", "transfer")
    if row["status"] not in statuses:
        raise Refused("transfer_moved_on", "transfer")
    return row


def _amounts(act: Act, transfer: str, lines: Sequence[LineAmount]) -> dict[str, Any]:
    """Line → base units."""
    amounts = {}
    for index, line in enumerate(lines):
        row = act.row("transfer_line", line.line, f"lines.{index}.line")
        if row["transfer"] != transfer:
            raise Refused("unknown_record", f"lines.{index}.line")
        amounts[line.line] = base_units(line, act.row("item", row["item"]), f"lines.{index}.")
    return amounts
