"""How far a single record has come on its way to the center, and what others made of it there.

Reads the outbox: own commits without a number are few, so nothing is kept beside the journal for this. Not here: how
much waits altogether (`status.py`).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from app.journal.here import Here, standing
from app.journal.tables import journal
from app.sync.tables import carried, past_epoch, verdict

_ID = re.compile(rb'"([0-9a-f]{32})"')
_MOST = 5_000
"""So many of the latest commits without a number are looked at; an older one is then taken for merged."""


class Stage(IntEnum):
    """Where what was written here about a record stands; the least of them is told. SENT: in a file that is carried to
    the center; RECEIVED: the center has it and has not put it among the others' yet."""

    HELD_BACK = 0
    WAITING = 1
    SENT = 2
    RECEIVED = 3
    MERGED = 4


@dataclass(frozen=True, slots=True)
class Trace:
    """`stage`: of the commit that is least far; `commits`: how many are no further than it; `since`: its wall time, µs,
    None where all is merged."""

    stage: Stage
    commits: int = 0
    since: int | None = None


def trace(conn: sa.Connection, ids: Collection[str]) -> Trace:
    """How far a record has come, with what hangs on it: `ids` are its own and theirs."""
    wanted = {id_.encode() for id_ in ids}
    least = Trace(Stage.MERGED)
    for row, stage in _unnumbered(conn):
        if wanted.isdisjoint(_ID.findall(row.payload)):
            continue
        if stage < least.stage:
            least = Trace(stage, 1, row.wall)
        elif stage == least.stage:
            least = Trace(stage, least.commits + 1, min(row.wall, least.since or row.wall))
    return least


@dataclass(slots=True)
class Waiting:
    """Which records have something the center has not received, for lists: read anew only when the outbox moved."""

    _key: tuple[object, ...] = ()
    _ids: frozenset[str] = field(default_factory=frozenset)

    def among(self, conn: sa.Connection, ids: Collection[str]) -> frozenset[str]:
        here = standing(conn)
        past = conn.execute(sa.select(sa.func.sum(past_epoch.c.n - past_epoch.c.acked_n))).scalar()
        key = (here.epoch, here.n, here.acked_n, past)
        if key != self._key:
            found: set[str] = set()
            if here.n > here.acked_n or past:
                for row, stage in _unnumbered(conn):
                    if stage <= Stage.SENT:
                        found.update(id_.decode() for id_ in _ID.findall(row.payload))
            self._key, self._ids = key, frozenset(found)
        return self._ids.intersection(ids)


def _unnumbered(conn: sa.Connection) -> Iterator[tuple[sa.Row[Any, Any, Any, Any], Stage]]:
    """Own commits that have no number yet, with where each stands."""
    here = standing(conn)
    acked = _acked(conn, here)
    packed = conn.execute(sa.select(carried.c.epoch, carried.c.n)).one_or_none()
    apart = {(row.epoch, row.n) for row in conn.execute(sa.select(verdict.c.epoch, verdict.c.n))}
    j = journal.c
    own = sa.select(j.epoch, j.n, j.wall, j.payload).where(j.device == here.device, j.seq.is_(None))
    for row in conn.execute(own.order_by(j.serial.desc(), j.n.desc()).limit(_MOST)):
        if (row.epoch, row.n) in apart:
            yield row, Stage.HELD_BACK
        elif row.n <= acked.get(row.epoch, 0):
            yield row, Stage.RECEIVED
        elif packed is not None and (row.epoch != here.epoch or (row.epoch == packed.epoch and row.n <= packed.n)):
            yield row, Stage.SENT
        else:
            yield row, Stage.WAITING


def _acked(conn: sa.Connection, here: Here) -> dict[str, int]:
    acked = {row.epoch: row.acked_n for row in conn.execute(sa.select(past_epoch.c.epoch, past_epoch.c.acked_n))}
    acked[here.epoch] = here.acked_n
    return acked
