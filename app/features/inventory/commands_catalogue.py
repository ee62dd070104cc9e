"""The catalogue of items, and what each node should hold of them."""

from dataclasses import dataclass
from typing import Annotated

from app.base.errors import Refused
from app.features.codes import EXPIRY_RULE, ITEM_CATEGORY, SEASON, UNIT
from app.features.inventory import tables
from app.features.inventory.catalogue import standard_items
from app.features.inventory.goods import is_known, put_group
from app.features.inventory.ids import item_id, level_id
from app.features.org.amending import Correction, correct, sets_for, values_for
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Code, Decimal, Flag, Integer, Many, Ref, Text

_BARCODES = Many(Text(64))


@dataclass(frozen=True, kw_only=True)
class AddItem(Command):
    item_code: Annotated[str, Text(16)]
    name: Annotated[str, Text(40)]
    category: Annotated[str, Code(ITEM_CATEGORY)]
    unit: Annotated[str, Code(UNIT)]
    piece_factor: Annotated[str | None, Decimal()] = None
    expiry_rule: Annotated[str | None, Code(EXPIRY_RULE)] = None
    spec: Annotated[str | None, Text(60)] = None
    season: Annotated[str | None, Code(SEASON)] = None
    pack_unit: Annotated[str | None, Code(UNIT)] = None
    pack_factor: Annotated[int | None, Integer(2, 100_000)] = None
    min_level: Annotated[int | None, tables.COUNTED] = None
    max_level: Annotated[int | None, tables.COUNTED] = None
    per_visit_limit: Annotated[int | None, tables.QUANTITY] = None
    barcodes: Annotated[tuple[str, ...] | None, _BARCODES] = None


_WHERE_NOT_SAID = {"piece_factor": "1", "expiry_rule": "NONE", "season": "ALL", "active": True}


@handles(AddItem)
def add_item(act: Act, command: AddItem) -> None:
    id_ = item_id(command.item_code)
    if is_known(act, "item", id_):
        raise Refused("already_exists", "item_code")
    _check_levels(command.min_level, command.max_level)
    act.create("item", _WHERE_NOT_SAID | values_for("item", command), sets_for("item", command), id=id_)


@dataclass(frozen=True, kw_only=True)
class AddStandardItems(Command):
    """Take in the standard catalogue; items that are there already stay as they are."""


@handles(AddStandardItems)
def add_standard_items(act: Act, _: AddStandardItems) -> None:
    names = tables.item.group_of.keys()
    for standard in standard_items():
        id_ = item_id(standard.item_code)
        if not is_known(act, "item", id_):
            values = {name: getattr(standard, name) for name in standard.__dataclass_fields__ if name in names}
            act.create("item", {**values, "active": True}, id=id_)


@dataclass(frozen=True, kw_only=True)
class AmendItem(Correction):
    """更正 of an item. Its code stays: it is what the item is known by."""

    NEVER_EMPTY = frozenset({"name", "category", "unit", "piece_factor", "expiry_rule", "active"})

    item: Annotated[str, Ref("item")]
    name: Annotated[str | None, Text(40)] = None
    category: Annotated[str | None, Code(ITEM_CATEGORY)] = None
    unit: Annotated[str | None, Code(UNIT)] = None
    piece_factor: Annotated[str | None, Decimal()] = None
    expiry_rule: Annotated[str | None, Code(EXPIRY_RULE)] = None
    spec: Annotated[str | None, Text(60)] = None
    season: Annotated[str | None, Code(SEASON)] = None
    pack_unit: Annotated[str | None, Code(UNIT)] = None
    pack_factor: Annotated[int | None, Integer(2, 100_000)] = None
    min_level: Annotated[int | None, tables.COUNTED] = None
    max_level: Annotated[int | None, tables.COUNTED] = None
    per_visit_limit: Annotated[int | None, tables.QUANTITY] = None
    active: Annotated[bool | None, Flag()] = None
    barcodes: Annotated[tuple[str, ...] | None, _BARCODES] = None


@handles(AmendItem)
def amend_item(act: Act, command: AmendItem) -> None:
    _check_levels(command.min_level, command.max_level)
    correct(act, "item", command.item, command)


@dataclass(frozen=True, kw_only=True)
class SetItemLevel(Command):
    """How much of an item a node should hold; by default this one. A level left out is taken away."""

    item: Annotated[str, Ref("item")]
    node: Annotated[str | None, Ref("node")] = None
    min_level: Annotated[int | None, tables.COUNTED] = None
    max_level: Annotated[int | None, tables.COUNTED] = None
    emergency_level: Annotated[int | None, tables.COUNTED] = None


@handles(SetItemLevel)
def set_item_level(act: Act, command: SetItemLevel) -> None:
    act.row("item", command.item, "item")
    _check_levels(command.min_level, command.max_level)
    node = command.node or act.node
    id_ = level_id(node, command.item)
    put_group(act, "item_level", id_, "levels", values_for("item_level", command), node=node)


def _check_levels(min_level: int | None, max_level: int | None) -> None:
    if min_level is not None and max_level is not None and min_level > max_level:
        raise Refused("min_above_max", "max_level")
