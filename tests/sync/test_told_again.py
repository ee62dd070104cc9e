"""What a center that was put back is told again: who had gone by it before gets back what they dropped."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.center.hub import Hub
from app.cli.simulate.ends import MemoryEnd
from app.features.cases.commands_case import CloseCase, ReopenCase
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.tables import case, encounter
from app.store.engine import reading
from app.store.schema import create_tables
from app.sync.comparing import COMPARE_PATH
from tests.features.cases.givens import complete
from tests.sync.in_memory import START, Device, SimulatedClock
from tests.sync.test_comes_late import Late, Way
from tests.sync.test_moves import meet
from tests.sync.test_repair import sync
from tests.sync.town import found_city


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Late]:
    now, end = [START], MemoryEnd()
    create_tables(end.engine)
    hub = Hub(end.engine, SimulatedClock(now), files=tmp_path)
    found_city(end.engine, "http://127.0.0.1:1", hub.clock)
    way = Way(hub, random.Random(1), 0.0)
    yield Late(hub, way, now, end)
    end.close()


def test_a_closing_told_with_the_reopening(world: Late) -> None:
    village, town = world.device("V1"), world.device("T1")
    case_id = dict(village.runner.do(complete(), village.actor).made)["case"]
    sync(village, town)
    backup = world.end.copy()
    village.runner.do(CloseCase(case=case_id, close_type="NEED_MET"), village.actor)
    sync(village, town)
    assert not _cases(town)
    village.runner.do(ReopenCase(case=case_id, reason="又回来了"), village.actor)
    world.lose(backup)
    sync(village)
    _sync_without_mending(world, town)
    assert _cases(town) == [case_id]


def test_a_closing_told_after_the_reopening(world: Late) -> None:
    closing, opening, town = world.device("V1"), world.device("V1"), world.device("T1")
    case_id = dict(closing.runner.do(complete(), closing.actor).made)["case"]
    sync(closing, opening, town)
    backup = world.end.copy()
    closing.runner.do(CloseCase(case=case_id, close_type="NEED_MET"), closing.actor)
    sync(closing, town, opening)
    opening.runner.do(ReopenCase(case=case_id, reason="又回来了"), opening.actor)
    world.lose(backup)
    world.pushes_alone(opening)
    sync(closing)
    _sync_without_mending(world, town)
    assert _cases(town) == [case_id]


def test_a_grant_taken_back_and_given_again(world: Late) -> None:
    village, guest = world.device("V1"), world.device("V2")
    case_id, _ = meet(village, name="王五")
    given = GrantCase(case=case_id, point=guest.actor.node, reason="常在那边")
    village.runner.do(given, village.actor)
    sync(village, guest)
    backup = world.end.copy()
    taken_back = RevokeCase(case=case_id, point=guest.actor.node, reason="不用了")
    village.runner.do(taken_back, village.actor)
    sync(village, guest)
    assert not _cases(guest)
    village.runner.do(given, village.actor)
    world.lose(backup)
    sync(village)
    _sync_without_mending(world, guest)
    assert _cases(guest) == [case_id]


def _cases(device: Device) -> list[str]:
    """The cases that are at the device with an encounter."""
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(case.c.id).join(encounter.table, encounter.c.case == case.c.id)).scalars())


def _sync_without_mending(world: Late, device: Device) -> None:
    """A round after which there is nothing to mend: the first question of the comparison is the last."""
    world.way.asked.clear()
    sync(device)
    assert world.way.asked.count(COMPARE_PATH) == 1
    assert device.digest() == world.must_hold(device)
