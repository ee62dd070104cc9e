"""Who acts, asked at the center: in which role, since when, and what becomes of it where nobody knows them yet."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import SECOND
from app.base.errors import Refused
from app.base.ids import new_id
from app.center.admin import FIRST_ADMIN
from app.center.hub import Hub, center_actor
from app.center.quarantine import SetAside, set_aside, waits_on
from app.center.rerun import run_again
from app.center.starting import catch_up
from app.features.org.commands import AmendStaff, DismissStaff, EngageStaff
from app.features.org.commands_notices import PostNotice
from app.features.org.queries import load_tree, staff_by_code, staff_row
from app.features.people.tables import person
from app.journal.act import Actor
from app.journal.commands import Command
from app.journal.ops import Op
from app.journal.runner import Runner
from app.store.engine import reading
from tests.center.newcomers import engaged
from tests.center.points import Point, PointAt
from tests.clocks import FakeClock


def the_center_does(hub: Hub, command: Command) -> None:
    with reading(hub.engine) as conn:
        center = center_actor(conn)
    hub.runner().do(command, center)


def entries(hub: Hub) -> list[SetAside]:
    with reading(hub.engine) as conn:
        return set_aside(conn)


def told(hub: Hub) -> list[tuple[str, str]]:
    return [(entry.code, entry.detail) for entry in entries(hub)]


def names(hub: Hub) -> list[str]:
    with reading(hub.engine) as conn:
        return sorted(conn.execute(sa.select(person.c.name)).scalars())


def refused_here(point: Point, command: Command) -> str:
    """What the point itself says, where it asks."""
    with pytest.raises(Refused) as refused:
        Runner(point.engine, point.clock, tree=load_tree).do(command, point.actor)
    return refused.value.code


def staff_op(id_: str, node: str, **values: Any) -> Op:
    return Op("create", "staff", id_, node, {"code": id_[:8], "name": "赵六", "active": True, **values}, {})


def test_an_assistant_does_not_do_what_is_for_those_in_charge(hub: Hub, point_at: PointAt) -> None:
    assistant = engaged(hub, "a-V1", "ASSISTANT", "V1")
    point = point_at("V1")
    point.actor = assistant
    command = PostNotice(title="今晚降温")
    assert refused_here(point, command) == "not_allowed"
    point.do(command)  # as a program that does not ask
    point.register("李四")
    point.sync()
    assert told(hub) == [("not_allowed", "role create notice")]
    assert names(hub) == ["李四"]


def test_nobody_rewrites_the_books(hub: Hub, point_at: PointAt) -> None:
    """Who looked a person up, why something was corrected, what goods moved."""
    point = point_at("V1")
    node, looked, explained, moved = point.actor.node, new_id(), new_id(), new_id()
    point.write(
        Op("create", "audit_entry", looked, node, {"purpose": "VERIFY", "note": "核对"}, {"fields": ["phone"]}),
        Op("create", "amendment", explained, node, {"record": looked, "kind": "person", "reason": "写错"}, {}),
        Op("create", "movement", moved, node, {"kind": "RECEIVE", "quantity": 1}, {}),
    )
    point.sync()
    assert told(hub) == []
    bad = [
        Op("set", "audit_entry", looked, node, {"note": "没看"}, {}, "entry"),
        Op("remove", "audit_entry", looked, node, {}, {}, "fields", "phone"),
        Op("set", "amendment", explained, node, {"reason": "没错"}, {}, "amendment"),
        *(Op("void", kind, id_, node, {}, {}, reason="不要了") for kind, id_ in [
            ("audit_entry", looked), ("amendment", explained), ("movement", moved),
        ]),
    ]  # fmt: skip
    for op in bad:
        point.write(op)
    point.sync()
    assert told(hub) == [("not_allowed", f"role {op.name} {op.kind}") for op in bad]


@pytest.mark.parametrize("role", ["DISTRICT", "CENTER_HEAD", "SYS_ADMIN", "AUDITOR"])
def test_nobody_engages_somebody_above_themselves(hub: Hub, point_at: PointAt, role: str) -> None:
    head = engaged(hub, "h-V1", "POINT_HEAD", "V1")
    point = point_at("V1")
    point.actor = head
    assert refused_here(point, EngageStaff(code="x", name="赵六", role=role)) == "not_allowed"
    assert refused_here(point, AmendStaff(staff=head.id, role=role, reason="升职")) == "not_allowed"
    Runner(point.engine, point.clock, tree=load_tree).do(EngageStaff(code="y", name="钱七", role="POINT_HEAD"), head)
    point.do(EngageStaff(code="x", name="赵六", role=role))
    point.do(AmendStaff(staff=head.id, role=role, reason="升职"))
    point.sync()
    assert told(hub) == [("not_allowed", "role create staff"), ("not_allowed", "role set staff")]
    with reading(hub.engine) as conn:
        assert [staff_by_code(conn, code) is not None for code in "xy"] == [False, True]
        row = staff_row(conn, head.id)
        assert row is not None
        assert row.role == "POINT_HEAD"


def test_a_village_that_names_a_great_one_as_its_actor_gives_no_great_role(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    with reading(point.engine) as conn:
        admin = staff_by_code(conn, FIRST_ADMIN)
    assert admin is not None
    point.actor = Actor(admin.id, admin.role, admin.node)
    assert refused_here(point, EngageStaff(code="x", name="赵六", role="CENTER_HEAD")) == "not_allowed"
    point.do(EngageStaff(code="x", name="赵六", role="CENTER_HEAD"))
    point.do(EngageStaff(code="y", name="钱七", role="POINT_HEAD"))
    point.sync()
    assert told(hub) == [("not_allowed", "role create staff")]


def test_who_stands_above_is_not_dismissed_from_below(hub: Hub, point_at: PointAt) -> None:
    head, great = engaged(hub, "h-V1", "POINT_HEAD", "V1"), engaged(hub, "g-V1", "DISTRICT", "V1")
    point = point_at("V1")
    point.actor = head
    assert refused_here(point, DismissStaff(staff=great.id, reason="不要了")) == "not_allowed"
    point.do(DismissStaff(staff=great.id, reason="不要了"))
    point.sync()
    assert told(hub) == [("not_allowed", "role set staff")]


def test_the_role_counts_that_somebody_had_when_they_acted(hub: Hub, point_at: PointAt, clock: FakeClock) -> None:
    head = engaged(hub, "h-V1", "POINT_HEAD", "V1")
    point = point_at("V1")
    point.actor = head
    point.sync()
    point.do(EngageStaff(code="before", name="钱七", role="ASSISTANT"))
    clock.now += SECOND
    the_center_does(hub, AmendStaff(staff=head.id, role="SPECIALIST", reason="换岗"))
    clock.now += SECOND
    point.do(EngageStaff(code="after", name="孙八", role="ASSISTANT"))
    point.sync()
    assert told(hub) == [("not_allowed", "role create staff")]
    with reading(hub.engine) as conn:
        assert [staff_by_code(conn, code) is not None for code in ("before", "after")] == [True, False]


def test_who_is_engaged_in_a_push_acts_in_the_same_push(hub: Hub, point_at: PointAt) -> None:
    head = engaged(hub, "h-V1", "POINT_HEAD", "V1")
    point = point_at("V1")
    point.actor = head
    made = point.do(EngageStaff(code="new", name="钱七", role="ASSISTANT")).made[0][1]
    point.actor = Actor(made, "ASSISTANT", head.node)
    point.register("李四")
    point.do(PostNotice(title="今晚降温"))
    point.sync()
    assert names(hub) == ["李四"]
    assert told(hub) == [("not_allowed", "role create notice")]


def test_an_unknown_actor_waits_and_comes_out_once_they_are_known(hub: Hub, point_at: PointAt) -> None:
    """One laptop engages, another is used: the second may be the first to reach the center."""
    head = engaged(hub, "h-V1", "POINT_HEAD", "V1")
    office, street = point_at("V1"), point_at("V1")
    office.actor = head
    made = office.do(EngageStaff(code="new", name="钱七", role="SPECIALIST")).made[0][1]
    known, street.actor = street.actor, Actor(made, "SPECIALIST", head.node)
    id_ = street.register("李四")
    street.actor = known
    street.write(Op("set", "person", id_, head.node, {"phone": "1"}, {}, "phone"))
    street.sync()
    assert told(hub) == [("actor_unknown", made), ("waits", f"person {id_}")]
    assert street.unsent() == 0
    assert names(hub) == []
    assert run_again(hub).applied == 0
    assert catch_up(hub).applied == 0
    office.sync()
    assert told(hub) == []
    assert names(hub) == ["李四"]
    street.sync()
    office.sync()
    assert street.digest() == office.digest()


def test_one_who_is_not_let_in_lets_nobody_in(hub: Hub, point_at: PointAt) -> None:
    """A device that invents its own people: what those do waits with what engages them."""
    point = point_at("V1")
    first, second = new_id(), new_id()
    node, point.actor = point.actor.node, Actor(first, "SYS_ADMIN", point.actor.node)
    point.write(staff_op(second, node, role="ASSISTANT"))
    point.actor = Actor(second, "ASSISTANT", node)
    point.register("李四")
    point.sync()
    assert told(hub) == [("actor_unknown", first), ("actor_unknown", second)]
    engaging, acting = entries(hub)
    with reading(hub.engine) as conn:
        assert waits_on(conn, [engaging, acting]) == {engaging.id: [], acting.id: [engaging.id]}


def test_the_center_itself_is_nobody_at_a_point(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    with reading(hub.engine) as conn:
        point.actor = center_actor(conn)
    point.register("李四")
    point.sync()
    assert told(hub) == [("actor_unknown", point.actor.id)]
