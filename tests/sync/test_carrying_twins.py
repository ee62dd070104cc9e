"""One disk copied, one stick for both: an answer to the other laptop's file says nothing of this one's history."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.center.hub import Hub
from app.features.people.tables import person
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.state import change_state, enrolled
from tests.sync.by_hand import carry, even, pack, take, unpack
from tests.sync.town import Laptop, Town


def twins(town: Town) -> tuple[Laptop, Laptop]:
    laptop = town.laptop("V1")
    laptop.register("一")
    carry(town, laptop)
    return laptop, town.copy_of(laptop)


def names(laptop: Laptop) -> str:
    return "".join(sorted(row["name"] for row in laptop.rows(person.table)))


def at_center(town: Town) -> str:
    with reading(town.engine) as conn:
        return "".join(sorted(conn.execute(sa.select(person.c.name)).scalars()))


@pytest.mark.parametrize("by_line", [False, True], ids=["by files alone", "then over the line"])
@pytest.mark.parametrize("own", ["", "a", "ab", "abc"])
def test_an_answer_to_another_history_acknowledges_nothing(either_town: Town, own: str, *, by_line: bool) -> None:
    """A disk that was put back, or copied; the answer on the stick is to what the other wrote after that."""
    town = either_town
    laptop, copy = twins(town)
    laptop.register("二")
    laptop.register("三")
    answer, taken = take(town, pack(laptop))
    assert taken.commits == 2
    for name in own:
        copy.register(name)
    got = unpack(copy, answer)
    assert (got.acked, got.received, got.unsent, got.is_old) == (0, 0, len(own), True)
    for _ in range(4):
        if by_line:
            copy.sync()
        else:
            carry(town, copy)
    assert copy.status().standing.unsent == 0
    assert names(copy) == at_center(town) == "".join(sorted(f"一二三{own}"))
    carry(town, laptop)
    carry(town, laptop)
    assert names(laptop) == at_center(town)
    even(town, laptop, copy)


def test_a_page_with_what_the_twin_wrote_under_own_numbers_is_left(either_town: Town) -> None:
    """Both packed what they have in common; the twin's line was quicker than the stick."""
    town = either_town
    laptop, copy = twins(town)
    file = pack(copy)
    laptop.register("二")
    laptop.sync()
    answer, _ = take(town, file)
    copy.register("a")
    copy.register("b")
    got = unpack(copy, answer)
    assert (got.acked, got.received, got.unsent) == (0, 0, 2)
    for _ in range(3):
        carry(town, copy)
    laptop.sync()
    assert names(copy) == names(laptop) == at_center(town) == "ab一二"
    even(town, laptop, copy)


def test_where_nothing_was_written_since_the_twins_page_is_taken(either_town: Town) -> None:
    town = either_town
    laptop, copy = twins(town)
    file = pack(copy)
    laptop.register("二")
    laptop.sync()
    got = unpack(copy, take(town, file)[0])
    assert (got.acked, got.received, names(copy)) == (0, 1, "一二")
    copy.register("a")
    assert carry(town, copy).acked == 1
    laptop.sync()
    even(town, laptop, copy)


@pytest.mark.parametrize("own", ["", "a"])
def test_the_state_of_all_is_taken_only_where_no_number_means_two_things(town: Town, tmp_path: Path, own: str) -> None:
    laptop, copy = twins(town)
    other = town.laptop("V1")
    for number in range(40):
        other.register(f"来人{number}")
    other.sync()
    file = pack(copy)
    laptop.register("二")
    laptop.sync()
    answer, _ = take(town, file, Hub(town.engine, town.clock, snapshot_behind=20, files=tmp_path / "files"))
    for name in own:
        copy.register(name)
    got = unpack(copy, answer)
    assert (got.error, got.acked, got.unsent, got.is_old) == ("", 0, len(own), bool(own))
    copy.register("b")
    for _ in range(3):
        carry(town, copy)
    laptop.sync()
    assert len(copy.rows(person.table)) == 40 + len(f"一二b{own}")
    even(town, laptop, copy)


def test_a_no_to_the_twin_gives_no_new_ids_to_what_the_center_has(either_town: Town) -> None:
    town = either_town
    laptop, copy = twins(town)
    for name in "二三四":
        laptop.register(name)
    laptop.sync()
    copy.register("a")
    answer, taken = take(town, pack(copy))
    assert taken.declined == "fork"
    with reading(laptop.engine) as conn:
        before = standing(conn), conn.execute(sa.select(journal.c.epoch, journal.c.n)).all()
    got = unpack(laptop, answer)
    assert (got.error, got.acked) == ("", 0)
    with reading(laptop.engine) as conn:
        assert (standing(conn), conn.execute(sa.select(journal.c.epoch, journal.c.n)).all()) == before
    assert unpack(copy, answer).error == "carried_again"
    assert carry(town, copy).acked == 1
    laptop.sync()
    even(town, laptop, copy)


def test_what_the_twin_offered_a_restored_center_is_not_what_this_one_holds(town: Town) -> None:
    laptop, copy = twins(town)
    other = town.laptop("V1")
    other.register("二")
    other.sync()
    carry(town, copy)  # it has read on since
    for each in (laptop, copy):
        with each.engine.begin() as conn:
            change_state(conn, must_offer=True)
    answer, taken = take(town, pack(laptop))
    assert taken.declined == ""
    unpack(copy, answer)
    with reading(copy.engine) as conn:
        assert enrolled(conn).must_offer
    unpack(laptop, answer)
    with reading(laptop.engine) as conn:
        assert not enrolled(conn).must_offer
