"""What came late: written to a record that its device had no more, applied like any write and listed for a person.

A point that lost a record (given to another, closed, no longer granted, no longer below it) may have written to it
before it knew. That is never refused; whoever has the record now is told. Only who has a record is not decided late: a
grant is put aside, and so is a new home, unless two gave the record away at once. Also here: how other parts of the
center list something for review. Not here: settling it (`app.features.org.reviews`), what is put aside
(`quarantine.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center.arrivals import Arrival
from app.center.hub import Hub, center_actor
from app.center.moves import left_among
from app.center.tables import moved
from app.features.org.reviews import LATE_EDIT, Raised, list_for_review
from app.journal.act import Act
from app.journal.entities import Entity, Scope, find_entity
from app.journal.here import standing
from app.journal.ops import Key, Op, decode_head, is_about, unpack_parts
from app.journal.presence import Presence
from app.journal.rights import followed, gives_away, leans_on, streams_by_key, unexcused
from app.journal.streams import Tree, streams_read
from app.journal.tables import here, journal
from app.store.bulk import rows_among


@dataclass(frozen=True, slots=True)
class Late:
    """A commit that wrote to a record its device had no more, or hung something on it."""

    arrival: Arrival
    device_node: str
    kind: str
    record: str


def weigh(
    conn: sa.Connection,
    tree: Tree,
    device_node: str,
    arrivals: Sequence[Arrival],
    nodes: Mapping[Key, str],
    refused: Sequence[tuple[Arrival, Op]],
    *,
    may_lean: bool = False,
) -> list[Late]:
    """Put aside the `refused` ops that neither a grant nor having had the record excuses, and what leans on a record of
    others without either; gives what came late. `nodes`: (kind, id) → node of the records that exist. `may_lean`: what
    let them in may be lost; to what nobody is ever let in that says nothing.

    Asks the database nothing while a device writes to records of its own node alone.
    """
    foreign = _foreign(arrivals, device_node, nodes)
    if not foreign and not refused:
        return []
    given, lost = _given_and_lost(conn, tree, device_node, foreign)
    excused = given | lost
    others = {
        (entity.kind, id_)
        for entity, ids in foreign.items()
        for id_ in ids
        if (entity.kind, id_) not in excused and not tree.within(nodes[entity.kind, id_], device_node)
    }
    by_arrival: dict[int, list[Op]] = {}
    for arrival, op in refused:
        by_arrival.setdefault(id(arrival), []).append(op)
    late = []
    for arrival in arrivals:
        about_it = by_arrival.get(id(arrival), ())
        left = [op for op in about_it if op.key not in lost or _takes_back(conn, tree, device_node, op)]
        if left:
            left = _not_brought_along(conn, tree, device_node, arrival, left, nodes)
            about = {where for _, op in arrival.ops if op.key in excused for where in (op.node, nodes[op.key])}
            for op in unexcused(left, excused, about):
                arrival.put_aside("not_allowed", f"{op.name} {op.kind}")
        if others:
            for entity, op in arrival.to_judge():
                upon = [(each.kind, id_) for each, id_ in leans_on(entity, op) if not (may_lean and each.depends)]
                if not others.isdisjoint(upon):
                    arrival.put_aside("not_allowed", f"{op.name} {op.kind} upon another's")
        touched = dict.fromkeys(key for entity, op in arrival.known for key in _stands_on(entity, op))
        late += [Late(arrival, device_node, *key) for key in touched if key in lost]
    return late


def _takes_back(conn: sa.Connection, tree: Tree, device_node: str, op: Op) -> bool:
    """Whether the op would decide who has a record that the device lost. Where it was given to one point and, before
    that was known here, to another, both are shown for a person to decide."""
    entity = find_entity(op.kind)
    if entity is None or not gives_away(entity, op):
        return False
    if op.name != "rehome" or tree.within(str(op.values["node"]), device_node):
        return True
    streams = streams_read(tree, device_node)
    m = moved.c
    left = sa.select(sa.func.max(m.seq)).where(m.record == op.id, m.stream.in_(streams), ~m.enters)
    row = conn.execute(
        sa.select(journal.c.payload, journal.c.schema).where(journal.c.seq == left.scalar_subquery())
    ).one_or_none()
    parts = [] if row is None else [part for part in unpack_parts(row.payload) if is_about(part, row.schema, {op.id})]
    return row is None or not any(decode_head(part.raw, row.schema).name == "rehome" for part in parts)


def _not_brought_along(
    conn: sa.Connection, tree: Tree, device_node: str, arrival: Arrival, left: Sequence[Op], nodes: Mapping[Key, str]
) -> list[Op]:
    """Those of these ops that make nothing for the node that had a record before, upon that record or beside what is
    written to it, where the device's node has it now: a guest is given what they were working on."""
    made: set[tuple[Key, str]] = set()
    for op in left:
        entity = find_entity(op.kind)
        if entity is None or op.name != "create":
            continue
        upon = {(parent.kind, id_) for parent, id_ in followed(entity, op)}
        if entity.scope is Scope.BOTH:
            upon |= {other.key for _, other in arrival.ops if other.node == op.node}
        ours = [id_ for kind, id_ in upon if (kind, id_) in nodes and tree.within(nodes[kind, id_], device_node)]
        if any((key, op.node) in made for key in upon) or _have_left(conn, f"own:{op.node}", ours):
            made.add((op.key, op.node))
    return [op for op in left if (op.key, op.node) not in made]


