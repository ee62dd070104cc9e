"""What a device is told of its commits that are set aside: that they are, why, and how it ended.

Not here: how they are kept and settled (`quarantine.py`), and how a device takes it (`app.sync.verdicts`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import sqlalchemy as sa

from app.center.quarantine import DROPPED
from app.center.tables import quarantine
from app.sync.protocol import Dropped, Held, Verdict

MOST_TOLD = 100
"""Of the commits a device asks about, of how many it is told at once: it asks again for the rest."""
_q = quarantine.c
_APART = sa.or_(_q.settled_at.is_(None), _q.settled_as == DROPPED)


@dataclass(frozen=True, slots=True)
class Told:
    """`held`: what is set aside for another reason than the device believes, or it has not heard of; `dropped`: what
    an operator settled never to apply."""

    held: list[Held] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)


def verdicts(conn: sa.Connection, device_id: str, epoch: str, from_n: int) -> list[Verdict]:
    """What a device is told of its commits from `from_n` on that are set aside. Also of those that an operator settled
    never to apply: who sends them once more may not have heard that they are here."""
    mine = (_q.device == device_id, _q.epoch == epoch, _q.n >= from_n)
    return [Verdict(n, code) for n, code in conn.execute(sa.select(_q.n, _q.code).where(*mine, _APART).order_by(_q.n))]


def told_of(conn: sa.Connection, device_id: str, asked: Iterable[Held]) -> Told:
    """What a device is told of those of its commits that it asks about."""
    believed = {(of.epoch, n): of.code for of in asked for n in of.ns}
    if not believed:
        return Told()
    query = sa.select(_q.epoch, _q.n, _q.code, _q.settled_at, _q.settled_why).where(_q.device == device_id, _APART)
    rows = [row for row in conn.execute(query) if (row.epoch, row.n) in believed]
    dropped = [Dropped(row.epoch, row.n, row.settled_at, row.settled_why) for row in rows if row.settled_at is not None]
    codes = {
        (row.epoch, row.n): row.code
        for row in rows
        if _is_news(believed[row.epoch, row.n], row.code, is_settled=row.settled_at is not None)
    }
    return Told(_in_groups(codes), sorted(dropped, key=lambda each: (each.at, each.n))[:MOST_TOLD])


def _is_news(believed: str | None, code: str, *, is_settled: bool) -> bool:
    """An older program does not say what it believes, and is not told. Of what is settled only that it is here."""
    return believed == "" if is_settled else believed not in (None, code)


def _in_groups(codes: Mapping[tuple[str, int], str]) -> list[Held]:
    first = sorted(codes, key=lambda id_: (id_[0], codes[id_], id_[1]))[:MOST_TOLD]
    groups = groupby(first, key=lambda id_: (id_[0], codes[id_]))
    return [Held(epoch, [n for _, n in ids], code) for (epoch, code), ids in groups]
