"""What rows say of who sees a record, as the center's order has it: without this device's writes that have no number.

An act that waits, or that the center has set aside, shows here and nowhere else. Not here: the digest that asks.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.elements import decode_elements, encode_elements
from app.journal.entities import Entity, find_entity
from app.journal.load import load_commits, rank_of
from app.journal.ops import HOME, Malformed, WriteId, decode_op, kept_parts, write_id
from app.journal.presence import columns_asked, may_shift
from app.journal.record import CREATES
from app.journal.tables import head, journal
from app.store.bulk import rows_among

Rows = dict[str, dict[str, Any]]


def rows_as_numbered(conn: sa.Connection) -> dict[Entity, Rows]:
    """Id → the columns of `presence.columns_asked`, for every record that waiting writes take elsewhere."""
    found: dict[Entity, Rows] = {}
    for entity, ids in _shifted(conn).items():
        names = columns_asked(entity)
        rows = {row[0]: dict(zip(names, row, strict=True)) for row in rows_among(conn, entity.table, names, "id", ids)}
        for id_, heads in _numbered_heads(conn, entity, rows).items():
            rows[id_].update(_shown(entity, rows[id_], heads))
        found[entity] = rows
    return found


def _shifted(conn: sa.Connection) -> dict[Entity, set[str]]:
    """The records that commits without a number may have taken elsewhere: also by making them once more."""
    wanted: dict[Entity, set[str]] = {}
    made: dict[Entity, set[str]] = {}
    for row in conn.execute(sa.select(journal).where(journal.c.seq.is_(None))).mappings():
        for part in kept_parts(row["payload"]):
            try:
                op = decode_op(part.raw, row["device"], row["epoch"], row["schema"])
            except Malformed:
                continue
            entity = find_entity(op.kind)
            if entity is not None and may_shift(op, entity):
                (made if op.name == "create" else wanted).setdefault(entity, set()).add(op.id)
    for entity, ids in made.items():
        again = rows_among(conn, head, ("record",), "record", ids, {"kind": entity.kind, "grp": CREATES})
        if twice := {record for (record,) in again}:
            wanted.setdefault(entity, set()).update(twice)
    return wanted


_Heads = dict[str, dict[WriteId, Any]]


def _numbered_heads(conn: sa.Connection, entity: Entity, ids: Iterable[str]) -> dict[str, _Heads]:
    """Record → group → heads that have a number. A group whose heads are all without one stands as empty."""
    asked = ("record", "grp", "write", "value")
    stored = [
        (record, group, write_id(write), value)
        for record, group, write, value in rows_among(conn, head, asked, "record", list(ids), {"kind": entity.kind})
    ]
    known = load_commits(conn, {write.commit for _, _, write, _ in stored})
    found: dict[str, _Heads] = {}
    for record, group, write, value in stored:
        heads = found.setdefault(record, {}).setdefault(group, {})
        row = known.get(write.commit)
        if row is not None and row["seq"] is not None:
            heads[write] = (rank_of(row, write.op), msgspec.json.decode(value))
    return found


def _shown(entity: Entity, row: Mapping[str, Any], heads: _Heads) -> dict[str, Any]:
    """What differs in the row."""
    shown: dict[str, Any] = {}
    elements: dict[str, set[str]] = {}
    for group, found in heads.items():
        name, _, element = group.partition("=")
        if element and name in row:
            present = elements.setdefault(name, set(decode_elements(row[name])))
            (present.add if found else present.discard)(element)
        elif found and (name == HOME or name in entity.groups):
            value = max(found.values(), key=lambda one: one[0])[1]
            shown.update({field: value[field] for field in value if field in row})
    return shown | {name: encode_elements(present) for name, present in elements.items()}
