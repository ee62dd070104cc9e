"""Giving own commits new ids where the center has another history of their epoch.

The file was copied or put back, and written to since: the center took other commits under the same numbers. What both
have in common stays; what only this file has becomes part of a new epoch, in one transaction, so that nothing of it is
lost and nothing of it is taken for something else. Not here: finding out what is in common (`recovery.py`).
"""

from dataclasses import replace

import sqlalchemy as sa

from app.base.changes import Changes
from app.journal.here import Here, save_here, standing
from app.journal.ops import first_link
from app.journal.renumber import Run, renumber
from app.journal.tables import journal
from app.sync.epochs import begin_epoch
from app.sync.tables import past_epoch, verdict


def reissue(conn: sa.Connection, epoch: str, common_n: int, after_serial: int) -> Changes:
    """Re-issue what this device wrote in `epoch` after `common_n`, and in later epochs and never sent.

    Commits keep their order: all of them go into one new epoch, after every serial known here and at the center
    (`after_serial`). Nobody but this file has seen them. What the twin wrote, and the center gave back, stays.
    """
    before = standing(conn)
    runs, first = [], 1
    for run_epoch, above, n in _to_move(conn, before, epoch, common_n):
        if n > above:
            runs.append(Run(run_epoch, above, n, first))
            first += n - above
    here = begin_epoch(conn, after_serial)
    moved = renumber(conn, here.device, runs, here.epoch, here.serial, here.chain)
    for run in runs:
        _close_at(conn, here.device, run.epoch, run.above)
    save_here(conn, replace(here, n=moved.n, chain=moved.chain))
    return moved.changes


def _to_move(conn: sa.Connection, here: Here, epoch: str, common_n: int) -> list[tuple[str, int, int]]:
    """(epoch, above, n) of the epochs concerned, in the order of their serials."""
    p = past_epoch.c
    known = [(row.epoch, row.acked_n, row.n) for row in conn.execute(sa.select(past_epoch).order_by(p.serial))]
    known.append((here.epoch, here.acked_n, here.n))
    at = next(at for at, (name, _, _) in enumerate(known) if name == epoch)
    return [(epoch, common_n, known[at][2]), *known[at + 1 :]]


def _close_at(conn: sa.Connection, device: str, epoch: str, n: int) -> None:
    """End a past epoch at a commit that the center has."""
    j = journal.c
    last = conn.execute(sa.select(j.chain).where(j.device == device, j.epoch == epoch, j.n == n)).scalar()
    values = {"n": n, "acked_n": n, "chain": last or first_link(device, epoch)}
    p, v = past_epoch.c, verdict.c
    conn.execute(past_epoch.update().where(p.epoch == epoch).values(values))
    conn.execute(past_epoch.update().where(p.epoch == epoch, p.safe_n > n).values(safe_n=n))
    conn.execute(verdict.delete().where(v.epoch == epoch, v.n > n))
