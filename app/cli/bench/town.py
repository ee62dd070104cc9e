"""A center in a process of its own, and points with encrypted files enrolled there: what syncing is measured with."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.base.clock import wall_clock
from app.base.ids import meaning_id
from app.center import admin
from app.center.hub import center_actor, center_runner
from app.cli.bench.serving import Process, process
from app.features.org.commands import EngageStaff, FoundNode
from app.features.org.queries import staff_by_code
from app.journal.act import Actor
from app.journal.here import standing
from app.journal.runner import Runner
from app.store.engine import KEY_SIZE, open_encrypted, open_plain, reading
from app.store.upgrade import upgrade
from app.sync.enrol import enrol
from app.sync.enrolment import read_enrolment
from app.sync.http import HttpTransport, transport_of
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.state import enrolled

_ABOVE = (("BENCH-D", "COUNTY", admin.CITY_CODE), ("BENCH-T", "TOWN", "BENCH-D"))


@dataclass(frozen=True)
class Laptop:
    """A point at work: an encrypted file, somebody signed in, and one kept connection to the center."""

    engine: sa.Engine
    actor: Actor
    node: str
    transport: HttpTransport

    @property
    def runner(self) -> Runner:
        return Runner(self.engine, wall_clock)

    def sync(self) -> RoundReport:
        report = sync_round(self.engine, self.transport, clock=wall_clock)
        if report.error or report.unsent or report.verdicts:
            raise RuntimeError(f"a round that failed is no measure: {report.error}, {report.verdicts} held back")
        return report

    def through(self, url: str) -> "Laptop":
        """The same laptop on another way to the center."""
        with reading(self.engine) as conn:
            here, state = standing(conn), enrolled(conn)
        transport = transport_of(state, here.device, wall_clock, url)
        return Laptop(self.engine, self.actor, self.node, transport)


@dataclass
class Town:
    """A city of a few villages. `found` points before `served`."""

    folder: Path
    villages: int

    def found(self) -> None:
        self.folder.mkdir(parents=True)
        engine = self._center()
        upgrade(engine, None)
        admin.init_center(engine, "演示市救助管理站", "http://127.0.0.1")
        with reading(engine) as conn:
            actor = center_actor(conn)
        runner = center_runner(engine)
        for code, tier, above in (*_ABOVE, *((v, "VILLAGE", "BENCH-T") for v in self.names())):
            runner.do(FoundNode(code=code, name=code, tier=tier, parent=meaning_id("node", above)), actor)
            node = meaning_id("node", code)
            runner.do(EngageStaff(code=f"u-{code}", name="张三", role="SPECIALIST", node=node), actor)
        engine.dispose()

    def names(self) -> list[str]:
        return [f"BENCH-V{number}" for number in range(self.villages)]

    @contextmanager
    def served(self) -> Iterator[Process]:
        with process("app", "center", "serve", "--database", self._database(), "--port", "0") as center:
            yield center

    def enrolment(self, village: str) -> tuple[bytes, str]:
        engine = self._center()
        made = admin.enroll(engine, village)
        engine.dispose()
        return made

    def laptop(self, village: str, url: str) -> Laptop:
        """A new one of this village; it meets the center at its first round."""
        file, code = self.enrolment(village)
        engine = open_encrypted(self.folder / f"{secrets.token_hex(4)}.db", secrets.token_bytes(KEY_SIZE))
        upgrade(engine, None)
        enrol(engine, read_enrolment(file), wall_clock, code)
        with reading(engine) as conn:
            here, state = standing(conn), enrolled(conn)
            who = staff_by_code(conn, f"u-{village}")
        if who is None:
            raise LookupError(village)
        transport = transport_of(state, here.device, wall_clock, url)
        return Laptop(engine, Actor(who.id, who.role, who.node), here.node, transport)

    def _database(self) -> str:
        return f"sqlite:///{self.folder / 'center.db'}"

    def _center(self) -> sa.Engine:
        return open_plain(self.folder / "center.db")
