"""What a batch needs from the database before it is folded: records, heads, covers, voids, and who is known."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from app.journal.entities import Entity, children_of
from app.journal.ops import CommitId, WriteId, write_id
from app.journal.record import CREATES, Group, Rank, Record, VoidMark
from app.journal.tables import cover, head, journal, void
from app.store.bulk import among

_CHUNK = 500
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def load_records(conn: sa.Connection, wanted: Mapping[Entity, Collection[str]]) -> dict[str, Record]:
    """The records of these ids as they stand; one not known yet comes without a row."""
    records: dict[str, Record] = {}
    for entity, ids in wanted.items():
        for chunk in chunks(ids):
            for id_ in chunk:
                records[id_] = Record(entity, id_)
            for row in conn.execute(sa.select(entity.table).where(among(conn, entity.table.c.id, chunk))).mappings():
                records[row["id"]].row = dict(row)
    for chunk in chunks(records):
        for record_id, grp, write, value in conn.execute(
            sa.select(head.c.record, head.c.grp, head.c.write, head.c.value).where(among(conn, head.c.record, chunk))
        ):
            record = records[record_id]
            ref = write_id(write)
            record.stored_heads[grp, ref] = value
            record.groups.setdefault(grp, Group()).heads[ref] = msgspec.json.decode(value)
        for record_id, grp, write, by in conn.execute(
            sa.select(cover.c.record, cover.c.grp, cover.c.write, cover.c.by).where(among(conn, cover.c.record, chunk))
        ):
            record = records[record_id]
            edge = (write_id(write), write_id(by))
            record.stored_covers.add((grp, *edge))
            record.groups.setdefault(grp, Group()).covers.add(edge)
        for record_id, write, reason, seen in conn.execute(
            sa.select(void.c.record, void.c.write, void.c.reason, void.c.seen).where(among(conn, void.c.record, chunk))
        ):
            ref = write_id(write)
            records[record_id].stored_voids.add(ref)
            seen_refs = frozenset(map(write_id, msgspec.json.decode(seen)))
            records[record_id].voids[ref] = VoidMark(reason, seen_refs)
    return records


def with_heads(conn: sa.Connection, ids: Iterable[str]) -> set[str]:
    """Those of these records that have stored heads: the center's order matters to no other."""
    found: set[str] = set()
    for chunk in chunks(ids):
        found.update(conn.execute(sa.select(head.c.record).where(among(conn, head.c.record, chunk))).scalars())
    return found


def load_commits(conn: sa.Connection, ids: Iterable[CommitId]) -> dict[CommitId, sa.RowMapping]:
    """The journal rows of these commits, where they are known."""
    by_epoch: dict[tuple[str, str], set[int]] = {}
    for device, epoch, n in ids:
        by_epoch.setdefault((device, epoch), set()).add(n)
    found: dict[CommitId, sa.RowMapping] = {}
    j = journal.c
    for (device, epoch), numbers in by_epoch.items():
        for chunk in chunks(numbers):
            rows = conn.execute(
                sa.select(journal).where(j.device == device, j.epoch == epoch, among(conn, j.n, chunk))
            ).mappings()
            for row in rows:
                found[CommitId(device, epoch, row["n"])] = row
    return found


def rank_of(row: sa.RowMapping, op: int) -> Rank:
    """The rank of op `op` of the commit in this journal row."""
    unsent = row["seq"] is None
    eff = row["eff"]
    return Rank(unsent, 0 if unsent else eff, row["device"], row["serial"], row["n"], op, eff)


def child_creates(conn: sa.Connection, records: Sequence[Record]) -> dict[str, set[WriteId]]:
    """For each voided record: the creates of what hangs on it."""
    found: dict[str, set[WriteId]] = {record.id: set() for record in records}
    kinds: dict[str, list[str]] = {}
    for record in records:
        kinds.setdefault(record.entity.kind, []).append(record.id)
    for kind, ids in kinds.items():
        for child, name in children_of(kind):
            c = child.table.c
            for chunk in chunks(ids):
                rows = conn.execute(
                    sa.select(c[name], c.born_device, c.born_epoch, c.born_n, c.born_op).where(
                        among(conn, c[name], chunk)
                    )
                )
                for parent, *born in rows:
                    found[parent].add(WriteId(*born))
                again = sa.select(c[name], head.c.write).where(
                    among(conn, c[name], chunk), head.c.record == c.id, head.c.grp == CREATES
                )
                for parent, write in conn.execute(again):
                    found[parent].add(write_id(write))
    return found
