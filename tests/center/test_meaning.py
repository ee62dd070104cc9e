"""Ids that are made of what a record says: nobody takes one for something else, or ahead of whom it concerns."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import MINUTE
from app.base.ids import meaning_id, new_id
from app.center.admin import status
from app.center.hub import Hub
from app.center.quarantine import set_aside
from app.features.inventory.ids import RECEIPT, SENDING, reversal_id, times_carried
from app.features.inventory.rules import lot_id
from app.features.inventory.tables import lot
from app.features.org.reviews import UNDONE_UNSEEN
from app.features.org.tables import review
from app.journal.entities import find_entity
from app.journal.ops import Op
from app.store.engine import reading
from tests.center.points import PointAt, all_agree, has
from tests.clocks import FakeClock

ITEM, COUNT, MOVED, LINE = ("1" * 32, "2" * 32, "3" * 32, "4" * 32)
LOT = lot_id(ITEM, None, None)


def rightly_named(node: str) -> list[Op]:
    """Every kind of record of a point whose id is made of what it says."""
    first, second = (id_ for _, id_ in zip(range(2), times_carried(RECEIPT, LINE), strict=False))
    of_line = {"of_kind": "transfer_line", "of_id": LINE, "lot": LOT, "quantity": 1}
    made: list[tuple[str, str, dict[str, Any]]] = [
        ("item_level", meaning_id("item_level", node, ITEM), {"item": ITEM, "min_level": 5}),
        ("lot_state", meaning_id("lot_state", node, LOT), {"lot": LOT, "shelf": "A1"}),
        ("count_line", meaning_id("count_line", COUNT, LOT), {"count": COUNT, "lot": LOT}),
        ("answer", meaning_id("answer", MOVED, LINE), {"movement": MOVED, "line": LINE}),
        ("movement", reversal_id(MOVED), {"kind": "REVERSAL", "corrects": MOVED}),
        ("movement", meaning_id("correction", MOVED), {"kind": "ISSUE", "corrects": MOVED}),
        ("movement", next(times_carried(SENDING, LINE)), {"kind": "TRANSFER_OUT", **of_line}),
        ("movement", first, {"kind": "TRANSFER_IN", **of_line}),
        ("movement", second, {"kind": "TRANSFER_IN", **of_line}),
        ("person_link", meaning_id("person_link", "5" * 32, "6" * 32), {"first": "5" * 32, "second": "6" * 32}),
    ]
    return [Op("create", kind, id_, _nodes(kind, node), values, {}) for kind, id_, values in made]


def _nodes(kind: str, node: str) -> str:
    return f"{node} {meaning_id('node', 'T1')}" if kind == "person_link" else node


def test_an_id_of_meaning_is_nobodys_who_says_something_else(hub: Hub, point_at: PointAt) -> None:
    owner, thief = point_at("V2"), point_at("V1")
    right, node = rightly_named(owner.actor.node), thief.actor.node
    wrong = [Op("create", op.kind, op.id, _nodes(op.kind, node), {"reason": "占位"}, {}) for op in right]
    for op in (*wrong, *(Op("create", "stock_in", op.id, node, {}, {}) for op in right)):
        thief.write(op)
    thief.register("李四")
    thief.sync()
    with reading(hub.engine) as conn:
        assert [(entry.code, entry.detail) for entry in set_aside(conn)] == [("malformed", "id")] * 2 * len(right)
    for op in right:
        owner.write(op)
    owner.sync()
    with reading(hub.engine) as conn:
        for op in right:
            entity = find_entity(op.kind)
            assert entity is not None
            assert conn.execute(sa.select(entity.c.node).where(entity.c.id == op.id)).scalar() == op.node, op
        assert {entry.device for entry in set_aside(conn)} == {thief.device}


def test_where_another_kind_stands_under_an_id_of_meaning_its_own_comes_all_the_same(
    hub: Hub, point_at: PointAt
) -> None:
    """What is made of more than a creation says is believed, and might be given any id."""
    owner, thief = point_at("V2"), point_at("V1")
    level = rightly_named(owner.actor.node)[0]
    thief.write(Op("create", "transfer_line", level.id, f"{thief.actor.node} {meaning_id('node', 'T1')}", {}, {}))
    thief.sync()
    owner.write(level)
    owner.write(Op("set", "item_level", level.id, level.node, {"item": ITEM, "min_level": 7}, {}, "levels"))
    owner.sync()
    with reading(hub.engine) as conn:
        assert set_aside(conn) == []


def test_a_lot_is_of_its_item_batch_and_end_date(hub: Hub, point_at: PointAt) -> None:
    first, second, thief = point_at("V2"), point_at("T1"), point_at("V1")
    id_ = lot_id(ITEM, "b１ 2", "2027-01-01")
    for point, batch in ((first, "B1 2"), (second, " b1  2")):
        facts = {"item": ITEM, "batch": batch, "expires_on": "2027-01-01"}
        point.write(Op("create", "lot", id_, point.actor.node, facts, {}))
        point.sync()
    for wrong in ({"item": new_id(), "batch": "X", "expires_on": "2020-01-01"}, {"item": ITEM}, {}):
        thief.write(Op("create", "lot", id_, thief.actor.node, wrong, {}))
    thief.sync()
    with reading(hub.engine) as conn:
        assert [entry.device for entry in set_aside(conn)] == [thief.device] * 3
        assert conn.execute(sa.select(lot.c.item, lot.c.expires_on)).all() == [(ITEM, "2027-01-01")]


@pytest.mark.parametrize("later_comes_first", [False, True])
@pytest.mark.parametrize("later_at", ["V2", "T1"])
@pytest.mark.parametrize("by_district", [False, True])
def test_what_is_made_twice_for_two_nodes_is_seen_where_the_later_puts_it(
    hub: Hub, clock: FakeClock, point_at: PointAt, *, by_district: bool, later_at: str, later_comes_first: bool
) -> None:
    """A case was given away, and who settled a doubt about it did not know."""
    town, district, one, two = point_at("T1"), point_at("D1"), point_at("T1"), point_at("V2")
    id_ = meaning_id("review", "7" * 32, UNDONE_UNSEEN, "")
    about = {"record": "7" * 32, "kind": "case", "code": UNDONE_UNSEEN}
    makers = [town, district] if by_district else [district, town]
    for maker, node in zip(makers, ("V2", "T1") if later_at == "T1" else ("T1", "V2"), strict=True):
        clock.now += MINUTE
        settled = {"settled_by": maker.actor.id, "settled_at": clock.now}
        maker.write(Op("create", "review", id_, meaning_id("node", node), about | settled, {}))
    for maker in reversed(makers) if later_comes_first else makers:
        all_agree(hub, maker, one, two)
    all_agree(hub, town, district, one, two)
    assert [has(point, review, id_) for point in (one, two)] == [later_at == "T1", later_at == "V2"]
    assert status(hub.engine)["quarantine"] == 0
