"""The position of a movement or count line by its own writes: its time, then device, epoch, n and op.

Nearly every row was written once, and its birth says all. One row can have more writes: two laptops receive one
shipment, a person settles what they disagree about or mends a number. What happened, happened once: the row
stands where the time it shows was first written. A second create that says the same does not move it, nor does a set
that repeats the time its base says.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.features.inventory.rules import Place, moment
from app.journal.entities import Entity
from app.journal.load import load_commits
from app.journal.ops import CommitId, Op, WriteId, decode_op, kept_parts, write_id
from app.journal.record import CREATES
from app.journal.tables import head
from app.store.bulk import rows_among

_Row = Mapping[str, Any]


def own_places(
    conn: sa.Connection, entity: Entity, group: str, typed_name: str, rows: Sequence[_Row]
) -> dict[str, Place]:
    """Row id → where the row stands by its own writes."""
    heads = _stored_heads(conn, group, [row["id"] for row in rows])
    commits = load_commits(conn, {_born(row).commit for row in rows})
    places: dict[str, Place] = {}
    for row in rows:
        stored, found = heads.get(row["id"]), None
        if stored:
            found = _first_place(conn, row, group, typed_name, {_born(row), *stored})
        if found is None:  # the only write, or one whose words are not kept here
            found = _place(_born(row), commits.get(_born(row).commit), row[typed_name])
        places[row["id"]] = found or _place_without_commit(row, row[typed_name])
    return places


def _born(row: _Row) -> WriteId:
    return WriteId(row["born_device"], row["born_epoch"], row["born_n"], row["born_op"])


def _place(write: WriteId, commit: _Row | None, typed: int | None) -> Place | None:
    if commit is None:
        return None
    at = moment(commit["eff"], commit["wall"], typed)
    return Place(at, write.device, commit["serial"], write.n, write.op)


def _place_without_commit(row: _Row, typed: int | None) -> Place:
    """For a row whose commit is no longer kept here: its effective time is, its author's clock is not."""
    return Place(moment(row["born_at"], row["born_at"], typed), row["born_device"], 0, row["born_n"], row["born_op"])


def _stored_heads(conn: sa.Connection, group: str, ids: Collection[str]) -> dict[str, set[WriteId]]:
    """Writes known of rows that have more than their birth: heads of the group and further creates."""
    found: dict[str, set[WriteId]] = {}
    for record, write, grp in rows_among(conn, head, ("record", "write", "grp"), "record", ids):
        if grp in (group, CREATES):
            found.setdefault(record, set()).add(write_id(write))
    return found


@dataclass(frozen=True, slots=True)
class _Write:
    typed: int | None
    bases: frozenset[WriteId]
    place: Place


def _first_place(conn: sa.Connection, row: _Row, group: str, typed_name: str, known: set[WriteId]) -> Place | None:
    """Where the time the row shows was first written, among all writes that lead to its heads."""
    shown = row[typed_name]
    same = {}
    for write, op, commit in _history(conn, row["id"], group, known):
        typed = op.values.get(typed_name)
        place = _place(write, commit, typed)
        if typed == shown and place is not None:
            same[write] = _Write(typed, frozenset(op.seen), place)
    first = [found.place for found in same.values() if not found.bases & same.keys()]
    return min(first, default=None)


def _history(conn: sa.Connection, record: str, group: str, start: set[WriteId]) -> Iterable[tuple[WriteId, Op, _Row]]:
    """Every write to the group that a known one builds on, read from the journal."""
    seen: set[WriteId] = set()
    wanted = set(start)
    while wanted:
        seen |= wanted
        commits = load_commits(conn, {write.commit for write in wanted})
        bases: set[WriteId] = set()
        for write in wanted:
            commit = commits.get(write.commit)
            op = _op_of(write, commit)
            if commit is None or op is None or op.id != record:
                continue
            if op.name == "create" or (op.name == "set" and op.group == group):
                bases.update(op.seen)
                yield write, op, commit
        wanted = bases - seen


def _op_of(write: WriteId, commit: _Row | None) -> Op | None:
    if commit is None:
        return None
    id_ = CommitId(commit["device"], commit["epoch"], commit["n"])
    for part in kept_parts(commit["payload"]):
        if part.at == write.op:
            return decode_op(part.raw, id_.device, id_.epoch, commit["schema"])
    return None
