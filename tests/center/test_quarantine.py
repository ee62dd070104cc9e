"""One wrong thing holds nothing up: it is stored raw, acknowledged, told, and run again after a mend."""

import json
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import new_id
from app.center.admin import status
from app.center.admission import revoke
from app.center.exchange import answer_exchange
from app.center.hub import Declined, Hub
from app.center.quarantine import SetAside, drop, set_aside, waits_on
from app.center.rerun import run_again
from app.center.tables import device, quarantine
from app.features.org.tables import staff
from app.features.people.tables import person
from app.journal.ops import Op
from app.store.engine import reading, writing
from app.sync.protocol import Verdict
from tests.center.points import Point, PointAt, rechained

TOO_MUCH = 1 << 70
"""A number no database column takes."""


def _person(point: Point, id_: str, **values: object) -> Op:
    return Op("create", "person", id_, point.actor.node, {"name": "李四", **values}, {})


def _names(engine: sa.Engine) -> list[str]:
    with reading(engine) as conn:
        return sorted(conn.execute(sa.select(person.c.name)).scalars())


def _pushed_raw(point: Point, hub: Hub, *bad: tuple[int, bytes]) -> list[Verdict]:
    """Push what the point has with the ops of some commits replaced by what its own door would not take."""
    request = point.request()
    for index, raw in bad:
        request.push.commits[index].parts = msgspec.Raw(raw)
    request.head = rechained(request)
    return answer_exchange(hub, request, hub.clock()).ack.verdicts


