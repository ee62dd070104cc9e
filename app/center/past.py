"""What the center was: up to where its former epochs are its own past, and what stood at a number.

Not here: becoming another (`restore.py`).
"""

import sqlalchemy as sa

from app.center.tables import former_seq, past_hub
from app.journal.tables import journal


def common_seq(conn: sa.Connection, hub_epoch: str) -> int | None:
    """Up to which number this center is what it was in a former epoch; None for one it knows nothing of."""
    return conn.execute(sa.select(past_hub.c.seq).where(past_hub.c.hub_epoch == hub_epoch)).scalar()


def row_at(conn: sa.Connection, seq: int) -> sa.RowMapping | None:
    """The commit that has, or had, this number: device, epoch, n, eff."""
    for table in (journal, former_seq):
        t = table.c
        row = conn.execute(sa.select(t.device, t.epoch, t.n, t.eff).where(t.seq == seq)).mappings().one_or_none()
        if row is not None:
            return row
    return None