def _have_left(conn: sa.Connection, stream: str, ids: Iterable[str]) -> bool:
    """Whether one of these records left this stream."""
    return bool(rows_among(conn, moved, ("record",), "record", list(ids), {"stream": stream, "enters": False}))


def _stands_on(entity: Entity, op: Op) -> list[Key]:
    """What the op writes to, or hangs something new on."""
    return [op.key, *((parent.kind, id_) for parent, id_ in followed(entity, op))]


def _foreign(arrivals: Iterable[Arrival], device_node: str, nodes: Mapping[Key, str]) -> dict[Entity, set[str]]:
    """Records that were there, belong to another node, and are written to or leant upon."""
    found: dict[Entity, set[str]] = {}
    if all(node == device_node for node in nodes.values()):
        return found
    for arrival in arrivals:
        for entity, op in arrival.known:
            for each, id_ in ((entity, op.id), *leans_on(entity, op)):
                if each.scope is Scope.OWN and nodes.get((each.kind, id_), device_node) != device_node:
                    found.setdefault(each, set()).add(id_)
    return found


def _given_and_lost(
    conn: sa.Connection, tree: Tree, device_node: str, foreign: Mapping[Entity, set[str]]
) -> tuple[set[Key], set[Key]]:
    """Of these records: those that the device's node has by a grant, and those it had and has no more."""
    if not foreign:
        return set(), set()
    streams = dict(streams_by_key(Presence(conn, tree), foreign))
    reads = streams_read(tree, device_node)
    given = {key for key, found in streams.items() if f"own:{device_node}" in found}
    out_of_sight = {key for key, found in streams.items() if found.isdisjoint(reads)}
    return given, left_among(conn, reads, {id_ for _, id_ in out_of_sight}) & out_of_sight


def raise_reviews(conn: sa.Connection, hub: Hub, late: Sequence[Late]) -> None:
    """List what came late, at whoever has the records now, in the transaction that took it."""
    list_all(conn, hub, [_raised(each) for each in late])


def _raised(late: Late) -> Raised:
    actor = late.arrival.pushed.actor
    return Raised(late.kind, late.record, LATE_EDIT, actor, late.device_node, late.arrival.eff)


def list_all(conn: sa.Connection, hub: Hub, found: Sequence[Raised]) -> None:
    """List these for review at the nodes the records belong to, as one commit of the center. To be called when
    everything else in the transaction is applied and filed."""
    if not found:
        return
    if conn.dialect.name == "postgresql":  # others may be about to write the center's next commit too
        conn.execute(sa.select(here.c.one).with_for_update())
    tree = hub.trees.tree(conn)
    runner = hub.runner()
    act = Act(conn, center_actor(conn), standing(conn), runner.clock(), runner.new_id)
    presence = Presence(conn, tree)
    for each in found:
        entity = find_entity(each.kind)
        node = None if entity is None else presence.home(entity, each.record)
        if node is not None:
            id_ = meaning_id("review", each.record, each.code, f"{each.at}.{each.by}")
            list_for_review(act, each, id_, node)
    if act.ops:
        runner.commit(conn, act)
