"""Every answer is lost once, requests come twice and in another order: the effects are those of one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.center.hub import Hub
from app.center.restore import say_put_back
from app.features.people.tables import person
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.http import HttpTransport
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.transport import R
from tests.proof.city import City, Laptop, agreed
from tests.proof.ugly_days.days import (
    amend,
    names,
    people_at,
    reopened,
    somebody,
    sound,
    whole_disk_copied,
)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Line:
    """The real way to the center. The answer to a request is lost the first time these bytes ask on this path; every
    request is sent again later, after others, as a network may."""

    def __init__(self, way: HttpTransport, *, loses: bool = True, late: bool = False) -> None:
        self.way, self.loses, self.late = way, loses, late
        self.asked = 0
        self.lost: set[int] = set()
        self.kept: list[Callable[[], object]] = []

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        self.asked += 1
        answer = self.way.call(path, request_id, body, expected)
        if self.late:
            self.kept.append(lambda: self.way.call(path, request_id, body, expected))
            if self.asked % 3 == 0:
                self.repeat()
        if self.loses and self.asked % 2:
            self.lost.add(self.asked)
            raise Environment("no_network")
        return answer

    def repeat(self) -> None:
        """What was sent comes once more, the last first."""
        for again in reversed(self.kept):
            try:
                again()
            except Environment as error:
                raise AssertionError("the center is gone") from error
            except Exception:
                continue
        self.kept.clear()

    def traffic(self) -> tuple[int, int]:
        return self.way.traffic()


def persevere(laptop: Laptop, *, late: bool = False) -> tuple[int, Line]:
    """Round after round until one goes through; how many were needed."""
    way = laptop.session.transport()
    line = Line(way, late=late)
    try:
        for tried in range(1, 60):
            report: RoundReport = sync_round(
                laptop.session.engine, line, clock=laptop.session.clock, sentinel=laptop.session.sentinel
            )
            if not report.error:
                line.repeat()
                return tried, line
            assert report.error == "no_network"
    finally:
        way.close()
    raise AssertionError("never got through")


@pytest.mark.parametrize("late", [False, True], ids=["lost", "lost, doubled and out of order"])
def test_every_answer_is_lost_once(city: City, tmp_path: Path, opened: ExitStack, late: bool) -> None:
    one, other = city.laptop("V1", tmp_path / "one"), city.laptop("V1", tmp_path / "other", "w")
    for laptop in (one, other):
        opened.callback(laptop.session.close)
    for number in range(20):
        amend(one, somebody(one, f"甲{number:02}"), phone=f"138000000{number:02}")
        somebody(other, f"乙{number:02}")
    tried, line = persevere(one, late=late)
    assert tried > 1
    assert line.lost
    persevere(other, late=late)
    persevere(one, late=late)
    assert names(one) == names(other) == people_at(city)
    assert len(names(one)) == 40
    with reading(city.engine) as conn:
        j = journal.c
        rows = conn.execute(sa.select(j.device, j.n, j.seq).where(j.device == one.status().device)).all()
        assert sorted(row.n for row in rows) == list(range(1, 41))
        assert conn.execute(sa.select(sa.func.count()).select_from(person.table)).scalar_one() == 40
    assert agreed(city, one, other)
    assert not one.status().standing.twin
    assert one.status().standing.told == ""
    assert sound(one)


def test_every_answer_is_lost_while_a_copied_disk_is_told_apart(city: City, tmp_path: Path, opened: ExitStack) -> None:
    one = city.laptop("V1", tmp_path / "one")
    somebody(one, "甲")
    assert one.sync().error == ""
    copied = whole_disk_copied(one, tmp_path / "copy")
    one, copy = reopened(one), reopened(Laptop(copied, one.session))
    for laptop in (one, copy):
        opened.callback(laptop.session.close)
    for turn in range(3):
        somebody(one, f"原{turn}")
        somebody(copy, f"拷{turn}")
        persevere(one)
        persevere(copy)
    persevere(one)
    assert names(one) == names(copy) == people_at(city)
    assert len(names(one)) == 7
    assert agreed(city, one, copy)
    assert sound(copy)


def test_every_answer_is_lost_while_a_restored_center_is_given_back_what_it_lost(
    city: City, tmp_path: Path, opened: ExitStack
) -> None:
    """Nobody restores here: the center says it was put back while what it lost is nothing. All the talk is the same."""
    one, other = city.laptop("V1", tmp_path / "one"), city.laptop("V1", tmp_path / "other", "w")
    for laptop in (one, other):
        opened.callback(laptop.session.close)
    for number in range(5):
        somebody(one, f"甲{number}")
    assert one.sync().error == ""
    assert other.sync().error == ""
    hub = Hub(city.engine)
    say_put_back(hub)
    somebody(one, "乙")
    persevere(one, late=True)
    persevere(other, late=True)
    assert names(one) == names(other) == people_at(city)
    assert agreed(city, one, other)


def test_two_rounds_of_one_device_at_the_same_time(city: City, tmp_path: Path, opened: ExitStack) -> None:
    """The same push from two connections at once is taken once."""
    one = city.laptop("V1", tmp_path / "one")
    opened.callback(one.session.close)
    for number in range(30):
        somebody(one, f"甲{number:02}")
    reports: list[RoundReport] = []

    def run() -> None:
        way = one.session.transport()
        try:
            reports.append(sync_round(one.session.engine, way, clock=one.session.clock))
        finally:
            way.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.error for report in reports] == ["", ""]
    assert one.sync().error == ""
    assert len(people_at(city)) == 30
    assert agreed(city, one)
    assert not one.status().standing.twin
