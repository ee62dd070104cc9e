"""What people wrote differently, as a person can judge it: about whom, every value with its author, what was before."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.features.org.tables import node, staff
from app.features.org.writes import Written, value_at, written
from app.features.people.queries import MASKED, masked, person_rows
from app.journal.entities import Entity, find_entity
from app.journal.fields import Ref
from app.journal.heads import Dispute, disputes_to_settle, write_ids
from app.journal.ops import Key

MOST = 50
"""Shown at once; the rest come up as these are settled."""


@dataclass(frozen=True, slots=True)
class Version:
    """One value as somebody wrote it. `at`: effective time, µs; `place`: the point the author belongs to."""

    write: str
    values: Mapping[str, Any]
    staff_name: str
    place: str
    at: int | None


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """`fields`: those of the group whose values differ. `beside`: those that tell whom it is about, where all have the
    same. `before`: what every author had seen, None where it was new.
    `names`: what the records are called that values refer to. `is_masked`: something here shows in part only."""

    kind: str
    id: str
    group: str
    subject: str
    fields: tuple[str, ...]
    beside: tuple[str, ...]
    versions: tuple[Version, ...]
    before: Mapping[str, Any] | None
    names: Mapping[str, str]
    is_masked: bool


def open_disputes(conn: sa.Connection, now: int, in_full: Collection[str] = ()) -> list[DisputeRow]:
    """The conflicts of this database. `in_full`: persons for whom a purpose was given."""
    found = (_row(conn, dispute, now, dispute.id in in_full) for dispute in disputes_to_settle(conn)[:MOST])
    return [row for row in found if row is not None]


def _row(conn: sa.Connection, dispute: Dispute, now: int, in_full: bool) -> DisputeRow | None:
    entity = find_entity(dispute.kind)
    if entity is None or dispute.group not in entity.groups:
        return None
    record = conn.execute(sa.select(entity.table).where(entity.c.id == dispute.id)).mappings().one_or_none()
    if record is None or record["hidden"]:
        return None
    names = tuple(entity.groups[dispute.group])
    values = {write: {name: given.get(name) for name in names} for write, given in dispute.values.items()}
    differ = tuple(name for name in names if len({repr(each[name]) for each in values.values()}) > 1)
    hides = dispute.kind == "person" and not in_full
    identifies = MASKED if dispute.kind == "person" else frozenset()
    any_of = next(iter(values.values()))
    beside = tuple(name for name in names if name in identifies and name not in differ and any_of[name])
    writes = dict(zip(values, write_ids(values), strict=True))
    held = written(conn, writes.values())
    before = _before(conn, entity, dispute.group, held.values())
    seen = [*values.values(), *([before] if before else [])]
    authors = authors_of(conn, {one.actor for one in held.values()})
    versions = []
    for write, given in values.items():
        one = held.get(writes[write])
        name, place = authors.get(one.actor, ("", "")) if one else ("", "")
        versions.append(Version(write, shown_of(given, hides), name, place, one.at if one else None))
    versions.sort(key=lambda version: (version.at or 0, version.write))
    return DisputeRow(
        kind=dispute.kind,
        id=dispute.id,
        group=dispute.group,
        subject=subject_of(conn, entity, record, now),
        fields=differ,
        beside=beside,
        versions=tuple(versions),
        before=None if before is None else shown_of(before, hides),
        names=names_of(conn, entity, dispute.group, seen, now),
        is_masked=any(shown_of(each, hides)[name] != each[name] for each in seen for name in (*differ, *beside)),
    )


def shown_of(values: Mapping[str, Any], hides: bool) -> dict[str, Any]:
    """Values as they may stand on a screen."""
    return {name: masked(name, value) if hides else value for name, value in values.items()}


def _before(conn: sa.Connection, entity: Entity, group: str, held: Collection[Written]) -> dict[str, Any] | None:
    """What stood there in the eyes of those who changed it."""
    for one in sorted(held, key=lambda one: one.rank):
        if one.op.name == "set" and one.op.seen:
            return value_at(conn, entity, group, one.op.seen)
    return None


def authors_of(conn: sa.Connection, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Staff id → name and the name of their point."""
    query = sa.select(staff.c.id, staff.c.name, node.c.name.label("place"))
    query = query.select_from(staff.table.outerjoin(node.table, node.c.id == staff.c.node))
    rows = conn.execute(query.where(staff.c.id.in_(ids)))
    return {row.id: (row.name or "", row.place or "") for row in rows}


def subject_of(conn: sa.Connection, entity: Entity, record: sa.RowMapping, now: int) -> str:
    """What the record is called; where it has no name, whom or what it is about."""
    if entity.kind == "person":
        return called_of(conn, "person", record["id"], now)
    if record.get("name"):
        return str(record["name"])
    for about in ("person", "case", "item", "encounter", "lot"):
        if record.get(about):
            return called_of(conn, about, record[about], now)
    return ""


def called_of(conn: sa.Connection, kind: str, id_: str, now: int) -> str:
    """What a record is called where it is spoken of; empty where nothing tells."""
    if kind == "person":
        row = person_rows(conn, [id_], now).get(id_)
        return row.called if row else ""
    entity = find_entity(kind)
    if entity is None:
        return ""
    record = conn.execute(sa.select(entity.table).where(entity.c.id == id_)).mappings().one_or_none()
    return "" if record is None else subject_of(conn, entity, record, now)


def first_called(conn: sa.Connection, records: Iterable[Key], now: int) -> tuple[Key, str] | None:
    """The first of these records that is called something, with what; None where none is."""
    named = ((key, called_of(conn, *key, now)) for key in records)
    return next(((key, called) for key, called in named if called), None)


def names_of(
    conn: sa.Connection, entity: Entity, group: str, values: Collection[Mapping[str, Any]], now: int
) -> dict[str, str]:
    """What the records are called that these values refer to."""
    found: dict[str, str] = {}
    for name, of in entity.groups[group].items():
        if isinstance(of, Ref):
            for id_ in {str(each[name]) for each in values if each.get(name)}:
                found[id_] = called_of(conn, of.kind, id_, now)
    return found