@pytest.mark.expects_log("set aside: ")
def test_a_poisoned_commit_is_set_aside_and_the_rest_goes_on(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    for name in ("一", "二", "三"):
        point.register(f"李{name}")
    poison = f'[[0,"",["create","person","{new_id()}","{point.actor.node}",{{"age_est":{TOO_MUCH}}}]]]'.encode()
    assert _pushed_raw(point, hub, (1, poison)) == [Verdict(2, "apply_failed")]
    assert _names(hub.engine) == ["李一", "李三"]
    (entry,) = _entries(hub)
    assert (entry.device, entry.n, entry.code) == (point.device, 2, "apply_failed")
    assert status(hub.engine)["quarantine"] == 1
    assert _stands(hub, point)["acked_n"] == 3


@pytest.mark.expects_log("set aside: ")
def test_hostile_values_end_in_quarantine(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    values = [{"age_est": TOO_MUCH}, {"name": {"a": [1]}}, {"age_est": [[]]}, {"name": "\x00"}]
    for _ in values:
        point.register("李四")
    point.register("王五")
    ops = [["create", "person", new_id(), point.actor.node, value] for value in values]
    _pushed_raw(point, hub, *((index, json.dumps([[0, "", op]]).encode()) for index, op in enumerate(ops)))
    assert "王五" in _names(hub.engine)
    assert _stands(hub, point)["acked_n"] == len(values) + 1


def test_malformed_ops_and_frames_do_not_stop_the_queue(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    for name in ("一", "二", "三", "四", "五"):
        point.register(f"李{name}")
    no_op = b'[[0,"",["fly","person"]]]'
    no_frame = b'{"parts":"none"}'
    verdicts = _pushed_raw(point, hub, (1, no_op), (3, no_frame))
    assert verdicts == [Verdict(2, "malformed"), Verdict(4, "malformed")]
    assert _names(hub.engine) == ["李一", "李三", "李五"]


def test_a_later_kind_waits_for_the_upgrade(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李一")
    newer = f'[[0,"",["create","spaceship","{new_id()}","{point.actor.node}",{{}}]]]'.encode()
    assert _pushed_raw(point, hub, (0, newer)) == [Verdict(1, "newer")]


def test_rights_are_asked_per_op(hub: Hub, point_at: PointAt) -> None:
    village, other, town = point_at("V1"), point_at("V2"), point_at("T1")
    elsewhere = other.actor.node
    id_ = village.register("李一")
    village.write(Op("create", "person", new_id(), elsewhere, {"name": "王五"}, {}))
    village.write(Op("create", "item", new_id(), village.actor.node, {"name": "水"}, {}))
    village.write(Op("create", "node", new_id(), village.actor.node, {"name": "假", "tier": "VILLAGE"}, {}))
    village.sync()
    assert [(e.n, e.code, e.detail) for e in _entries(hub)] == [
        (2, "not_allowed", "create person"),
        (3, "not_allowed", "role create item"),
        (4, "not_allowed", "role create node"),
    ]
    # A town may write for its villages, a village not for its neighbour, however it calls the node.
    town.write(Op("set", "person", id_, village.actor.node, {"phone": "1"}, {}, "phone"))
    town.sync()
    other.write(Op("set", "person", id_, elsewhere, {"phone": "2"}, {}, "phone"))
    other.sync()
    assert [(e.device, e.code) for e in _entries(hub)][3:] == [(other.device, "not_allowed")]


def test_a_stranger_may_not_act(hub: Hub, point_at: PointAt) -> None:
    village, other = point_at("V1"), point_at("V2")
    village.actor = other.actor
    village.write(_person(other, new_id()))
    village.sync()
    assert [(e.code, e.detail) for e in _entries(hub)] == [("not_allowed", "actor")]


def test_what_stands_on_a_record_set_aside_waits_and_comes_with_it(hub: Hub, point_at: PointAt) -> None:
    village, other = point_at("V1"), point_at("V1")
    id_ = new_id()
    stranger = point_at("V2").actor
    actor, village.actor = village.actor, stranger
    village.write(Op("create", "person", id_, actor.node, {"name": "李一"}, {}))
    village.actor = actor
    village.write(Op("set", "person", id_, actor.node, {"phone": "1"}, {}, "phone"))
    village.register("李二")
    village.sync()
    other.write(Op("set", "person", id_, actor.node, {"phone": "2"}, {}, "phone"))
    other.sync()
    assert [(e.n, e.code) for e in _entries(hub)] == [(1, "not_allowed"), (2, "waits"), (1, "waits")]
    assert _names(hub.engine) == ["李二"]
    assert run_again(hub).applied == 0
    with writing(hub.engine) as conn:  # the mend: the stranger turns out to work here
        conn.execute(staff.table.update().where(staff.c.id == stranger.id).values(node=actor.node))
    again = run_again(hub)
    assert (again.applied, again.left) == (3, 0)
    assert _names(hub.engine) == ["李一", "李二"]
    village.sync()
    assert village.unsent() == 0
    with reading(village.engine) as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM journal WHERE seq IS NULL")).scalar() == 0


def test_what_waits_names_what_it_waits_on_and_what_is_dropped_is_kept_with_the_reason(
    hub: Hub, point_at: PointAt
) -> None:
    village = point_at("V1")
    id_, actor = new_id(), village.actor
    village.actor = point_at("V2").actor
    village.write(Op("create", "person", id_, actor.node, {"name": "李一"}, {}))
    village.actor = actor
    village.write(Op("set", "person", id_, actor.node, {"phone": "1"}, {}, "phone"))
    village.sync()
    maker, waiting = _entries(hub)
    with reading(hub.engine) as conn:
        assert waits_on(conn, [maker, waiting]) == {waiting.id: [maker.id]}
    with writing(hub.engine) as conn:
        with pytest.raises(Refused, match="missing"):
            drop(conn, maker.id, " ", hub.clock())
        drop(conn, maker.id, "非本点人员误录", hub.clock())
        with pytest.raises(Refused, match="no_such_commit"):
            drop(conn, maker.id, "再来一次", hub.clock())
    assert [entry.id for entry in _entries(hub)] == [waiting.id]
    assert run_again(hub, waiting.id).applied == 0
    with reading(hub.engine) as conn:
        kept = conn.execute(sa.select(quarantine).where(quarantine.c.settled_as == "dropped")).mappings().one()
    assert (kept["settled_why"], "李一" in kept["raw"].decode()) == ("非本点人员误录", True)


def test_a_revoked_device_pushes_into_quarantine_and_pulls_nothing(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李一")
    revoke(hub, point.device)
    for _ in range(2):
        with pytest.raises(Declined, match="401 revoked") as declined:
            answer_exchange(hub, point.request(), hub.clock())
        assert declined.value.facts == {"acked_n": 1, "verdicts": [[1, "revoked"]]}
    assert [e.code for e in _entries(hub)] == ["revoked"]
    assert _names(hub.engine) == []
    assert run_again(hub).left == 1
    with writing(hub.engine) as conn:
        conn.execute(device.update().values(status="ACTIVE"))
    assert run_again(hub).applied == 1
    assert _names(hub.engine) == ["李一"]


def _entries(hub: Hub) -> list[SetAside]:
    with reading(hub.engine) as conn:
        return set_aside(conn)


def _stands(hub: Hub, point: Point) -> dict[str, Any]:
    return next(d for d in status(hub.engine)["devices"] if d["id"] == point.device)
