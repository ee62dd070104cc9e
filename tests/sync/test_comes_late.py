"""What comes later than what is written about it, or while a device is still reading: who sees it in the end."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.ids import meaning_id, new_id
from app.center import rerun
from app.center.refile import show_again
from app.center.rerun import run_again
from app.center.tables import moved
from app.features.cases.commands_case import AmendCase, AmendEncounter, CloseCase, ReopenCase
from app.features.cases.commands_grant import GrantCase, HandOverCase, RevokeCase
from app.features.cases.tables import case
from app.features.inventory.commands_catalogue import AddItem, SetItemLevel
from app.features.inventory.tables import item_level
from app.features.org.commands import AmendNode, EngageStaff, FoundNode
from app.features.org.tables import node, staff
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.ops import Op, decode_op, kept_parts
from app.journal.tables import head, journal
from app.store.engine import reading, writing
from app.sync.epochs import begin_epoch
from app.sync.pages import take_commits
from app.sync.state import change_state, enrolled
from app.sync.transport import Declined
from tests.features.cases.givens import complete
from tests.sync.fragile import Fragile, copied, fragile
from tests.sync.in_memory import Device, meet, sync, take
from tests.sync.test_aside import page_commit


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        made.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")))
        made.do(EngageStaff(code="u-T2", name="李四", role="SPECIALIST", node=meaning_id("node", "T2")))
        yield made


def handed_over_before_it_came(world: Fragile, *readers: Device) -> Device:
    """V1 met somebody and handed the case to V2. The center was put back and got the second without the first; gives
    the device that has the first."""
    author, other = world.device("V1"), world.device("V1")
    sync(*readers, author, other)
    backup = world.end.copy()
    case_id, _ = meet(author, name="王五")
    sync(author, other)
    world.lose(backup)
    other.runner.do(HandOverCase(case=case_id, point=meaning_id("node", "V2"), reason="住到那边去了"), other.actor)
    world.pushes_alone(other)
    with reading(world.hub.engine) as conn:
        assert not conn.execute(sa.select(case.c.id)).all()
    sync(*readers)  # they compare now, and not again for a day
    return author


def all_hold_what_they_must(world: Fragile, *devices: Device) -> None:
    for device in devices:
        assert device.digest() == world.must_hold(device)


def test_a_case_handed_over_before_it_comes_goes_to_its_new_point(world: Fragile) -> None:
    guest, town = world.device("V2"), world.device("T1")
    author = handed_over_before_it_came(world, guest, town)
    sync(author, guest, town, author)
    for device, count in ((guest, 1), (town, 1), (author, 0)):
        with reading(device.engine) as conn:
            assert len(conn.execute(sa.select(case.c.id)).all()) == count
    all_hold_what_they_must(world, author, guest, town)


def test_who_was_let_in_on_somebody_by_a_grant_that_comes_after_its_end_sees_them_no_more(world: Fragile) -> None:
    """The town brings the case and that it was granted, not the person: the end of the grant comes before both."""
    village, town, guest = world.device("V1"), world.device("T1"), world.device("V2")
    sync(village, town, guest)
    backup = world.end.copy()
    case_id, _ = meet(village, name="王五")
    village.runner.do(GrantCase(case=case_id, point=meaning_id("node", "V2"), reason="一起"), village.actor)
    sync(village, town, guest)
    village.runner.do(RevokeCase(case=case_id, point=meaning_id("node", "V2"), reason="录错"), village.actor)
    world.lose(backup)
    sync(guest, town, village, guest, town)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(person.c.name)).all() == []
    for device in (village, town, guest):
        assert device.digest() == world.must_hold(device)


def test_a_town_is_told_how_a_case_that_comes_late_got_to_its_point(world: Fragile) -> None:
    """What was said before the case came is filed where its writer was, and this town never read there."""
    world.do(AmendNode(node=meaning_id("node", "V2"), parent=meaning_id("node", "T2"), reason="调整"))
    town = world.device("T2")
    author = handed_over_before_it_came(world, town)
    sync(author, town)
    with reading(town.engine) as conn:
        assert conn.execute(sa.select(case.c.node)).scalar_one() == meaning_id("node", "V2")
    all_hold_what_they_must(world, author, town)


def test_a_snapshot_taken_before_a_case_came_knows_nothing_of_it(world: Fragile) -> None:
    guest = world.device("V2")
    author = handed_over_before_it_came(world, guest)
    world.given_the_state(guest)
    with reading(guest.engine) as conn:
        assert enrolled(conn).floor_seq
    sync(author, guest)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(case.c.node)).scalar_one() == meaning_id("node", "V2")
    all_hold_what_they_must(world, author, guest)


def test_what_a_snapshot_has_not_is_new_when_it_comes(world: Fragile) -> None:
    """The center was put back and knows of another part of its commit alone, under the number that is known here."""
    reader, elsewhere, who = world.device("V1"), world.device("V2"), new_id()
    meet(elsewhere, name="王五")
    sync(reader, elsewhere)
    with reading(world.hub.engine) as conn:
        seq = int(conn.execute(sa.select(sa.func.max(journal.c.seq))).scalar_one())
    values = {"name": "欧阳慕容", "gender": "MALE"}
    told = page_commit("d" * 32, 1, Op("create", "person", who, reader.actor.node, values, {}))
    with writing(reader.engine) as conn:
        take_commits(conn, [msgspec.structs.replace(told, seq=seq)], 0)
    world.given_the_state(reader)
    with reading(reader.engine) as conn:
        assert conn.execute(sa.select(person.c.id)).all() == []
    with writing(reader.engine) as conn:
        take_commits(conn, [msgspec.structs.replace(told, seq=seq + 100)], 0)
        assert conn.execute(sa.select(person.c.id)).scalars().all() == [who]


def test_what_a_device_wrote_upon_what_its_snapshot_had_not_shows_once_that_comes(world: Fragile) -> None:
    world.do(AddItem(item_code="WATER", name="矿泉水", category="WATER", unit="BOTTLE"))
    author, other, third = (world.device("V1") for _ in range(3))
    sync(author, other, third)
    backup, water = world.end.copy(), meaning_id("item", "WATER")
    author.runner.do(SetItemLevel(item=water, min_level=10), author.actor)
    sync(author, other)
    world.lose(backup)
    other.runner.do(SetItemLevel(item=water, min_level=20), other.actor)
    world.pushes_alone(other)
    sync(third)
    for device in (other, third):
        world.given_the_state(device)
    sync(author, other, third)
    for device in (other, third):
        with reading(device.engine) as conn:
            assert conn.execute(sa.select(item_level.c.min_level)).scalar_one() == 20
    all_hold_what_they_must(world, author, other, third)


def test_what_a_laptop_wrote_before_it_was_put_back_is_new_again_once_the_center_lost_it(world: Fragile) -> None:
    """A snapshot said that it is known, without words; the next one no more says so."""
    author, reader = world.device("V1"), world.device("V1")
    sync(author, reader)
    center, file = world.end.copy(), copied(world, author)
    meet(author, name="王五")
    sync(author, reader)
    author = file  # the copy takes the place of the file
    with writing(author.engine) as conn:
        begin_epoch(conn)
    world.given_the_state(author)
    sync(author)
    world.lose(center)
    assert author.sync() == ""
    world.given_the_state(author)
    sync(reader, author)
    with reading(author.engine) as conn:
        assert conn.execute(sa.select(person.c.name)).scalars().all() == ["王五"]
    all_hold_what_they_must(world, author, reader)


@pytest.fixture
def behind(world: Fragile) -> Device:
    """A laptop of V1 that was away while its point came under one town and then, a hundred contacts later, another;
    little comes to it at once."""
    village, writing_one = world.device("V1"), world.device("V1")
    sync(village, writing_one)
    moved = meaning_id("node", "V1")
    world.do(FoundNode(code="T3", name="T3救助点", tier="TOWN", parent=meaning_id("node", "D1")))
    world.do(AmendNode(node=moved, parent=meaning_id("node", "T3"), reason="调整"))
    for _ in range(100):
        meet(writing_one)
    sync(writing_one)
    world.do(AmendNode(node=moved, parent=meaning_id("node", "T2"), reason="调整"))
    with writing(village.engine) as conn:
        change_state(conn, batch_bytes=1024, max_bytes=8 * 1024)
    return village


def staff_of_towns(device: Device) -> set[str]:
    with reading(device.engine) as conn:
        return set(conn.execute(sa.select(staff.c.code).where(staff.c.code.like("u-T%"))).scalars())


def test_a_device_that_reads_through_a_former_town_keeps_what_is_for_it_today(world: Fragile, behind: Device) -> None:
    """Half-way the tree here is that of then: who is for none of the streams of then may be for those of today."""
    sync(behind)
    assert staff_of_towns(behind) == {"u-T2"}
    all_hold_what_they_must(world, behind)


def test_half_way_nothing_is_dropped_by_comparing(world: Fragile, behind: Device) -> None:
    assert take(world, behind)
    with pytest.raises(Declined, match="not_even"):
        world.repair(behind)
    assert "u-T2" in staff_of_towns(behind)
    sync(behind)
    assert staff_of_towns(behind) == {"u-T2"}
    assert world.repair(behind).even
    all_hold_what_they_must(world, behind)


@pytest.mark.parametrize("lost_too", [False, True])
def test_a_leaving_that_is_lost_with_the_center_and_its_author_has_never_been(
    world: Fragile, *, lost_too: bool
) -> None:
    """Who was shut out has nothing left that tells of it. `lost_too`: what let them in, which its author sends again
    after they have compared."""
    owner, gone, guest = world.device("V1"), world.device("V1"), world.device("V2")
    case_id, _ = meet(owner, name="王五")
    sync(owner, gone, guest)
    before = world.end.copy()
    owner.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), owner.actor)
    sync(owner, gone, guest)
    backup = before if lost_too else world.end.copy()
    gone.runner.do(RevokeCase(case=case_id, point=guest.actor.node, reason="搬走了"), gone.actor)
    sync(gone, guest)
    assert cases_at(guest) == []
    world.lose(backup)
    sync(guest, owner, guest)
    assert cases_at(guest) == [case_id]
    all_hold_what_they_must(world, owner, guest)


def test_who_dropped_somebody_they_had_written_to_gets_them_whole_when_the_author_comes(world: Fragile) -> None:
    """The town brings the case alone, and a point does not let itself in: what it wrote waits at the center."""
    author, town, guest = world.device("V1"), world.device("T1"), world.device("V2")
    sync(author, town, guest)
    backup = world.end.copy()
    case_id, _ = meet(author, name="王五")
    author.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), author.actor)
    sync(author, town, guest)
    with reading(guest.engine) as conn:
        who = conn.execute(sa.select(person.c.id)).scalar_one()
    world.lose(backup)
    guest.runner.do(AmendPerson(person=who, phone="13800000001", reason="问到了"), guest.actor)
    guest.runner.do(AmendPerson(person=who, features="灰衣", reason="看到了"), guest.actor)
    sync(town, guest)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(person.c.id)).all() == []
    sync(author, guest)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(person.c.phone, person.c.features)).all() == [("13800000001", "灰衣")]
    with reading(world.hub.engine) as conn:
        entering = sa.select(moved.c.seq).where(moved.c.record == who, moved.c.stream == f"own:{guest.actor.node}")
        assert len(conn.execute(entering).all()) == 1, "once is enough"
    all_hold_what_they_must(world, author, guest)


def test_each_laptop_that_dropped_somebody_gets_their_own_words_back(
    world: Fragile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of one point wrote and dropped; what the one wrote is taken while the other has read the creation alone."""
    author, town = world.device("V1"), world.device("T1")
    guests = [world.device("V2"), world.device("V2")]
    sync(author, town, *guests)
    backup = world.end.copy()
    case_id, _ = meet(author, name="王五")
    author.runner.do(GrantCase(case=case_id, point=guests[0].actor.node, reason="常在那边"), author.actor)
    sync(author, town, *guests)
    with reading(guests[0].engine) as conn:
        who = conn.execute(sa.select(person.c.id)).scalar_one()
    world.lose(backup)
    for guest, seen in zip(guests, ("灰衣", "跛行"), strict=True):
        guest.runner.do(AmendPerson(person=who, features=seen, reason="看到了"), guest.actor)
    sync(town, *guests)
    monkeypatch.setattr(rerun, "MOST_AT_ONCE", 1)
    sync(author, *guests)
    monkeypatch.undo()
    world.hub.owed.refused.clear()  # this worker ended, and another began
    sync(guests[1])
    assert run_again(world.hub).applied == 1
    sync(author, *guests)
    for guest, seen in zip(guests, ("灰衣", "跛行"), strict=True):
        with reading(guest.engine) as conn:
            writes = conn.execute(sa.select(head.c.value).where(head.c.record == who, head.c.grp == "features")).all()
        assert any(seen in str(value) for (value,) in writes), writes
    all_hold_what_they_must(world, author, *guests)


