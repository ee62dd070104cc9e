"""A whole disk is copied and both go on: both histories are kept, nobody's is taken for the other's, both are told."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.center import admin
from app.features.cases.disputes import open_disputes
from app.features.inventory.queries import stock_by_code
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.epochs import begin_epoch
from tests.proof.city import WATER, City, Laptop, agreed
from tests.proof.ugly_days.days import amend, names, people_at, reopened, somebody, sound, whole_disk_copied

SHELF = 100
GOODS = {"item": WATER, "batch": "B", "expires_on": "2027-06-30", "quantity": SHELF}


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def twins(city: City, folder: Path, opened: ExitStack, *, unsent: bool) -> tuple[Laptop, Laptop, Laptop, str]:
    """A laptop, its copy, a neighbour, and a person whom all know."""
    one = city.laptop("V1", folder / "one")
    one.do("OpeningCount", lines=[GOODS], counter="张三")
    who = somebody(one, "甲")
    assert one.sync().error == ""
    if unsent:
        somebody(one, "拷贝前")
    copied = whole_disk_copied(one, folder / "copy")
    one, copy = reopened(one), reopened(Laptop(copied, one.session))
    other = city.laptop("V1", folder / "other", "w")
    for laptop in (one, copy, other):
        opened.callback(laptop.session.close)
    assert other.sync().error == ""
    return one, copy, other, who


def rounds(*laptops: Laptop) -> None:
    for laptop in laptops:
        assert laptop.sync().error == ""


def serial(laptop: Laptop) -> int:
    with reading(laptop.session.engine) as conn:
        return standing(conn).serial


@pytest.mark.parametrize("unsent", [False, True], ids=["all sent before", "something unsent in both"])
def test_both_write_and_sync_in_turn_both_are_kept_and_both_told(
    city: City, tmp_path: Path, opened: ExitStack, unsent: bool
) -> None:
    one, copy, other, _ = twins(city, tmp_path, opened, unsent=unsent)
    for turn in range(4):
        for laptop, side in ((one, "原"), (copy, "拷")):
            somebody(laptop, f"{side}{turn}")
            laptop.do("HandOut", item=WATER, quantity=1, head_count=1)
        rounds(one, copy)
    rounds(one, copy, other, one, copy)
    expected = ["甲", *(["拷贝前"] if unsent else []), *(f"{side}{turn}" for side in "原拷" for turn in range(4))]
    assert names(one) == names(copy) == names(other) == people_at(city) == sorted(expected)
    assert agreed(city, one, copy, other)
    for laptop in (one, copy, other):
        assert laptop.status().node
        with reading(laptop.session.engine) as conn:
            assert stock_by_code(conn, laptop.status().node)["WATER01"] == SHELF - 8
        assert sound(laptop)
    assert (serial(one), serial(copy)) == (1, 2)
    assert one.status().letter != copy.status().letter
    assert one.status().standing.twin
    assert copy.status().standing.twin
    assert not other.status().standing.twin
    assert copy.status().standing.told == "told_forked"
    seen = {row["id"]: row["twin_at"] for row in admin.status(city.engine)["devices"]}
    assert seen[one.status().device] is not None
    assert seen[other.status().device] is None
    assert city.set_aside() == 0


def test_what_both_changed_is_a_conflict_like_any_other(city: City, tmp_path: Path, opened: ExitStack) -> None:
    one, copy, other, who = twins(city, tmp_path, opened, unsent=False)
    amend(one, who, phone="13800000001")
    amend(copy, who, phone="13900000002")
    amend(copy, who, phone="13900000003")  # on the same commit numbers as the other's
    rounds(one, copy, one, other)
    for laptop in (one, copy, other):
        with reading(laptop.session.engine) as conn:
            (found,) = open_disputes(conn, 0, in_full={who})
        assert {version.values["phone"] for version in found.versions} == {"13800000001", "13900000003"}
    assert agreed(city, one, copy, other)


def test_the_copy_that_wrote_nothing_goes_on_in_an_epoch_of_its_own(
    city: City, tmp_path: Path, opened: ExitStack
) -> None:
    one, copy, other, _ = twins(city, tmp_path, opened, unsent=False)
    somebody(one, "乙")
    rounds(one, copy)
    somebody(copy, "丙")
    rounds(copy, one, other)
    assert names(one) == names(copy) == names(other) == ["丙", "乙", "甲"]
    assert agreed(city, one, copy, other)
    assert (serial(one), serial(copy)) == (1, 2)


@pytest.mark.parametrize("first_is_the_copy", [False, True])
def test_a_copy_made_while_what_was_written_in_an_earlier_epoch_waits(
    city: City, tmp_path: Path, opened: ExitStack, first_is_the_copy: bool
) -> None:
    """While the earlier epoch is pushed, the center has the copy's commits under numbers that stand here for others."""
    one = city.laptop("V1", tmp_path / "one")
    assert one.sync().error == ""
    somebody(one, "甲")
    with writing(one.session.engine) as conn:
        begin_epoch(conn)
    somebody(one, "乙")
    copied = whole_disk_copied(one, tmp_path / "copy")
    one, copy = reopened(one), reopened(Laptop(copied, one.session))
    for laptop, name in ((one, "原"), (copy, "拷")):
        opened.callback(laptop.session.close)
        somebody(laptop, name)
    both = (copy, one) if first_is_the_copy else (one, copy)
    rounds(*both, *both)
    assert names(one) == names(copy) == people_at(city) == sorted(["甲", "乙", "原", "拷"])
    assert agreed(city, one, copy)
    assert sound(one)
    assert sound(copy)


def test_three_of_a_kind_and_serials_that_meet(city: City, tmp_path: Path, opened: ExitStack) -> None:
    """Two copies leave the epoch at once and take the same serial: the second is told, and takes the next."""
    one, copy, other, _ = twins(city, tmp_path, opened, unsent=False)
    third_data = whole_disk_copied(copy, tmp_path / "third")
    copy, third = reopened(copy), reopened(Laptop(third_data, copy.session))
    opened.callback(copy.session.close)
    opened.callback(third.session.close)
    for laptop, name in ((one, "乙"), (copy, "丙"), (third, "丁")):
        somebody(laptop, name)
    rounds(one, copy, third)
    for laptop, name in ((one, "乙二"), (copy, "丙二"), (third, "丁二")):
        somebody(laptop, name)
    rounds(one, copy, third, other, one, copy, third)
    assert names(one) == names(copy) == names(third) == names(other) == people_at(city)
    assert len(names(one)) == 7
    assert agreed(city, one, copy, third, other)
    assert sorted((serial(one), serial(copy), serial(third))) == [1, 2, 3]
    with reading(city.engine) as conn:
        j = journal.c
        mine = conn.execute(sa.select(j.epoch, j.serial).where(j.device == one.status().device).distinct()).all()
    assert len({row.epoch for row in mine}) == len({row.serial for row in mine}) == 3
