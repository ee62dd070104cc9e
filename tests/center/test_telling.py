"""What a device is told of what stands on a record that an operator settled never to take."""

import sqlalchemy as sa

from app.base.ids import new_id
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.quarantine import drop, set_aside
from app.center.rerun import run_again
from app.center.tables import quarantine
from app.journal.act import Actor
from app.journal.ops import Op
from app.store.engine import reading, writing
from app.sync.protocol import Verdict
from tests.center.points import Point, PointAt


def drop_first(hub: Hub, *codes: str) -> None:
    """The first of what is set aside for one of these reasons, of any where none is named."""
    with writing(hub.engine) as conn:
        entry = next(each for each in set_aside(conn) if not codes or each.code in codes)
        drop(conn, entry.id, "不是本点的人", hub.clock())


def as_stranger(point: Point, stranger: Actor, *ops: Op) -> None:
    own, point.actor = point.actor, stranger
    point.write(*ops)
    point.actor = own


def told(hub: Hub, point: Point) -> list[Verdict]:
    """All that the point would be told, had it never heard an answer."""
    return answer_exchange(hub, point.request(), hub.clock()).ack.verdicts


def test_what_stands_on_a_dropped_record_is_told_so_however_far_down(hub: Hub, point_at: PointAt) -> None:
    point, stranger = point_at("V1"), point_at("V2").actor
    at, who, about = point.actor.node, new_id(), new_id()
    as_stranger(point, stranger, Op("create", "person", who, at, {"name": "李四"}, {}))
    point.write(Op("create", "case", about, at, {"person": who, "case_status": "OPEN"}, {}))
    point.write(Op("set", "case", about, at, {"case_status": "CLOSED"}, {}, "status"))
    assert told(hub, point) == [Verdict(1, "not_allowed"), Verdict(2, "waits"), Verdict(3, "waits")]
    drop_first(hub)
    point.write(Op("set", "person", who, at, {"phone": "1"}, {}, "phone"))
    upon = [Verdict(n, "on_dropped") for n in (2, 3, 4)]
    assert told(hub, point) == [Verdict(1, "not_allowed"), *upon]
    assert run_again(hub).applied == 0
    assert told(hub, point) == [Verdict(1, "not_allowed"), *upon]


def test_what_was_done_by_somebody_whose_engagement_was_dropped_is_told_so(hub: Hub, point_at: PointAt) -> None:
    point, made = point_at("V1"), new_id()
    facts = {"code": "w-V1", "name": "钱七", "role": "SPECIALIST", "active": True}
    point.write(Op("create", "staff", made, point.actor.node, facts, {}))  # no specialist may
    point.actor = Actor(made, "SPECIALIST", point.actor.node)
    point.register("王五")
    assert told(hub, point) == [Verdict(1, "not_allowed"), Verdict(2, "actor_unknown")]
    drop_first(hub)
    assert told(hub, point) == [Verdict(1, "not_allowed"), Verdict(2, "on_dropped")]


def test_as_long_as_one_who_makes_the_record_may_come_it_waits(hub: Hub, point_at: PointAt) -> None:
    point, other, stranger = point_at("V1"), point_at("V1"), point_at("V2").actor
    at, who = point.actor.node, new_id()
    for each in (point, other):
        as_stranger(each, stranger, Op("create", "person", who, at, {"name": "李四"}, {}))
        told(hub, each)
    point.write(Op("set", "person", who, at, {"phone": "1"}, {}, "phone"))
    told(hub, point)
    drop_first(hub)
    assert told(hub, point)[1:] == [Verdict(2, "waits")]
    drop_first(hub, "not_allowed")
    assert told(hub, point)[1:] == [Verdict(2, "on_dropped")]


def test_what_comes_another_way_after_all_lets_in_what_stood_on_it(hub: Hub, point_at: PointAt) -> None:
    point, other, stranger = point_at("V1"), point_at("V1"), point_at("V2").actor
    at, who = point.actor.node, new_id()
    as_stranger(point, stranger, Op("create", "person", who, at, {"name": "李四"}, {}))
    point.write(Op("set", "person", who, at, {"phone": "1"}, {}, "phone"))
    told(hub, point)
    drop_first(hub)
    other.write(Op("create", "person", who, at, {"name": "李四"}, {}))
    other.sync()
    run_again(hub)
    with reading(hub.engine) as conn:
        ended = conn.execute(sa.select(quarantine.c.n, quarantine.c.settled_as)).all()
    assert sorted(map(tuple, ended)) == [(1, "dropped"), (2, "applied")]
    assert told(hub, point) == [Verdict(1, "not_allowed")]
