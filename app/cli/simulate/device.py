"""One device of a world: its database, its clock, who works at it, its way to the center. Acts are real commands."""

import random
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.cli.simulate.clocks import DeviceClock
from app.cli.simulate.disk import Disk, PowerCut
from app.cli.simulate.ends import Copy, End
from app.cli.simulate.founding import NODE_IDS
from app.cli.simulate.line import Line, Weather
from app.cli.simulate.replaced import replaced
from app.features.cases import search
from app.features.org.queries import load_tree
from app.features.org.tables import staff
from app.journal import authoring
from app.journal.act import Actor
from app.journal.commands import Command
from app.journal.drafts import Finishing
from app.journal.here import Here, standing
from app.journal.ops import SCHEMA, CommitId, Key, decode_op, kept_parts
from app.journal.runner import Runner
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync import exchange
from app.sync.comparing import repair_round
from app.sync.enrol import keep_code
from app.sync.epochs import begin_epoch, begin_where_put_back
from app.sync.outbox import unsent
from app.sync.pages import retry_set_aside
from app.sync.photos import UNBOUNDED, Budget, PhotoReport, photo_turn
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.sentinel import Mark


@dataclass(frozen=True, slots=True)
class Done:
    """An act that is on the disk. `made`: (kind, id) of what it created."""

    commit: CommitId
    made: tuple[Key, ...]

    def id(self, kind: str) -> str:
        return next(id_ for made, id_ in self.made if made == kind)


@dataclass
class MarkOnDisk:
    """A sentinel: what stands beside the database file."""

    mark: Mark | None = None

    def read(self) -> Mark | None:
        return self.mark

    def write(self, mark: Mark) -> None:
        self.mark = mark


@dataclass(frozen=True, slots=True)
class Backup:
    """A device's file as it was, what stood beside it, and how wrong its clock was then."""

    copy: Copy
    mark: Mark | None
    clock_was: int


