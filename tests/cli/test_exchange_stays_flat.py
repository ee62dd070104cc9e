"""`bench exchange` in small: what an exchange costs the database must not grow with the history of the center.

Counted, not timed: the steps SQLite takes, the rows PostgreSQL reads. A look through the journal must show in that.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.center.exchange import answer_exchange
from app.center.feed import newest_cursor
from app.center.hub import Hub, standing_city
from app.cli.bench.city import admit, found_city
from app.cli.bench.exchange import LITTLE, MUCH
from app.cli.bench.history import History
from app.cli.bench.record import Records
from app.cli.bench.sending import Device, devices_of
from app.features.registry import load_features
from app.journal.streams import streams_read
from app.journal.tables import journal
from app.store.engine import open_center, reading, writing
from app.sync.protocol import ExchangeRequest, unpack

load_features()
START = 1_795_000_000_000_000
HISTORIES, DEEP = (200, 2_000, 20_000), (10_000, 100_000, 1_000_000)
OWN = (500, 5_000)
"""Commits of one device."""
MONTH = 30 * DAY
TOWN = 2
"""Among the nodes, those above first: after the city and its one district."""
EACH = 8
"""Devices asked of each kind: of a town that has half of the villages below it, and of so many villages less one."""
GROWS = 1.5
"""Of the count; a tree of twenty thousand rows is deeper. What looked through them would cost a hundredfold."""
_STEPS = 50

Count = Callable[[], int]
Sized = Callable[[tuple[int, ...], tuple[int, ...]], tuple[int, ...]]


def steps_of(engine: sa.Engine) -> Count:
    """Steps of SQLite's machine on this engine so far."""
    taken = 0

    def tick() -> int:
        nonlocal taken
        taken += _STEPS
        return 0

    def watch(connection: Any, *_: object) -> None:
        connection.set_progress_handler(tick, _STEPS)

    sa.event.listen(engine, "checkout", watch)
    return lambda: taken


def rows_of(engine: sa.Engine) -> Count:
    """Rows PostgreSQL has read for anybody so far; a connection says so when it ends."""
    query = sa.text("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables")

    def rows() -> int:
        engine.dispose()
        with reading(engine) as conn:
            return int(conn.execute(query).scalar() or 0)

    return rows


class City:
    """A center that grows, and devices that exchange with it; `count`: what its database has done."""

    def __init__(self, database: str) -> None:
        self.engine = open_center(database)
        nodes = found_city(self.engine, 80)
        town, villages = nodes[TOWN], nodes[-60:]
        writers = admit(self.engine, villages, "bench writer")
        self.asked = devices_of(admit(self.engine, villages))
        (self.town,) = devices_of(admit(self.engine, [town], "bench town"))
        self.others = devices_of(admit(self.engine, villages, "bench neighbour"))
        self.hub, self.rng, self.turn = Hub(self.engine), Random(3), 0
        self.push(devices_of(writers[:1]), 1)
        self.history = History(self.engine, writers)
        self.history.begin()
        self.count = steps_of(self.engine) if self.engine.dialect.name == "sqlite" else rows_of(self.engine)

    def costs(self) -> dict[str, float]:
        """What the database does for one exchange of each kind, of villages that were not asked before and the town."""
        at = self.turn * EACH
        self.turn += 1
        asked, others = [self.town, *self.asked[at + 1 : at + EACH]], self.others[at : at + EACH]
        with reading(self.engine) as conn:
            hub_epoch = standing_city(conn)["hub_epoch"]
            for device in (*asked, *others):
                streams = streams_read(self.hub.trees.tree(conn), device.planted.node)
                device.cursor = newest_cursor(conn, streams, hub_epoch)
        self.exchange(asked)  # the first contact of the minute writes a row
        found = {"empty": self.cost(lambda: self.exchange(asked)), "push": self.cost(lambda: self.push(asked, LITTLE))}
        self.push(others, MUCH)
        return {**found, "pull": self.cost(lambda: self.exchange(asked))}

    def look_through(self) -> None:
        with reading(self.engine) as conn:
            conn.execute(sa.select(sa.func.max(journal.c.wall))).scalar()

    def cost(self, act: Callable[[], None]) -> float:
        before = self.count()
        act()
        return (self.count() - before) / EACH

    def take_statistics(self) -> None:
        """What PostgreSQL does by itself when much has come; a trial center on SQLite never does."""
        if self.engine.dialect.name == "postgresql":
            with writing(self.engine) as conn:
                conn.execute(sa.text("ANALYZE"))

    def push(self, devices: list[Device], changes: int, until: int = START) -> None:
        records = Records(1, "", until)
        for device in devices:
            device.write(records, changes, self.rng, until)
        self.exchange(devices)

    def exchange(self, devices: list[Device]) -> None:
        for device in devices:
            request = unpack(device.request().body, ExchangeRequest)
            device.take(answer_exchange(self.hub, request, self.hub.clock()))


@pytest.fixture(params=["sqlite", "postgres"])
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[City]:
    on_server = request.param == "postgres"
    made = City(request.getfixturevalue("postgres_database") if on_server else f"sqlite:///{tmp_path / 'center.db'}")
    yield made
    made.engine.dispose()


@pytest.mark.timeout(3_600)  # of the size of --deep
def test_an_exchange_costs_the_same_after_any_history(city: City, sized: Sized) -> None:
    histories = sized(HISTORIES, DEEP)
    city.costs()
    found: dict[int, dict[str, float]] = {}
    for commits in histories:
        city.history.grow(commits)
        found[commits] = city.costs()
    print(city.engine.dialect.name, found)
    least, most = found[histories[0]], found[histories[-1]]
    assert all(least.values())
    assert city.cost(city.look_through) * EACH >= histories[-1]
    assert {name: most[name] for name in least if most[name] > GROWS * least[name]} == {}, found


def test_an_exchange_costs_the_same_however_much_its_device_wrote(city: City) -> None:
    if city.engine.dialect.name == "postgresql":  # it reads a small table whole, whatever is asked
        city.history.grow(HISTORIES[-1])
    one, found, months = city.asked[0], [], iter(range(1 << 30))
    for commits in OWN:
        while one.n < commits:
            city.push([one], MUCH, START + next(months) * MONTH)
        city.take_statistics()
        found.append(city.cost(lambda: city.push([one], MUCH, START + next(months) * MONTH)))
    print(city.engine.dialect.name, found)
    assert 0 < found[-1] <= GROWS * found[0]
