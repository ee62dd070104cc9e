"""What single writes gave a group of a record, as far as it is known here: from their words, else from the live heads.

A snapshot brings the live heads and not the words that led to them. Not here: what stood before a write, and all that
a commit did (`app.features.org.writes`), which need the words.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from app.journal.entities import find_entity
from app.journal.load import load_commits, rank_of
from app.journal.ops import Malformed, WriteId, decode_op, kept_parts, write_id
from app.journal.record import Rank
from app.journal.tables import head
from app.store.bulk import rows_among


class Asked(NamedTuple):
    """A write to a group of a record."""

    kind: str
    record: str
    group: str
    write: WriteId


@dataclass(frozen=True, slots=True)
class Said:
    """`values`: every field of the group. `actor`: a staff record's id; `at`: effective time, µs."""

    values: Mapping[str, Any]
    actor: str
    at: int
    rank: Rank


def said(conn: sa.Connection, asked: Collection[Asked]) -> dict[Asked, Said]:
    """What these writes said; those of which it is not known here any more are left out."""
    commits = load_commits(conn, {one.write.commit for one in asked})
    wanted = {one for one in asked if one.write.commit in commits}
    names = ("record", "grp", "write", "value")
    heads = {
        (record, grp, write_id(write)): value
        for record, grp, write, value in rows_among(conn, head, names, "record", {one.record for one in wanted})
    }
    found: dict[Asked, Said] = {}
    for one in wanted:
        entity, row = find_entity(one.kind), commits[one.write.commit]
        if entity is None or one.group not in entity.groups:
            continue
        given = _in_words(row, one)
        stored = heads.get(one[1:])
        if given is None and stored is not None:
            given = msgspec.json.decode(stored)
        if isinstance(given, dict):
            values = {name: given.get(name) for name in entity.groups[one.group]}
            found[one] = Said(values, row["actor"], row["eff"], rank_of(row, one.write.op))
    return found


def _in_words(row: Mapping[str, Any], one: Asked) -> dict[str, Any] | None:
    part = next((part for part in kept_parts(row["payload"]) if part.at == one.write.op), None)
    if part is None:
        return None
    try:
        op = decode_op(part.raw, one.write.device, one.write.epoch, row["schema"])
    except Malformed:  # of a newer program
        return None
    return op.values if op.id == one.record else None
