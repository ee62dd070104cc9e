"""Ids that own writes were given anew: who names an old one means the new one.

A form on the screen and a draft keep the ids they were shown; a center or a twin that went another way made the device
give what it had not sent new ids (`renumber.py`). Not here: when that happens.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from app.journal.ops import CommitId, WriteId
from app.journal.tables import here, reissued

_Id = TypeVar("_Id", CommitId, WriteId)


def ids_now(conn: sa.Connection, ids: Iterable[_Id]) -> tuple[_Id, ...]:
    """These ids as they are now, in the order given; those that never changed stay as they are."""
    asked = tuple(ids)
    rows = conn.execute(sa.select(reissued).order_by(reissued.c.above.desc())).all() if asked else []
    if not rows:
        return asked
    device = conn.execute(sa.select(here.c.device)).scalar()
    return tuple(_now(id_, rows) if id_.device == device else id_ for id_ in asked)


def _now(id_: _Id, rows: Sequence[sa.Row[Any]]) -> _Id:
    for _ in rows:  # each row leads to a later epoch, so there are no more steps than rows
        row = next((row for row in rows if row.epoch == id_.epoch and row.above < id_.n), None)
        if row is None:
            break
        id_ = id_._replace(epoch=row.to_epoch, n=id_.n + row.shift)
    return id_
