"""What a point holds is compared with the center, and what differs is made anew: damage of every sort."""

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.errors import Environment
from app.base.ids import meaning_id, new_id
from app.center.hub import center_actor
from app.center.tables import quarantine
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.tables import case, encounter
from app.features.org.commands import AmendNode, FoundNode
from app.features.org.tables import node, staff
from app.features.people.commands import AmendPerson, RegisterPerson
from app.features.people.tables import person
from app.journal.digest import Buckets, bucket_of, stream_digests
from app.journal.heads import disputes
from app.journal.streams import Tree
from app.journal.tables import head, journal, void
from app.store.engine import reading, writing
from app.sync.comparing import COMPARE_PATH, CompareRequest, CompareResponse, repair_round
from app.sync.protocol import CLIENT_LEVEL, pack, unpack
from app.sync.transport import Declined, R
from tests.features.cases.givens import nameless
from tests.sync.in_memory import Device, Watched, World, damage, meet, sync


def lived(world: World) -> tuple[Device, Device]:
    """Two laptops of one point that have written, corrected, disagreed and met people."""
    one, two = world.device("V1"), world.device("V1")
    someone = one.runner.do(RegisterPerson(name="李一", gender="MALE", age_est=40), one.actor).made[0][1]
    for _ in range(20):
        one.runner.do(nameless(), one.actor)
    sync(one, two)
    for device, name in ((one, "李二"), (two, "李三")):
        device.runner.do(AmendPerson(person=someone, name=name, reason="问到了"), device.actor)
    sync(one, two, one)
    return one, two


def first(device: Device, column: Any) -> Any:
    with reading(device.engine) as conn:
        return conn.execute(sa.select(column).order_by(column).limit(1)).scalar_one()


def spoil_a_value(device: Device) -> None:
    damage(device, case.table.update().where(case.c.id == first(device, case.c.id)).values(story="错"))


def lose_a_row(device: Device) -> None:
    damage(device, encounter.table.delete().where(encounter.c.id == first(device, encounter.c.id)))


def put_a_row_elsewhere(device: Device) -> None:
    damage(device, case.table.update().where(case.c.id == first(device, case.c.id)).values(node="0" * 32))


def put_what_all_read_elsewhere(device: Device) -> None:
    damage(device, node.table.update().where(node.c.code == "D1").values(node="0" * 32))


def hide_a_row(device: Device) -> None:
    damage(device, person.table.update().values(hidden=True))


def lose_a_head(device: Device) -> None:
    damage(device, head.delete().where(head.c.write == first(device, head.c.write)))


def spoil_a_head(device: Device) -> None:
    damage(device, head.update().where(head.c.grp == "name").values(value='{"name":"错"}'))


def spoil_what_a_head_shows(device: Device) -> None:
    with reading(device.engine) as conn:
        (dispute,) = disputes(conn)
    damage(device, person.table.update().where(person.c.id == dispute.id).values(name="错"))


def invent_a_void(device: Device) -> None:
    row = {
        "record": first(device, case.c.id),
        "write": f"{'e' * 32}.{'e' * 16}.1.0",
        "kind": "case",
        "reason": "x",
        "seen": "[]",
    }
    damage(device, void.insert().values(row))


def invent_a_row(device: Device) -> None:
    with reading(device.engine) as conn:
        row = dict(conn.execute(sa.select(case.table).limit(1)).mappings().one())
    damage(device, case.table.insert().values({**row, "id": new_id()}))


DAMAGE = (
    spoil_a_value, lose_a_row, put_a_row_elsewhere, put_what_all_read_elsewhere, lose_a_head, spoil_a_head,
    invent_a_void, invent_a_row,
)  # fmt: skip


@pytest.mark.parametrize("do", DAMAGE, ids=lambda do: do.__name__)
def test_damage_is_found_and_mended_and_what_waits_to_be_sent_stays(world: World, do: Callable[[Device], None]) -> None:
    one, two = lived(world)
    unsent = two.runner.do(RegisterPerson(name="未发", gender="MALE", age_est=40), two.actor).made[0][1]
    do(two)
    assert two.digest() != world.must_hold(two)
    mended = world.repair(two)
    assert mended.even
    assert mended.renewed + mended.dropped > 0
    assert two.digest() == world.must_hold(two) == one.digest()
    with reading(two.engine) as conn:
        assert conn.execute(sa.select(person.c.name).where(person.c.id == unsent)).scalar() == "未发"
    sync(two, one)
    assert two.digest() == world.must_hold(two) == one.digest()
    again = world.repair(two)
    assert (again.even, again.renewed, again.dropped) == (True, 0, 0)


@pytest.mark.parametrize("do", [spoil_what_a_head_shows, hide_a_row], ids=lambda do: do.__name__)
def test_a_row_that_does_not_show_its_heads_is_mended_without_the_center(
    world: World, do: Callable[[Device], None]
) -> None:
    _, two = lived(world)
    with reading(two.engine) as conn:
        (before,) = disputes(conn)
        shown = conn.execute(sa.select(person.c.name, person.c.hidden).where(person.c.id == before.id)).one()
    do(two)
    world.repair(two)
    with reading(two.engine) as conn:
        assert conn.execute(sa.select(person.c.name, person.c.hidden).where(person.c.id == before.id)).one() == shown


