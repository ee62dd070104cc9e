"""Writes by a newer program: what of them this one does not know is noted, and taken in by the program that does.

The bytes are in the journal as their author made them, and heads keep fields nobody here knows. What is lost to the
rows is what a creation says in unknown fields, and every op of an unknown kind. Not here: ops and formats that cannot
be read at all; their commits are set aside whole.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from app.journal.elements import decode_elements, element_key, encode_elements
from app.journal.entities import Entity, find_entity
from app.journal.erasing import is_erased, without_values
from app.journal.load import load_commits, load_records
from app.journal.ops import Malformed, Op, WriteId, decode_op, kept_parts
from app.journal.record import Record
from app.journal.tables import unread
from app.store.bulk import Kept, insert_rows

_ANY = Kept(sa.select(unread.c.n).limit(1))


def is_understood(op: Op, entity: Entity | None) -> bool:
    """Whether every word of the op is known here."""
    if entity is None:
        return False
    if op.name == "create":
        return op.values.keys() <= entity.group_of.keys() and op.elements.keys() <= entity.sets.keys()
    if op.name == "set":
        fields = entity.groups.get(op.group)
        return fields is not None and op.values.keys() <= fields.keys()
    return op.group in entity.sets if op.name in ("add", "remove") else True


def note_unread(conn: sa.Connection, writes: Collection[WriteId]) -> None:
    """Remember these writes."""
    if writes:
        forget_unread(conn, writes)
        insert_rows(conn, unread, [write._asdict() for write in writes])


def understood_now(conn: sa.Connection) -> list[tuple[WriteId, Op, int]]:
    """What was noted and can be read now, in the center's order, each with its effective time (µs); no longer noted."""
    noted = [WriteId(*row) for row in conn.execute(sa.select(unread))]
    if not noted:
        return []
    wanted, found = set(noted), []
    for id_, row in load_commits(conn, {write.commit for write in noted}).items():
        for part in kept_parts(row["payload"]):
            write = WriteId(*id_, part.at)
            if write not in wanted:
                continue
            try:
                op = decode_op(part.raw, id_.device, id_.epoch, row["schema"])
            except Malformed:
                continue
            if is_understood(op, find_entity(op.kind)):
                order = (row["seq"] is None, row["seq"] or 0, row["serial"], row["n"], part.at)
                found.append((order, write, op, row["eff"]))
    forget_unread(conn, [write for _, write, _, _ in found])
    return [(write, op, eff) for _, write, op, eff in sorted(found, key=lambda one: one[0])]


def forget_unread(conn: sa.Connection, writes: Collection[WriteId]) -> None:
    """These writes are read now, or not here any more."""
    if not writes or _ANY.first(conn) is None:  # nearly always nothing is noted
        return
    conn.execute(
        unread.delete().where(*(unread.c[name] == sa.bindparam(f"the_{name}") for name in WriteId._fields)),
        [{f"the_{name}": value for name, value in write._asdict().items()} for write in writes],
    )


def take_in_again(conn: sa.Connection, writes: Iterable[tuple[WriteId, Op, int]]) -> dict[str, Record]:
    """The records of these writes with what they say taken in; not settled and not written yet."""
    writes = list(writes)
    wanted: dict[Entity, dict[str, None]] = {}
    for _, op, _ in writes:
        entity = find_entity(op.kind)
        if entity is not None:
            wanted.setdefault(entity, {})[op.id] = None
    records = load_records(conn, wanted)
    # A record nobody folded before: its kind was not known, so all its writes are among these.
    fresh = {id_ for id_, record in records.items() if record.row is None and not record.groups and not record.voids}
    covered = {(op.id, op.head_group, seen) for _, op, _ in writes for seen in op.seen}
    for write, op, eff in writes:
        record = records[op.id]
        if op.id in fresh:
            record.fold(op, write, eff)
        elif op.name == "create":
            left = without_values(op) if is_erased(record.erases(), write) else op
            if left is not None:
                _recall(record, left, write, {(group, seen) for id_, group, seen in covered if id_ == op.id})
    return records


def _recall(record: Record, op: Op, write: WriteId, covered: set[tuple[str, WriteId]]) -> None:
    """Put into a record what its creation says in fields and sets that were not known when it was taken in."""
    entity, row = record.entity, record.row
    for name, fields in entity.groups.items():
        said = {field: op.values[field] for field in fields if op.values.get(field) is not None}
        group = record.groups.get(name)
        if not said:
            continue
        if group is None:
            if row is not None and record.born() == write:
                record.put(**said)
        elif write in group.heads and group.heads[write] != {**group.heads[write], **said}:
            group.heads[write] = {**group.heads[write], **said}
            record.rewritten.add((name, write))
    for name, elements in op.elements.items():
        for element in elements if name in entity.sets else ():
            key = element_key(name, element)
            if key in record.groups:
                if (key, write) not in covered:
                    record.groups[key].heads[write] = True
            elif row is not None and record.born() == write and (key, write) not in covered:
                shown = {*decode_elements(row[name]), element}
                record.put(**{name: encode_elements(shown)})
