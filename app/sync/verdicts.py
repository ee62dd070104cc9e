"""Own commits that the center took and keeps apart, as this device is told of them: why, until when, and how it ended.

The device names those it knows of, and the center answers with those its operator has settled never to take, with the
reason. So it is told however long it was away, also by files, and whichever answer was lost. Not here: what people
see of it (`kept_apart.py`).
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from app.journal.here import standing
from app.journal.ops import CommitId
from app.store.bulk import Kept
from app.sync.protocol import Dropped, Held, Verdict
from app.sync.tables import verdict

_v = verdict.c
_ANY = Kept(sa.select(_v.n).limit(1))
_HELD = Kept(sa.select(_v.epoch, _v.n).where(_v.dropped_at.is_(None)).order_by(_v.epoch, _v.n))
_DROPPED = Kept(sa.select(_v.epoch, _v.n).where(_v.dropped_at.is_not(None)))


def dropped_now(conn: sa.Connection) -> frozenset[CommitId]:
    """The own commits that an operator has settled never to take, as far as it is known here."""
    device = standing(conn).device
    return frozenset(CommitId(device, epoch, n) for epoch, n in _DROPPED.rows(conn))


def held_now(conn: sa.Connection) -> list[Held]:
    """Which own commits are kept apart and not settled, as far as it is known here."""
    return [Held(epoch, [n for _, n in rows]) for epoch, rows in groupby(_HELD.rows(conn), key=itemgetter(0))]


def note_verdicts(
    conn: sa.Connection, epoch: str, verdicts: Sequence[Verdict], at: int, dropped: Sequence[Dropped] = ()
) -> None:
    """Take that these are kept apart, also where one was settled before: a center that was put back knows nothing of
    that. `at`: wall time, µs; `dropped`: what the same answer says is settled, which `note_dropped` takes then."""
    still = kept_still(epoch, verdicts, dropped)
    waits = {"dropped_at": None, "why": "", "seen_at": None}
    for told in verdicts:
        which = (_v.epoch == epoch, _v.n == told.n)
        again = waits if (epoch, told.n) in still else {}
        changed = conn.execute(verdict.update().where(*which).values(code=told.code[:32], **again))
        if not changed.rowcount:
            conn.execute(verdict.insert(), {"epoch": epoch, "n": told.n, "code": told.code[:32], "at": at})


def note_dropped(conn: sa.Connection, dropped: Sequence[Dropped]) -> None:
    """Take that these will never be taken in. Of what is not known to be kept apart nothing is believed: in a file it
    may be about another laptop with the same disk."""
    for told in dropped:
        which = (_v.epoch == told.epoch, _v.n == told.n, _v.dropped_at.is_(None))
        conn.execute(verdict.update().where(*which).values(dropped_at=told.at, why=told.why))


def kept_still(epoch: str, verdicts: Sequence[Verdict], dropped: Sequence[Dropped]) -> set[tuple[str, int]]:
    """Which commits of this epoch an answer says are kept apart and not settled."""
    settled = {(told.epoch, told.n) for told in dropped}
    return {(epoch, told.n) for told in verdicts} - settled


def forget_verdicts(conn: sa.Connection, *numbered: Sequence[CommitId]) -> None:
    """What has a number after all is held back no longer."""
    told = [{"e": id_.epoch, "k": id_.n} for ids in numbered for id_ in ids]
    if not told or _ANY.first(conn) is None:
        return
    conn.execute(verdict.delete().where(_v.epoch == sa.bindparam("e"), _v.n == sa.bindparam("k")), told)
