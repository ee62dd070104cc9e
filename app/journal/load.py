"""What a batch needs from the database before it is folded: records, heads, covers, voids, and who is known."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from app.journal.entities import Entity, children_of
from app.journal.ops import Commit, CommitId, OpPart, WriteId, unpack_parts, write_id
from app.journal.record import CREATES, Group, Rank, Record, VoidMark
from app.journal.tables import cover, head, journal, void
from app.store.bulk import column_names, rows_among, values_found

_CHUNK = 500
_HEAD = ("record", "kind", "grp", "write", "value")
_COVER = ("record", "grp", "write", "by")
_VOID = ("record", "kind", "write", "reason", "seen")
_IN_ROW = ("device", "epoch", "serial", "n", "wall", "bound", "actor", "schema", "seq", "eff", "chain")
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def load_records(
    conn: sa.Connection, wanted: Mapping[Entity, Collection[str]], marked: Collection[str] | None = None
) -> dict[str, Record]:
    """The records of these ids as they stand; one not known yet comes without a row.

    `marked`: what `with_marks` said of them, where it was asked.
    """
    records: dict[str, Record] = {}
    for entity, ids in wanted.items():
        for id_ in ids:
            records[id_] = Record(entity, id_)
        names = column_names(entity.table)
        for values in rows_among(conn, entity.table, names, "id", ids):
            row = dict(zip(names, values, strict=True))
            records[row["id"]].row = row
    marked = records if marked is None else [id_ for id_ in records if id_ in marked]
    for record_id, kind, grp, write, value in rows_among(conn, head, _HEAD, "record", marked):
        record, ref = records[record_id], write_id(write)
        if kind != record.entity.kind:  # somebody used a known id for a record of another kind
            continue
        record.stored_heads[grp, ref] = value
        record.groups.setdefault(grp, Group()).heads[ref] = msgspec.json.decode(value)
    for record_id, grp, write, by in rows_among(conn, cover, _COVER, "record", marked):
        record, edge = records[record_id], (write_id(write), write_id(by))
        record.stored_covers.add((grp, *edge))
        record.groups.setdefault(grp, Group()).covers.add(edge)
    for record_id, kind, write, reason, seen in rows_among(conn, void, _VOID, "record", marked):
        ref = write_id(write)
        if kind != records[record_id].entity.kind:
            continue
        records[record_id].stored_voids.add(ref)
        seen_refs = frozenset(map(write_id, msgspec.json.decode(seen)))
        records[record_id].voids[ref] = VoidMark(reason, seen_refs)
    return records


def with_marks(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of these records of which more is stored than a row: heads, covers, voids. Of most there is not."""
    return values_found(conn, (head, cover, void), "record", ids)


def with_heads(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of these records that have stored heads: the center's order matters to no other."""
    return {row[0] for row in rows_among(conn, head, ("record",), "record", ids)}


def with_voids(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of these records that somebody voided."""
    return {row[0] for row in rows_among(conn, void, ("record",), "record", ids)}


def load_commits(conn: sa.Connection, ids: Iterable[CommitId]) -> dict[CommitId, Any]:
    """The journal rows of these commits by column name, where they are known."""
    by_epoch: dict[tuple[str, str], set[int]] = {}
    for device, epoch, n in ids:
        by_epoch.setdefault((device, epoch), set()).add(n)
    found: dict[CommitId, Any] = {}
    names = column_names(journal)
    for (device, epoch), numbers in by_epoch.items():
        for values in rows_among(conn, journal, names, "n", numbers, {"device": device, "epoch": epoch}):
            row = dict(zip(names, values, strict=True))
            found[CommitId(device, epoch, row["n"])] = row
    return found


def commit_in(row: Any, parts: list[OpPart] | None = None) -> Commit:
    """The commit in this journal row; `parts`: those instead of the row's own. Raises `Malformed`."""
    told = unpack_parts(row["payload"]) if parts is None else parts
    return Commit(parts=told, **{name: row[name] for name in _IN_ROW})


def rank_of(row: Mapping[str, Any], op: int) -> Rank:
    """The rank of op `op` of the commit in this journal row."""
    unsent = row["seq"] is None
    eff = row["eff"]
    return Rank(unsent, 0 if unsent else eff, row["device"], row["serial"], row["n"], op, eff, row["epoch"])


def child_creates(conn: sa.Connection, records: Sequence[Record]) -> dict[str, set[WriteId]]:
    """For each voided record: the creates of what hangs on it."""
    found: dict[str, set[WriteId]] = {record.id: set() for record in records}
    kinds: dict[str, list[str]] = {}
    for record in records:
        kinds.setdefault(record.entity.kind, []).append(record.id)
    for kind, ids in kinds.items():
        for child, name in children_of(kind):
            names = ("id", name, "born_device", "born_epoch", "born_n", "born_op")
            above: dict[str, str] = {}
            for id_, parent, *born in rows_among(conn, child.table, names, name, ids):
                above[id_] = parent
                found[parent].add(WriteId(*born))
            for id_, write in rows_among(conn, head, ("record", "write"), "record", above, {"grp": CREATES}):
                found[above[id_]].add(write_id(write))
    return found
