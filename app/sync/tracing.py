"""How far a single record has come on its way to the center, and what others made of it there.

Reads the outbox, all of it: after months without a line it is some thousands, a fraction of a second, and what is old
matters most. So nothing is kept beside the journal for this. Not here: how much waits altogether (`status.py`).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from app.base.ids import ids_named
from app.journal.here import Here, standing
from app.journal.tables import journal
from app.sync.tables import carried, past_epoch, verdict


class Stage(IntEnum):
    """Where what was written here about a record stands; the least of them is told. SENT: in a file that is carried to
    the center; RECEIVED: the center has it and has not put it among the others' yet; DROPPED: it never will."""

    HELD_BACK = 0
    WAITING = 1
    SENT = 2
    RECEIVED = 3
    DROPPED = 4
    MERGED = 5


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
        if wanted.isdisjoint(ids_named(row.payload)):
            continue
        if stage < least.stage:
            least = Trace(stage, 1, row.wall)
        elif stage == least.stage:
            least = Trace(stage, least.commits + 1, min(row.wall, least.since or row.wall))
    return least


@dataclass(slots=True)
class Waiting:
    """Which records have something the center has not received, for lists: read anew only when the outbox moved, and
    only what came to it where nothing left it."""

    _key: tuple[object, ...] = ()
    _n: int = 0
    _ids: set[str] = field(default_factory=set)

    def among(self, conn: sa.Connection, ids: Collection[str]) -> frozenset[str]:
        here = standing(conn)
        past = conn.execute(sa.select(sa.func.sum(past_epoch.c.n - past_epoch.c.acked_n))).scalar()
        held = conn.execute(
            sa.select(sa.func.count()).select_from(verdict).where(verdict.c.dropped_at.is_(None))
        ).scalar()
        key = (here.epoch, here.acked_n, past, held)
        if key != self._key:
            self._ids = self._waiting(_unnumbered(conn)) if here.n > here.acked_n or past or held else set()
        elif here.n != self._n:
            self._ids |= self._waiting(_unnumbered(conn, above=self._n))
        self._key, self._n = key, here.n
        return frozenset(self._ids.intersection(ids))

    def _waiting(self, found: Iterable[tuple[sa.Row[Any, Any, Any, Any, Any], Stage]]) -> set[str]:
        waiting = (row.payload for row, stage in found if stage <= Stage.SENT)
        return {id_.decode() for payload in waiting for id_ in ids_named(payload)}


def carried_upto(conn: sa.Connection, here: Here) -> tuple[int, int]:
    """(serial, n) of the last own commit in the file that was packed last; it holds all before that, epoch after epoch,
    that the center had not acknowledged. (0, 0) where there is none."""
    packed = conn.execute(sa.select(carried.c.epoch, carried.c.n)).one_or_none()
    if packed is None:
        return 0, 0
    serial = here.serial
    if packed.epoch != here.epoch:
        serial = conn.execute(sa.select(past_epoch.c.serial).where(past_epoch.c.epoch == packed.epoch)).scalar() or 0
    return serial, packed.n


def _unnumbered(
    conn: sa.Connection, above: int | None = None
) -> Iterator[tuple[sa.Row[Any, Any, Any, Any, Any], Stage]]:
    """Own commits that have no number yet, with where each stands. `above`: those of the present epoch after it."""
    here = standing(conn)
    acked = _acked(conn, here)
    packed = carried_upto(conn, here)
    v = verdict.c
    apart = {(row.epoch, row.n): row.dropped_at for row in conn.execute(sa.select(v.epoch, v.n, v.dropped_at))}
    j = journal.c
    own = sa.select(j.epoch, j.serial, j.n, j.wall, j.payload).where(j.device == here.device, j.seq.is_(None))
    if above is not None:
        own = own.where(j.epoch == here.epoch, j.n > above)
    for row in conn.execute(own):
        if (row.epoch, row.n) in apart:
            yield row, Stage.HELD_BACK if apart[row.epoch, row.n] is None else Stage.DROPPED
        elif row.n <= acked.get(row.epoch, 0):
            yield row, Stage.RECEIVED
        elif (row.serial, row.n) <= packed:
            yield row, Stage.SENT
        else:
            yield row, Stage.WAITING


def _acked(conn: sa.Connection, here: Here) -> dict[str, int]:
    acked = {row.epoch: row.acked_n for row in conn.execute(sa.select(past_epoch.c.epoch, past_epoch.c.acked_n))}
    acked[here.epoch] = here.acked_n
    return acked
