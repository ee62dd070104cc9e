"""What a center that was put back is told again: who had gone by it before gets back what they dropped, and
keeps nothing that is not theirs any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.ids import meaning_id
from app.features.cases.commands_case import AddNote, CloseCase, ReopenCase
from app.features.cases.commands_grant import GrantCase, HandOverCase, RevokeCase
from app.features.cases.tables import case, encounter, note
from app.features.people.tables import person
from app.journal.entities import Entity
from app.journal.presence import Wanted, with_followers
from app.store.engine import reading
from app.sync.comparing import COMPARE_PATH
from tests.features.cases.givens import complete
from tests.sync.fragile import Fragile, copied, fragile, words_about
from tests.sync.in_memory import Device, meet, sync


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        yield made


def test_a_closing_told_with_the_reopening(world: Fragile) -> None:
    village, town = world.device("V1"), world.device("T1")
    case_id = dict(village.runner.do(complete(), village.actor).made)["case"]
    sync(village, town)
    backup = world.end.copy()
    village.runner.do(CloseCase(case=case_id, close_type="NEED_MET"), village.actor)
    sync(village, town)
    assert not _cases(town)
    village.runner.do(ReopenCase(case=case_id, reason="又回来了"), village.actor)
    world.lose(backup)
    sync(village)
    _sync_without_mending(world, town)
    assert _cases(town) == [case_id]


def test_a_closing_told_after_the_reopening(world: Fragile) -> None:
    closing, opening, town = world.device("V1"), world.device("V1"), world.device("T1")
    case_id = dict(closing.runner.do(complete(), closing.actor).made)["case"]
    sync(closing, opening, town)
    backup = world.end.copy()
    closing.runner.do(CloseCase(case=case_id, close_type="NEED_MET"), closing.actor)
    sync(closing, town, opening)
    opening.runner.do(ReopenCase(case=case_id, reason="又回来了"), opening.actor)
    world.lose(backup)
    world.pushes_alone(opening)
    sync(closing)
    _sync_without_mending(world, town)
    assert _cases(town) == [case_id]


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_case_told_with_what_took_it_away(world: Fragile, *, is_closed: bool) -> None:
    """The town had read of it before the center was lost."""
    village, town = world.device("V1"), world.device("T1")
    sync(village, town)
    backup = world.end.copy()
    case_id = dict(village.runner.do(complete(), village.actor).made)["case"]
    sync(village, town)
    assert _cases(town) == [case_id]
    closing = CloseCase(case=case_id, close_type="NEED_MET")
    giving = HandOverCase(case=case_id, point=meaning_id("node", "D1"), reason="区里接手")
    village.runner.do(closing if is_closed else giving, village.actor)
    world.lose(backup)
    sync(village)
    _sync_without_mending(world, town)
    assert not _cases(town)


def test_what_hangs_on_many_cases_told_in_one_push_is_asked_of_all_at_once(
    world: Fragile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A point that was away closes most of what it sends; meanwhile others wait for the counter."""
    village, town = world.device("V1"), world.device("T1")
    sync(village, town)
    world.lose(world.end.copy())
    sync(village, town)
    asked: list[int] = []

    def count(conn: sa.Connection, wanted: Wanted) -> dict[Entity, set[str]]:
        asked[-1] += 1
        return with_followers(conn, wanted)

    monkeypatch.setattr("app.center.refile.with_followers", count)
    for many in (1, 10):
        for _ in range(many):
            made = dict(village.runner.do(complete(), village.actor).made)
            village.runner.do(CloseCase(case=made["case"], close_type="NEED_MET"), village.actor)
        asked.append(0)
        sync(village)
    assert asked[0] == asked[1] > 0
    _sync_without_mending(world, town, asks=0)


def test_what_hung_on_a_case_that_enters_comes_back_with_it_though_the_center_had_lost_it(world: Fragile) -> None:
    """Who wrote it dropped it with the case, and of their own commit is told the number alone."""
    village, town = world.device("V1"), world.device("T1")
    made = dict(village.runner.do(complete(), village.actor).made)
    sync(village, town)
    village.runner.do(CloseCase(case=made["case"], close_type="NEED_MET"), village.actor)
    sync(village)
    backup = world.end.copy()
    town.runner.do(AddNote(encounter=made["encounter"], text="又看过"), town.actor)
    sync(town, village)
    world.now[0] += DAY
    sync(town)  # and compares
    assert not _notes(town)
    village.runner.do(ReopenCase(case=made["case"], reason="又回来了"), village.actor)
    world.lose(backup)
    sync(village)  # the case is opened again, and only then the note offered
    _sync_without_mending(world, town)
    assert _cases(town) == [made["case"]]
    assert _notes(town) == _notes(village) != []


