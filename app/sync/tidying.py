"""What a point does once a round has ended well, or a file was taken: takes out what was erased, lets go of what is
old. Bounded.

The rules stand in `app.journal` (`sweep.py`, `retention.py`). Each piece is a transaction of its own, and a round does
a few of them; what is left is done after the next.
"""

from collections.abc import Iterable
from functools import partial

import sqlalchemy as sa

from app.journal.attached import drop_unreferenced
from app.journal.here import standing
from app.journal.ops import Commit
from app.journal.retention import late_among, look_again, prune
from app.journal.sweep import sweep
from app.journal.tables import erasing
from app.store.engine import reading, writing
from app.sync.tables import past_epoch
from app.sync.writing import Write

PIECES = 10
"""Pieces after one round."""


def tidy(engine: sa.Engine, write: Write, now: int, pieces: int = PIECES) -> None:
    """A few pieces of each kind. `write` carries each to whoever writes. `now`: wall time, µs."""
    for job in (partial(_sweep, engine), partial(_prune, engine, now)):
        left = pieces
        while left and write(job):
            left -= 1


def is_erasing(engine: sa.Engine) -> bool:
    """Whether something that was erased is still being taken out."""
    with reading(engine) as conn:
        return _is_erasing(conn)


def _is_erasing(conn: sa.Connection) -> bool:
    return conn.execute(sa.select(erasing.c.record).limit(1)).first() is not None


def _sweep(engine: sa.Engine) -> bool:
    with writing(engine) as conn:
        if not sweep(conn):
            return False
        if not _is_erasing(conn):
            drop_unreferenced(conn)
        return True


def _prune(engine: sa.Engine, now: int) -> bool:
    with writing(engine) as conn:
        return prune(conn, now + standing(conn).skew, _safe(conn))


def look_at_late(conn: sa.Connection, commits: Iterable[Commit]) -> None:
    """Look again at those of these commits, applied just now, that lie where all was looked through before."""
    late = late_among(conn, commits)
    if late:
        look_again(conn, late, _safe(conn))


def _safe(conn: sa.Connection) -> dict[str, int]:
    """Own epoch → up to which n it is in a verified backup of the center."""
    here, p = standing(conn), past_epoch.c
    safe = {row.epoch: row.safe_n for row in conn.execute(sa.select(p.epoch, p.safe_n))}
    return safe | {here.epoch: here.safe_n}
