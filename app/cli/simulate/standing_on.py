"""What stands on a record whose creation the center set aside must wait with it: none of it is in the journal.

Part of I1: a commit that is numbered goes out to readers, who could make nothing of it. Asked after every push of what
is new since the one before, and of everything at the end.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from app.center.tables import held
from app.journal.entities import Entity, find_entity
from app.journal.ops import CommitId, Op, decode_op, kept_parts
from app.journal.tables import journal
from app.store.bulk import rows_among
from app.store.engine import reading

_Record = tuple[str, str]
"""(kind, id)"""


@dataclass
class StandingOn:
    """Which numbered commits write to a record or hang a new one on it, as far as the journal has been read."""

    _seq: int = 0
    _commits: dict[str, dict[_Record, CommitId]] = field(default_factory=dict)
    """Id → (kind, id) → the first commit that stands on it."""

    def begin_again(self) -> None:
        """Another journal has taken the place of this one, or all of it is to be looked at."""
        self._seq = 0
        self._commits.clear()

    def not_waiting(self, center: sa.Engine) -> list[str]:
        """Numbered commits on records that are set aside, held and without a row."""
        with reading(center) as conn:
            self._read_on(conn)
            records = set(conn.execute(sa.select(held.c.record)).scalars()) & self._commits.keys()
            found = [(record, commit) for id_ in records for record, commit in self._commits[id_].items()]
            return sorted(
                f"{commit.text()} on {kind} {id_}" for (kind, id_), commit in found if not _has_row(conn, kind, id_)
            )

    def _read_on(self, conn: sa.Connection) -> None:
        j = journal.c
        query = sa.select(j.seq, j.device, j.epoch, j.n, j.payload).where(j.seq > self._seq).order_by(j.seq)
        for seq, device, epoch, n, payload in conn.execute(query):
            self._seq = seq
            for part in kept_parts(payload):
                for record in _stands_on(decode_op(part.raw, device, epoch)):
                    self._commits.setdefault(record[1], {}).setdefault(record, CommitId(device, epoch, n))


def _stands_on(op: Op) -> list[_Record]:
    """What an op writes to and what it hangs a new record on; the record it creates stands by that."""
    entity = find_entity(op.kind)
    if entity is None:
        return []
    parents = [(kind, op.values.get(name)) for name, kind in entity.hung_on.items()]
    return [(op.kind, op.id), *((kind, id_) for kind, id_ in parents if isinstance(id_, str))]


def _has_row(conn: sa.Connection, kind: str, id_: str) -> bool:
    entity: Entity | None = find_entity(kind)
    return entity is not None and bool(rows_among(conn, entity.table, ("id",), "id", [id_]))
