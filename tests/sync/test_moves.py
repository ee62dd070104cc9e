"""Moves at a point: taken slice by slice, cut anywhere and taken again, with what waits to be sent; and what a guest
may do with a case."""

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.errors import Refused
from app.base.ids import meaning_id
from app.center.hub import center_actor
from app.center.tables import quarantine
from app.features.cases.commands_case import AddNote, AmendEncounter
from app.features.cases.commands_grant import GrantCase, HandOverCase
from app.features.cases.tables import case, encounter, note
from app.features.org.commands import AmendNode, EngageStaff, FoundNode
from app.features.org.queries import load_tree
from app.journal.here import standing
from app.journal.retention import prune
from app.journal.runner import Runner
from app.journal.tables import journal
from app.store.engine import reading, writing
from tests.features.cases.givens import nameless
from tests.sync.in_memory import World, meet, sync, take
from tests.sync.town import Laptop, Town


def test_a_move_cut_anywhere_is_taken_again(world: World) -> None:
    village, town, other = world.device("V1"), world.device("T1"), world.device("T1")
    for _ in range(6):
        meet(village)
    sync(village, town, other)
    with reading(world.hub.engine) as conn:
        actor = center_actor(conn)
    runner = world.hub.runner()
    runner.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")), actor)
    for above in ("T2", "T1", "T2", "T1"):
        runner.do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", above), reason="调整"), actor)
        for steps in range(1, 6):
            take(world, town, steps)
        while take(world, town):
            pass
        sync(town, other)
        assert town.digest() == other.digest() == world.must_hold(town)


def test_an_edit_that_waits_goes_out_after_the_record_left(world: World) -> None:
    one, two, heir = world.device("V1"), world.device("V1"), world.device("V2")
    case_id, met = meet(one, name="王五")
    sync(one, two, heir)
    one.runner.do(HandOverCase(case=case_id, point=heir.actor.node, reason="住到那边去了"), one.actor)
    sync(one)
    two.runner.do(AddNote(encounter=met, text="昨晚又见到"), two.actor)
    sync(two, heir, one)
    with reading(heir.engine) as conn:
        assert conn.execute(sa.select(note.c.text)).scalars().all() == ["昨晚又见到"]
    with reading(two.engine) as conn:
        assert not conn.execute(sa.select(case.c.id)).first()
        assert standing(conn).acked_n == standing(conn).n
    for device in (one, two, heir):
        assert device.digest() == world.must_hold(device)


def test_a_guest_may_work_on_the_case_and_not_pass_it_on(world: World) -> None:
    owner, guest = world.device("V1"), world.device("V2")
    case_id, met = meet(owner, name="王五", note="老家在外省")
    with reading(owner.engine) as conn:
        who = conn.execute(sa.select(case.c.person)).scalar_one()
    owner.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), owner.actor)
    sync(owner, guest)
    strict = Runner(guest.engine, guest.clock, tree=load_tree)
    strict.do(AddNote(encounter=met, text="见到了"), guest.actor)
    strict.do(nameless(person=who, case=case_id, phone="13800000000"), guest.actor)
    with pytest.raises(Refused, match="not_this_point"):
        strict.do(HandOverCase(case=case_id, point=guest.actor.node, reason="我来"), guest.actor)
    with pytest.raises(Refused, match="not_this_point"):
        strict.do(GrantCase(case=case_id, point=meaning_id("node", "T1"), reason="一起"), guest.actor)
    sync(guest, owner)
    with reading(owner.engine) as conn:
        assert len(conn.execute(sa.select(encounter.c.id)).all()) == 2
        assert len(conn.execute(sa.select(note.c.id)).all()) == 2
    assert owner.digest() == world.must_hold(owner)
    assert guest.digest() == world.must_hold(guest)


def let_go(laptop: Laptop, at: int) -> None:
    """Everything that may go with age by then. `at`: µs."""
    more = True
    while more:
        with writing(laptop.engine) as conn:
            more = prune(conn, at, {})


def test_words_that_entered_late_are_let_go_with_age_like_all_others(town: Town) -> None:
    owner, guest = town.laptop("V1"), town.laptop("V2")
    owner.sync()
    old = dict(owner.do(nameless(features="先写下的话")).made)["case"]
    owner.sync()
    town.do(EngageStaff(code="u-later", name="李四", role="SPECIALIST", node=meaning_id("node", "D1")))
    guest.sync()
    now = guest.clock()
    let_go(guest, now + 100 * DAY)
    new = dict(owner.do(nameless(features="后写下的话")).made)["case"]
    for id_ in (old, new):
        owner.do(GrantCase(case=id_, point=meaning_id("node", "V2"), reason="常在那边"))
    owner.sync()
    guest.sync()
    assert {row["id"] for row in guest.rows(case.table)} == {old, new}

    def words() -> list[bool]:
        told = b"".join(row["payload"] for row in guest.rows(journal)).decode()
        return ["先写下的话" in told, "后写下的话" in told]

    assert words() == [True, True]
    let_go(guest, now + 200 * DAY)
    assert words() == [False, False]
    assert {row["id"] for row in guest.rows(case.table)} == {old, new}


@pytest.mark.parametrize("corrects", [False, True])
def test_what_a_guest_wrote_before_they_heard_that_the_case_is_theirs_is_taken(world: World, *, corrects: bool) -> None:
    """It says the node that had the case then."""
    owner, guest = world.device("V1"), world.device("V2")
    case_id, met = meet(owner, name="王五")
    owner.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), owner.actor)
    sync(owner, guest)
    owner.runner.do(HandOverCase(case=case_id, point=guest.actor.node, reason="住到那边去了"), owner.actor)
    sync(owner)
    act = (
        AmendEncounter(encounter=met, place_text="桥下", reason="问到了")
        if corrects
        else AddNote(encounter=met, text="好")
    )
    guest.runner.do(act, guest.actor)
    sync(guest, owner, guest)
    with reading(world.hub.engine) as conn:
        assert not conn.execute(sa.select(quarantine.c.code, quarantine.c.detail)).all()
    for device in (owner, guest):
        assert device.digest() == world.must_hold(device)