def test_an_own_change_that_waits_is_on_top_of_what_is_made_anew(world: World) -> None:
    one, two = lived(world)
    someone = first(two, person.c.id)
    two.runner.do(AmendPerson(person=someone, phone="13800000000", reason="问到了"), two.actor)
    damage(two, person.table.delete().where(person.c.id == someone))
    assert world.repair(two).even
    with reading(two.engine) as conn:
        assert conn.execute(sa.select(person.c.phone).where(person.c.id == someone)).scalar() == "13800000000"
    sync(two, one)
    assert two.digest() == world.must_hold(two) == one.digest()


def test_everything_gone_but_the_journal(world: World) -> None:
    one, two = lived(world)
    with writing(two.engine) as conn:
        for entity in (person, case, encounter):
            conn.execute(entity.table.delete())
        conn.execute(head.delete())
    assert world.repair(two).even
    assert two.digest() == world.must_hold(two) == one.digest()


def test_a_center_with_news_does_not_compare(world: World) -> None:
    one, two = lived(world)
    one.runner.do(RegisterPerson(name="新来", gender="MALE", age_est=40), one.actor)
    sync(one)
    with pytest.raises(Declined, match="not_even"):
        world.repair(two)


class AnotherVersion(Watched):
    """Between programs one of which sums up otherwise, and does not say so."""

    older_point = False

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        if path == COMPARE_PATH and self.older_point:
            body = pack(msgspec.structs.replace(unpack(body, CompareRequest), summing=1), CLIENT_LEVEL)
        answer = super().call(path, request_id, body, expected)
        if isinstance(answer, CompareResponse) and not self.older_point:
            answer.summing = 1
        return answer


@pytest.mark.parametrize("older_point", [True, False])
def test_programs_that_sum_up_otherwise_are_not_compared(world: World, older_point: bool) -> None:
    one, two = lived(world)
    lose_a_row(two)
    world.way = two.way = AnotherVersion(world.hub, random.Random(1), 0.0)
    world.way.older_point = older_point
    with pytest.raises(Declined, match="summed_otherwise"):
        world.repair(two)
    world.now[0] += DAY
    sync(two)
    assert two.digest() != one.digest()
    sync(two)  # and does not ask again in each round
    assert world.way.asked.count(COMPARE_PATH) == 2
    world.way = two.way = Watched(world.hub, random.Random(1), 0.0)
    world.now[0] += DAY
    sync(two)
    assert two.digest() == one.digest() == world.must_hold(two)


def test_a_round_compares_once_a_day(world: World) -> None:
    _, two = lived(world)
    assert COMPARE_PATH not in world.way.asked
    lose_a_row(two)
    world.now[0] += DAY
    sync(two)
    assert two.digest() == world.must_hold(two)
    asked = world.way.asked.count(COMPARE_PATH)
    assert asked > 0
    sync(two)
    assert world.way.asked.count(COMPARE_PATH) == asked


def test_where_nothing_strays_the_writer_does_not_look_through_all_records(world: World) -> None:
    """Whoever saves something waits for the writer."""
    village = world.device("V1")
    meet(village)
    sync(village)
    assert world.repair(village).even  # it has looked once
    jobs: list[list[str]] = []

    def note(statement: str) -> None:
        if jobs:
            jobs[-1].append(statement)

    def watch(connection: Any, *_more: object) -> None:
        connection.set_trace_callback(note)

    def write(job: Callable[[], Any]) -> Any:
        jobs.append([])
        try:
            return job()
        finally:
            jobs.append([])

    sa.event.listen(village.engine, "checkout", watch)
    assert repair_round(village.engine, world.way, clock=village.clock, write=write).even
    inside = [statement for job in jobs[::2] for statement in job]
    assert inside
    assert not [statement for statement in inside if encounter.table.name in statement]


def test_a_second_device_costs_the_center_no_second_sum(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = lived(world)
    world.repair(one)
    counted: list[frozenset[str]] = []

    def count(conn: sa.Connection, tree: Tree, wanted: frozenset[str], *, by_node: bool) -> Buckets:
        counted.append(wanted)
        return stream_digests(conn, tree, wanted, by_node=by_node)

    monkeypatch.setattr("app.center.sums.stream_digests", count)
    world.repair(two)
    assert counted == []
    one.runner.do(RegisterPerson(name="新来", gender="MALE", age_est=40), one.actor)
    sync(one, two)
    world.repair(two)
    assert counted == [{f"own:{meaning_id('node', 'V1')}"}]


def test_a_point_put_under_another_town_keeps_nothing_of_the_old_one(world: World) -> None:
    village = world.device("V1")
    town = world.device("T1")
    sync(village, town)
    with reading(world.hub.engine) as conn:
        actor = center_actor(conn)
    runner = world.hub.runner()
    runner.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")), actor)
    sync(village)
    t1 = meaning_id("node", "T1")
    with reading(village.engine) as conn:
        assert conn.execute(sa.select(staff.c.id).where(staff.c.node == t1)).first()
    runner.do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "T2"), reason="街道调整"), actor)
    sync(village, village)
    with reading(village.engine) as conn:
        assert not conn.execute(sa.select(staff.c.id).where(staff.c.node == t1)).first()
        about = conn.execute(sa.select(journal.c.payload)).scalars()
        assert not any(t1.encode() in payload and b'"staff"' in payload for payload in about)
    assert village.digest() == world.must_hold(village)
    runner.do(AmendNode(node=meaning_id("node", "V1"), parent=t1, reason="又调回来"), actor)
    sync(village, village)
    assert village.digest() == world.must_hold(village)


