"""What a center that was put back can have lost in such a way that a device learns it by comparing alone.

Somebody wrote it who never sends it again, or whose sending it again came to nothing. The device has it still, and the
center did not take it, or not all of it; or was told by it that a record left, and has nothing of either any more. In
most worlds devices compare then and at no other time, so that whatever else differs shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.center.tables import moved
from app.cli.simulate.ends import End
from app.journal.entities import find_entity
from app.journal.here import standing
from app.journal.load import load_commits
from app.journal.ops import CommitId, decode_head, kept_parts
from app.journal.streams import streams_read, tree_of
from app.journal.tables import journal
from app.store.bulk import rows_among
from app.store.engine import reading
from app.sync.comparing import compare_if_due

Leaving = tuple[str, str, str]
"""(stream, kind, record)"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a center has numbered, and what it tells to leave, each by its number."""

    numbered: list[tuple[int, CommitId]]
    leavings: list[tuple[int, Leaving]]


def told_by(center: sa.Engine) -> Told:
    j, m = journal.c, moved.c
    numbered = sa.select(j.seq, j.device, j.epoch, j.n).where(j.seq.is_not(None))
    leaving = sa.select(m.seq, m.stream, m.kind, m.record).where(m.enters.is_(False))
    with reading(center) as conn:
        return Told(
            [(seq, CommitId(*commit)) for seq, *commit in conn.execute(numbered)],
            [(seq, (stream, kind, record)) for seq, stream, kind, record in conn.execute(leaving)],
        )


@dataclass
class Losses:
    """Of one world. `center`: its center's database; `numbered`, `leavings`: what its centers that were lost had said
    since their backups."""

    center: End
    numbered: set[CommitId] = field(default_factory=set)
    leavings: set[Leaving] = field(default_factory=set)

    def lose(self, told: Told, since: int) -> None:
        """The center was put back, as of `since`; `told`: what it had said before."""
        self.numbered |= {commit for seq, commit in told.numbered if seq > since}
        self.leavings |= {leaving for seq, leaving in told.leavings if seq > since}

    def compare_if_due(self, engine: sa.Engine, *given: Any) -> Changes:
        """As the program does it, at a device that can learn of a loss by nothing else."""
        return compare_if_due(engine, *given) if self.learns_by_comparing(engine) else Changes()

    def learns_by_comparing(self, engine: sa.Engine) -> bool:
        """Whether this device can learn of a loss by nothing else."""
        with reading(engine) as conn:
            return self._is_not_taken_back(conn) or self._has_left(conn) or self._is_taken_back_in_part(conn)

    def _is_not_taken_back(self, conn: sa.Connection) -> bool:
        """Whether there is something of others here without a number, or of its own that once had one. (Of its own
        everything else was sent.)"""
        j, me = journal.c, standing(conn).device
        rows = conn.execute(sa.select(j.device, j.epoch, j.n).where(j.seq.is_(None)))
        return any(row.device != me or CommitId(*row) in self.numbered for row in rows)

    def _is_taken_back_in_part(self, conn: sa.Connection) -> bool:
        """Whether there is more here of a commit of others than in what the center has numbered of it anew."""
        me = standing(conn).device
        held = {id_: row for id_, row in load_commits(conn, self.numbered).items() if row["seq"] and id_.device != me}
        with reading(self.center.engine) as there:
            known = load_commits(there, held)
        return any(_places(held[id_]) - _places(row) for id_, row in known.items())

    def _has_left(self, conn: sa.Connection) -> bool:
        """Whether a center that is lost told something to leave that is not here, or has nothing here of what this
        device wrote to it."""
        reads = set(streams_read(tree_of(conn), standing(conn).node))
        left: dict[str, set[str]] = {}
        for stream, kind, record in self.leavings:
            if stream in reads:
                left.setdefault(kind, set()).add(record)
        written = set(_written(conn)) if left else set[str]()
        return any(records - _those_here(conn, kind, records) or records & written for kind, records in left.items())


def _places(row: Any) -> set[int]:
    """The places of the ops that this row of a journal has words of."""
    return {part.at for part in kept_parts(row["payload"])}


def _written(conn: sa.Connection) -> Iterator[str]:
    """The records that this device wrote to."""
    j = journal.c
    own = sa.select(j.schema, j.payload).where(j.device == standing(conn).device)
    for schema, payload in conn.execute(own):
        yield from (decode_head(part.raw, schema).id for part in kept_parts(payload))


def _those_here(conn: sa.Connection, kind: str, records: set[str]) -> set[str]:
    entity = find_entity(kind)
    return set() if entity is None else {row[0] for row in rows_among(conn, entity.table, ("id",), "id", records)}
