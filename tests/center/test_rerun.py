"""Who is known since lets in what waited for them: that alone, a piece at a time, and to the end."""

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.base.ids import new_id
from app.center import intake, rerun
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.quarantine import SetAside, ready, set_aside
from app.center.restore import say_put_back
from app.center.starting import catch_up
from app.center.tables import quarantine
from app.features.cases.tables import case
from app.features.people.tables import person
from app.journal.act import Actor
from app.journal.ops import Op
from app.store.engine import reading, writing
from tests.center.points import Point, PointAt

MANY = 2 * rerun.MOST_AT_ONCE + 5


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The code of each commit that is tried again."""
    found: list[str] = []
    right = rerun._run_one

    def run_one(hub: Hub, entry: SetAside) -> frozenset[str] | None:
        found.append(entry.code)
        return right(hub, entry)

    monkeypatch.setattr(rerun, "_run_one", run_one)
    return found


def unknown_at(point: Point) -> str:
    """Somebody of whom the center has not heard makes a record, to which others write many times; gives their id."""
    known, made = point.actor, new_id()
    id_ = new_id()
    point.actor = Actor(made, "SPECIALIST", known.node)
    point.write(Op("create", "person", id_, known.node, {"name": "李四"}, {}))
    point.actor = known
    for number in range(MANY):
        point.write(Op("set", "person", id_, known.node, {"phone": str(number)}, {}, "phone"))
    point.sync()
    return made


def engage(head: Point, id_: str, node: str) -> None:
    facts = {"code": id_[:8], "name": "钱七", "role": "SPECIALIST", "active": True}
    head.write(Op("create", "staff", id_, node, facts, {}))
    head.sync()


def waiting(hub: Hub) -> int:
    with reading(hub.engine) as conn:
        return len(set_aside(conn))


def head_at(hub: Hub, point: Point) -> Point:
    """A device at which people are engaged."""
    with writing(hub.engine) as conn:
        conn.execute(sa.text("UPDATE staff_row SET role = 'POINT_HEAD' WHERE id = :id"), {"id": point.actor.id})
    return point


def test_only_what_waits_for_whom_was_engaged_is_tried(hub: Hub, point_at: PointAt, tried: list[str]) -> None:
    office, street, elsewhere = head_at(hub, point_at("V1")), point_at("V1"), point_at("V2")
    unknown_at(elsewhere)
    made = new_id()
    street.actor = Actor(made, "SPECIALIST", office.actor.node)
    street.register("赵六")
    street.sync()
    engage(office, made, office.actor.node)
    assert tried == ["actor_unknown"]
    assert waiting(hub) == 1 + MANY


def test_what_is_too_much_for_one_request_comes_with_the_next(hub: Hub, point_at: PointAt, tried: list[str]) -> None:
    office, street = head_at(hub, point_at("V1")), point_at("V1")
    made = unknown_at(street)
    engage(office, made, office.actor.node)
    assert (len(tried), waiting(hub)) == (rerun.MOST_AT_ONCE, MANY + 1 - rerun.MOST_AT_ONCE)
    office.sync()  # who has nothing to say is not kept waiting
    assert len(tried) == rerun.MOST_AT_ONCE
    for _ in range(2):
        point_at("V2").register("王五")
        office.register("孙八")
        office.sync()
    assert (len(tried), waiting(hub)) == (MANY + 1, 0)
    office.register("周九")
    office.sync()
    assert len(tried) == MANY + 1


@pytest.mark.parametrize("ends", ["worker", "trouble"])
def test_what_was_cut_short_is_done_all_the_same(
    hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    office, street = head_at(hub, point_at("V1")), point_at("V1")
    made = unknown_at(street)
    right = rerun._run_one

    def fails(hub: Hub, entry: SetAside) -> frozenset[str] | None:
        if entry.n == 3:
            raise Environment("database_busy")
        return right(hub, entry)

    with monkeypatch.context() as trouble:
        trouble.setattr(rerun, "_run_one", fails)
        with pytest.raises(Environment):
            engage(office, made, office.actor.node)
    assert waiting(hub) == MANY - 1
    if ends == "worker":
        assert catch_up(Hub(hub.engine, hub.clock)).applied == MANY - 1
    else:
        for _ in range(3):
            office.register("孙八")
            office.sync()
    assert waiting(hub) == 0


def test_what_an_older_program_set_aside_does_not_say_what_it_waits_for(hub: Hub, point_at: PointAt) -> None:
    office, street = head_at(hub, point_at("V1")), point_at("V1")
    made = unknown_at(street)
    with writing(hub.engine) as conn:
        conn.execute(quarantine.update().where(quarantine.c.code == "waits").values(detail=""))
    catch_up(hub)
    with reading(hub.engine) as conn:
        assert {entry.detail for entry in set_aside(conn) if entry.code == "waits"} != {""}
        assert ready(conn) == []
    engage(office, made, office.actor.node)
    assert catch_up(hub).applied == MANY + 1 - rerun.MOST_AT_ONCE
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(person.c.phone).where(person.c.name == "李四")).scalar() == str(MANY - 1)


@pytest.mark.expects_log("tried again in vain: ValueError")
def test_a_commit_with_which_nothing_can_be_done_holds_nobody_up(
    hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, street = head_at(hub, point_at("V1")), point_at("V1")
    somebody = unknown_at(street)
    right = intake.take_arrivals

    def take(*given: Any) -> None:
        right(*given)
        if given[3][0].pushed.n == 1:
            raise ValueError("a fault nobody has thought of")

    monkeypatch.setattr(rerun, "take_arrivals", take)
    before = waiting(hub)
    engage(office, somebody, street.actor.node)  # its push is answered
    assert waiting(hub) == before
    monkeypatch.undo()
    assert catch_up(hub).applied > 0


def test_a_grant_brings_what_was_written_upon_its_record_and_nothing_else(
    hub: Hub, point_at: PointAt, tried: list[str]
) -> None:
    """However much else its devices wrote that they may not, and without trying that at every grant."""
    owner, guest = point_at("V1"), point_at("V2")
    at, others = owner.actor.node, owner.register("赵六")
    about = Op("create", "case", new_id(), at, {"case_status": "OPEN"}, {})
    owner.write(about)
    owner.sync()
    say_put_back(hub)
    for number in range(rerun.MOST_AT_ONCE + 1):
        guest.write(Op("set", "person", others, at, {"phone": str(number)}, {}, "phone"))
    guest.write(Op("set", "case", about.id, at, {"case_status": "CLOSED"}, {}, "status"))
    send(hub, guest)
    assert waiting(hub) == rerun.MOST_AT_ONCE + 2
    owner.write(Op("add", "case", about.id, at, {}, {}, "grants", guest.actor.node))
    send(hub, owner)
    assert tried == ["not_allowed"]
    assert waiting(hub) == rerun.MOST_AT_ONCE + 1
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(case.c.case_status)).scalar() == "CLOSED"


def test_what_a_grant_allows_again_is_tried_to_the_end(
    hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece with each push, also where trouble cut one short."""
    owner, guest = point_at("V1"), point_at("V2")
    about = Op("create", "case", new_id(), owner.actor.node, {"case_status": "OPEN"}, {})
    owner.write(about)
    owner.sync()
    say_put_back(hub)
    for _ in range(MANY):
        guest.write(Op("set", "case", about.id, owner.actor.node, {"case_status": "CLOSED"}, {}, "status"))
    send(hub, guest)
    assert waiting(hub) == MANY
    owner.write(Op("add", "case", about.id, owner.actor.node, {}, {}, "grants", guest.actor.node))
    send(hub, owner)
    assert waiting(hub) == MANY - rerun.MOST_AT_ONCE
    with monkeypatch.context() as patched:
        patched.setattr(rerun, "_run_one", _cut_short)
        owner.register("王五")
        with pytest.raises(Environment):
            send(hub, owner)
    for left in (MANY - 2 * rerun.MOST_AT_ONCE, 0, 0):
        owner.register("孙八")
        send(hub, owner)
        assert waiting(hub) == left


def _cut_short(_hub: Hub, _entry: SetAside) -> None:
    raise Environment("disk_full")


def send(hub: Hub, point: Point) -> None:
    """To a center that was put back since, or not."""
    point.sync(lambda asked: answer_exchange(hub, msgspec.structs.replace(asked, hub_epoch=""), hub.clock()))
