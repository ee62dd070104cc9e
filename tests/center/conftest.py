"""A center on SQLite and on PostgreSQL, and points that speak to it, in the same process or over a real server."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
import uvicorn

from app.center.admin import init_center
from app.center.app import create_center_app
from app.center.hub import Hub, center_actor
from app.features.org.commands import EngageStaff, FoundNode
from app.features.registry import load_features
from app.store.engine import open_plain, open_postgres, reading
from app.store.schema import create_tables
from tests.center.lines import Line
from tests.center.points import Point
from tests.center.restoring import Lose
from tests.clocks import FakeClock

load_features()


@pytest.fixture(scope="module", autouse=True)
def _codes_are_kept_cheaply(cheap_codes: None) -> None:
    pass


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sqlite", "postgres"])
def center_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "postgres":
        engine = open_postgres(request.getfixturevalue("postgres_database"))
    else:
        engine = open_plain(tmp_path / "center.db")
    create_tables(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def hub(center_engine: sa.Engine, clock: FakeClock) -> Hub:
    """A center with a city, a district, a town and two villages, and somebody at each."""
    init_center(center_engine, "杭州市救助管理站", "http://127.0.0.1:1", clock=clock)
    hub = Hub(center_engine, clock)
    with reading(center_engine) as conn:
        actor = center_actor(conn)
    runner = hub.runner()
    nodes = {"CITY": actor.node}
    for code, tier, parent in (
        ("D1", "COUNTY", "CITY"),
        ("T1", "TOWN", "D1"),
        ("V1", "VILLAGE", "T1"),
        ("V2", "VILLAGE", "T1"),
    ):
        made = runner.do(FoundNode(code=code, name=f"{code}救助点", tier=tier, parent=nodes[parent]), actor).made
        nodes[code] = made[0][1]
        runner.do(EngageStaff(code=f"u-{code}", name="张三", role="SPECIALIST", node=nodes[code]), actor)
    return hub


@pytest.fixture
def point_at(hub: Hub, clock: FakeClock) -> Iterator[Callable[[str], Point]]:
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
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_center_app(hub.engine, clock=hub.clock), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    with requests.Session() as session:
        yield Line(f"http://127.0.0.1:{bound.getsockname()[1]}", session)
    server.should_exit = True
    thread.join(10)
    bound.close()


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
