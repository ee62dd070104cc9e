"""Exchanges carried by hand: the files hold all that is needed, whatever is read when, and however often."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR, SECOND
from app.base.errors import Refused
from app.center import admin
from app.center.hub import Hub
from app.center.tables import device
from app.features.people.tables import person
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.carrying import on_its_way
from app.sync.epochs import begin_epoch
from app.sync.state import enrolled
from app.sync.status import past_rounds
from tests.sync.by_hand import carry, even, other_town, pack, packed, state_of, take, unpack
from tests.sync.town import Town

__all__ = ["other_town"]


def test_a_point_that_never_had_a_network_is_admitted_and_kept_even_by_files(either_town: Town) -> None:
    town = either_town
    laptop = town.laptop("V1", url="http://127.0.0.1:1")
    laptop.register("张三")
    first, told = packed(laptop)
    assert told.commits == 1
    answer, taken = take(town, first)
    assert (taken.point, taken.letter, taken.commits, taken.aside, taken.declined) == ("V1", "A", 1, 0, "")
    got = unpack(laptop, answer)
    assert (got.error, got.acked, got.received, got.unsent, got.is_old) == ("", 1, 0, 0, False)
    with reading(laptop.engine) as conn:
        assert (enrolled(conn).admitted_at is None, enrolled(conn).code) == (False, "")
        (remembered,) = past_rounds(conn)
    assert (remembered.outcome, remembered.sent, remembered.bytes_in) == ("by_hand", 1, len(answer))
    other = town.laptop("V1")
    other.register("李四")
    other.sync()
    got = carry(town, laptop)
    assert (got.acked, got.received) == (0, 1)
    even(town, laptop, other)


def test_files_and_rounds_mix_in_any_order(either_town: Town) -> None:
    town = either_town
    laptop, other = town.laptop("V1"), town.laptop("V1")
    laptop.sync()
    laptop.register("一")
    early = pack(laptop)
    laptop.register("二")
    late = pack(laptop)
    other.register("甲")
    other.sync()
    late_answer, taken = take(town, late)
    assert taken.commits == 2
    early_answer, taken = take(town, early)
    assert taken.commits == 0
    laptop.register("三")
    assert laptop.sync().sent == 3  # nothing told it yet that two of them were carried
    got = unpack(laptop, early_answer)
    assert (got.acked, got.received, got.is_old, got.brought_nothing) == (0, 0, True, True)
    got = unpack(laptop, late_answer)
    assert (got.acked, got.is_old) == (0, True)
    laptop.sync()
    other.sync()
    even(town, laptop, other)
    assert len(laptop.rows(person.table)) == len(other.rows(person.table)) == 4


def test_the_same_file_may_come_any_number_of_times(town: Town) -> None:
    laptop, other = town.laptop("V1"), town.laptop("V1")
    other.register("甲")
    other.sync()
    laptop.register("一")
    file = pack(laptop)
    answers = [take(town, file)[0] for _ in range(3)]
    assert unpack(laptop, answers[0]).acked == 1
    before = state_of(laptop)
    for answer in (*answers, *reversed(answers)):
        got = unpack(laptop, answer)
        assert got.brought_nothing
        assert got.error == ""
    after = state_of(laptop)
    # A later answer may say when the center was last heard; nothing else is told twice.
    assert replace(after["state"], last_contact=0) == replace(before["state"], last_contact=0)
    assert {**after, "state": 0} == {**before, "state": 0}
    even(town, laptop)
    assert admin.status(town.engine)["quarantine"] == 0


def test_a_lost_file_is_made_good_by_the_next(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("一")
    take(town, pack(laptop))  # the answer is lost
    laptop.register("二")
    pack(laptop)  # the file is lost
    laptop.register("三")
    got = carry(town, laptop)
    assert (got.acked, got.unsent) == (3, 0)
    even(town, laptop)


def test_what_was_packed_is_on_its_way_until_the_center_says_it_has_it(town: Town) -> None:
    laptop = town.laptop("V1")

    def waiting() -> int | None:
        with reading(laptop.engine) as conn:
            found = on_its_way(conn)
        return None if found is None else found.commits

    laptop.register("一")
    assert waiting() is None
    file = pack(laptop)
    assert waiting() == 1
    laptop.register("二")
    assert waiting() == 1
    unpack(laptop, take(town, file)[0])
    assert waiting() is None
    pack(laptop)
    assert waiting() == 1
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    laptop.register("三")
    assert waiting() == 1
    laptop.sync()
    assert waiting() is None


def test_a_file_says_nothing_of_the_time(town: Town) -> None:
    """The bound and the skew are what the line said last; a point that never had a line has none."""
    wrong = 3 * HOUR

    def ahead() -> int:
        return town.clock() + wrong

    laptop = town.laptop("V1", clock=ahead)
    laptop.register("一")
    carry(town, laptop)
    with reading(laptop.engine) as conn:
        here = standing(conn)
        eff, wall = conn.execute(sa.select(journal.c.eff, journal.c.wall).where(journal.c.device == here.device)).one()
    assert (here.bound, here.skew) == (0, 0)
    assert eff < wall  # the center clamped it to the time of receipt
    laptop.sync()
    with reading(laptop.engine) as conn:
        before = standing(conn)
    assert abs(before.skew + wrong) < 60 * SECOND
    laptop.register("二")
    file = pack(laptop)
    wrong += DAY  # the clock jumps while the file is on its way
    two_days_later = Hub(town.engine, lambda: town.clock() + 2 * DAY)
    unpack(laptop, take(town, file, two_days_later)[0])
    with reading(laptop.engine) as conn:
        after = standing(conn)
        last = conn.execute(
            sa.select(journal.c.eff, journal.c.wall).where(journal.c.n == 2, journal.c.device == after.device)
        )
        eff, wall = last.one()
    assert (after.bound, after.skew) == (before.bound, before.skew)
    assert abs(eff - (wall + before.skew)) < 60 * SECOND


def test_only_its_own_center_and_its_own_files_are_believed(town: Town, other_town: Town) -> None:
    laptop, neighbour, stranger = town.laptop("V1"), town.laptop("V2"), other_town.laptop("V1")
    for each in (laptop, neighbour, stranger):
        each.register("一")
    carry(town, laptop)
    before = state_of(laptop)
    for file, code in (
        (take(town, pack(neighbour))[0], "carried_other_point"),
        (take(other_town, pack(stranger))[0], "carried_other_point"),
        (pack(laptop), "carried_for_center"),
        (b"%PDF-1.7" + bytes(1000), "carried_unreadable"),
    ):
        with pytest.raises(Refused, match=code):
            unpack(laptop, file)
    assert state_of(laptop)["state"] == before["state"]
    assert state_of(laptop)["people"] == before["people"]
    commits = admin.status(town.engine)["commits"]
    for file, code in (
        (pack(stranger), "carried_other_center"),
        (take(town, pack(laptop))[0], "carried_for_point"),
    ):
        with pytest.raises(Refused, match=code):
            take(town, file)
    assert admin.status(town.engine)["commits"] == commits


def test_a_device_with_a_wrong_code_is_told_by_file(town: Town) -> None:
    file, _ = town.enrolment("V1")
    laptop = town.laptop_from(file, "ABCDEFGHJK", "u-V1")
    laptop.register("一")
    carried = pack(laptop)
    answer, taken = take(town, carried)
    assert (taken.declined, taken.commits, taken.point) == ("code_wrong", 0, "")
    got = unpack(laptop, answer)
    assert (got.error, got.unsent) == ("code_wrong", 1)
    with reading(laptop.engine) as conn:
        assert enrolled(conn).code == ""  # it is asked for again, not tried again
    with pytest.raises(Refused, match="not_admitted"):
        pack(laptop)


def test_a_revoked_device_is_told_by_file_and_what_it_sent_is_kept(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    laptop.register("一")
    admin.revoke_device(town.engine, laptop.device)
    answer, taken = take(town, pack(laptop))
    assert taken.declined == "revoked"
    got = unpack(laptop, answer)
    assert (got.error, got.acked, got.unsent) == ("revoked", 1, 0)
    assert admin.status(town.engine)["quarantine"] == 1
    assert laptop.status().standing.last_error == "revoked"


def test_the_no_of_a_file_stands_until_the_center_says_yes_to_a_later_one(town: Town) -> None:
    laptop = town.laptop("V1", url="http://127.0.0.1:1")
    carry(town, laptop)
    before, _ = take(town, pack(laptop))
    to_center = pack(laptop)
    with writing(town.engine) as conn:
        conn.execute(device.update().values(status="REVOKED"))
    refused, _ = take(town, to_center)
    unpack(laptop, refused)
    unpack(laptop, before)
    assert laptop.status().standing.last_error == "revoked"
    with writing(town.engine) as conn:
        conn.execute(device.update().values(status="ACTIVE"))
    carry(town, laptop)
    assert laptop.status().standing.last_error == ""
    unpack(laptop, refused)
    assert laptop.status().standing.last_error == ""


def test_an_answer_has_bounds_and_the_next_brings_the_rest(town: Town) -> None:
    laptop, other = town.laptop("V1"), town.laptop("V1")
    for number in range(900):
        other.register(f"来人{number}", features="左臂有旧伤" * 80)
    other.sync()
    answer, taken = take(town, pack(laptop), most=1)
    assert 0 < taken.pages < 900
    assert taken.behind == 900 - taken.pages
    got = unpack(laptop, answer)
    assert (got.received, got.behind) == (taken.pages, taken.behind)
    assert carry(town, laptop).behind == 0
    even(town, laptop, other)


def test_much_that_was_written_goes_in_one_file(town: Town) -> None:
    laptop = town.laptop("V1")
    for number in range(900):
        laptop.register(f"来人{number}", features="一" * 400)
    file, told = packed(laptop)
    assert told.commits == 900
    answer, taken = take(town, file)
    assert taken.commits == 900
    assert unpack(laptop, answer).acked == 900
    even(town, laptop)


def test_a_page_is_taken_only_where_it_begins(town: Town) -> None:
    """An old answer must not make the device skip what lies between."""
    laptop, other = town.laptop("V1"), town.laptop("V1")
    laptop.sync()
    old = take(town, pack(laptop))[0]
    other.register("甲")
    other.sync()
    newer = take(town, pack(laptop))[0]
    assert unpack(laptop, newer).received == 1
    got = unpack(laptop, old)
    assert got.is_old
    even(town, laptop)


def test_everything_said_is_read_within_bounds(town: Town, sized: Callable[[int, int], int]) -> None:
    """Cut, flipped, mixed: in words, at once, and nothing changes."""
    laptop = town.laptop("V1")
    laptop.register("一")
    file = pack(laptop)
    answer = take(town, file)[0]
    before, chance = state_of(laptop), random.Random(7)
    commits = admin.status(town.engine)["commits"]
    for content, read in ((answer, partial(unpack, laptop)), (file, partial(take, town))):
        places = list(range(len(content)))
        chance.shuffle(places)
        for place in places[: sized(60, len(places))]:
            broken = bytearray(content)
            broken[place] ^= 1 << chance.randrange(8)
            for bad in (content[:place], bytes(broken)):
                began = time.perf_counter()
                with pytest.raises(Refused, match=r"^(carried_|file_is_newer)"):
                    read(bad)
                assert time.perf_counter() - began < 1
    assert state_of(laptop) == before
    assert admin.status(town.engine)["commits"] == commits
