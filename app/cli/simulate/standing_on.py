"""What stands on a record whose creation the center set aside must wait with it: none of it enters the journal then.

Part of I1: a commit that is numbered goes out to readers, who could make nothing of it. Asked after whatever may have
brought commits, of what is new since: a center that was put back may be told of a record it has lost first by whoever
wrote to it, and set the creation aside later.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from app.center.tables import device_epoch, held
from app.journal.entities import Entity, find_entity
from app.journal.ops import CommitId, Key, Op, decode_op, kept_parts
from app.journal.tables import journal
from app.store.bulk import rows_among
from app.store.engine import reading


@dataclass
class StandingOn:
    """Reads on in a center's journal."""

    made: set[Key] = field(default_factory=set)
    """Whose creation was ever numbered, also by a journal that was lost since."""
    _seq: int = 0

    def begin_at(self, center: sa.Engine) -> None:
        """Another journal has taken the place of the one that was read."""
        with reading(center) as conn:
            self._seq = conn.execute(sa.select(sa.func.max(journal.c.seq))).scalar() or 0

    def not_waiting(self, center: sa.Engine) -> list[str]:
        """What of the new commits writes to a record, or hangs a new one on it, that its author's creation was set
        aside of, held and without a row."""
        with reading(center) as conn:
            found = self._read_on(conn)
            h, e = held.c, device_epoch.c
            sent = sa.exists().where(e.device == h.device, e.epoch == h.epoch)
            records = set(conn.execute(sa.select(h.record).where(sent)).scalars()) & {id_ for _, id_ in found}
            return sorted(
                f"{commit.text()} on {kind} {id_}"
                for (kind, id_), commit in found.items()
                if id_ in records and not _has_row(conn, kind, id_)
            )

    def _read_on(self, conn: sa.Connection) -> dict[Key, CommitId]:
        """(kind, id) → the first of the new commits that stands on it."""
        j, found = journal.c, dict[Key, CommitId]()
        query = sa.select(j.seq, j.device, j.epoch, j.n, j.payload).where(j.seq > self._seq).order_by(j.seq)
        for seq, device, epoch, n, payload in conn.execute(query):
            self._seq = seq
            for part in kept_parts(payload):
                op = decode_op(part.raw, device, epoch)
                if op.name == "create":
                    self.made.add(op.key)
                for record in _stands_on(op):
                    found.setdefault(record, CommitId(device, epoch, n))
        return found


def _stands_on(op: Op) -> list[Key]:
    """What an op writes to and what it hangs a new record on; the record it creates stands by that."""
    entity = find_entity(op.kind)
    if entity is None:
        return []
    parents = [(kind, op.values.get(name)) for name, kind in entity.hung_on.items()]
    return [(op.kind, op.id), *((kind, id_) for kind, id_ in parents if isinstance(id_, str))]


def _has_row(conn: sa.Connection, kind: str, id_: str) -> bool:
    entity: Entity | None = find_entity(kind)
    return entity is not None and bool(rows_among(conn, entity.table, ("id",), "id", [id_]))
