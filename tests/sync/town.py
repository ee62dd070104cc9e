"""A city under test: a real center behind a real HTTP server, and laptops that are enrolled there."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvicorn

from app.base.clock import Clock, wall_clock
from app.base.ids import meaning_id
from app.center import admin
from app.center.app import create_center_app
from app.center.hub import Hub, center_actor, center_runner
from app.features.org.commands import EngageStaff, FoundNode
from app.features.org.queries import load_tree, staff_by_code
from app.features.people.commands import AmendPerson, RegisterPerson
from app.features.registry import load_features
from app.journal.act import Actor
from app.journal.commands import Command
from app.journal.heads import Dispute, disputes
from app.journal.here import standing
from app.journal.runner import Outcome, Runner
from app.store.engine import file_of, open_plain, reading
from app.store.upgrade import upgrade
from app.sync.enrol import enrol
from app.sync.enrolment import read_enrolment
from app.sync.http import HttpTransport
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.state import enrolled
from app.sync.status import Status, status

NODES = (
    ("D1", "COUNTY", "CITY"),
    ("T1", "TOWN", "D1"),
    ("V1", "VILLAGE", "T1"),
    ("V2", "VILLAGE", "T1"),
)
"""(code, tier, parent's code); each has one staff member, `u-<code>`."""

load_features()


@dataclass
class Laptop:
    """One installation, in a plain file: encryption is the store's matter and has its own tests."""

    engine: sa.Engine
    clock: Clock
    actor: Actor
    transport: HttpTransport

    def do(self, command: Command) -> Outcome:
        return Runner(self.engine, self.clock).do(command, self.actor)

    def register(self, name: str, **facts: Any) -> str:
        return self.do(RegisterPerson(name=name, gender="MALE", age_est=40, **facts)).made[0][1]

    def amend(self, person: str, **facts: Any) -> Outcome:
        return self.do(AmendPerson(person=person, reason="问到了", **facts))

    def try_sync(self, **options: Any) -> RoundReport:
        return sync_round(self.engine, self.transport, clock=self.clock, **options)

    def sync(self, **options: Any) -> RoundReport:
        report = self.try_sync(**options)
        assert (report.error, report.unsent) == ("", 0)
        return report

    def status(self) -> Status:
        with reading(self.engine) as conn:
            return status(conn, load_tree(conn), self.clock())

    @property
    def device(self) -> str:
        with reading(self.engine) as conn:
            return standing(conn).device

    def disputes(self) -> list[Dispute]:
        with reading(self.engine) as conn:
            return disputes(conn)

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        with reading(self.engine) as conn:
            return [dict(row) for row in conn.execute(sa.select(table)).mappings()]


@dataclass
class Town:
    """The center and what was opened in the test."""

    engine: sa.Engine
    url: str
    clock: Clock
    folder: Path
    laptops: list[Laptop] = field(default_factory=list)

    def enrolment(self, node_code: str) -> tuple[bytes, str]:
        return admin.enroll(self.engine, node_code, clock=self.clock)

    def laptop(self, node_code: str, *, clock: Clock | None = None, url: str | None = None) -> Laptop:
        """A new laptop of this node, enrolled by file; it meets the center at its first round."""
        file, code = self.enrolment(node_code)
        return self.laptop_from(file, code, f"u-{node_code}", clock=clock, url=url)

    def laptop_from(
        self, file: bytes, code: str, user: str, *, clock: Clock | None = None, url: str | None = None
    ) -> Laptop:
        clock = clock or self.clock
        engine = open_plain(self.folder / f"laptop-{len(self.laptops)}.db")
        upgrade(engine, None)
        enrol(engine, read_enrolment(file), clock, code)
        laptop = laptop_at(engine, clock, user, url or self.url)
        self.laptops.append(laptop)
        return laptop

    def copy_of(self, laptop: Laptop) -> Laptop:
        """Another laptop with the same disk; or this one, once its disk is put back."""
        file = file_of(laptop.engine)
        assert file is not None
        laptop.engine.dispose()
        engine = open_plain(Path(shutil.copy(file, self.folder / f"copy-{len(self.laptops)}.db")))
        copy = replace(laptop, engine=engine, transport=_transport(engine, laptop.clock, self.url))
        self.laptops.append(copy)
        return copy

    def digest_of(self, laptop: Laptop) -> str:
        """What the center says this device must hold."""
        return next(str(d["digest"]) for d in admin.status(self.engine)["devices"] if d["id"] == laptop.device)

    def do(self, command: Command) -> Outcome:
        """The center acts itself."""
        with reading(self.engine) as conn:
            actor = center_actor(conn)
        return center_runner(self.engine, self.clock).do(command, actor)

    def close(self) -> None:
        for laptop in self.laptops:
            laptop.transport.close()
            laptop.engine.dispose()


def laptop_at(engine: sa.Engine, clock: Clock, user: str, url: str) -> Laptop:
    with reading(engine) as conn:
        who = staff_by_code(conn, user)
    assert who is not None
    return Laptop(engine, clock, Actor(who.id, who.role, who.node), _transport(engine, clock, url))


def _transport(engine: sa.Engine, clock: Clock, url: str) -> HttpTransport:
    with reading(engine) as conn:
        return HttpTransport(url, enrolled(conn).identity(standing(conn).device), clock)


def found_city(engine: sa.Engine, url: str, clock: Clock = wall_clock) -> None:
    """A city, a district, a town and two villages, with somebody at each."""
    admin.init_center(engine, "杭州市救助管理站", url, clock=clock)
    with reading(engine) as conn:
        actor = center_actor(conn)
    runner = center_runner(engine, clock)
    for code, tier, parent in NODES:
        runner.do(FoundNode(code=code, name=f"{code}救助点", tier=tier, parent=meaning_id("node", parent)), actor)
        node = meaning_id("node", code)
        runner.do(EngageStaff(code=f"u-{code}", name="张三", role="SPECIALIST", node=node), actor)


@contextmanager
def opened(engine: sa.Engine, folder: Path, clock: Clock = wall_clock, **facts: Any) -> Iterator[Town]:
    """The city of `found_city` in this empty database, served; `facts`: what `Hub` is told beside that."""
    upgrade(engine, None)
    with served(create_center_app(engine, hub=Hub(engine, clock, **facts))) as url:
        found_city(engine, url, clock)
        town = Town(engine, url, clock, folder)
        try:
            yield town
        finally:
            town.close()
    engine.dispose()


@contextmanager
def served(app: Callable[..., Any]) -> Iterator[str]:
    """The application behind a real server on a free port; gives its URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < until
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
