"""Who sees what, where it came in another order, was set aside, or hangs on what is gone."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center.segments import build
from app.center.tables import quarantine
from app.features.cases.commands_case import AddNote, AmendCase, CloseCase
from app.features.cases.commands_grant import GrantCase, HandOverCase
from app.features.cases.tables import case, note
from app.features.org.commands import AmendNode, DismissStaff, FoundNode
from app.features.org.reviews import LATE_EDIT
from app.features.org.tables import node, review
from app.features.people.commands import RegisterPerson
from app.journal.here import standing
from app.journal.ops import unpack_parts
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.epochs import begin_epoch
from app.sync.protocol import PushedCommit
from app.sync.snapshot_wire import lines_of
from tests.features.cases.givens import complete
from tests.sync.fragile import Fragile, copied, fragile, words_about
from tests.sync.in_memory import Device, meet, sync


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        yield made


def test_a_grant_that_comes_before_the_case_it_is_for(world: Fragile) -> None:
    author, granting, guest = world.device("V1"), world.device("V1"), world.device("V2")
    sync(author, granting, guest)
    backup = world.end.copy()
    case_id, _ = meet(author, name="王五")
    sync(author, granting)
    granting.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), granting.actor)
    sync(granting)
    world.lose(backup)
    sync(granting, guest, author, granting, guest)
    assert [row.id for row in _rows(guest)] == [case_id]
    for device in (author, granting, guest):
        assert device.digest() == world.must_hold(device)


def test_an_act_of_somebody_who_had_left_shows_at_its_author_alone(world: Fragile) -> None:
    village, other = world.device("V1"), world.device("V1")
    case_id, _ = meet(village, name="王五")
    sync(village, other)
    world.do(DismissStaff(staff=village.actor.id, reason="离岗"))
    village.runner.do(HandOverCase(case=case_id, point=meaning_id("node", "V2"), reason="住到那边去了"), village.actor)
    sync(village, other, village)
    with reading(village.engine) as conn:
        assert standing(conn).acked_n == standing(conn).n
    assert {row.node for row in _rows(village)} == {meaning_id("node", "V2")}
    assert {row.node for row in _rows(other)} == {village.actor.node}
    for device in (village, other):
        assert device.digest() == world.must_hold(device)


def test_a_note_on_a_case_that_was_closed_meanwhile_is_not_seen_from_above(world: Fragile) -> None:
    village, town = world.device("V1"), world.device("T1")
    made = dict(village.runner.do(complete(), village.actor).made)
    sync(village, town)
    village.runner.do(CloseCase(case=made["case"], close_type="NEED_MET"), village.actor)
    sync(village)
    town.runner.do(AddNote(encounter=made["encounter"], text="昨晚又见到"), town.actor)
    sync(town, village, town)
    assert not _rows(town)
    for device in (village, town):
        assert device.digest() == world.must_hold(device)


def test_what_left_its_readers_since_is_taken_from_them(world: Fragile) -> None:
    """The laptop that wrote it is gone; the point was put under another town before the former one came."""
    lost, other, town = world.device("V1"), world.device("V1"), world.device("T1")
    made = dict(lost.runner.do(complete(), lost.actor).made)
    sync(lost, other, town)
    backup = world.end.copy()
    lost.runner.do(AddNote(encounter=made["encounter"], text="昨晚又见到"), lost.actor)
    sync(lost, town)
    world.lose(backup)
    _put_under_another_town(world)
    sync(other, town, other)
    with reading(other.engine) as conn:
        assert conn.execute(sa.select(note.c.text)).scalars().all() == ["昨晚又见到"]
    assert not _rows(town)
    for device in (other, town):
        assert device.digest() == world.must_hold(device)


def test_what_the_center_lost_and_may_not_be_told_by_points_is_let_go(world: Fragile) -> None:
    village, town = world.device("V1"), world.device("T1")
    sync(village, town)
    backup = world.end.copy()
    renamed = AmendNode(node=meaning_id("node", "V2"), name="北山救助点", reason="改名")
    world.do(renamed)
    sync(village, town)
    world.lose(backup)
    sync(village, town)
    for device in (village, town):
        with reading(device.engine) as conn:
            names = set(conn.execute(sa.select(node.c.name)).scalars())
        assert "V2救助点" in names
        assert "北山救助点" not in names
        assert device.digest() == world.must_hold(device)
    world.do(renamed)
    sync(village)
    with reading(village.engine) as conn:
        assert "北山救助点" in set(conn.execute(sa.select(node.c.name)).scalars())


def _rows(device: Device) -> list[sa.Row[tuple[str, str]]]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(case.c.id, case.c.node)).all())


def _put_under_another_town(world: Fragile) -> None:
    """The point V1 comes under a town that was not there before."""
    founding = FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1"))
    world.do(founding, AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "T2"), reason="调整"))


def test_a_copied_disk_that_came_first_after_the_center_was_put_back(world: Fragile) -> None:
    """What the center acknowledges under the numbers of one laptop may be the other's then."""
    one = world.device("V1")
    sync(one)
    backup = world.end.copy()
    other = copied(world, one)
    for device, name in ((one, "王五"), (other, "赵六")):
        meet(device, name=name)
    sync(one)
    with writing(one.engine) as conn:
        begin_epoch(conn)
    world.lose(backup)
    sync(other, one, other)
    assert {row.id for row in _rows(one)} == {row.id for row in _rows(other)}
    assert len(_rows(one)) == 2
    for device in (one, other):
        assert device.digest() == world.must_hold(device)