def test_what_an_act_would_take_away_that_waits_or_was_set_aside_stays(world: World) -> None:
    owner, guest = world.device("V1"), world.device("V2")
    made = dict(owner.runner.do(nameless(), owner.actor).made)
    owner.runner.do(GrantCase(case=made["case"], point=meaning_id("node", "V2"), reason="请协助"), owner.actor)
    sync(owner, guest)
    guest.runner.do(RevokeCase(case=made["case"], point=meaning_id("node", "V2"), reason="已完成"), guest.actor)
    for _ in ("waits", "not allowed"):
        compared = world.repair(guest)
        assert (compared.even, compared.renewed, compared.dropped) == (True, 0, 0)
        assert first(guest, encounter.c.id) == made["encounter"]
        assert guest.digest() == world.must_hold(guest)
        sync(guest)
    with reading(world.hub.engine) as conn:
        assert conn.execute(sa.select(quarantine.c.code)).scalars().all() == ["not_allowed"]


class KnowsNoLeavingOut(Watched):
    """The center's program is older: it tells of what differs, whatever it is asked to leave out."""

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        if path == COMPARE_PATH:
            body = pack(msgspec.structs.replace(unpack(body, CompareRequest), left_out=[]), CLIENT_LEVEL)
        return super().call(path, request_id, body, expected)


@pytest.mark.parametrize("full", ["answer", "question", "question to an older center"])
def test_what_does_not_get_better_keeps_nothing_else_from_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    """It comes first, and there is room for one record, or for one bucket, at a time."""
    one, two = lived(world)
    with reading(two.engine) as conn:
        ids = conn.execute(sa.select(encounter.c.id)).scalars().all()
    stubborn, *others = sorted(ids, key=lambda id_: id_ if full == "answer" else bucket_of(id_))
    others = [id_ for id_ in others if bucket_of(id_) != bucket_of(stubborn)] if full != "answer" else others
    with writing(world.hub.engine) as conn:  # the center itself shows other than it tells
        conn.execute(encounter.table.update().where(encounter.c.id == stubborn).values(place_text="错"))
    lost = others[-3:]
    damage(two, encounter.table.delete().where(encounter.c.id.in_(lost)))
    if full == "answer":
        monkeypatch.setattr("app.center.comparing._BUDGET", 1)
    else:
        monkeypatch.setattr("app.sync.comparing.MOST_RECORDS", 1)
    if full == "question to an older center":
        world.way = two.way = KnowsNoLeavingOut(world.hub, random.Random(1), 0.0)
    world.now[0] += DAY
    sync(two)
    with reading(two.engine) as conn:
        assert set(lost) <= set(conn.execute(sa.select(encounter.c.id)).scalars())
    assert two.digest() == one.digest() != world.must_hold(two)
    asked = world.way.asked.count(COMPARE_PATH)
    sync(two)
    assert world.way.asked.count(COMPARE_PATH) == asked, "not before another day"


def stuck(world: World, monkeypatch: pytest.MonkeyPatch) -> Device:
    """Of many records the center itself shows other than it tells; there is room for one in an answer."""
    _one, two = lived(world)
    with writing(world.hub.engine) as conn:
        conn.execute(encounter.table.update().values(place_text="错"))
        assert conn.execute(sa.select(sa.func.count()).select_from(encounter.table)).scalar_one() > 3
    monkeypatch.setattr("app.center.comparing._BUDGET", 1)
    monkeypatch.setattr("app.sync.comparing._MOST_LEFT_OUT", 1)
    world.now[0] += DAY
    return two


def test_where_much_does_not_get_better_comparing_gives_up_until_another_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = stuck(world, monkeypatch)
    sync(two)
    asked = world.way.asked.count(COMPARE_PATH)
    assert 0 < asked <= 15
    sync(two)
    assert world.way.asked.count(COMPARE_PATH) == asked


class BreaksOff(Watched):
    """The line holds for so many questions of comparing."""

    left = 7

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        if path == COMPARE_PATH:
            self.left -= 1
            if self.left < 0:
                raise Environment("line_broken")
        return super().call(path, request_id, body, expected)


def test_what_was_told_in_vain_before_the_line_broke_is_not_asked_for_at_every_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = stuck(world, monkeypatch)
    world.way = two.way = BreaksOff(world.hub, random.Random(1), 0.0)
    sync(two)
    assert world.way.asked.count(COMPARE_PATH) == 7
    world.way.left = 50
    sync(two)
    assert world.way.asked.count(COMPARE_PATH) == 7
