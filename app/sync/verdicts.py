"""Own commits that the center took and keeps apart, as this device is told of them: why, until when, and how it ended.

The device names those it knows of and why, and those of which it has heard nothing although the center has them. The
center answers where it is otherwise, and which of them its operator has settled never to take. So what is believed here
comes right however long the device was away, also by files, and whichever answer was lost. Not here: what people see of
it (`kept_apart.py`).
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from app.journal.here import standing
from app.journal.ops import CommitId
from app.journal.tables import journal
from app.store.bulk import Kept
from app.sync.protocol import Dropped, Held, Verdict
from app.sync.tables import past_epoch, verdict

_v = verdict.c
_ANY = Kept(sa.select(_v.n).limit(1))
_HELD = Kept(sa.select(_v.epoch, _v.code, _v.n).where(_v.dropped_at.is_(None)).order_by(_v.epoch, _v.code, _v.n))
_MOST_UNHEARD = 100
"""Commits of which nothing was heard that are asked about at once."""
_UNHEARD_OF = ""
"""What is believed of these, in place of a code."""
_j, _p = journal.c, past_epoch.c
_TAKEN = sa.case((_j.epoch == sa.bindparam("epoch"), sa.bindparam("acked_n")), else_=sa.func.coalesce(_p.acked_n, 0))
_UNHEARD = Kept(
    sa.select(_j.epoch, _j.n)
    .select_from(
        journal.outerjoin(past_epoch, _p.epoch == _j.epoch).outerjoin(
            verdict, sa.and_(_v.epoch == _j.epoch, _v.n == _j.n)
        )
    )
    .where(_j.device == sa.bindparam("device"), _j.seq.is_(None), _j.n <= _TAKEN, _v.n.is_(None))
    .order_by(_j.serial, _j.n)
    .limit(_MOST_UNHEARD)
)
_DROPPED = Kept(sa.select(_v.epoch, _v.n).where(_v.dropped_at.is_not(None)))


def dropped_now(conn: sa.Connection) -> frozenset[CommitId]:
    """The own commits that an operator has settled never to take, as far as it is known here."""
    device = standing(conn).device
    return frozenset(CommitId(device, epoch, n) for epoch, n in _DROPPED.rows(conn))


def held_now(conn: sa.Connection) -> list[Held]:
    """Which own commits are kept apart and not settled, and why, as far as it is known here; and the first of those
    that the center has, but has neither numbered nor said anything of."""
    held = [(epoch, n, code) for epoch, code, n in _HELD.rows(conn)]
    held += [(epoch, n, _UNHEARD_OF) for epoch, n in _unheard(conn)]
    groups = groupby(held, key=itemgetter(0, 2))
    return [Held(epoch, [n for _, n, _ in rows], code) for (epoch, code), rows in groups]


def _unheard(conn: sa.Connection) -> list[tuple[str, int]]:
    here = standing(conn)
    rows = _UNHEARD.rows(conn, device=here.device, epoch=here.epoch, acked_n=here.acked_n)
    return [(epoch, n) for epoch, n in rows]


def note_held(conn: sa.Connection, asked: Sequence[Held], told: Sequence[Held], at: int) -> None:
    """Take why these are kept apart, of what was asked with this answer's request. Where something else is believed by
    now, it was heard from a later answer. `at`: wall time, µs."""
    codes = {(of.epoch, n): of.code[:32] for of in told if of.code for n in of.ns}
    if not codes:
        return
    believed = {(of.epoch, n): of.code for of in asked for n in of.ns}
    unheard = set(_unheard(conn))
    for (epoch, n), code in codes.items():
        before = believed.get((epoch, n))
        if before == _UNHEARD_OF and (epoch, n) in unheard:
            conn.execute(verdict.insert(), {"epoch": epoch, "n": n, "code": code, "at": at})
        elif before:
            which = (_v.epoch == epoch, _v.n == n, _v.code == before, _v.dropped_at.is_(None))
            conn.execute(verdict.update().where(*which).values(code=code))


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


def ask_how_it_ended(conn: sa.Connection) -> None:
    """A center that was put back may not have settled yet what it told: it is asked anew, of all. Of what its author
    has read, the author is not told once more."""
    conn.execute(verdict.update().where(_v.dropped_at.is_not(None)).values(dropped_at=None))


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
