"""Networks that lose answers, double requests and break in the middle: every change arrives once."""

import itertools
from collections.abc import Callable
from contextlib import suppress

import pytest

from app.base.errors import Environment
from app.features.people.tables import person
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.comparing import repair_round
from app.sync.protocol import EXCHANGE_PATH
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.transport import R
from tests.sync.bad_line import BadLine
from tests.sync.town import Laptop, Town


def persevere(laptop: Laptop, trouble: Callable[[int], str], most: int = 40) -> int:
    """Round after round until one goes through; gives how many were needed."""
    line = BadLine(laptop.transport, trouble)
    for rounds in range(1, most + 1):
        report = sync_round(laptop.engine, line, clock=laptop.clock)
        if not report.error:
            return rounds
    raise AssertionError("never got through")


def loses(number: int) -> Callable[[int], str]:
    """The answer to this call."""
    return lambda call: "answer lost" if call == number else ""


def numbers(laptop: Laptop, town: Town) -> list[int]:
    with reading(town.engine) as conn:
        j = journal.c
        return [row.n for row in conn.execute(journal.select().where(j.device == laptop.device).order_by(j.n))]


@pytest.mark.parametrize("trouble", ["request lost", "answer lost", "doubled", "answer late"])
def test_every_second_call_goes_wrong_and_everything_arrives_once(either_town: Town, trouble: str) -> None:
    town, first, second = either_town, either_town.laptop("V1"), either_town.laptop("V1")
    for i in range(150):
        first.register(f"来人{i}", features=f"第{i}位，" + "身穿深色外套，" * (i % 9))
    persevere(first, lambda call: trouble if call % 2 else "")
    assert numbers(first, town) == list(range(1, 151))
    persevere(second, lambda call: trouble if call % 2 else "")
    assert len(second.rows(person.table)) == 150
    for laptop in (first, second):
        laptop.sync()
        assert laptop.status().digest == town.digest_of(laptop)
        assert laptop.status().standing.unsent == 0


def test_whichever_answer_is_lost_while_comparing_it_ends_even(either_town: Town) -> None:
    town, first, second = either_town, either_town.laptop("V1"), either_town.laptop("V1")
    someone, *_ = [first.register(f"来人{i}") for i in range(20)]
    first.sync()
    second.sync()
    right = second.status().digest
    for lost in itertools.count(1):
        with writing(second.engine) as conn:
            conn.execute(person.table.update().where(person.c.id == someone).values(features="错"))
        assert second.status().digest != right
        line = BadLine(second.transport, loses(lost))
        with suppress(Environment):
            assert repair_round(second.engine, line, clock=second.clock).even
        if line.calls < lost:
            break
        assert repair_round(second.engine, second.transport, clock=second.clock).even
        assert second.status().digest == right == town.digest_of(second)
    assert lost > 4  # the digests, the buckets, the records, and that all is even now


def test_what_is_written_while_the_line_is_bad_comes_after(town: Town) -> None:
    first, second = town.laptop("V1"), town.laptop("V1")
    made = first.register("来人")
    line = BadLine(first.transport, loses(2))
    assert sync_round(first.engine, line, clock=first.clock).error == "no_network"
    first.amend(made, phone="13800000000")
    first.sync()
    second.sync()
    assert second.rows(person.table)[0]["phone"] == "13800000000"
    assert [r.outcome for r in first.status().rounds] == ["ok", "no_network"]


def test_a_slow_line_gets_smaller_pushes_in_the_same_round(town: Town) -> None:
    laptop = town.laptop("V1")
    for i in range(200):
        laptop.register(f"来人{i}", features=f"第{i}位，" + "身穿深色外套，" * (i % 9))
    sizes: list[int] = []

    class Slow(BadLine):
        def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
            if path == EXCHANGE_PATH:
                sizes.append(len(body))
            if len(body) > 6_000:
                raise Environment("time_out")
            return super().call(path, request_id, body, expected)

    way = Slow(laptop.transport, lambda _: "")
    reports: list[RoundReport] = []
    while not reports or reports[-1].error:
        reports.append(sync_round(laptop.engine, way, clock=laptop.clock))
        assert len(reports) < 20
    assert numbers(laptop, town) == list(range(1, 201))
    assert sizes[0] > 6_000
