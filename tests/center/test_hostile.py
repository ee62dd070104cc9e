"""A device that sends what no program of ours writes: it stands aside, and nobody else's records change."""

import json
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.base.ids import new_id
from app.center import intake
from app.center.exchange import answer_exchange
from app.center.hub import Hub, standing_city
from app.center.offers import answer_offer
from app.center.quarantine import set_aside
from app.center.restore import say_put_back
from app.center.tables import feed
from app.features.inventory.tables import stock_in
from app.features.org.tables import partner
from app.features.people.tables import person
from app.journal.heads import heads_of
from app.journal.here import standing
from app.journal.ops import SCHEMA, Op, WriteId
from app.store.engine import reading
from app.sync.offering import OfferRequest
from app.sync.protocol import PageCommit
from tests.center.points import Point, PointAt, rechained


def _pushed(hub: Hub, point: Point, bad: list[list[Any]], actor: str | None = None) -> list[str]:
    """Push these ops in place of what the point wrote, one commit each, and a good one after; gives the verdicts."""
    for _ in bad:
        point.register("李四")
    point.register("王五")
    request = point.request()
    for commit, op in zip(request.push.commits, bad, strict=False):
        commit.parts = msgspec.Raw(json.dumps([[0, "", op]]).encode())
        commit.actor = actor or commit.actor
    request.head = rechained(request)
    response = answer_exchange(hub, request, hub.clock())
    assert response.ack.n == len(bad) + 1
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(person.c.name)).scalars().all() == ["王五"]
    return [verdict.code for verdict in response.ack.verdicts]


def test_what_no_program_writes_stands_aside(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    node = point.actor.node
    bad: list[list[Any]] = [
        *(["create", "person", id_, node, {}] for id_ in ("", "7", "\x00", "a" * 40)),
        ["create", "person", new_id(), f"{node} {node}", {}],
        ["create", "case", new_id(), node, {"person": "\x00"}],
        ["create", "person", new_id(), node, {"age_est": 1.5}],
        *(["create", "case", new_id(), node, {}, {"reasons": reasons}] for reasons in ([1, "a"], "ab", [["a"]])),
        *(["set", "person", new_id(), node, group, {}, []] for group in ("*", "", "reasons=X", 5)),
        *(
            ["set", "person", new_id(), node, "phone", {"phone": "1"}, [base]]
            for base in (["x.y", "e", 1, 0], ["", "", 1, 0], ["a", "e", 1 << 70, 0], [-1, 0], [1.5, 0], ["a", 1, 0])
        ),
    ]
    assert _pushed(hub, point, bad) == ["malformed"] * len(bad)


def test_a_nameless_actor_stands_aside(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    op = ["create", "person", new_id(), point.actor.node, {}]
    assert _pushed(hub, point, [op], actor="\x00")[0] == "malformed"


def test_a_later_op_does_not_carry_a_record_to_another_node(hub: Hub, point_at: PointAt) -> None:
    village, other = point_at("V1"), point_at("V2")
    id_ = new_id()
    village.write(Op("create", "person", id_, village.actor.node, {"name": "李四"}, {}))
    village.write(Op("set", "person", id_, other.actor.node, {"phone": "1"}, {}, "phone"))
    village.sync()
    with reading(hub.engine) as conn:
        filed = conn.execute(sa.select(feed.c.stream).where(feed.c.stream == f"own:{other.actor.node}"))
        assert filed.scalars().all() == []
        assert set_aside(conn) == []


def test_an_id_of_one_kind_says_nothing_about_another(hub: Hub, point_at: PointAt) -> None:
    """A record of another kind under a known id must not supersede what that one's groups hold."""
    village, town = point_at("V1"), point_at("T1")
    id_ = new_id()
    first = town.write(Op("create", "partner", id_, town.actor.node, {"name": "某某医院"}, {}))
    second = town.write(
        Op("set", "partner", id_, town.actor.node, {"active": False}, {}, "status", "", (WriteId(*first.id, 0),))
    )
    town.sync()
    village.sync()
    village.write(Op("create", "place", id_, village.actor.node, {"name": "桥下"}, {}))
    village.write(
        Op("set", "place", id_, village.actor.node, {"active": True}, {}, "status", "", (WriteId(*second.id, 0),))
    )
    village.sync()
    town.sync()
    with reading(hub.engine) as conn:
        assert heads_of(conn, "partner", id_).of("status") == {WriteId(*second.id, 0)}
        assert conn.execute(sa.select(partner.c.active).where(partner.c.id == id_)).scalar() is False


def _takes_over(hub: Hub, owner: Point, thief: Point) -> tuple[str, list[str]]:
    """Somebody of the owner's whose id the thief names for a paper of its own, then writes to and takes home; gives
    what is in the end said of them, and why each of the thief's commits stands aside."""
    id_, node = owner.register("赵六"), thief.actor.node
    owner.sync()
    thief.write(Op("create", "stock_in", id_, node, {"note": "1"}, {}))
    thief.sync()
    thief.write(Op("set", "stock_in", id_, node, {"note": "2"}, {}, "paper"))
    thief.write(Op("set", "person", id_, node, {"phone": "13900000000"}, {}, "phone"))
    thief.sync()
    thief.write(Op("set", "stock_in", id_, node, {"note": "3"}, {}, "paper"))
    thief.write(Op("rehome", "person", id_, node, {"node": node}, {}, "@home"))
    thief.sync()
    with reading(hub.engine) as conn:
        name, phone, home = conn.execute(sa.select(person.c.name, person.c.phone, person.c.node)).one()
        assert (phone, home) == (None, owner.actor.node)
        return name, [entry.detail for entry in set_aside(conn)]


def test_who_names_an_id_for_another_kind_has_not_the_record(hub: Hub, point_at: PointAt) -> None:
    other = "id of another kind"
    assert _takes_over(hub, point_at("V2"), point_at("V1")) == (
        "赵六",
        [other, other, "set person", other, "rehome person"],
    )


def test_where_an_older_center_took_such_an_id_it_says_nothing_of_the_record(
    hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "put_aside_claims", lambda *_: None)
    assert _takes_over(hub, point_at("V2"), point_at("V1")) == ("赵六", ["set person", "rehome person"])
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(stock_in.c.note)).scalar() == "3"


def test_one_id_is_not_named_for_two_kinds_in_one_push(hub: Hub, point_at: PointAt) -> None:
    point, id_ = point_at("V1"), new_id()
    node = point.actor.node
    point.write(Op("create", "person", id_, node, {"name": "李四"}, {}))
    point.write(Op("create", "stock_in", id_, node, {}, {}))
    point.sync()
    with reading(hub.engine) as conn:
        assert [entry.n for entry in set_aside(conn)] == [2]
        assert conn.execute(sa.select(person.c.name)).scalars().all() == ["李四"]


def test_no_reader_gives_a_record_away_in_the_centers_name(hub: Hub, point_at: PointAt) -> None:
    """Of a center that was put back, nobody but a reader may know what it wrote last."""
    owner, reader = point_at("V2"), point_at("V1")
    id_, node = owner.register("赵六"), reader.actor.node
    owner.write(Op("add", "person", id_, owner.actor.node, {}, {}, "grants", node))
    owner.sync()
    reader.sync()
    with reading(hub.engine) as conn:
        before = standing(conn)
    say_put_back(hub)
    with reading(hub.engine) as conn:
        hub_epoch = standing_city(conn)["hub_epoch"]

    def taken(n: int, *op: object) -> int:
        raw = msgspec.Raw(json.dumps([[0, "", op]]).encode())
        who = (before.device, before.epoch, before.serial, before.n + n)
        offered = PageCommit(*who, 0, hub.clock(), hub.clock(), 0, SCHEMA, before.device, raw)
        return answer_offer(hub, OfferRequest(1, "r", reader.device, hub_epoch, [], [offered]), hub.clock()).taken

    forged: list[list[object]] = [
        ["rehome", "person", id_, owner.actor.node, node, []],
        ["set", "person", id_, owner.actor.node, "phone", {"phone": "1"}, []],
        ["remove", "person", id_, owner.actor.node, "grants", node, []],
        ["void", "person", id_, owner.actor.node, "误录", []],
    ]
    assert [taken(n, *op) for n, op in enumerate(forged, 1)] == [0] * len(forged)
    assert taken(9, "create", "person", new_id(), node, {"name": "李四"}) == 1
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(person.c.name, person.c.node, person.c.phone, person.c.hidden)).all()
        assert sorted(rows) == sorted([("赵六", owner.actor.node, None, False), ("李四", node, None, False)])


