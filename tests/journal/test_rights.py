"""What a device may write, by scope, tier and place in the tree."""

import pytest

from app.base.ids import meaning_id, new_id
from app.features.cases.tables import case
from app.features.inventory.tables import item, lot, transfer
from app.features.org.tables import campaign, node
from app.journal.entities import Entity
from app.journal.ops import Op
from app.journal.rights import is_surely_own, may_write
from app.journal.streams import Tree

CITY, COUNTY, TOWN, VILLAGE, OTHER = ("1" * 32, "2" * 32, "3" * 32, "4" * 32, "5" * 32)
TREE = Tree(
    {CITY: None, COUNTY: CITY, TOWN: COUNTY, VILLAGE: TOWN, OTHER: TOWN},
    {CITY: "CITY", COUNTY: "COUNTY", TOWN: "TOWN", VILLAGE: "VILLAGE", OTHER: "VILLAGE"},
)


def op(entity: Entity, name: str = "create", id_: str | None = None) -> Op:
    return Op(name, entity.kind, id_ or new_id(), "", {}, {})


@pytest.mark.parametrize(
    ("device", "entity", "at", "may"),
    [
        (VILLAGE, case, VILLAGE, True),
        (VILLAGE, case, OTHER, False),
        (TOWN, case, VILLAGE, True),
        (VILLAGE, case, TOWN, False),
        (VILLAGE, node, VILLAGE, False),
        (CITY, node, CITY, True),
        (COUNTY, item, COUNTY, False),
        (VILLAGE, campaign, VILLAGE, False),
        (COUNTY, campaign, COUNTY, True),
        (VILLAGE, transfer, f"{VILLAGE} {OTHER}", True),
        (VILLAGE, transfer, f"{TOWN} {OTHER}", False),
    ],
)
def test_by_scope_tier_and_place(device: str, entity: Entity, at: str, may: bool) -> None:
    assert may_write(TREE, device, op(entity), entity, at) is may
    assert not is_surely_own(device, op(entity), entity, at) or may


def test_a_lot_is_anyones_to_create_under_its_meaning_and_nobodys_to_change() -> None:
    id_ = meaning_id("lot", "water", "1", "2027-01-01")
    assert may_write(TREE, VILLAGE, op(lot, id_=id_), lot, VILLAGE)
    assert not may_write(TREE, VILLAGE, op(lot), lot, VILLAGE)
    assert not may_write(TREE, VILLAGE, op(lot, "set", id_), lot, VILLAGE)
