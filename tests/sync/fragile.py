"""A city in memory whose center can be put back, on a line that can be closed in part: for tests of what follows."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base.errors import Environment
from app.base.ids import new_id
from app.center.hub import Hub, center_actor
from app.center.restore import say_put_back
from app.cli.simulate.ends import MemoryEnd
from app.journal.commands import Command
from app.journal.tables import journal
from app.store.engine import reading
from app.store.schema import create_tables
from app.sync.offering import OFFER_PATH
from app.sync.snapshot import Snapshot
from app.sync.transport import R
from app.sync.writing import inline
from tests.clocks import START
from tests.sync.in_memory import Device, SimulatedClock, Watched, World
from tests.sync.town import found_city


@dataclass
class Way(Watched):
    """A line that carries nothing to `closed`."""

    closed: str = ""

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        if path == self.closed:
            raise Environment("no_network")
        return super().call(path, request_id, body, expected)


@dataclass
class Fragile(World):
    """A world whose center can be put back, in which a device can be stopped before it offers, and given a snapshot."""

    way: Way
    end: MemoryEnd

    def lose(self, copy: Any) -> None:
        self.end.put_back(copy)
        self.hub = self.way.hub = Hub(self.end.engine, self.hub.clock, files=self.hub.files)
        say_put_back(self.hub)

    def do(self, *commands: Command) -> None:
        """At the center, by its chief."""
        with reading(self.hub.engine) as conn:
            chief = center_actor(conn)
        for command in commands:
            self.hub.runner().do(command, chief)

    def pushes_alone(self, device: Device) -> None:
        """Send what it wrote itself, to a center that was put back; what it read of others does not get there."""
        self.way.closed = OFFER_PATH
        assert device.sync() == "no_network"
        self.way.closed = ""

    def given_the_state(self, device: Device) -> None:
        """A snapshot in place of history."""
        Snapshot(
            engine=device.engine,
            transport=self.way,
            segments=self,
            clock=device.clock,
            write=inline,
            new_request_id=new_id,
            tell=lambda _done, _total: None,
            stop_if_asked=lambda: None,
            timer=lambda: 0.0,
        ).take()

    def fetch(self, name: str, offset: int, length: int) -> tuple[bytes, int]:
        """`app.sync.snapshot.Pieces`, from the center's own folder."""
        data = self.hub.content.read(name)
        return data[offset : offset + length], len(data)


@contextmanager
def fragile(files: Path) -> Iterator[Fragile]:
    """The city of `found_city`; `files`: the center's folder."""
    now, end = [START], MemoryEnd()
    create_tables(end.engine)
    hub = Hub(end.engine, SimulatedClock(now), files=files)
    found_city(end.engine, "http://127.0.0.1:1", hub.clock)
    yield Fragile(hub, Way(hub, random.Random(1), 0.0), now, end)
    end.close()


def copied(world: Fragile, device: Device) -> Device:
    """Another laptop with the same disk."""
    other = world.device("V1")
    with device.engine.connect() as source, other.engine.connect() as target:
        _driver(source).backup(_driver(target))
    other.id = device.id
    return other


def words_about(device: Device, author: Device, record: str) -> list[bytes]:
    """The commits of the author, as they are at the device, that still speak of the record."""
    with reading(device.engine) as conn:
        told = conn.execute(sa.select(journal.c.payload).where(journal.c.device == author.id)).scalars()
        return [payload for payload in told if record.encode() in payload]


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection
