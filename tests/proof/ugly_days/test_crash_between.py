"""The program dies right before or right after each of its commits, while a round takes in, recovers, gives back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.changes import Changes
from app.center.hub import Hub
from app.center.restore import say_put_back
from app.sync import comparing, exchange
from app.sync.protocol import Move
from app.sync.rounds import sync_round
from tests.proof.city import City, Laptop, agreed
from tests.proof.ugly_days.days import (
    amend,
    file_kept,
    file_put_back,
    names,
    people_at,
    reopened,
    somebody,
    sound,
    whole_disk_copied,
)


class Died(BaseException):
    """Nobody catches it on the way: what was not committed is gone."""


@pytest.fixture(autouse=True)
def _few_commits_are_many_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of few commits is more than one slice, so that something can be lost between two."""
    for name in ("_FIRST_SLICE", "_MOST_SLICE"):
        monkeypatch.setattr(exchange, name, 4)


@pytest.fixture(autouse=True)
def _comparing_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it was put back, the center is compared with, and what was lost on the way would come after all."""

    def mend(_conn: sa.Connection, move: Move, *_at: object, **_how: object) -> Changes:
        raise AssertionError(f"lost on the way: {move.enter}, not dropped: {move.leave}")

    monkeypatch.setattr(comparing, "take_move", mend)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def round_that_dies(laptop: Laptop, at: int, *, after: bool) -> bool:
    """A round that dies at its `at`-th commit; False where it came to its end before."""
    done = 0

    def write(job: Callable[[], Any]) -> Any:
        nonlocal done
        done += 1
        if done == at and not after:
            raise Died
        given = job()
        if done == at:
            raise Died
        return given

    session = laptop.session
    with closing(session.transport()) as way:
        try:
            report = sync_round(session.engine, way, clock=session.clock, write=write, sentinel=session.sentinel)
        except Died:
            return True
    assert report.error == ""
    return False


def dies_everywhere(laptop: Laptop, other: Laptop, opened: ExitStack, *, after: bool) -> int:
    """Round after round, each of which dies one commit later than the one before, with more to do each time; how many
    died."""
    died = 0
    while round_that_dies(laptop, died + 1, after=after):
        laptop.session.close()
        laptop.session = reopened(laptop, "u-V1").session
        opened.callback(laptop.session.close)
        died += 1
        assert died < 60
        somebody(laptop, f"又{died}")
        somebody(other, f"邻{died}")
        assert other.sync().error == ""
    return died


def people(laptop: Laptop, mark: str, count: int) -> None:
    for number in range(count):
        amend(laptop, somebody(laptop, f"{mark}{number:02}"), phone=f"138000000{number:02}")


def plain(city: City, folder: Path, one: Laptop, other: Laptop) -> Laptop:
    people(other, "乙", 5)
    people(one, "甲", 5)
    assert other.sync().error == ""
    return one


def copied(city: City, folder: Path, one: Laptop, other: Laptop) -> Laptop:
    somebody(one, "甲")
    assert one.sync().error == ""
    copy = whole_disk_copied(one, folder / "copy")
    one.session = reopened(one).session
    people(one, "原", 5)
    assert one.sync().error == ""
    one.session.close()
    found = reopened(Laptop(copy, one.session))
    people(found, "拷", 5)
    return found


def put_back(city: City, folder: Path, one: Laptop, other: Laptop) -> Laptop:
    people(one, "甲", 3)
    assert one.sync().error == ""
    file_kept(one, folder / "kept.db")
    one.session = reopened(one).session
    people(one, "乙", 3)
    assert one.sync().error == ""
    file_put_back(one, folder / "kept.db")
    one.session = reopened(one).session
    people(one, "丙", 3)
    return one


def restored(city: City, folder: Path, one: Laptop, other: Laptop) -> Laptop:
    people(other, "乙", 5)
    assert other.sync().error == ""
    people(one, "甲", 5)
    assert one.sync().error == ""
    say_put_back(Hub(city.engine))
    people(other, "丁", 3)
    assert other.sync().error == ""
    people(one, "丙", 3)
    return one


SCENES = {"plain": plain, "copied": copied, "put back": put_back, "restored": restored}


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("scene", SCENES)
def test_it_dies_at_every_commit_of_a_round(
    city: City, tmp_path: Path, opened: ExitStack, scene: str, after: bool
) -> None:
    one, other = city.laptop("V1", tmp_path / "one"), city.laptop("V1", tmp_path / "other", "w")
    opened.callback(other.session.close)
    assert other.sync().error == ""
    assert one.sync().error == ""
    falling = SCENES[scene](city, tmp_path, one, other)
    opened.callback(falling.session.close)
    written = names(falling)
    assert dies_everywhere(falling, other, opened, after=after) >= 2
    assert other.sync().error == ""
    assert falling.sync().error == ""
    assert other.sync().error == ""
    assert set(written) <= set(names(falling))
    assert names(falling) == names(other) == people_at(city)
    assert len(names(falling)) == len(set(names(falling)))
    assert agreed(city, falling, other)
    assert sound(falling)
    assert city.set_aside() == 0