def test_what_came_with_a_record_that_was_shown_again_is_shown_once_more_for_what_was_written_to_it(
    world: Fragile,
) -> None:
    """An encounter that comes with its case is here already for some, and nothing is made of it anew then."""
    author, guest = world.device("V1"), world.device("V2")
    case_id, encounter_id = meet(author, name="王五")
    author.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), author.actor)
    sync(author, guest)
    world.lose(world.end.copy())
    sync(author, guest)
    guest.runner.do(AmendCase(case=case_id, story="说是走散了", reason="补正"), guest.actor)
    for place in ("桥洞", "桥洞东头"):
        guest.runner.do(AmendEncounter(encounter=encounter_id, place_text=place, reason="补正"), guest.actor)
    sync(guest)
    its = (
        sa.select(journal.c.seq, journal.c.epoch, journal.c.payload)
        .where(journal.c.device == guest.id)
        .order_by(journal.c.n)
    )
    with writing(world.hub.engine) as conn:
        seqs = []
        for seq, epoch, payload in conn.execute(its).all():
            ops = [decode_op(part.raw, guest.id, epoch) for part in kept_parts(payload)]
            show_again(conn, world.hub.trees.tree(conn), ops, guest.actor.node, seq)
            seqs.append(seq)
        entering = (
            sa.select(moved.c.seq).where(moved.c.record == encounter_id, moved.c.seq.in_(seqs)).order_by(moved.c.seq)
        )
        assert conn.execute(entering).scalars().all() == seqs[:2]


