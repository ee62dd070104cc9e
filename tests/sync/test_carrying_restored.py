"""A center that was put back, by files alone, and a device that had begun anew before: its disk was put back or copied.

What the center has of a past epoch is proven by the links that come with its no.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.center.hub import Hub
from app.features.people.tables import person
from app.store.engine import open_plain, open_postgres, reading, writing
from app.store.schema import create_tables
from app.sync.epochs import begin_epoch
from app.sync.tables import past_epoch
from tests.center.restoring import Lose
from tests.sync.by_hand import carry, even, pack, state_of, take, unpack
from tests.sync.town import Laptop, Town

EXCHANGES = 2
"""Files there and back once the center was put back: the first tells of it, the second brings what it lost and fetches
what others brought."""


@pytest.fixture
def lose(either_town: Town, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lose]:
    """The center is put back into a database of the other kind."""
    if either_town.engine.dialect.name == "sqlite":
        engine = open_postgres(request.getfixturevalue("postgres_database"))
    else:
        engine = open_plain(tmp_path / "again.db")
    create_tables(engine)
    yield Lose(Hub(either_town.engine, either_town.clock), tmp_path / "center.backup", engine)
    engine.dispose()


def put_back(town: Town, laptop: Laptop, seen: int, since: int) -> Laptop:
    """The laptop as it is once it was put back and has begun a new epoch: the one before had `seen` commits in the copy
    and `since` more at the center."""
    for number in range(seen):
        laptop.register(f"见{number}")
    carry(town, laptop)
    copy = town.copy_of(laptop)
    for number in range(since):
        laptop.register(f"后{number}")
    carry(town, laptop)
    with writing(copy.engine) as conn:
        begin_epoch(conn)
    copy.register("新")
    carry(town, copy)
    even(town, copy)
    with reading(copy.engine) as conn:
        (past,) = conn.execute(sa.select(past_epoch.c.n, past_epoch.c.acked_n)).all()
    assert tuple(past) == (seen, seen)
    return copy


def at_center(town: Town) -> list[str]:
    with reading(town.engine) as conn:
        return sorted(conn.execute(sa.select(person.c.name)).scalars())


def names(laptop: Laptop) -> list[str]:
    return sorted(row["name"] for row in laptop.rows(person.table))


def meets_restored(town: Town, laptop: Laptop) -> None:
    """Nothing waits here any more, and both have the same."""
    errors = [carry(town, laptop).error for _ in range(EXCHANGES)]
    assert errors == ["carried_again", *[""] * (EXCHANGES - 1)]
    assert laptop.status().standing.unsent == 0
    even(town, laptop)


@pytest.mark.parametrize(
    ("seen", "since"), [(2, 0), (2, 1), (8, 3)], ids=["as much", "more", "more than one answer holds"]
)
def test_a_laptop_that_was_put_back_once_gets_over_a_restored_center(
    either_town: Town, lose: Lose, monkeypatch: pytest.MonkeyPatch, seen: int, since: int
) -> None:
    """Of the epoch before it the center has as much as the file, or more."""
    monkeypatch.setattr("app.center.links.MOST_LINKS", 4)
    town = either_town
    laptop, other = put_back(town, town.laptop("V1"), seen, since), town.laptop("V1")
    carry(town, other)
    lose.keep()
    laptop.register("失")
    carry(town, laptop)
    other.register("丢")
    carry(town, other)
    carry(town, laptop)
    laptop.register("待")
    everybody = names(laptop)
    assert len(everybody) == seen + since + 4
    town.engine = lose().engine
    meets_restored(town, laptop)
    assert names(laptop) == at_center(town) == everybody
    meets_restored(town, other)
    assert names(other) == everybody


@pytest.mark.parametrize("carried", [True, False])
def test_what_the_center_lost_of_a_past_epoch_is_sent_again(either_town: Town, lose: Lose, *, carried: bool) -> None:
    """So is what was never sent of it: then it is that epoch in which the center is asked."""
    town = either_town
    laptop = town.laptop("V1")
    laptop.register("一")
    carry(town, laptop)
    lose.keep()
    laptop.register("二")
    if carried:
        carry(town, laptop)
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    laptop.register("三")
    if carried:
        carry(town, laptop)
    town.engine = lose().engine
    meets_restored(town, laptop)
    assert names(laptop) == at_center(town) == sorted("一二三")


def test_what_a_copied_disk_sent_first_under_the_numbers_of_a_past_epoch_takes_nobodys_place(
    either_town: Town, lose: Lose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.center.links.MOST_LINKS", 2)
    town = either_town
    laptop = town.laptop("V1")
    laptop.register("一")
    carry(town, laptop)
    lose.keep()
    copy = town.copy_of(laptop)
    for name in "二三四":
        laptop.register(name)
    carry(town, laptop)
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    laptop.register("五")
    carry(town, laptop)
    town.engine = lose().engine
    for name in "甲乙丙":
        copy.register(name)
    meets_restored(town, copy)
    meets_restored(town, laptop)
    assert names(laptop) == at_center(town) == sorted("一二三四五甲乙丙")
    carry(town, copy)
    even(town, laptop, copy)


def test_links_that_do_not_reach_down_far_enough_prove_nothing(
    either_town: Town, lose: Lose, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer has bounds; what it does not tell of is not believed."""
    town = either_town
    laptop = put_back(town, town.laptop("V1"), 2, 6)
    lose.keep()
    laptop.register("失")
    carry(town, laptop)
    town.engine = lose().engine
    before = state_of(laptop)["here"]
    with monkeypatch.context() as bounded:
        bounded.setattr("app.center.links.MOST_LINKS", 2)
        bounded.setattr("app.center.carrying._MOST_LINKS", 2)
        answers = take(town, pack(laptop)), take(town, pack(laptop), most=1)
    for answer, taken in answers:
        assert (taken.declined, unpack(laptop, answer).error) == ("epoch", "epoch")
    assert state_of(laptop)["here"] == before
    meets_restored(town, laptop)
    assert len(names(laptop)) == 10
