"""Answers of every kind are lost, requests come twice and in another order: the effects are those of one."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.center.hub import Hub
from app.cli.sample.served import free_port, served, url_of
from app.features.people.tables import person
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.bytes import BLOB_PATH
from app.sync.http import HttpTransport
from app.sync.links import LINKS_PATH
from app.sync.offering import OFFER_PATH
from app.sync.protocol import ADMIT_PATH, EXCHANGE_PATH
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.snapshot_wire import SNAPSHOT_PATH
from app.sync.state import enrolled
from app.sync.transport import Declined, R
from tests.proof.city import City, Laptop, agreed
from tests.proof.ugly_days.days import (
    Restorable,
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


Kind = tuple[str, str]
"""Of an answer: the path asked, and the code of a no; empty where it was a yes."""


class Line:
    """The real way to the center, on which the first answer of each kind is lost, the third, the fifth and so on: what
    was asked is done there, or refused, and nobody hears of it. `late`: every request comes again later, after others,
    as a network may bring it."""

    def __init__(self, way: HttpTransport, *, late: bool = False) -> None:
        self.way, self.late = way, late
        self.answers: Counter[Kind] = Counter()
        self.kept: list[Callable[[], object]] = []

    @property
    def lost(self) -> set[Kind]:
        return set(self.answers)

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        if self.late:
            self.kept.append(lambda: self.way.call(path, request_id, body, expected))
        try:
            answer = self.way.call(path, request_id, body, expected)
        except Declined as no:
            self._answered((path, no.code))
            raise
        self._answered((path, ""))
        return answer

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        answer = self.way.carry(method, path, body, headers)
        self._answered((path[: len(BLOB_PATH)], ""))
        return answer

    def _answered(self, kind: Kind) -> None:
        if len(self.kept) == 3:
            self.repeat()
        self.answers[kind] += 1
        if self.answers[kind] % 2:
            raise Environment("no_network")

    def repeat(self) -> None:
        """What was sent comes once more, the last first."""
        for again in reversed(self.kept):
            try:
                again()
            except Environment as error:
                raise AssertionError("the center is gone") from error
            except Declined:
                continue
        self.kept.clear()

    def traffic(self) -> tuple[int, int]:
        return self.way.traffic()


def persevere(laptop: Laptop, *, late: bool = False) -> set[Kind]:
    """Round after round until one goes through; what answers were lost until then."""
    way = laptop.session.transport()
    line = Line(way, late=late)
    try:
        for _ in range(60):
            report: RoundReport = sync_round(
                laptop.session.engine, line, clock=laptop.session.clock, sentinel=laptop.session.sentinel
            )
            if not report.error:
                line.repeat()
                return line.lost
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
    assert persevere(one, late=late) == {(ADMIT_PATH, ""), (EXCHANGE_PATH, "")}
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
    lost: set[Kind] = set()
    for turn in range(3):
        somebody(one, f"原{turn}")
        somebody(copy, f"拷{turn}")
        lost |= persevere(one) | persevere(copy)
    persevere(one)
    assert lost >= {(EXCHANGE_PATH, ""), (EXCHANGE_PATH, "fork"), (LINKS_PATH, "")}
    assert names(one) == names(copy) == people_at(city)
    assert len(names(one)) == 7
    assert agreed(city, one, copy)
    assert sound(copy)


def test_every_answer_is_lost_while_a_restored_center_is_given_back_what_it_lost(
    database: str, tmp_path: Path, opened: ExitStack
) -> None:
    """By one who had read it, and then by its author."""
    center = Restorable(database, tmp_path)
    opened.callback(center.close)
    one, other = center.city.laptop("V1", tmp_path / "one"), center.city.laptop("V1", tmp_path / "other", "w")
    for laptop in (one, other):
        opened.callback(laptop.session.close)
    with center.up():
        somebody(one, "甲")
        for laptop in (one, other):
            assert laptop.sync().error == ""
        backup = center.back_up()
        for number in range(5):
            somebody(one, f"丢{number}")
        for laptop in (one, other):
            assert laptop.sync().error == ""
    center.restore(backup)
    with center.up() as city:
        somebody(one, "乙")
        told = {(EXCHANGE_PATH, ""), (EXCHANGE_PATH, "epoch")}
        assert persevere(other, late=True) >= told | {(OFFER_PATH, "")}
        assert persevere(one, late=True) >= told
        for laptop in (other, one):
            persevere(laptop)
        everybody = sorted(["甲", "乙", *(f"丢{number}" for number in range(5))])
        assert names(one) == names(other) == people_at(city) == everybody
        assert agreed(city, one, other)
        assert city.set_aside() == 0
    assert sound(one)


def test_every_answer_is_lost_while_the_state_of_all_is_fetched(
    database: str, tmp_path: Path, opened: ExitStack
) -> None:
    """Somebody comes back who is too far behind for history, with work that was never sent."""
    port = free_port()
    city = City(database, url_of(port))
    opened.callback(city.engine.dispose)
    opened.enter_context(served(city.engine, port, Hub(city.engine, files=tmp_path / "files", snapshot_behind=5)))
    here, away = city.laptop("V1", tmp_path / "here"), city.laptop("V1", tmp_path / "away", "w")
    for laptop in (here, away):
        opened.callback(laptop.session.close)
        assert laptop.sync().error == ""
    for number in range(10):
        somebody(here, f"甲{number}")
    assert here.sync().error == ""
    somebody(away, "乙")
    assert persevere(away) >= {
        (EXCHANGE_PATH, "snapshot_required"), (SNAPSHOT_PATH, ""), (BLOB_PATH, "")
    }  # fmt: skip
    with reading(away.session.engine) as conn:
        assert enrolled(conn).floor_seq > 0
    persevere(here)
    assert names(here) == names(away) == people_at(city) == sorted(["乙", *(f"甲{number}" for number in range(10))])
    assert agreed(city, here, away)
    assert sound(away)


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
