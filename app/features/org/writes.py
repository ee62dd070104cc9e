"""Reading single writes back from the journal: what a group held at a write, what a commit did.

The tables show what stands now; these functions say what stood before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.journal.entities import Entity
from app.journal.load import load_commits, rank_of
from app.journal.ops import CommitId, Op, WriteId, decode_op, kept_parts
from app.journal.record import Rank


@dataclass(frozen=True, slots=True)
class Written:
    """One op as it was written. `at`: effective time, µs; `wall`: the author's clock; `actor`: a staff record's id."""

    write: WriteId
    op: Op
    actor: str
    at: int
    wall: int
    rank: Rank


def commit_id(text: str) -> CommitId | None:
    """The commit named by this text; None where it is no such name."""
    device, _, rest = text.partition(".")
    epoch, _, n = rest.partition(".")
    return CommitId(device, epoch, int(n)) if device and epoch and n.isascii() and n.isdigit() else None


def writes_of(conn: sa.Connection, commits: Iterable[CommitId]) -> Iterator[Written]:
    """Every op of these commits that is held here, commit by commit, in the order in which they were written."""
    for id_, row in load_commits(conn, commits).items():
        for part in kept_parts(row["payload"]):
            op = decode_op(part.raw, id_.device, id_.epoch, row["schema"])
            write = WriteId(*id_, part.at)
            yield Written(write, op, row["actor"], row["eff"], row["wall"], rank_of(row, part.at))


def written(conn: sa.Connection, writes: Iterable[WriteId]) -> dict[WriteId, Written]:
    """These writes, as far as they are held here."""
    wanted = set(writes)
    return {one.write: one for one in writes_of(conn, {w.commit for w in wanted}) if one.write in wanted}


def value_in(entity: Entity, group: str, op: Op) -> dict[str, Any]:
    """What the op gave the group, every field named."""
    return {name: op.values.get(name) for name in entity.groups[group]}


def value_at(conn: sa.Connection, entity: Entity, group: str, writes: Iterable[WriteId]) -> dict[str, Any] | None:
    """What the group showed where these writes were its heads; None where none of them is held here."""
    held = written(conn, writes)
    if not held:
        return None
    greatest = max(held.values(), key=lambda one: one.rank)
    return value_in(entity, group, greatest.op)
