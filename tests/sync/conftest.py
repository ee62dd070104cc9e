"""A town over real HTTP, on SQLite for most tests and on PostgreSQL for a sample; and a city in memory."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.center.hub import Hub
from app.store.engine import open_plain
from app.store.schema import create_tables
from tests.clocks import START
from tests.sync.in_memory import SimulatedClock, Watched, World
from tests.sync.reissuing import Twins, twins_of
from tests.sync.town import Laptop, Town, found_city, opened


@pytest.fixture(scope="module", autouse=True)
def _codes_are_kept_cheaply(cheap_codes: None) -> None:
    pass


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A served center on SQLite."""
    with opened(open_plain(tmp_path / "center.db"), tmp_path) as town:
        yield town


@pytest.fixture
def either_town(center_engine: sa.Engine, tmp_path: Path) -> Iterator[Town]:
    """A served center, on each kind of database in turn."""
    with opened(center_engine, tmp_path) as town:
        yield town


@pytest.fixture
def pair(either_town: Town) -> tuple[Town, Laptop, Laptop]:
    """Two laptops of one village, both known to the center."""
    first, second = either_town.laptop("V1"), either_town.laptop("V1")
    first.sync()
    second.sync()
    return either_town, first, second


@pytest.fixture
def twins(town: Town) -> Twins:
    """A laptop that has synced, and its copy."""
    return twins_of(town)


@pytest.fixture
def world() -> Iterator[World]:
    """The city of `found_city`, in memory."""
    now = [START]
    engine = open_plain(None)
    create_tables(engine)
    hub = Hub(engine, SimulatedClock(now))
    found_city(engine, "http://127.0.0.1:1", hub.clock)
    yield World(hub, Watched(hub, random.Random(1), 0.0), now)
    engine.dispose()
