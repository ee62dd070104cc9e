"""A center on SQLite and on PostgreSQL, and points that speak to it, in the same process or over a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from app.center.app import create_center_app
from app.center.hub import Hub
from app.features.registry import load_features
from app.store.engine import open_plain, open_postgres
from app.store.schema import create_tables
from tests.center.lines import Line
from tests.center.points import Point, PointAt
from tests.center.restoring import Lose
from tests.clocks import FakeClock
from tests.sync.town import found_city, served

load_features()


@pytest.fixture(scope="module", autouse=True)
def _codes_are_kept_cheaply(cheap_codes: None) -> None:
    pass


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def center_engine(center_engine: sa.Engine) -> sa.Engine:
    create_tables(center_engine)
    return center_engine


@pytest.fixture
def hub(center_engine: sa.Engine, clock: FakeClock) -> Hub:
    """A center with a city, a district, a town and two villages, and somebody at each."""
    found_city(center_engine, "http://127.0.0.1:1", clock)
    return Hub(center_engine, clock)


@pytest.fixture
def point_at(hub: Hub, clock: FakeClock) -> Iterator[PointAt]:
    """`point_at("V1")` is a new device of that node, enrolled and admitted."""
    points: list[Point] = []

    def make(node_code: str) -> Point:
        point = Point.enrolled(hub, node_code, clock)
        points.append(point)
        return point

    yield make
    for point in points:
        point.engine.dispose()


@pytest.fixture
def line(hub: Hub) -> Iterator[Line]:
    with served(create_center_app(hub.engine, clock=hub.clock)) as url, requests.Session() as session:
        yield Line(url, session)


@pytest.fixture
def lose(hub: Hub, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lose]:
    """The center is put back into a database of the other kind."""
    if hub.engine.dialect.name == "sqlite":
        engine = open_postgres(request.getfixturevalue("postgres_database"))
    else:
        engine = open_plain(tmp_path / "again.db")
    create_tables(engine)
    yield Lose(hub, tmp_path / "center.backup", engine)
    engine.dispose()