@pytest.mark.parametrize(
    "named",
    [
        {"device": "a.b"},
        {"device": ""},
        {"epoch": "x.y"},
        {"epoch": "é" * 16},
        {"serial": -1},
        {"serial": 1 << 31},
        {"n": -1},
        {},
    ],
)
def test_what_no_device_would_have_named_so_writes_nothing(
    hub: Hub, point_at: PointAt, named: dict[str, object]
) -> None:
    """What is written is found by the name of its commit: else nobody could write to the record any more."""
    owner, reader = point_at("V1"), point_at("V1")
    id_, node = owner.register("赵六"), owner.actor.node
    owner.sync()
    say_put_back(hub)
    with reading(hub.engine) as conn:
        hub_epoch = standing_city(conn)["hub_epoch"]
    raw = msgspec.Raw(json.dumps([[0, "", ["set", "person", id_, node, "phone", {"phone": "1"}, []]]]).encode())
    offered = PageCommit("d" * 32, "e" * 16, 1, 1, 0, hub.clock(), hub.clock(), 0, SCHEMA, owner.actor.id, raw)
    forged = msgspec.structs.replace(offered, **named)
    taken = answer_offer(hub, OfferRequest(1, "r", reader.device, hub_epoch, [], [forged]), hub.clock()).taken
    assert taken == (0 if named else 1)
    owner.write(Op("set", "person", id_, node, {"phone": "2"}, {}, "phone"))
    request = msgspec.structs.replace(owner.request(), hub_epoch=hub_epoch)
    assert answer_exchange(hub, request, hub.clock()).ack.verdicts == []
