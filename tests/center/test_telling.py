"""What a device is told of what stands on a record that an operator settled never to take."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.base.ids import new_id
from app.center import telling
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.quarantine import drop, set_aside
from app.center.rerun import run_again
from app.center.tables import held, quarantine
from app.center.telling import lost_with, verdicts
from app.journal.act import Actor
from app.journal.ops import CommitId, Op
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


def chained(hub: Hub, length: int) -> CommitId:
    """So many commits of one device are set aside, each standing on the one before; the last of them."""
    ids = [CommitId("d" * 32, "e" * 16, n) for n in range(1, length + 1)]
    more = {"serial": 1, "raw": b"", "received_at": 1, "settled_why": ""}
    rows = [
        {**id_._asdict(), **more, "eff": id_.n, "code": "waits", "detail": f"person {id_.n - 1:032x}"} for id_ in ids
    ]
    rows[0] |= {"code": "not_allowed", "detail": "actor"}
    with writing(hub.engine) as conn:
        conn.execute(quarantine.insert(), rows)
        conn.execute(held.insert(), [{**id_._asdict(), "record": f"{id_.n:032x}"} for id_ in ids])
    return ids[-1]


@pytest.mark.parametrize("asked", ["the last", "all"])
def test_a_long_chain_is_told_in_as_few_questions_as_a_short_one(hub: Hub, asked: str) -> None:
    counts, statements = list[int](), list[str]()

    def note(_conn: Any, _cursor: Any, statement: str, *_more: object) -> None:
        statements.append(statement)

    for length in (3, 60):
        last = chained(hub, length)
        drop_first(hub)
        sa.event.listen(hub.engine, "before_cursor_execute", note)
        with reading(hub.engine) as conn:
            found = verdicts(conn, last.device, last.epoch, length if asked == "the last" else 2)
        sa.event.remove(hub.engine, "before_cursor_execute", note)
        assert {each.code for each in found} == {"on_dropped"}
        assert len(found) == (1 if asked == "the last" else length - 1)
        counts.append(len(statements))
        statements.clear()
        with writing(hub.engine) as conn:
            conn.execute(quarantine.delete())
            conn.execute(held.delete())
    assert counts[0] == counts[1]


class Counted(dict[str, list[CommitId]]):
    """Counts how often it is asked."""

    asked = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)


def test_the_way_out_from_what_was_dropped_looks_at_every_record_once() -> None:
    ids = [CommitId("d" * 32, "e" * 16, n) for n in range(500)]
    makers = {str(id_.n): {id_} for id_ in ids}
    waiting = Counted({str(id_.n - 1): [id_] for id_ in ids[1:]})
    assert lost_with([ids[0]], makers, waiting) == set(ids)
    assert waiting.asked == len(ids)


def test_what_waits_for_each_other_alone_is_not_lost() -> None:
    one, two = CommitId("d", "e", 1), CommitId("d", "e", 2)
    assert lost_with([], {"a": {one}, "b": {two}}, {"b": [one], "a": [two]}) == set()


def test_while_a_device_is_told_others_push(hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch) -> None:
    point, other, stranger = point_at("V1"), point_at("V2"), point_at("V2").actor
    at, who = point.actor.node, new_id()
    as_stranger(point, stranger, Op("create", "person", who, at, {"name": "李四"}, {}))
    point.write(Op("set", "person", who, at, {"phone": "1"}, {}, "phone"))
    other.register("王五")
    asked = telling.codes_now

    def meanwhile(*given: Any) -> dict[CommitId, str]:
        if other.unsent():
            other.sync()
        return asked(*given)

    monkeypatch.setattr(telling, "codes_now", meanwhile)
    assert told(hub, point) == [Verdict(1, "not_allowed"), Verdict(2, "waits")]
    assert other.unsent() == 0
