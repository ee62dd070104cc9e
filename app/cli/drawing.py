"""Pictures of every screen for `aidpoint demo --shots`: made on copies of the demo's point that are thrown away.

So anything may be typed, counted and left open on the way. The copies never meet a center.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from app.base.clock import Clock, wall_clock
from app.cli import bootstrap
from app.cli.desktop import PointDoor, read_choices
from app.desktop.shots.stage import Stage
from app.features.people.commands import AmendPerson
from app.features.people.queries import person_ids
from app.journal.apply import apply
from app.journal.load import commit_in, load_commits
from app.journal.ops import Commit, CommitId
from app.journal.tables import journal
from app.store import keystore
from app.store.engine import reading, writing
from app.store.sealing import Cost
from app.sync.epochs import begin_epoch

_CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)
_PHONES = ("13800001234", "13912345678")


@dataclass(slots=True)
class Copies:
    """Hands out stages, each on a fresh copy of the same point."""

    home: Path
    point: Path
    enrolment: Path
    user: str
    password: str
    clock: Clock
    made: int = 0

    def stage(self) -> Stage:
        """What one run through the screens needs: a point with a past, and a folder that is no point yet."""
        self.made += 1
        data, new = self.home / f"point-{self.made}", self.home / f"new-{self.made}"
        shutil.copytree(self.point, data)
        return Stage(
            door=PointDoor(data, self.clock, _CHEAP),
            user=self.user,
            password=self.password,
            first_door=PointDoor(new, self.clock, _CHEAP),
            enrolment=self.enrolment,
            clock=self.clock,
            choices=replace(read_choices(data), lock_after_s=0),
        )


@contextmanager
def copies_of(point: Path, enrolment: Path, password: str, clock: Clock = wall_clock) -> Iterator[Copies]:
    """Copies of this point, in which two people disagree about a phone number."""
    user, *others = _by_role(point)
    with tempfile.TemporaryDirectory(prefix="drawn-", dir=point.parent) as home:
        kept = Path(home) / "kept"
        shutil.copytree(point, kept)
        _disagree(kept, Path(home) / "elsewhere", user, others[0] if others else user, password, clock)
        yield Copies(Path(home), kept, enrolment, user, password, clock)


def _by_role(point: Path) -> list[str]:
    """Who may sign in, the one who signed in last first."""
    last = PointDoor(point, wall_clock).last_user()
    return sorted(keystore.users(point), key=lambda code: code != last)


def _disagree(here: Path, elsewhere: Path, one: str, other: str, password: str, clock: Clock) -> None:
    """The same record amended on two computers that do not know of each other; then one hears of the other."""
    shutil.copytree(here, elsewhere)
    theirs = _amend(elsewhere, other, password, _PHONES[1], clock, apart=True)
    _amend(here, one, password, _PHONES[0], clock, apart=False)
    with bootstrap.open_point(here, one, password, clock) as session, writing(session.engine) as conn:
        last = conn.execute(sa.select(sa.func.max(journal.c.seq))).scalar() or 0
        theirs.seq = int(last) + 1
        apply(conn, [theirs])


def _amend(data: Path, user: str, password: str, phone: str, clock: Clock, *, apart: bool) -> Commit:
    with bootstrap.open_point(data, user, password, clock) as session:
        if apart:
            with writing(session.engine) as conn:
                begin_epoch(conn)
        with reading(session.engine) as conn:
            person = person_ids(conn, 1)[0]
        amend = AmendPerson(person=person, phone=phone, reason="本人又说了一个号码")
        outcome = session.runner.do(amend, session.actor)
        with reading(session.engine) as conn:
            device, epoch, n = outcome.commit.split(".")
            row = load_commits(conn, [CommitId(device, epoch, int(n))])[CommitId(device, epoch, int(n))]
    return replace(commit_in(row), chain=None)  # as others are told it