def test_a_grant_taken_back_and_given_again(world: Fragile) -> None:
    village, guest = world.device("V1"), world.device("V2")
    case_id, _ = meet(village, name="王五")
    given = GrantCase(case=case_id, point=guest.actor.node, reason="常在那边")
    village.runner.do(given, village.actor)
    sync(village, guest)
    backup = world.end.copy()
    taken_back = RevokeCase(case=case_id, point=guest.actor.node, reason="不用了")
    village.runner.do(taken_back, village.actor)
    sync(village, guest)
    assert not _cases(guest)
    village.runner.do(given, village.actor)
    world.lose(backup)
    sync(village)
    _sync_without_mending(world, guest)
    assert _cases(guest) == [case_id]


def test_what_a_guest_has_leaves_where_the_center_knows_neither_the_grant_nor_what_it_was_then(world: Fragile) -> None:
    village, guest = _put_back_twice(world, "V2")
    sync(guest)
    assert not _cases(guest)
    with reading(guest.engine) as conn:
        assert not conn.execute(sa.select(person.c.id)).all()
    sync(village, guest)  # it is given again by who gave it
    assert _cases(guest)
    for device in (village, guest):
        assert device.digest() == world.must_hold(device)


def test_what_hangs_on_what_left_leaves_with_it_though_the_center_does_not_know_it(world: Fragile) -> None:
    _, guest = _put_back_twice(world, "V2")
    world.now[0] += 91 * DAY  # it takes nothing of it any more
    sync(guest)
    with reading(guest.engine) as conn:
        assert not conn.execute(sa.select(note.c.id)).all()


def test_what_the_center_does_not_know_stays_where_it_is_for(world: Fragile) -> None:
    lost, other = world.device("V1"), world.device("V1")
    sync(lost, other)
    backup = world.end.copy()
    meet(lost, name="王五")
    sync(lost, other)
    world.lose(backup)
    world.now[0] += 91 * DAY
    sync(other)
    assert _cases(other)
    sync(lost, other)
    assert other.digest() == world.must_hold(other)


@pytest.mark.parametrize("is_copy", [False, True], ids=["another laptop", "a copied disk"])
def test_of_a_commit_given_back_in_part_the_rest_is_taken_when_it_comes(world: Fragile, is_copy: bool) -> None:
    """The town knows of the case and not of the person, whom the same act let the other point see."""
    author, town = world.device("V1"), world.device("T1")
    sync(author, town)
    reader = copied(world, author) if is_copy else world.device("V1")
    case_id, _ = meet(author, name="王五")
    sync(author, town, reader)
    backup = world.end.copy()
    author.runner.do(
        GrantCase(case=case_id, point=meaning_id("node", "V2"), reason="常在那边"),
        author.actor,
    )
    sync(author, town, reader)
    world.lose(backup)
    sync(town)
    world.now[0] += 91 * DAY  # of the reader the center takes nothing any more
    sync(reader, author)
    _sync_without_mending(world, reader, asks=0)
    with reading(reader.engine) as conn:
        assert conn.execute(sa.select(person.c.grants)).scalar_one() != "[]"


def test_a_snapshot_leaves_no_words_of_what_is_elsewhere_though_they_have_another_number_since(world: Fragile) -> None:
    author, other = world.device("V1"), world.device("V1")
    sync(author, other)
    backup = world.end.copy()
    case_id, _ = meet(author, name="王五")
    sync(author, other)
    world.lose(backup)
    sync(other)  # brings it, and reads of it there
    handed_over = HandOverCase(case=case_id, point=meaning_id("node", "V2"), reason="住到那边去了")
    author.runner.do(handed_over, author.actor)
    sync(author)
    world.given_the_state(other)
    meet(other, name="赵六")
    sync(other)  # what is gone is tidied up after a round that carried something
    assert not words_about(other, author, case_id)
    assert other.digest() == world.must_hold(other)


def _put_back_twice(world: Fragile, code: str) -> tuple[Device, Device]:
    """V1 met somebody, let another point in and made a note; the center was put back before and after that from one
    backup, and does not know what it was in between."""
    village, guest = world.device("V1"), world.device(code)
    case_id, met = meet(village, name="王五")
    sync(village, guest)
    backup = world.end.copy()
    world.lose(backup)
    village.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), village.actor)
    village.runner.do(AddNote(encounter=met, text="昨晚又见到"), village.actor)
    sync(village, guest)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(note.c.id)).all()
    world.lose(backup)
    return village, guest


def _cases(device: Device) -> list[str]:
    """The cases that are at the device with an encounter."""
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(case.c.id).join(encounter.table, encounter.c.case == case.c.id)).scalars())


def _notes(device: Device) -> list[str]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(note.c.id)).scalars())


def _sync_without_mending(world: Fragile, device: Device, asks: int = 1) -> None:
    """A round after which there is nothing to mend: the first question of the comparison is the last."""
    world.way.asked.clear()
    sync(device)
    assert world.way.asked.count(COMPARE_PATH) == asks
    assert device.digest() == world.must_hold(device)
