"""Whose value was not taken is told so once, whatever way the settlement came; only where something can be shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import wall_clock
from app.base.ids import meaning_id
from app.features.cases.commands_undo import SettleDispute, UndoCommit
from app.features.cases.disputes import open_disputes
from app.features.cases.overruled import overruled_row
from app.features.org.commands import EngageStaff
from app.features.org.queries import staff_by_code
from app.features.people.tables import person
from app.journal.act import Actor
from app.journal.apply import apply
from app.journal.ops import Commit
from app.journal.runner import Outcome
from app.store.engine import open_plain, reading, writing
from app.sync import overruled, pages
from app.sync.overruled import Overruled, count_unread, unread
from app.sync.pages import retry_set_aside
from app.sync.state import enrolled
from tests.features.cases.givens import nameless
from tests.sync.by_hand import carry
from tests.sync.town import Laptop, Town, opened

FAR = 20
"""How many commits are far behind in these tests."""


@pytest.fixture
def far_town(tmp_path: Path) -> Iterator[Town]:
    """A served center that gives a snapshot to whoever is behind."""
    engine = open_plain(tmp_path / "center.db")
    with opened(engine, tmp_path, snapshot_behind=FAR, files=tmp_path / "files") as town:
        yield town


def two_people(town: Town) -> tuple[Laptop, Laptop]:
    """Two laptops of one village, at each somebody else."""
    town.do(EngageStaff(code="u-second", name="李四", role="SPECIALIST", node=meaning_id("node", "V1")))
    one, two = town.laptop("V1"), town.laptop("V1")
    one.sync()
    two.sync()
    with reading(two.engine) as conn:
        who = staff_by_code(conn, "u-second")
    assert who is not None
    two.actor = Actor(who.id, who.role, who.node)
    return one, two


def disagree(one: Laptop, two: Laptop) -> str:
    """Both wrote of the same person, and both know it; the person's id."""
    id_ = one.register("张建国")
    one.sync()
    two.sync()
    differ(one, two, id_)
    return id_


def differ(one: Laptop, two: Laptop, id_: str) -> None:
    one.amend(id_, features="左脸有疤")
    two.amend(id_, features="右脸有疤")
    for laptop in (one, two, one):
        laptop.sync()


def settle(laptop: Laptop, id_: str, features: str) -> Outcome:
    (found,) = (dispute for dispute in laptop.disputes() if dispute.id == id_)
    choice = next(write for write, value in found.values.items() if value["features"] == features)
    return laptop.do(SettleDispute(kind="person", id=id_, group=found.group, bases=tuple(found.values), choice=choice))


def told(laptop: Laptop) -> list[Overruled]:
    with reading(laptop.engine) as conn:
        return unread(conn, laptop.actor.id)


def test_a_settlement_that_came_by_a_file_is_told_as_one_that_came_by_line(town: Town) -> None:
    one, two = two_people(town)
    id_ = disagree(one, two)
    settle(two, id_, "右脸有疤")
    carry(town, two)
    carry(town, one)
    assert [lost.record for lost in told(one)] == [id_]
    assert told(two) == []


def test_a_settlement_that_a_snapshot_brought_is_told_with_both_values(far_town: Town) -> None:
    one, two = two_people(far_town)
    id_ = disagree(one, two)
    assert told(one) == []
    settle(two, id_, "右脸有疤")
    for number in range(2 * FAR):
        two.register(f"来人{number}")
    two.sync()
    one.sync()
    with reading(one.engine) as conn:
        assert enrolled(conn).floor_seq, "it came by a snapshot"
    (lost,) = told(one)
    with reading(one.engine) as conn:
        row = overruled_row(conn, lost.kind, lost.record, lost.group, lost.mine, lost.by, wall_clock())
    assert row is not None
    assert (row.mine.values["features"], row.taken.values["features"]) == ("左脸有疤", "右脸有疤")
    assert (row.taken.staff_name, row.taken.at) == ("李四", lost.at)
    assert told(two) == []


def test_a_snapshot_tells_nobody_whose_value_was_taken_or_is_still_in_conflict(far_town: Town) -> None:
    one, two = two_people(far_town)
    taken, open_still = disagree(one, two), disagree(one, two)
    settle(two, taken, "左脸有疤")
    for number in range(2 * FAR):
        two.register(f"来人{number}")
    two.sync()
    one.sync()
    with reading(one.engine) as conn:
        assert enrolled(conn).floor_seq
    assert told(one) == []
    assert [dispute.id for dispute in one.disputes()] == [open_still]


def test_a_settlement_that_could_be_taken_only_later_is_told_then(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = two_people(town)
    id_ = disagree(one, two)
    settlement = settle(two, id_, "右脸有疤").commit
    two.sync()

    def older(conn: sa.Connection, commits: list[Commit]) -> Changes:
        if any(commit.id.text() == settlement for commit in commits):
            raise ValueError("an older program cannot")
        return apply(conn, commits)

    with monkeypatch.context() as patched:
        patched.setattr(pages, "apply", older)
        one.sync()
    assert one.status().standing.set_aside == 1
    two.register("后来的")
    two.sync()
    one.sync()
    assert told(one) == []
    with writing(one.engine) as conn:
        assert retry_set_aside(conn).touches("person")
    assert [lost.record for lost in told(one)] == [id_]


def met(laptop: Laptop) -> tuple[str, str]:
    """Somebody is met: the person's id and the commit."""
    outcome = laptop.do(nameless())
    return dict(outcome.made)["person"], outcome.commit


def test_of_a_record_that_was_taken_back_nothing_is_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overruled, "MOST", 1)
    one, two = two_people(town)
    stays, (goes, commit) = disagree(one, two), met(two)
    two.sync()
    one.sync()
    differ(one, two, goes)
    settle(two, stays, "右脸有疤")
    settle(two, goes, "右脸有疤")
    two.sync()
    one.sync()
    assert len(told(one)) == 1, "so many are shown at once"
    with reading(one.engine) as conn:
        assert count_unread(conn, one.actor.id) == 2
    two.do(UndoCommit(commit=commit, reason="登记错了"))
    two.sync()
    one.sync()
    assert [lost.record for lost in told(one)] == [stays], "the later one takes no place from it"
    with reading(one.engine) as conn:
        assert count_unread(conn, one.actor.id) == 1


def test_a_conflict_of_a_record_that_was_taken_back_is_nobodys_to_settle(town: Town) -> None:
    one, two = two_people(town)
    id_, commit = met(one)
    one.sync()
    two.sync()
    differ(one, two, id_)

    def counted() -> tuple[int, int]:
        with reading(one.engine) as conn:
            return one.status().conflicts, len(open_disputes(conn, wall_clock()))

    assert counted() == (1, 1)
    one.do(UndoCommit(commit=commit, reason="登记错了"))
    assert counted() == (0, 0)
    assert [row["hidden"] for row in one.rows(person.table) if row["id"] == id_] == [True]
    assert len(one.disputes()) == 1, "the values are kept"