def test_what_readers_brought_is_not_judged_again_when_its_author_comes(world: Fragile) -> None:
    """The case was passed on since: seen from now its first owner may not have granted it to anybody."""
    owner, district = world.device("V1"), world.device("D1")
    sync(owner, district)
    case_id, _ = meet(owner, name="王五")
    sync(owner, district)
    backup = world.end.copy()
    owner.runner.do(GrantCase(case=case_id, point=meaning_id("node", "T1"), reason="一起"), owner.actor)
    owner.runner.do(HandOverCase(case=case_id, point=meaning_id("node", "V2"), reason="住到那边去了"), owner.actor)
    sync(owner, district)
    world.lose(backup)
    sync(district, owner, district)
    with reading(world.hub.engine) as conn:
        assert not conn.execute(sa.select(quarantine.c.code)).all()
        assert conn.execute(sa.select(case.c.node)).scalar_one() == meaning_id("node", "V2")
    for device in (owner, district):
        assert device.digest() == world.must_hold(device)


def test_a_point_that_comes_under_its_former_town_again_takes_its_records_along(world: Fragile) -> None:
    village, town = world.device("V1"), world.device("T1")
    _put_under_another_town(world)
    meet(village)
    sync(village, town)
    assert not _rows(town)
    backup = world.end.copy()
    world.do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "T1"), reason="调整"))
    sync(town)
    assert _rows(town)
    world.lose(backup)
    sync(town)
    assert not _rows(town)
    assert town.digest() == world.must_hold(town)


def test_an_epoch_that_went_on_at_another_laptop_is_left_before_a_number_is_given_twice(world: Fragile) -> None:
    one, reader = world.device("V1"), world.device("V1")
    meet(one, name="王五")
    sync(one, reader)
    other, backup = copied(world, one), world.end.copy()
    for name in ("赵六", "孙七", "周八"):
        meet(one, name=name)
    sync(one, reader)
    world.lose(backup)
    sync(reader, other)
    for name in ("吴九", "郑十", "冯一", "陈二"):
        meet(other, name=name)
    sync(other, one, reader, other)
    for device in (one, other, reader):
        assert len(_rows(device)) == 8
        assert device.digest() == world.must_hold(device)


def test_a_snapshot_knows_what_readers_brought_and_its_author_sends_again(world: Fragile) -> None:
    """What builds on it hides it there; under the number it gets then it must not come as new."""
    author, reader, third = world.device("V1"), world.device("V1"), world.device("V1")
    case_id, _ = meet(author, name="王五")
    sync(author, reader, third)
    backup = world.end.copy()
    author.runner.do(AmendCase(case=case_id, story="说是走散了", reason="补正"), author.actor)
    sync(author, reader, third)
    reader.runner.do(AmendCase(case=case_id, story="说是被送来的", reason="补正"), reader.actor)
    world.lose(backup)
    sync(third, reader)
    with reading(author.engine) as conn:
        n = standing(conn).n
        mine = sa.select(journal.c.payload).where(journal.c.device == author.id, journal.c.n == n)
        written = {part.at for part in unpack_parts(conn.execute(mine).scalar_one())}
    with reading(world.hub.engine) as conn:
        segments = list(build(conn, world.hub.trees.tree(conn), f"own:{meaning_id('node', 'V1')}"))
    lines = [line for segment in segments for line in lines_of(segment)]
    frames = [
        frame for line in lines if line[0] == "frames" for frame in line[1] if (frame[0], frame[3]) == (author.id, n)
    ]
    assert {part[0] for frame in frames for part in frame[-1]} == written


