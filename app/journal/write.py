"""Write folded records and their commits: one executemany per table and shape of change. Called by `apply` alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.journal.ops import Commit, CommitId, encode, pack_parts, unpack_parts
from app.journal.record import Record
from app.journal.tables import cover, head, journal, void
from app.store.bulk import insert_rows, update_rows


def write_records(conn: sa.Connection, records: Sequence[Record]) -> None:
    _write_rows(conn, records)
    with_groups = [r for r in records if r.groups or r.stored_heads or r.stored_covers]
    if with_groups:
        _write_heads(conn, with_groups)
        _write_covers(conn, with_groups)
    _write_voids(conn, [r for r in records if r.voids])


def _write_rows(conn: sa.Connection, records: Iterable[Record]) -> None:
    inserts: dict[sa.Table, list[dict[str, Any]]] = {}
    updates: dict[tuple[sa.Table, tuple[str, ...]], list[dict[str, Any]]] = {}
    for record in records:
        table, row = record.entity.table, record.row
        if row is None:
            continue
        if record.is_new:
            inserts.setdefault(table, []).append(row)
        elif record.changed:
            names = tuple(sorted(record.changed))
            updates.setdefault((table, names), []).append({"id": record.id, **{name: row[name] for name in names}})
    for table, rows in inserts.items():
        insert_rows(conn, table, rows)
    for (table, _), rows in updates.items():
        update_rows(conn, table, ("id",), rows)


def _write_heads(conn: sa.Connection, records: Iterable[Record]) -> None:
    inserts, deletes, updates = [], [], []
    for record in records:
        now = {(name, write): value for name, group in record.groups.items() for write, value in group.heads.items()}
        for name, write in record.rewritten & record.stored_heads.keys() & now.keys():
            value = encode(now[name, write]).decode()
            updates.append({"record": record.id, "grp": name, "write": write.text(), "value": value})
        for name, write in record.stored_heads.keys() - now.keys():
            deletes.append({"r": record.id, "g": name, "w": write.text()})
        for name, write in now.keys() - record.stored_heads.keys():
            value = encode(now[name, write]).decode()
            inserts.append(
                {"record": record.id, "grp": name, "write": write.text(), "kind": record.entity.kind, "value": value}
            )
    if deletes:
        c = head.c
        named = (c.record == sa.bindparam("r"), c.grp == sa.bindparam("g"), c.write == sa.bindparam("w"))
        conn.execute(head.delete().where(*named), deletes)
    insert_rows(conn, head, inserts)
    update_rows(conn, head, ("record", "grp", "write"), updates)


def _write_covers(conn: sa.Connection, records: Iterable[Record]) -> None:
    inserts, deletes = [], []
    for record in records:
        now = {(name, *edge) for name, group in record.groups.items() for edge in group.covers}
        for name, write, by in record.stored_covers - now:
            deletes.append({"r": record.id, "g": name, "w": write.text(), "b": by.text()})
        for name, write, by in now - record.stored_covers:
            inserts.append({"record": record.id, "grp": name, "write": write.text(), "by": by.text()})
    if deletes:
        c = cover.c
        named = (c.record == sa.bindparam("r"), c.grp == sa.bindparam("g"), c.write == sa.bindparam("w"))
        conn.execute(cover.delete().where(*named, c.by == sa.bindparam("b")), deletes)
    insert_rows(conn, cover, inserts)


def _write_voids(conn: sa.Connection, records: Sequence[Record]) -> None:
    inserts = [
        {
            "record": record.id,
            "write": write.text(),
            "kind": record.entity.kind,
            "reason": mark.reason,
            "seen": encode(sorted(ref.text() for ref in mark.seen)).decode(),
        }
        for record in records
        for write, mark in record.voids.items()
        if write not in record.stored_voids
    ]
    insert_rows(conn, void, inserts)
    reworded = [
        {"record": record.id, "write": write.text(), "reason": record.voids[write].reason}
        for record in records
        for group, write in record.rewritten
        if not group and write in record.stored_voids
    ]
    update_rows(conn, void, ("record", "write"), reworded)


def write_commits(conn: sa.Connection, commits: Iterable[Commit], rows: Mapping[CommitId, Any]) -> None:
    """The journal rows of commits with what was not known of them before. `rows`: those there are already."""
    inserts, updates = [], []
    for commit in commits:
        row = rows.get(commit.id) if rows else None
        if row is None:
            inserts.append(
                {
                    "device": commit.device,
                    "epoch": commit.epoch,
                    "n": commit.n,
                    "serial": commit.serial,
                    "seq": commit.seq,
                    "eff": commit.eff,
                    "wall": commit.wall,
                    "bound": commit.bound,
                    "actor": commit.actor,
                    "schema": commit.schema,
                    "chain": commit.chain,
                    "payload": pack_parts(commit.parts),
                }
            )
        else:
            kept = unpack_parts(row["payload"])
            known = {part.at for part in kept}
            merged = sorted([*kept, *(p for p in commit.parts if p.at not in known)], key=lambda part: part.at)
            if len(merged) == len(kept):
                continue
            updates.append({**commit.id._asdict(), "payload": pack_parts(merged)})
    insert_rows(conn, journal, inserts)
    update_rows(conn, journal, CommitId._fields, updates)
