"""A town over real HTTP, on SQLite for most tests and on PostgreSQL for a sample."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import wall_clock
from app.center.app import create_center_app
from app.center.hub import Hub
from app.store.engine import open_plain, open_postgres
from app.store.schema import create_tables
from app.store.upgrade import upgrade
from tests.clocks import START
from tests.sync.in_memory import SimulatedClock, Watched, World
from tests.sync.town import Laptop, Town, found_city, served


@pytest.fixture(scope="module", autouse=True)
def _codes_are_kept_cheaply(cheap_codes: None) -> None:
    pass


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A served center on SQLite."""
    yield from _town(open_plain(tmp_path / "center.db"), tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def either_town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A served center, on each kind of database in turn."""
    if request.param == "postgres":
        engine = open_postgres(request.getfixturevalue("postgres_database"))
    else:
        engine = open_plain(tmp_path / "center.db")
    yield from _town(engine, tmp_path)


@pytest.fixture
def pair(either_town: Town) -> tuple[Town, Laptop, Laptop]:
    """Two laptops of one village, both known to the center."""
    first, second = either_town.laptop("V1"), either_town.laptop("V1")
    first.sync()
    second.sync()
    return either_town, first, second


def _town(engine: sa.Engine, folder: Path) -> Iterator[Town]:
    upgrade(engine, None)
    with served(create_center_app(engine)) as url:
        found_city(engine, url)
        town = Town(engine, url, wall_clock, folder)
        try:
            yield town
        finally:
            town.close()
    engine.dispose()


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
