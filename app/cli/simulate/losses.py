"""What a center that was put back can have lost in such a way that a device learns it by comparing alone.

Somebody wrote it who never sends it again. The device has it still, and the center did not take it; or was told by it
that a record left, and has nothing of either any more. In most worlds devices compare then and at no other time, so
that whatever else differs shows.
"""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.center.tables import moved
from app.journal.entities import find_entity
from app.journal.here import standing
from app.journal.streams import streams_read, tree_of
from app.journal.tables import journal
from app.store.bulk import rows_among
from app.store.engine import reading
from app.sync.comparing import compare_if_due

Leaving = tuple[str, str, str]
"""(stream, kind, record)"""


def leavings_told(center: sa.Engine) -> list[tuple[int, Leaving]]:
    """What a center tells to leave, by the number under which it does."""
    m = moved.c
    query = sa.select(m.seq, m.stream, m.kind, m.record).where(m.enters.is_(False))
    with reading(center) as conn:
        return [(seq, (stream, kind, record)) for seq, stream, kind, record in conn.execute(query)]


@dataclass
class Losses:
    """Of one world. `leavings`: what its centers that were lost had told to leave."""

    leavings: set[Leaving] = field(default_factory=set)

    def lose(self, told: list[tuple[int, Leaving]], since: int) -> None:
        """The center was put back, as of `since`; `told`: its leavings before."""
        self.leavings |= {leaving for seq, leaving in told if seq > since}

    def compare_if_due(self, engine: sa.Engine, *given: Any) -> Changes:
        """As the program does it, at a device that can learn of a loss by nothing else."""
        with reading(engine) as conn:
            alone = self._is_not_taken_back(conn) or self._has_left(conn)
        return compare_if_due(engine, *given) if alone else Changes()

    def _is_not_taken_back(self, conn: sa.Connection) -> bool:
        j = journal.c
        others = sa.select(j.n).where(j.device != standing(conn).device, j.seq.is_(None)).limit(1)
        return conn.execute(others).first() is not None

    def _has_left(self, conn: sa.Connection) -> bool:
        """Whether something is not here that a center which is lost told to leave."""
        reads = set(streams_read(tree_of(conn), standing(conn).node))
        left: dict[str, set[str]] = {}
        for stream, kind, record in self.leavings:
            if stream in reads:
                left.setdefault(kind, set()).add(record)
        return any(records - _those_here(conn, kind, records) for kind, records in left.items())


def _those_here(conn: sa.Connection, kind: str, records: set[str]) -> set[str]:
    entity = find_entity(kind)
    return set() if entity is None else {row[0] for row in rows_among(conn, entity.table, ("id",), "id", records)}
