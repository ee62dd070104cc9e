"""Goods as a form gives them (packs and loose, batch, end date), and the lot and base units they become.

Also: how a record whose id is made of its meaning is written, since it may be known already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from app.base.errors import Refused
from app.features.inventory import tables
from app.features.inventory.catalogue import join
from app.features.inventory.ids import lot_state_id
from app.features.inventory.rules import lot_id, tidy_batch
from app.journal.act import Act
from app.journal.commands import Line
from app.journal.entities import find_entity
from app.journal.fields import Day, Integer, Ref, Text
from app.store.bulk import rows_among

PACKS = Integer(0, 100_000)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """An amount, in base units or in packs and loose units."""

    quantity: Annotated[int | None, tables.COUNTED] = None
    packs: Annotated[int | None, PACKS] = None
    loose: Annotated[int | None, tables.COUNTED] = None


@dataclass(frozen=True, kw_only=True)
class Goods(Measured, Line):
    """Goods named by what is printed on them."""

    item: Annotated[str, Ref("item")]
    batch: Annotated[str | None, Text(30)] = None
    expires_on: Annotated[str | None, Day()] = None
    made_on: Annotated[str | None, Day()] = None
    shelf: Annotated[str | None, Text(20)] = None


def base_units(amount: Measured, item: Mapping[str, Any], at: str = "") -> int:
    """The amount in base units, zero included. `at`: where its fields stand in the command (`lines.0.`)."""
    if amount.quantity is not None:
        return amount.quantity
    if amount.packs is None and amount.loose is None:
        raise Refused("missing", f"{at}quantity")
    if amount.packs and not item["pack_factor"]:
        raise Refused("pack_factor_missing", f"{at}packs")
    units = join(amount.packs or 0, amount.loose or 0, item["pack_factor"])
    tables.COUNTED.check(units, f"{at}packs")
    return units


def moved_units(amount: Measured, item: Mapping[str, Any], at: str = "") -> int:
    """The amount in base units, more than zero."""
    units = base_units(amount, item, at)
    if units < 1:
        raise Refused("quantity_not_positive", f"{at}quantity")
    return units


def lot_for(act: Act, goods: Goods, item: Mapping[str, Any], at: str = "") -> str:
    """The lot these goods belong to, created by this act where it is not known here."""
    if item["expiry_rule"] == "REQUIRED" and goods.expires_on is None:
        raise Refused("expiry_missing", f"{at}expires_on")
    if goods.made_on and goods.expires_on and goods.made_on > goods.expires_on:
        raise Refused("made_after_expiry", f"{at}made_on")
    return ensure_lot(act, goods.item, goods.batch, goods.expires_on, goods.made_on)


def ensure_lot(act: Act, item: str, batch: str | None, expires_on: str | None, made_on: str | None = None) -> str:
    """Only a lot with an end date keeps batch and making date: goods that do not expire are all one lot."""
    id_ = lot_id(item, batch, expires_on)
    if not is_known(act, "lot", id_):
        facts: dict[str, Any] = {"item": item}
        if expires_on is not None:
            facts |= {"batch": tidy_batch(batch), "expires_on": expires_on, "made_on": made_on}
        act.create("lot", facts, id=id_)
    return id_


def check_past(act: Act, typed: int | None, field: str) -> None:
    """A typed time is not later than the form's own clock."""
    if typed is not None and typed > act.now:
        raise Refused("time_in_future", field)


def lay_on_shelf(act: Act, lot: str, shelf: str | None) -> None:
    """Note where the lot lies at this node, if it was said."""
    if shelf is not None:
        put_group(act, "lot_state", lot_state_id(act.node, lot), "shelf", {"shelf": shelf}, {"lot": lot})


def is_known(act: Act, kind: str, id_: str) -> bool:
    """Whether the record exists, in the database or among what this act creates."""
    if (kind, id_) in act.made:
        return True
    entity = find_entity(kind)
    if entity is None:
        raise KeyError(kind)
    return bool(rows_among(act.conn, entity.table, ("id",), "id", [id_]))


def put_group(
    act: Act,
    kind: str,
    id_: str,
    group: str,
    values: Mapping[str, Any],
    born_with: Mapping[str, Any] | None = None,
    node: str | None = None,
) -> None:
    """Give a group these values, creating the record (with `born_with` beside them) where it is not known."""
    if is_known(act, kind, id_):
        act.set(kind, id_, group, values)
    else:
        act.create(kind, {**(born_with or {}), **values}, id=id_, node=node)


def own_row(act: Act, kind: str, id_: str, field: str) -> Mapping[str, Any]:
    """A record of this node. Another node's stock is changed there, not here."""
    row = act.row(kind, id_, field)
    if row["node"] != act.node:
        raise Refused("not_this_point", field)
    return row