@pytest.mark.parametrize("node", ["V1", "T1"])
def test_of_a_commit_that_is_told_otherwise_all_that_a_reader_has_is_kept(world: Fragile, node: str) -> None:
    """The town knows nothing of the person, and thus no op of which there is another."""
    one, reader = world.device("V1"), world.device(node)
    sync(one, reader)
    other, backup = copied(world, one), world.end.copy()
    meet(one, name="王五")
    sync(one, reader)
    with reading(reader.engine) as conn:
        many = conn.execute(sa.select(journal.c.payload).where(journal.c.device == one.id)).scalars().all()[-1]
    world.lose(backup)
    other.runner.do(RegisterPerson(name="赵六", gender="MALE", age_est=40), other.actor)
    sync(other, reader)
    with reading(world.hub.engine) as conn:
        raw = conn.execute(sa.select(quarantine.c.raw).where(quarantine.c.code == "relayed_other")).scalar_one()
    kept = unpack_parts(msgspec.json.decode(raw, type=PushedCommit).parts)
    assert len(kept) > 1
    assert [part.at for part in kept] == [part.at for part in unpack_parts(many)]


def test_words_about_what_left_do_not_stay_once_they_were_offered(world: Fragile) -> None:
    village, town = world.device("V1"), world.device("T1")
    sync(village, town)
    backup = world.end.copy()
    case_id, _ = meet(village, name="王五")
    sync(village, town)
    world.lose(backup)
    _put_under_another_town(world)
    sync(town, village, town)
    assert not words_about(town, village, case_id)


def test_words_numbered_before_the_case_leave_with_it_though_they_are_no_head_any_more(world: Fragile) -> None:
    author, other, town = world.device("V1"), world.device("V1"), world.device("T1")
    sync(author, other, town)
    backup = world.end.copy()
    case_id = dict(author.runner.do(complete(), author.actor).made)["case"]
    sync(author, other)
    other.runner.do(AmendCase(case=case_id, needs=("SHELTER",), reason="补正"), other.actor)
    sync(other)
    world.lose(backup)
    sync(other, author, town)
    assert words_about(town, other, case_id)
    town.runner.do(AmendCase(case=case_id, needs=("WATER",), reason="补正"), town.actor)
    sync(town, author)
    author.runner.do(CloseCase(case=case_id, close_type="NEED_MET"), author.actor)
    sync(author, town)
    assert not _rows(town)
    assert not words_about(town, author, case_id)
    assert not words_about(town, other, case_id)


def test_a_case_told_after_it_was_given_away_leaves_those_who_had_it_and_their_late_words_are_taken(
    world: Fragile,
) -> None:
    author, giving, late = world.device("V1"), world.device("V1"), world.device("V1")
    heir = world.device("V2")
    sync(author, giving, late, heir)
    backup = world.end.copy()
    case_id, met = meet(author, name="王五")
    sync(author, giving, late)
    giving.runner.do(HandOverCase(case=case_id, point=heir.actor.node, reason="住到那边去了"), giving.actor)
    sync(giving)
    world.lose(backup)
    sync(giving, author)
    late.runner.do(AddNote(encounter=met, text="昨晚又见到"), late.actor)
    sync(late, heir, author, giving)
    with reading(world.hub.engine) as conn:
        assert not conn.execute(sa.select(quarantine.c.code)).all()
    with reading(heir.engine) as conn:
        assert conn.execute(sa.select(note.c.text)).scalars().all() == ["昨晚又见到"]
        assert LATE_EDIT in conn.execute(sa.select(review.c.code)).scalars().all()
    assert not _rows(late)
    for device in (author, giving, late, heir):
        assert device.digest() == world.must_hold(device)
