"""R1: a point killed at any moment of saving, sending or taking in loses nothing it acknowledged, and nothing is half.

What counts as acknowledged is what `point exec` answered before the process died.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.paths import program_root
from app.cli.bootstrap import open_point
from app.cli.point_check import check_point
from app.features.cases.tables import case, encounter, note
from app.features.inventory.queries import stock_by_code
from app.features.inventory.tables import movement
from app.features.people.tables import person
from app.journal.tables import journal
from app.store.engine import reading
from tests.proof.city import NOODLES, PASSWORD, WATER, City, Laptop, agreed
from tests.proof.falling import GIVEN, USER, met

SHELF = 1_000_000
SOUND = dict.fromkeys(("file", "chain", "records", "heads", "shelf"), "ok")
LATEST_S = {"save": (0.2, 0.2, 0.06), "sync": (0.2, 0.2, 0.25), "early": (0.2, 0.2, 0.01)}
"""How long after its start, its opening, its first answer a child is killed at the latest."""


@dataclass
class Falls:
    """A point whose processes are killed one after the other."""

    data: Path
    process: subprocess.Popen[str]
    acknowledged: list[str] = field(default_factory=list)
    kills: int = 0
    opened: int = 0

    def again(self, work: str, rng: Random) -> None:
        """Killed while it opens, or at its first save, or in the midst of work."""
        heard = (0, 1, 2, 2, 2)[self.kills % 5]
        kill_after = rng.uniform(0, LATEST_S[work][heard])
        order = {"name": f"{work}-{self.kills}", "work": work, "kill_after": kill_after, "heard": heard}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        assert told["killed"], "it ended by itself"
        assert told["opened"] or not heard
        assert told["refused"] == []
        self.kills += 1
        self.opened += told["opened"]
        self.acknowledged += told["acknowledged"]


@pytest.fixture
def neighbour(city: City, tmp_path: Path) -> Iterator[Laptop]:
    """The second laptop of the point, which nobody kills."""
    with (laptop := city.laptop("V1", tmp_path / "neighbour", "w")).session:
        yield laptop


@pytest.fixture
def falls(city: City, tmp_path: Path) -> Iterator[Falls]:
    data = tmp_path / "point"
    with (laptop := city.laptop("V1", data)).session:
        laptop.do("OpeningCount", lines=[{**GOODS[item], "quantity": SHELF} for item in GOODS], counter="张三")
    said = tmp_path / "said"
    with said.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.falling", str(data)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True, cwd=program_root(),
        )  # fmt: skip
    yield Falls(data, process)
    process.communicate(timeout=30)
    assert said.read_text("utf-8") == ""


GOODS = {item: {"item": item, "batch": "B", "expires_on": "2027-06-30"} for item in (WATER, NOODLES)}


def half_or_doubled(laptop: Laptop) -> list[tuple[str, int]]:
    """Keys of acts that are not there exactly once and whole."""
    of_note = sa.select(note.c.text, encounter.c.id, case.c.id, person.c.features).select_from(
        note.table.outerjoin(encounter.table, encounter.c.id == note.c.encounter)
        .outerjoin(case.table, case.c.id == encounter.c.case)
        .outerjoin(person.table, person.c.id == case.c.person)
    )
    given = Counter(
        (of_id, item, quantity)
        for of_id, item, quantity in laptop.rows(sa.select(movement.c.of_id, movement.c.item, movement.c.quantity))
    )
    rows = laptop.rows(of_note)
    times = Counter(row[0] for row in rows)
    return [
        (key, times[key])
        for key, met_id, _, features in rows
        if times[key] != 1 or features != key or any(given[(met_id, *one)] != 1 for one in GIVEN)
    ]


def count_of(laptop: Laptop, entity: Any) -> int:
    return int(laptop.rows(sa.select(sa.func.count()).select_from(entity.table))[0][0])


def check(laptop: Laptop, falls: Falls, of_others: int = 0) -> None:
    """Nothing lost, doubled or half; at most one act a kill was saved without its answer."""
    assert check_point(laptop.session.engine) == SOUND
    assert half_or_doubled(laptop) == []
    there = {row[0] for row in laptop.rows(sa.select(note.c.text))}
    own = {key for key in there if not key.startswith("n-")}
    lost = set(falls.acknowledged) - own
    assert not lost, f"{len(lost)} of {len(falls.acknowledged)} lost"
    assert len(own - set(falls.acknowledged)) <= falls.kills
    acts = len(own) + of_others
    assert len(there) == acts
    assert [count_of(laptop, entity) for entity in (person, case, encounter, note)] == [acts] * 4
    assert count_of(laptop, movement) == acts * len(GIVEN)
    with reading(laptop.session.engine) as conn:
        stock = stock_by_code(conn, laptop.status().node)
    assert (stock["WATER01"], stock["FOOD01"]) == (SHELF - acts, SHELF - 2 * acts)


alone = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""The center has no part in it."""


@alone
@pytest.mark.timeout(7_200)
def test_killed_while_saving(falls: Falls, sized: Callable[[int, int], int]) -> None:
    rng, kills = Random(1), sized(60, 3_000)
    for _ in range(kills):
        falls.again("save", rng)
    assert len(falls.acknowledged) > kills // 2
    with open_point(falls.data, USER, PASSWORD) as session:
        laptop = Laptop(falls.data, session)
        check(laptop, falls)
        assert laptop.rows(sa.select(sa.func.max(journal.c.n)))[0][0] == 1 + count_of(laptop, encounter)


@alone
def test_an_answer_before_the_save_is_found_out(falls: Falls) -> None:
    """The control: were a kill harmless, or the check blind, this would fail."""
    rng = Random(3)
    for _ in range(10):
        falls.again("early", rng)
    with open_point(falls.data, USER, PASSWORD) as session, pytest.raises(AssertionError, match="lost"):
        check(Laptop(falls.data, session), falls)


@pytest.mark.timeout(7_200)
def test_killed_while_sending_and_taking_in(
    falls: Falls, city: City, neighbour: Laptop, sized: Callable[[int, int], int]
) -> None:
    """Each time there is something to send, and something of the neighbour's to take in."""
    rng, kills, of_others = Random(2), sized(40, 2_000), 0
    for _ in range(kills):
        for _ in range(2):
            neighbour.do("LogEncounter", **met(f"n-{of_others}"))
            of_others += 1
        assert neighbour.sync().error == ""
        falls.again("sync", rng)
    assert len(falls.acknowledged) > kills // 2
    with open_point(falls.data, USER, PASSWORD) as session:
        laptop = Laptop(falls.data, session)
        assert laptop.sync().error == ""
        assert neighbour.sync().error == ""
        assert laptop.sync().error == ""
        check(laptop, falls, of_others)
        check(neighbour, falls, of_others)
        assert agreed(city, laptop, neighbour)
        assert city.set_aside() == 0
        with reading(city.engine) as conn:
            for entity in (person, case, encounter, note, movement):
                taken = conn.execute(sa.select(sa.func.count()).select_from(entity.table)).scalar_one()
                assert taken == count_of(laptop, entity)