def cases_at(device: Device) -> list[str]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(case.c.id)).scalars())


def test_who_begins_to_read_anew_keeps_what_they_wrote_to_a_case_that_left_and_came_back(world: Fragile) -> None:
    """It comes by its creation first, which tells nothing of what was written here."""
    village, town = world.device("V1"), world.device("T1")
    case_id = dict(village.runner.do(complete(), village.actor).made)["case"]
    sync(village, town)
    town.runner.do(AmendCase(case=case_id, story="说是走散了", reason="补正"), town.actor)
    sync(town, village)
    village.runner.do(CloseCase(case=case_id, close_type="NEED_MET"), village.actor)
    sync(village, town)
    assert cases_at(town) == []
    village.runner.do(ReopenCase(case=case_id, reason="又来了"), village.actor)
    sync(village)
    world.do(FoundNode(code="D2", name="D2救助点", tier="COUNTY", parent=meaning_id("node", "CITY")))
    world.do(AmendNode(node=meaning_id("node", "T1"), parent=meaning_id("node", "D2"), reason="调整"))
    sync(town, village)
    with reading(town.engine) as conn:
        assert conn.execute(sa.select(case.c.story)).scalar_one() == "说是走散了"
    all_hold_what_they_must(world, village, town)


def test_a_point_is_under_the_town_that_a_center_says_which_lost_that_it_had_moved(world: Fragile) -> None:
    """Nobody below may tell the center of its own tree: they take it as it is there, and read by it."""
    village, moved_to, back = world.device("V1"), meaning_id("node", "T2"), meaning_id("node", "T1")
    sync(village)
    backup = world.end.copy()
    world.do(AmendNode(node=village.actor.node, parent=moved_to, reason="调整"))
    sync(village)
    assert _towns(village) == {moved_to}
    world.lose(backup)
    for town in (moved_to, back):
        world.do(AmendNode(node=village.actor.node, parent=town, reason="调整"))
    sync(village)
    world.now[0] += DAY
    sync(village)
    assert _towns(village) == {back}
    assert village.digest() == world.must_hold(village)


def _towns(device: Device) -> set[str]:
    """The towns whose staff stand at the device."""
    with reading(device.engine) as conn:
        towns = sa.select(node.c.id).where(node.c.tier == "TOWN")
        return set(conn.execute(sa.select(staff.c.node).where(staff.c.node.in_(towns))).scalars())
