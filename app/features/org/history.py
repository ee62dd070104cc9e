"""What became of a record: who wrote what and when, what stood there before, and why it was changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.features.org.tables import amendment, node, staff
from app.features.org.writes import Written, value_in, writes_of, written
from app.journal.entities import Entity, children_of, find_entity
from app.journal.ops import CommitId, WriteId, write_id
from app.journal.tables import cover, head, void


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was written to a record.

    what: created, changed, added, removed, voided, moved (to the point `after` names), erased. `group`: the group, or
    the set with `element`. `before`: what stood there in the eyes of its author; empty at creation. `at`: effective
    time, µs; `wall`: what the author's clock said.
    """

    kind: str
    record: str
    what: str
    group: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    element: str
    reason: str
    at: int
    wall: int
    staff: str
    staff_name: str
    commit: str


_WHAT = {
    "create": "created",
    "set": "changed",
    "add": "added",
    "remove": "removed",
    "void": "voided",
    "rehome": "moved",
    "erase": "erased",
}


def history_of(conn: sa.Connection, kind: str, id_: str, *, with_children: bool = False) -> list[Event]:
    """The record's events, earliest first; with those of the records hung on it where asked.

    Follows the writes from those that stand to those they replaced, so that it costs the same in a large journal.
    """
    entity = find_entity(kind)
    if entity is None:
        raise KeyError(kind)
    found = _written_to(conn, entity, id_)
    events = _events(conn, entity, found)
    if with_children:
        for child, name in children_of(kind):
            for child_id in conn.execute(sa.select(child.c.id).where(child.c[name] == id_)).scalars():
                events += history_of(conn, child.kind, child_id, with_children=True)
    return sorted(events, key=lambda event: event.at)


def written_then(conn: sa.Connection, kind: str, id_: str, at: int, by: str) -> list[Event]:
    """What this person wrote at this very moment (effective time, µs) to the record and to what hangs on it; nothing
    of a kind that is not known here."""
    if find_entity(kind) is None:
        return []
    events = history_of(conn, kind, id_, with_children=True)
    return [event for event in events if (event.at, event.staff) == (at, by)]


def _written_to(conn: sa.Connection, entity: Entity, id_: str) -> list[Written]:
    """Every write to the record that can be reached from its row, its heads, its voids and its amendments."""
    held: dict[WriteId, Written] = {}
    asked: set[CommitId] = set()
    wanted = _first_commits(conn, entity, id_)
    while wanted:
        asked |= wanted
        before: set[CommitId] = set()
        for one in writes_of(conn, wanted):
            if one.op.id == id_:
                held[one.write] = one
                before.update(write.commit for write in one.op.seen)
        wanted = before - asked
    return sorted(held.values(), key=lambda one: one.rank)


def _first_commits(conn: sa.Connection, entity: Entity, id_: str) -> set[CommitId]:
    c = entity.c
    born = (c.born_device, c.born_epoch, c.born_n)
    found = {CommitId(*row) for row in conn.execute(sa.select(*born).where(c.id == id_))}
    a = amendment.c
    why = sa.select(a.born_device, a.born_epoch, a.born_n).where(a.record == id_)
    found |= {CommitId(*row) for row in conn.execute(why)}
    for table, name in ((head, "write"), (void, "write"), (cover, "by")):
        texts = conn.execute(sa.select(table.c[name]).where(table.c.record == id_)).scalars()
        found |= {write_id(text).commit for text in texts}
    return found


def _events(conn: sa.Connection, entity: Entity, found: list[Written]) -> list[Event]:
    reasons = _reasons(conn, {one.op.id for one in found})
    names = _names(conn, {one.actor for one in found})
    bases = written(conn, {write for one in found for write in one.op.seen})
    events = []
    for one in found:
        op = one.op
        before: dict[str, Any] = {}
        after: dict[str, Any] = dict(op.values)
        if op.name == "set":
            seen = [bases[write] for write in op.seen if write in bases]
            if seen and op.group in entity.groups:
                before = value_in(entity, op.group, max(seen, key=lambda base: base.rank).op)
        elif op.name == "create":
            after |= op.elements
        elif op.name == "rehome":
            after = {"node": conn.execute(sa.select(node.c.name).where(node.c.id == op.values["node"])).scalar()}
        commit = one.write.commit
        events.append(
            Event(
                kind=entity.kind,
                record=op.id,
                what=_WHAT[op.name],
                group=op.group,
                before=before,
                after=after,
                element=op.element,
                reason=op.reason or reasons.get(commit, ""),
                at=one.at,
                wall=one.wall,
                staff=one.actor,
                staff_name=names.get(one.actor, ""),
                commit=commit.text(),
            )
        )
    return events


def _reasons(conn: sa.Connection, records: Iterable[str]) -> dict[CommitId, str]:
    """Why these records were corrected, by the commit that did."""
    a = amendment.c
    rows = conn.execute(sa.select(a.born_device, a.born_epoch, a.born_n, a.reason).where(a.record.in_(list(records))))
    return {CommitId(device, epoch, n): reason for device, epoch, n, reason in rows}


def _names(conn: sa.Connection, actors: Iterable[str]) -> dict[str, str]:
    rows = conn.execute(sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_(list(actors))))
    return {id_: name or "" for id_, name in rows}
