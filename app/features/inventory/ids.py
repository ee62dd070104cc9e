"""The ids of what is one by its meaning, so that two laptops that make it make the same; and which of them a creation
may have by what it says (`app.journal.entities.Meaning`). Lots: `rules.lot_id`."""

import itertools
from collections.abc import Iterator

from app.base.ids import meaning_id
from app.features.inventory.rules import lot_id
from app.journal.ops import Op

SENDING, RECEIPT = "sending", "receipt"
"""What leaves, and what arrives, for a line of a transfer."""
_MOST_TIMES = 100
"""So often something may be sent or received again after it was taken back."""


def item_id(item_code: str) -> str:
    return meaning_id("item", item_code)


def level_id(node: str, item: str) -> str:
    return meaning_id("item_level", node, item)


def lot_state_id(node: str, lot: str) -> str:
    return meaning_id("lot_state", node, lot)


def line_id(count: str, lot: str) -> str:
    return meaning_id("count_line", count, lot)


def answer_id(movement: str, line: str) -> str:
    return meaning_id("answer", movement, line)


def reversal_id(movement: str) -> str:
    return meaning_id("reversal", movement)


def correction_id(movement: str) -> str:
    """Of what stands in the place of a movement that was taken back."""
    return meaning_id("correction", movement)


def times_carried(what: str, line: str) -> Iterator[str]:
    """The ids of what leaves or arrives for a line: the first, and after each that was taken back the next."""
    id_ = meaning_id(what, line)
    while True:
        yield id_
        id_ = meaning_id(what, reversal_id(id_))


def of_item(op: Op) -> Iterator[str]:
    yield item_id(_said(op, "item_code"))


def of_level(op: Op) -> Iterator[str]:
    yield level_id(op.node, _said(op, "item"))


def of_lot(op: Op) -> Iterator[str]:
    yield lot_id(_said(op, "item"), _said(op, "batch") or None, _said(op, "expires_on") or None)


def of_lot_state(op: Op) -> Iterator[str]:
    yield lot_state_id(op.node, _said(op, "lot"))


def of_line(op: Op) -> Iterator[str]:
    yield line_id(_said(op, "count"), _said(op, "lot"))


def of_answer(op: Op) -> Iterator[str]:
    yield answer_id(_said(op, "movement"), _said(op, "line"))


def of_movement(op: Op) -> Iterator[str]:
    """A reversal and what stands in its place are about a movement, what is carried about a line."""
    kind = op.values.get("kind")
    if corrects := _said(op, "corrects"):
        yield reversal_id(corrects) if kind == "REVERSAL" else correction_id(corrects)
    what = {"TRANSFER_OUT": SENDING, "TRANSFER_IN": RECEIPT}.get(str(kind))
    if what and op.values.get("of_kind") == "transfer_line":
        yield from itertools.islice(times_carried(what, _said(op, "of_id")), _MOST_TIMES)


def _said(op: Op, name: str) -> str:
    value = op.values.get(name)
    return value if isinstance(value, str) else ""
