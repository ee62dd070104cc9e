"""What a device is told of its commits that are set aside: that they are, why, and how it ended.

Not here: how they are kept and settled (`quarantine.py`), and how a device takes it (`app.sync.verdicts`).
"""

from collections.abc import Iterable

import sqlalchemy as sa

from app.center.quarantine import DROPPED
from app.center.tables import quarantine
from app.sync.protocol import Dropped, Held, Verdict

MOST_TOLD = 100
"""Of the commits a device asks about, of how many it is told at once."""
_q = quarantine.c
_APART = sa.or_(_q.settled_at.is_(None), _q.settled_as == DROPPED)


def verdicts(conn: sa.Connection, device_id: str, epoch: str, from_n: int) -> list[Verdict]:
    """What a device is told of its commits from `from_n` on that are set aside. Also of those that an operator settled
    never to apply: who sends them once more may not have heard that they are here."""
    mine = (_q.device == device_id, _q.epoch == epoch, _q.n >= from_n)
    return [Verdict(n, code) for n, code in conn.execute(sa.select(_q.n, _q.code).where(*mine, _APART).order_by(_q.n))]


def dropped_among(conn: sa.Connection, device_id: str, asked: Iterable[Held]) -> list[Dropped]:
    """What a device is told of its commits that an operator settled never to apply, of those it asks about. So many at
    once: it asks again for the rest."""
    wanted = {(of.epoch, n) for of in asked for n in of.ns}
    if not wanted:
        return []
    rows = conn.execute(
        sa.select(_q.epoch, _q.n, _q.settled_at, _q.settled_why)
        .where(_q.device == device_id, _q.settled_as == DROPPED)
        .order_by(_q.settled_at, _q.n)
    )
    return [Dropped(*row) for row in rows if (row.epoch, row.n) in wanted][:MOST_TOLD]
