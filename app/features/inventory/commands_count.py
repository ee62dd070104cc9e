"""Counting: the opening count, a stocktake line by line, its end with reasons for what differs, before or after.

A line is a checkpoint from the moment it is entered, so goods may be given out while others count. A line entered again
is the same line, at the new moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.features.codes import COUNT_VERDICT, DIFF_REASON, TAKE_TYPE
from app.features.inventory import tables
from app.features.inventory.differences import book_of_lines, uncounted_lots
from app.features.inventory.goods import (
    Goods,
    Measured,
    base_units,
    check_past,
    is_known,
    lay_on_shelf,
    lot_for,
    own_row,
)
from app.features.inventory.ids import answer_id, line_id
from app.features.org.amending import explain, values_for
from app.journal.act import Act
from app.journal.commands import Command, Line, handles
from app.journal.fields import Code, Day, Flag, Instant, Ref, Text

_ONE_IS_ENOUGH = frozenset({"SPOT", "OPENING"})
"""Counts that one person may do alone."""


@dataclass(frozen=True, kw_only=True)
class OpeningCount(Command):
    """What lies on the shelves on the first day: stock begins here, without deliveries before it."""

    lines: tuple[Goods, ...]
    counter: Annotated[str, Text(30)]
    observer: Annotated[str | None, Text(30)] = None
    entered_at: Annotated[int | None, Instant()] = None


@handles(OpeningCount)
def opening_count(act: Act, command: OpeningCount) -> None:
    check_past(act, command.entered_at, "entered_at")
    _check_two(command.counter, command.observer, "OPENING")
    head = {"take_type": "OPENING", "blind": False, "full": False, "status": "CLOSED"}
    count = act.create("count", head | values_for("count", command))
    found: dict[str, dict[str, Any]] = {}
    for index, line in enumerate(command.lines):
        at = f"lines.{index}."
        item = act.row("item", line.item, f"{at}item")
        lot = lot_for(act, line, item, at)
        lay_on_shelf(act, lot, line.shelf)
        counted = found.setdefault(lot, {"item": line.item, "quantity": 0, "shelf": line.shelf})
        counted["quantity"] += base_units(line, item, at)
    moment = act.now if command.entered_at is None else command.entered_at
    for lot, counted in found.items():
        _write_line(act, count, lot, {**counted, "entered_at": moment})


@dataclass(frozen=True, kw_only=True)
class StartCount(Command):
    """A stocktake begins. `blind`: those who count do not see the books. `full`: what is not found is not there."""

    take_type: Annotated[str, Code(TAKE_TYPE)]
    counter: Annotated[str, Text(30)]
    observer: Annotated[str | None, Text(30)] = None
    blind: Annotated[bool | None, Flag()] = None
    full: Annotated[bool | None, Flag()] = None


@handles(StartCount)
def start_count(act: Act, command: StartCount) -> None:
    if command.observer is not None:
        _check_two(command.counter, command.observer, command.take_type)
    head = {"blind": False, "full": False, "status": "OPEN"}
    act.create("count", head | values_for("count", command))


@dataclass(frozen=True, kw_only=True)
class RecordCountLine(Measured, Command):
    """So much lies here of this lot; named by `lot`, or by item, batch and end date where the books do not have it.

    `entered_at`: when it was counted, where that was not now. Entered again, the line says the new number.
    """

    count: Annotated[str, Ref("count")]
    lot: Annotated[str | None, Ref("lot")] = None
    item: Annotated[str | None, Ref("item")] = None
    batch: Annotated[str | None, Text(30)] = None
    expires_on: Annotated[str | None, Day()] = None
    entered_at: Annotated[int | None, Instant()] = None
    note: Annotated[str | None, Text(200)] = None
    shelf: Annotated[str | None, Text(20)] = None


@handles(RecordCountLine)
def record_count_line(act: Act, command: RecordCountLine) -> None:
    check_past(act, command.entered_at, "entered_at")
    _open_count(act, command.count)
    lot, item = _lot_counted(act, command)
    lay_on_shelf(act, lot, command.shelf)
    values = {
        "item": item["id"],
        "quantity": base_units(command, item),
        "entered_at": act.now if command.entered_at is None else command.entered_at,
        "note": command.note,
        "shelf": command.shelf,
    }
    _write_line(act, command.count, lot, values)


def _lot_counted(act: Act, command: RecordCountLine) -> tuple[str, Mapping[str, Any]]:
    if command.lot is not None:
        lot = act.row("lot", command.lot, "lot")
        return command.lot, act.row("item", lot["item"], "lot")
    if command.item is None:
        raise Refused("missing", "lot")
    item = act.row("item", command.item, "item")
    goods = Goods(item=command.item, batch=command.batch, expires_on=command.expires_on)
    return lot_for(act, goods, item), item


@dataclass(frozen=True, kw_only=True)
class Difference(Line):
    """Why the shelf differs from the books for one lot."""

    lot: Annotated[str, Ref("lot")]
    diff_reason: Annotated[str, Code(DIFF_REASON)]
    note: Annotated[str | None, Text(200)] = None


@dataclass(frozen=True, kw_only=True)
class FinishCount(Command):
    """The count ends. Every difference has a reason; in a full count what was not found is written as zero."""

    count: Annotated[str, Ref("count")]
    lines: tuple[Difference, ...] = ()
    observer: Annotated[str | None, Text(30)] = None
    action: Annotated[str | None, Text(500)] = None


@handles(FinishCount)
def finish_count(act: Act, command: FinishCount) -> None:
    head = _open_count(act, command.count)
    _check_two(head["counter"], command.observer or head["observer"], head["take_type"])
    reasons = {line.lot: line for line in command.lines}
    _explain_differences(act, command.count, reasons)
    if head["full"]:
        for missing in uncounted_lots(act.conn, command.count):
            reason = reasons.get(missing.lot)
            if reason is None:
                raise Refused("difference_needs_reason", "lines", lot=missing.lot)
            values = {"item": missing.item, "quantity": 0, "entered_at": act.now}
            _write_line(act, command.count, missing.lot, values | _reason_given(reason))
    closed = {name: head[name] for name in tables.count.group_of}
    closed |= {**values_for("count", command), "status": "CLOSED", "closed_at": act.now}
    act.set("count", command.count, "head", closed)


def _explain_differences(act: Act, count: str, reasons: Mapping[str, Difference]) -> None:
    for line in book_of_lines(act.conn, count):
        reason = reasons.get(line.lot)
        if line.variance and reason is None and line.diff_reason is None:
            raise Refused("difference_needs_reason", "lines", lot=line.lot)
        if reason is not None:
            row = act.row("count_line", line.id)
            kept = {name: row[name] for name in tables.count_line.group_of}
            act.set("count_line", line.id, "counted", kept | _reason_given(reason))


def _reason_given(reason: Difference) -> dict[str, Any]:
    return {name: value for name, value in (("diff_reason", reason.diff_reason), ("note", reason.note)) if value}


@dataclass(frozen=True, kw_only=True)
class CancelCount(Command):
    """A count that was begun by mistake. One with lines is finished instead: what was seen stays seen."""

    count: Annotated[str, Ref("count")]
    reason: Annotated[str, Text(200)]


@handles(CancelCount)
def cancel_count(act: Act, command: CancelCount) -> None:
    head = _open_count(act, command.count)
    c = tables.count_line.c
    if act.conn.execute(sa.select(c.id).where(c.count == command.count).limit(1)).scalar() is not None:
        raise Refused("count_has_lines", "count")
    cancelled = {name: head[name] for name in tables.count.group_of} | {"status": "CANCELLED", "closed_at": act.now}
    act.set("count", command.count, "head", cancelled)
    explain(act, "count", command.count, command.reason)


@dataclass(frozen=True, kw_only=True)
class AnswerBeforeAfter(Command):
    """Whether a movement had already happened when the line was counted."""

    movement: Annotated[str, Ref("movement")]
    line: Annotated[str, Ref("count_line")]
    verdict: Annotated[str, Code(COUNT_VERDICT)]
    reason: Annotated[str | None, Text(200)] = None


@handles(AnswerBeforeAfter)
def answer_before_after(act: Act, command: AnswerBeforeAfter) -> None:
    movement = own_row(act, "movement", command.movement, "movement")
    line = own_row(act, "count_line", command.line, "line")
    if movement["lot"] != line["lot"]:
        raise Refused("lot_of_other_item", "line")
    id_ = answer_id(command.movement, command.line)
    if is_known(act, "answer", id_):
        act.set("answer", id_, "verdict", values_for("answer", command))
    else:
        act.create("answer", values_for("answer", command), id=id_)


def _write_line(act: Act, count: str, lot: str, values: Mapping[str, Any]) -> None:
    id_ = line_id(count, lot)
    whole = {"count": count, "lot": lot, **values}
    if is_known(act, "count_line", id_):
        act.set("count_line", id_, "counted", whole)
    else:
        act.create("count_line", whole, id=id_)


def _open_count(act: Act, count: str) -> Mapping[str, Any]:
    head = own_row(act, "count", count, "count")
    if head["status"] != "OPEN":
        raise Refused("count_closed", "count")
    return head


def _check_two(counter: str | None, observer: str | None, take_type: str | None) -> None:
    """Two different names, except where one person may count alone."""
    names: Iterable[str | None] = (counter, observer)
    if observer is None and take_type not in _ONE_IS_ENOUGH:
        raise Refused("missing", "observer")
    if len({(name or "").strip() for name in names}) < 2:
        raise Refused("same_counter_and_observer", "observer")
