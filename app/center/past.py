"""What the center was: up to where its former epochs are its own past, and what stood at a number.

Not here: becoming another (`restore.py`).
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY
from app.center.tables import former_seq, past_hub
from app.journal.tables import journal
from app.store.bulk import Kept

WINDOW_US = 90 * DAY
"""How long after a restore what is offered is taken unasked. What comes later waits for somebody to look."""


def put_back_at(conn: sa.Connection) -> int | None:
    """When the center was last put back, µs; None where it never was, as far as anybody said."""
    return conn.execute(sa.select(sa.func.max(past_hub.c.restored_at))).scalar()


def first_put_back_at(conn: sa.Connection) -> int | None:
    """When the center was put back for the first time, µs; None where it never was."""
    return conn.execute(sa.select(sa.func.min(past_hub.c.restored_at))).scalar()


def lost_after(conn: sa.Connection) -> int:
    """The last number the center still had when it was last put back; what came since has greater ones."""
    return int(conn.execute(sa.select(sa.func.max(past_hub.c.seq))).scalar() or 0)


def common_seq(conn: sa.Connection, hub_epoch: str) -> int | None:
    """Up to which number this center is what it was in a former epoch; None for one it knows nothing of."""
    return conn.execute(sa.select(past_hub.c.seq).where(past_hub.c.hub_epoch == hub_epoch)).scalar()


_PUT_BACK = Kept(sa.select(past_hub.c.seq).limit(1))


def was_put_back(conn: sa.Connection) -> bool:
    """Whether the center ever was: then what builds on something may come before it."""
    return _PUT_BACK.first(conn) is not None


_AT = tuple(
    Kept(sa.select(t.device, t.epoch, t.n, t.eff).where(t.seq == sa.bindparam("at"))) for t in (journal.c, former_seq.c)
)


def row_at(conn: sa.Connection, seq: int) -> Mapping[str, Any] | None:
    """The commit that has, or had, this number: device, epoch, n, eff."""
    return next((row for query in _AT if (row := query.first(conn, at=seq)) is not None), None)
