"""A point with a network around it, ready to take commands: the real store, a clock that the test sets.

outcome = point.do(LogEncounter(...))
with point.reading() as conn: ...
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import instant_of
from app.base.errors import Refused
from app.base.ids import meaning_id
from app.features.org.commands import EngageStaff, FoundNode
from app.features.registry import load_features
from app.journal.act import Actor
from app.journal.apply import apply
from app.journal.commands import Command
from app.journal.here import found
from app.journal.ops import Commit, OpPart, unpack_parts
from app.journal.runner import Outcome, Runner
from app.journal.tables import journal
from app.store.engine import open_encrypted, open_plain, reading, writing
from app.store.schema import create_tables, metadata
from tests.clocks import FakeClock

load_features()

CODES = {"city": "4102", "county": "410202", "town": "410202001", "village": "41020200101", "other": "41020200102"}
NODES = {name: meaning_id("node", code) for name, code in CODES.items()}
TREE = (
    FoundNode(code=CODES["city"], name="市救助管理站", tier="CITY", hotline="0371-5550000"),
    FoundNode(code=CODES["county"], name="龙亭区救助点", tier="COUNTY", parent=NODES["city"]),
    FoundNode(code=CODES["town"], name="北书店街道", tier="TOWN", parent=NODES["county"]),
    FoundNode(code=CODES["village"], name="油坊社区", tier="VILLAGE", parent=NODES["town"], point_type="COMMUNITY"),
    FoundNode(code=CODES["other"], name="菜市社区", tier="VILLAGE", parent=NODES["town"]),
)


@dataclass
class Point:
    """One installation: its store, its runner, who sits at it."""

    engine: sa.Engine
    clock: FakeClock
    device: str
    node: str
    actor: Actor
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = Runner(self.engine, self.clock)

    def do(self, command: Command) -> Outcome:
        return self.runner.do(command, self.actor)

    def make(self, command: Command, kind: str) -> str:
        """Carry the command out; the id of the record of that kind it made."""
        made = [id_ for of_kind, id_ in self.do(command).made if of_kind == kind]
        assert len(made) == 1, made
        return made[0]

    def refused(self, command: Command) -> tuple[str, str | None]:
        """(code, field) of the refusal that the command must meet; nothing may be written."""
        before = self.commits()
        with pytest.raises(Refused) as caught:
            self.do(command)
        assert self.commits() == before
        return caught.value.code, caught.value.field

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with reading(self.engine) as conn:
            yield conn

    def row(self, kind: str, id_: str) -> Mapping[str, Any]:
        table = metadata.tables[f"{kind}_row"]
        with self.reading() as conn:
            return dict(conn.execute(sa.select(table).where(table.c.id == id_)).mappings().one())

    def rows(self, kind: str, **where: Any) -> list[Mapping[str, Any]]:
        """Visible records of the kind with these values, in the order in which they were made."""
        table = metadata.tables[f"{kind}_row"]
        conditions = [table.c[name] == value for name, value in where.items()]
        query = sa.select(table).where(~table.c.hidden, *conditions).order_by(table.c.born_n, table.c.born_op)
        with self.reading() as conn:
            return [dict(row) for row in conn.execute(query).mappings()]

    def commits(self) -> int:
        with self.reading() as conn:
            return int(conn.execute(sa.select(sa.func.count()).select_from(journal)).scalar_one())


class Exchange:
    """Stands for the center where two points of a test meet: numbers what each wrote and hands it to the others."""

    def __init__(self, *points: Point) -> None:
        self.points = points
        self.commits: list[Commit] = []

    def round(self) -> None:
        """Every point sends what it wrote since the last round, and takes in everything."""
        for point in self.points:
            with point.reading() as conn:
                mine = (journal.c.device == point.device) & journal.c.seq.is_(None)
                rows = conn.execute(sa.select(journal).where(mine).order_by(journal.c.n)).mappings().all()
            self.commits += [_commit(row, len(self.commits) + 1 + index) for index, row in enumerate(rows)]
        for point in self.points:
            with writing(point.engine) as conn:
                apply(conn, [_copy(commit) for commit in self.commits])


def _commit(row: sa.RowMapping, seq: int) -> Commit:
    names = ("device", "epoch", "serial", "n", "wall", "bound", "actor", "schema", "chain", "eff")
    return Commit(**{name: row[name] for name in names}, parts=unpack_parts(row["payload"]), seq=seq)


def _copy(commit: Commit) -> Commit:
    names = ("device", "epoch", "serial", "n", "wall", "bound", "actor", "schema", "chain", "eff", "seq")
    parts = [OpPart(*part) for part in commit.parts]
    return Commit(**{name: getattr(commit, name) for name in names}, parts=parts)


def found_point(engine: sa.Engine, clock: FakeClock, device: str, letter: str, at: str) -> Point:
    """An installation at the node `at` of the tree, with nothing in it."""
    create_tables(engine)
    with writing(engine) as conn:
        found(conn, device=device, letter=letter, node=NODES[at], city=NODES["city"])
    return Point(engine, clock, device, NODES[at], Actor("0" * 32, "POINT_HEAD", NODES[at]))


def settle_in(point: Point) -> None:
    """The network, and 王单洁 who works here and from now on acts."""
    for command in TREE:
        point.do(command)
    engaged = EngageStaff(code=f"w{point.device[:2]}", name="王单洁", role="SPECIALIST", phone="13812341234")
    point.actor = Actor(point.make(engaged, "staff"), "SPECIALIST", point.node)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def point(clock: FakeClock) -> Iterator[Point]:
    """油坊社区 in 北书店街道: the point at which most tests happen."""
    engine = open_plain(None)
    made = found_point(engine, clock, "a" * 32, "A", "village")
    settle_in(made)
    yield made
    engine.dispose()


@pytest.fixture
def two_points(clock: FakeClock) -> Iterator[tuple[Point, Point, Exchange]]:
    """Two laptops of 油坊社区 that know the same network, and what brings them together."""
    engines = [open_plain(None), open_plain(None)]
    points = [
        found_point(engine, clock, sign * 32, sign.upper(), "village")
        for engine, sign in zip(engines, "ab", strict=True)
    ]
    settle_in(points[0])
    exchange = Exchange(*points)
    exchange.round()
    points[1].actor = points[0].actor
    yield points[0], points[1], exchange
    for engine in engines:
        engine.dispose()


@pytest.fixture
def encrypted_point(tmp_path: Path, clock: FakeClock) -> Iterator[Point]:
    """As `point`, in an encrypted file."""
    engine = open_encrypted(tmp_path / "point.db", bytes(range(32)))
    made = found_point(engine, clock, "a" * 32, "A", "village")
    settle_in(made)
    yield made
    engine.dispose()


@pytest.fixture(params=["point", "encrypted_point"])
def any_point(request: pytest.FixtureRequest) -> Point:
    """A plain file with the interpreter's SQLite, and the encrypted one with its own."""
    made: Point = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def at() -> Callable[[str], int]:
    """`at("2026-11-21 08:00")` is that instant in the field's civil time."""
    return lambda text: instant_of(datetime.fromisoformat(text))


@pytest.fixture
def nodes() -> dict[str, str]:
    return dict(NODES)
