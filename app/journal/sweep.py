"""Takes what was erased out of the commits kept here.

Named writes are found at once, in the transaction that takes in the erase. For a record erased whole every commit must
be looked at: that goes on behind, a bounded piece at a time, and survives a kill. What comes later is stripped on its
way in (`apply`). Not here: what stays of an op (`erasing.py`), what is let go with age (`retention.py`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.drafts import drop_naming
from app.journal.erasing import ERASED, is_erased, strip
from app.journal.load import load_commits
from app.journal.ops import (
    Commit,
    CommitId,
    Malformed,
    Op,
    OpPart,
    WriteId,
    decode_head,
    pack_parts,
    unpack_parts,
    write_id,
)
from app.journal.record import Record
from app.journal.tables import erasing, head, journal
from app.store.bulk import rows_among, update_rows

PIECE = 1_000
"""Commits looked at in one piece: some milliseconds."""
Erase = tuple[str, str]
"""A record, and the write that erased it or something of it."""
_KEY = CommitId._fields
_START = {"device": "", "epoch": "", "n": 0}
"""Before every commit."""
_ERASES = {"grp": ERASED}
_IS_ERASE = head.c.grp == ERASED


def strip_erased(
    conn: sa.Connection, ops: Collection[tuple[Commit, WriteId, Op]], records: Mapping[str, Record]
) -> None:
    """Strip a batch that is about to be written, and what its erases name; open forms on what they erase go. `records`:
    as they are after it."""
    erased = {id_: erases for id_, record in records.items() if record.groups and (erases := record.erases())}
    if not erased:
        return
    named: set[WriteId] = set()
    known = {text for _, text in rows_among(conn, head, ("record", "write"), "record", erased, _ERASES)}
    taken = {op.id for _, write, op in ops if op.name == "erase" and write.text() not in known}
    for commit, write, op in ops:
        if op.id in erased and is_erased(erased[op.id], write):
            commit.parts = [strip(part) if part.at == write.op else part for part in commit.parts]
        if op.name == "erase" and op.seen:
            named.update(op.seen)
        elif op.name == "erase":
            _begin(conn, op.id)
    if taken:
        drop_naming(conn, taken)
    ours = {commit.id for commit, _, _ in ops}
    _strip_named(conn, {write for write in named if write.commit not in ours})


def all_erases(conn: sa.Connection) -> set[Erase]:
    """Every erase that is known here."""
    return {(row.record, row.write) for row in conn.execute(sa.select(head.c.record, head.c.write).where(_IS_ERASE))}


def forget_erased(conn: sa.Connection, erases: Collection[Erase]) -> None:
    """Take out of the journal and of open forms what these erases name, which stand among the heads and did not come
    with a batch."""
    named: set[WriteId] = set()
    records = {record for record, _ in erases}
    for record, write, value in rows_among(conn, head, ("record", "write", "value"), "record", records, _ERASES):
        if (record, write) not in erases:
            continue
        texts = msgspec.json.decode(value)
        named.update(map(write_id, texts))
        if not texts:
            _begin(conn, record)
    drop_naming(conn, records)
    _strip_named(conn, named)


def erases_among(conn: sa.Connection, ids: Collection[str]) -> dict[str, list[Collection[str]]]:
    """Of those of these records that were erased: what each of their erases names."""
    found: dict[str, list[Collection[str]]] = {}
    for record, value in rows_among(conn, head, ("record", "value"), "record", sorted(ids), _ERASES):
        found.setdefault(record, []).append(msgspec.json.decode(value))
    return found


def erased_whole(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of these records of which nothing is to be said any more: what is written to them is stripped at once."""
    return {record for record, erases in erases_among(conn, ids).items() if not all(erases)}


def sweep(conn: sa.Connection, limit: int = PIECE) -> bool:
    """Look through the next `limit` commits for what was erased; whether there is more to look at."""
    first = conn.execute(sa.select(erasing).order_by(erasing.c.record).limit(1)).mappings().first()
    if first is None:
        return False
    j = journal.c
    key = sa.tuple_(j.device, j.epoch, j.n)
    query = sa.select(j.device, j.epoch, j.n, j.schema, j.payload).order_by(j.device, j.epoch, j.n).limit(limit)
    after = (first["device"], first["epoch"], first["n"])
    rows = conn.execute(query.where(key > sa.tuple_(*map(sa.literal, after)))).mappings().all()
    record = first["record"]
    told = [dict(row) for row in rows if record.encode() in row["payload"]]
    rewrite(conn, told, lambda _, head: head.id == record)
    this = erasing.c.record == record
    if len(rows) < limit:
        conn.execute(erasing.delete().where(this))
    else:
        conn.execute(erasing.update().where(this).values({name: rows[-1][name] for name in _KEY}))
    return True


def sweep_anew(conn: sa.Connection) -> None:
    """Look through all again for what is still being taken out: commits moved to where that was done."""
    conn.execute(erasing.update().values(_START))


def rewrite(
    conn: sa.Connection,
    rows: Iterable[Mapping[str, Any]],
    wanted: Callable[[OpPart, Any], bool],
    change: Callable[[OpPart], OpPart] = strip,
) -> int:
    """Change those parts of these commits (rows with their key, schema and payload) that are `wanted`, by part and
    head; gives how many were."""
    updates, count = [], 0
    for row in rows:
        parts = unpack_parts(row["payload"])
        changed = [change(part) if _is(part, row["schema"], wanted) else part for part in parts]
        different = sum(old is not new for old, new in zip(parts, changed, strict=True))
        if different:
            count += different
            updates.append({**{name: row[name] for name in _KEY}, "payload": pack_parts(changed)})
    update_rows(conn, journal, _KEY, updates)
    return count


def _is(part: OpPart, schema: int, wanted: Callable[[OpPart, Any], bool]) -> bool:
    if part.is_blank:
        return False
    try:
        head = decode_head(part.raw, schema)
    except Malformed:  # of a newer program
        return False
    return wanted(part, head)


def _begin(conn: sa.Connection, record: str) -> None:
    conn.execute(erasing.delete().where(erasing.c.record == record))
    conn.execute(erasing.insert(), {"record": record, **_START})


def _strip_named(conn: sa.Connection, writes: Collection[WriteId]) -> None:
    places: dict[CommitId, set[int]] = {}
    for write in writes:
        places.setdefault(write.commit, set()).add(write.op)
    for id_, row in load_commits(conn, places).items():
        _strip_places(conn, row, places[id_])


def _strip_places(conn: sa.Connection, row: Mapping[str, Any], places: Collection[int]) -> None:
    rewrite(conn, [row], lambda part, _: part.at in places)
