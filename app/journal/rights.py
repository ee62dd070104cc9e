"""Which records a device may write: asked at the point before a commit is made, and again at the center for every op.

A device may write records of its own node and of the nodes below. Kinds that every node holds (the org tree, the
catalogue) are the city's to write; a kind declared `anyones` (a lot: item, batch, expiry) may be created by any point,
under an id of its meaning (`Entity.meaning`, asked where commits arrive). A record granted to a node, or hung on one
that was, is that node's to work on too, and to nobody else's may anything new be hung (`leans_on`). What a
role may do to a kind is asked here too (`may_use`), and declared beside the kind. Not here: who may act at a device
(`app.center.rights`).
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import sqlalchemy as sa

from app.base.ids import is_meaning_id
from app.journal.entities import Entity, Scope, find_entity
from app.journal.fields import Ref
from app.journal.ops import Key, Op
from app.journal.presence import Presence, Wanted
from app.journal.roles import ANYBODY
from app.journal.streams import Tree

CITY_TIER = "CITY"


def may_write(tree: Tree, device_node: str, op: Op, entity: Entity, node: str) -> bool:
    """Whether a device at `device_node` may write this op of a record that belongs to `node`."""
    if op.name == "erase":  # by law, and by the center alone
        return False
    if is_surely_own(device_node, op, entity, node):
        return True
    tier = tree.tier.get(device_node, "")
    if entity.scope is Scope.ALL:
        return tier == CITY_TIER
    if entity.writers and tier not in entity.writers:
        return False
    concerned = [tree.within(each, device_node) for each in node.split(" ")]
    return any(concerned) if entity.scope is Scope.BOTH else all(concerned)


def is_surely_own(device_node: str, op: Op, entity: Entity, node: str) -> bool:
    """Whether the device may write this whatever the org tree is: nearly every act, and the tree is large."""
    if op.name == "erase":
        return False
    if entity.scope is Scope.ALL:
        return entity.anyones and op.name == "create" and is_meaning_id(op.id)
    if entity.writers:
        return False
    return device_node in node.split(" ") if entity.scope is Scope.BOTH else device_node == node


def may_use(entity: Entity, role: str, tier: str, op: Op, stood: object = None) -> bool:
    """Whether somebody of this role, at a device of this tier, may write this op of a record of this kind.

    `stood`: what the field that the kind `weighs` says before the op; None for a record that is not there.
    """
    roles = entity.roles
    if roles is ANYBODY:
        return True
    if roles.weighs and not roles.may_give(role, tier, roles.weighs, stood):
        return False
    if op.name in ("create", "void", "rehome"):
        if not roles.may(role, op.name):
            return False
    elif not roles.may(role, op.group):
        return False
    if op.name not in ("create", "set"):
        return True
    parts, fields = _told_apart(entity)
    if not all(roles.may_give(role, tier, name, op.values.get(name)) for name in fields):
        return False
    if op.name == "set":
        return True
    filled = (part for part in parts if op.elements.get(part) or _says(entity, part, op))
    return all(roles.may(role, part) for part in filled)


@cache
def _told_apart(entity: Entity) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The groups and sets that a creation must be asked about apart, and the fields whose values must be."""
    finer = entity.roles.finer
    parts = tuple(part for part in (*entity.groups, *entity.sets) if part in finer)
    return parts, tuple(dict.fromkeys(key.partition("=")[0] for key in finer if "=" in key))


def _says(entity: Entity, group: str, op: Op) -> bool:
    return any(op.values.get(name) is not None for name in entity.groups.get(group, ()))


def weighed(conn: sa.Connection, entity: Entity, op: Op) -> object:
    """What the field that the kind weighs says of the record of this op now."""
    if not entity.roles.weighs:
        return None
    return conn.execute(sa.select(entity.c[entity.roles.weighs]).where(entity.c.id == op.id)).scalar()


def not_granted(
    conn: sa.Connection, tree: Tree, device_node: str, ops: Sequence[Op], refused: Iterable[Op]
) -> list[Op]:
    """Those of the `refused` ops of one commit (`ops`) that no grant allows either."""
    refused = list(refused)
    wanted: dict[Entity, set[str]] = {}
    for op in refused:
        entity = find_entity(op.kind)
        if entity is not None and entity.scope is Scope.OWN:
            wanted.setdefault(entity, set()).add(op.id)
            for parent, id_ in followed(entity, op):
                wanted.setdefault(parent, set()).add(id_)
    presence = Presence(conn, tree)
    given = {key for key, found in streams_by_key(presence, wanted) if f"own:{device_node}" in found}
    nodes = {op.node for op in ops if op.key in given}
    return unexcused(refused, given, nodes)


def streams_by_key(presence: Presence, wanted: Wanted) -> Iterator[tuple[Key, frozenset[str]]]:
    """The streams of those of these records that are there."""
    for entity, ids in wanted.items():
        for id_, found in presence.of({entity: ids}).items():
            yield (entity.kind, id_), found


def followed(entity: Entity, op: Op) -> list[tuple[Entity, str]]:
    """What a creation hangs on and is seen with."""
    if op.name != "create":
        return []
    named = ((find_entity(entity.hung_on[name]), op.values.get(name)) for name in entity.follows)
    return [(parent, id_) for parent, id_ in named if parent is not None and isinstance(id_, str)]


@cache
def leaning(entity: Entity, *, by_meaning: bool) -> tuple[tuple[str, Entity], ...]:
    """The fields by which a record of this kind hangs on others, and `by_meaning` those which its id may be made of,
    where these are of somebody's own; and of what kind they are."""
    named = dict(entity.hung_on)
    if by_meaning:
        named |= {name: each.kind for name, each in entity.fields().items() if isinstance(each, Ref)}
    found = ((name, find_entity(kind)) for name, kind in named.items())
    return tuple(
        (name, other)
        for name, other in found
        if other is not None and (name in entity.hung_on or Scope.OWN is entity.scope is other.scope)
    )


def leans_on(entity: Entity, op: Op) -> list[tuple[Entity, str]]:
    """What the op hangs its record on, and what a new one of meaning is about: a reversal, the movement that it takes
    back. Whoever may not write to these makes nothing of the kind: it would be seen there, or stand where the right
    one is to come."""
    if op.name not in ("create", "set"):
        return []
    named = leaning(entity, by_meaning=op.name == "create" and is_meaning_id(op.id))
    return [(other, id_) for name, other in named if isinstance(id_ := op.values.get(name), str)]


def unexcused(refused: Iterable[Op], excused: set[Key], nodes: set[str]) -> list[Op]:
    """Those of these ops that are neither of the `excused` records, nor hang something on one, nor stand beside one.

    `nodes`: where the excused records are: what is written about them (why they were corrected) stands there too.
    """
    left, excused = [], set(excused)
    for op in refused:
        entity = find_entity(op.kind)
        if entity is None:
            continue
        hung = any((parent.kind, id_) in excused for parent, id_ in followed(entity, op))
        beside = op.name == "create" and entity.scope is Scope.BOTH and op.node in nodes
        if hung:
            excused.add(op.key)
        elif gives_away(entity, op) or not (op.key in excused or beside):
            left.append(op)
    return left


def gives_away(entity: Entity, op: Op) -> bool:
    """Whether the op decides who has the record, which nothing excuses."""
    return op.name == "rehome" or (op.name in ("add", "remove") and op.group == entity.granted)