@dataclass
class Device:
    """`node`: code of its point; `code`: the one-time code of its enrolment. `is_gone`: nobody will start it again."""

    name: str
    node: str
    end: End
    disk: Disk
    clock: DeviceClock
    line: Line
    chance: random.Random
    code: str
    sentinel: MarkOnDisk = field(default_factory=MarkOnDisk)
    is_gone: bool = False
    is_old: bool = False
    """Whether its program is the one before: it says it writes the former format, and knows no snapshots."""
    waits_by_another_clock: bool = False
    """Whether something waits to be sent that was written by another clock than it has now."""
    _engine: sa.Engine | None = field(default=None, repr=False)
    _stays: Actor | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.start()

    @property
    def node_id(self) -> str:
        return NODE_IDS[self.node]

    @property
    def engine(self) -> sa.Engine:
        return self.end.engine

    def start(self) -> None:
        """The machine is switched on, and the program opens the file as `bootstrap` does."""
        self.disk.start()
        if self._engine is not self.end.engine:
            self._engine = self.end.engine
            self.disk.watch(self._engine)
        with writing(self.engine) as conn:
            begin_where_put_back(conn, self.sentinel, self.clock())
            retry_set_aside(conn)
            search.check(conn)

    def start_again(self) -> None:
        """After a power cut."""
        self.end.reopen()
        self.start()

    def back_up(self) -> Backup:
        return Backup(self.end.copy(), self.sentinel.mark, self.clock.wrong)

    def put_back(self, backup: Backup, *, by_program: bool = False, whole_disk: bool = False) -> None:
        """Somebody restores a backup: by the program's own means, which says so itself; or behind its back, the file
        alone or the whole disk with what stands beside it."""
        serial = self.here().serial
        self.end.put_back(backup.copy)
        if whole_disk:
            self.sentinel.mark = backup.mark
        try:
            if by_program:
                with writing(self.engine) as conn:
                    begin_epoch(conn, serial)
            self.start()
        except PowerCut:
            self.start_again()

    def here(self) -> Here:
        with reading(self.engine) as conn:
            return standing(conn)

    def unsent(self) -> int:
        with reading(self.engine) as conn:
            return unsent(conn)

    def who(self) -> Actor:
        """Somebody who may sign in here now: mostly who stays, sometimes who will leave."""
        leaver = self.who_leaves() if self.chance.random() < 0.15 else None
        return leaver or self.who_stays()

    def who_leaves(self) -> Actor | None:
        """Who may leave, while it is not known here that they have."""
        query = sa.select(staff.c.id, staff.c.role, staff.c.node, staff.c.active).where(
            staff.c.code == f"l-{self.node}"
        )
        with reading(self.engine) as conn:
            row = conn.execute(query).one()
        return Actor(row.id, row.role, row.node) if row.active else None

    def who_stays(self) -> Actor:
        """Looked up once: nobody moves them."""
        if self._stays is None:
            query = sa.select(staff.c.id, staff.c.role, staff.c.node).where(staff.c.code == f"u-{self.node}")
            (row,) = self.rows(query)
            self._stays = Actor(*row)
        return self._stays

    def do(self, act: Command | Finishing, actor: Actor | None = None) -> Done | None:
        """Carry a command out; after a power cut it is looked up, and done again where it was not saved. None where
        there was nothing to write. Raises `Refused`."""
        actor = actor or self.who_stays()
        while True:
            before = self.here()
            try:
                with self._program(authoring):
                    outcome = Runner(self.engine, self.clock, tree=load_tree).do(act, actor)
            except PowerCut:
                self.start_again()
                self.line.troubles.append("power cut")
                if self.here().n > before.n:
                    return self._last(self.here())
                continue
            if not outcome.commit:
                return None
            here = self.here()
            return Done(CommitId(here.device, here.epoch, here.n), outcome.made)

    def try_to(self, act: Command | Finishing, actor: Actor | None = None) -> Done | str | None:
        """`do`, or the code of the refusal."""
        try:
            return self.do(act, actor)
        except Refused as refused:
            return refused.code

    def round(self) -> RoundReport | None:
        """A round with the center; None where the power went."""
        try:
            with self._program(exchange):
                report = sync_round(self.engine, self.line, clock=self.clock, timer=self._timer, sentinel=self.sentinel)
            self._index()
            return report
        except PowerCut:
            self.start_again()
            self.line.troubles.append("power cut")
            return None

    def _index(self) -> None:
        """Take the search index up to where the records are, as the desktop does behind."""
        more = True
        while more:
            with writing(self.engine) as conn:
                more = search.step(conn)

    def compare(self) -> None:
        """What rounds do once a day: compare all that is held here with the center, and mend it."""
        repair_round(self.engine, self.line, clock=self.clock)

    def send_photos(self, weather: Weather) -> PhotoReport | None:
        """What follows a round that ended well; None where the power went."""
        hung_up = self.chance.random() < weather.hung_up
        budget = Budget(bytes=self.chance.randrange(100_000)) if hung_up else UNBOUNDED
        try:
            return photo_turn(self.engine, self.line, budget=budget, timer=self._timer)
        except PowerCut:
            self.start_again()
            self.line.troubles.append("power cut")
            return None

    def type_code(self) -> None:
        """The center was put back from before this device's admission: the code is given again, and once more where
        the power goes over it."""
        while True:
            try:
                with writing(self.engine) as conn:
                    return keep_code(conn, self.code)
            except PowerCut:
                self.start_again()
                self.line.troubles.append("power cut")

    def ask(self, query: Any, *given: Any, **named: Any) -> Any:
        with reading(self.engine) as conn:
            return query(conn, *given, **named)

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with reading(self.engine) as conn:
            return list(conn.execute(query).all())

    def _program(self, module: Any) -> AbstractContextManager[None]:
        """The program this device has, as this part of it knows the format of commits."""
        return replaced(module, "SCHEMA", SCHEMA - 1 if self.is_old else SCHEMA)

    def _timer(self) -> float:
        """A slow machine: slices of answers stay small, and end anywhere."""
        return self.chance.random() / 10

    def _last(self, here: Here) -> Done:
        j = journal.c
        own = sa.select(j.payload).where(j.device == here.device, j.epoch == here.epoch, j.n == here.n)
        (row,) = self.rows(own)
        ops = [decode_op(part.raw, here.device, here.epoch) for part in kept_parts(row.payload)]
        made = tuple((op.kind, op.id) for op in ops if op.name == "create")
        return Done(CommitId(here.device, here.epoch, here.n), made)
