"""Who sees a record, as far as that depends on what records say: cases upward while open, what hangs on them, grants.

The streams of a record follow from its row and, for what hangs on something, from the row above it: the center files
by them, digests are taken by them, and a device drops what is in none of its own. Not here: the org tree and what
follows from the node alone (`streams.py`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.journal.elements import decode_elements, encode_elements
from app.journal.entities import Entity, Scope, find_entity, followers_of
from app.journal.ops import Key, Op
from app.journal.streams import Tree, streams_of
from app.store.bulk import rows_among

_NODE = 32
_MOST_STEPS = 8
"""Nothing hangs on something that hangs on something … more often than this; damaged data may go in a ring."""

Wanted = Mapping[Entity, Collection[str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a row says who sees it. `above`: the record it follows."""

    entity: Entity
    node: str
    is_open: bool
    grants: tuple[str, ...]
    above: tuple[Entity, str] | None


@cache
def columns_asked(entity: Entity) -> tuple[str, ...]:
    """The columns of a row that say who sees it."""
    names = ["id", "node", *entity.follows]
    if entity.open_while:
        names.append(entity.open_while[0])
    if entity.granted:
        names.append(entity.granted)
    return tuple(names)


def facts_of(entity: Entity, row: Mapping[str, Any]) -> Facts:
    is_open, above = True, None
    grants: tuple[str, ...] = ()
    if entity.open_while:
        name, values = entity.open_while
        is_open = row[name] is None or row[name] in values
    if entity.granted:
        # Anybody may have put anything into the set.
        grants = tuple(node for node in decode_elements(row[entity.granted]) if len(node) == _NODE)
    for name in entity.follows:
        parent = find_entity(entity.hung_on[name])
        if row[name] is not None and parent is not None:
            above = (parent, row[name])
            break
    return Facts(entity, row["node"], is_open, grants, above)


class Presence:
    """Streams of records, read from one database under one org tree. What was read once is remembered."""

    def __init__(self, conn: sa.Connection, tree: Tree) -> None:
        self._conn = conn
        self._tree = tree
        self._facts: dict[str, Facts] = {}
        self._static: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, wanted: Wanted) -> dict[str, frozenset[str]]:
        """Id → streams, for those of these records that are there."""
        self.read(wanted)
        ids = {id_ for ids in wanted.values() for id_ in ids}
        return {id_: self._streams(self._facts[id_]) for id_ in ids if id_ in self._facts}

    def expect(self, ops: Iterable[Op], there: Collection[Key]) -> None:
        """Know of the records that these ops are about to make, so that they need not be read back. `there`: those of
        their records that are there already."""
        unsure: set[str] = set()
        for op in ops:
            entity = find_entity(op.kind)
            if entity is None or not entity.depends or op.key in there or op.id in unsure:
                continue
            if op.name == "create" and op.id not in self._facts:
                row: dict[str, Any] = {name: op.values.get(name) for name in columns_asked(entity)}
                row |= {"node": op.node, entity.granted: encode_elements(op.elements.get(entity.granted, []))}
                self._facts[op.id] = facts_of(entity, row)
            elif may_shift(op, entity):
                self._facts.pop(op.id, None)
                unsure.add(op.id)

    def take(self, rows: Mapping[Entity, Mapping[str, Mapping[str, Any]]]) -> None:
        """Know these rows, by id, as they are given: they need not be read."""
        for entity, found in rows.items():
            self._facts.update((id_, facts_of(entity, row)) for id_, row in found.items())

    def home(self, entity: Entity, id_: str) -> str | None:
        """The node that the record belongs to, or what it hangs on; None where it is not there."""
        self.read({entity: [id_]})
        facts = self._facts.get(id_)
        for _ in range(_MOST_STEPS):
            above = self._above(facts) if facts is not None else None
            if above is None:
                break
            facts = above
        return None if facts is None else facts.node.split(" ")[0]

    def of_rows(self, entity: Entity, rows: Iterable[Mapping[str, Any]]) -> list[frozenset[str]]:
        """The streams of these rows, in their order."""
        found = [facts_of(entity, row) for row in rows]
        above: dict[Entity, set[str]] = {}
        for facts in found:
            if facts.above is not None and facts.above[1] not in self._facts:
                above.setdefault(facts.above[0], set()).add(facts.above[1])
        self.read(above)
        return [self._streams(facts) for facts in found]

    def under(self, tree: Tree) -> "Presence":
        """The same records under another tree; what was read is shared."""
        other = Presence(self._conn, tree)
        other._facts = self._facts
        return other

    def read(self, wanted: Wanted) -> None:
        """Read now what will be asked for, with what it hangs on."""
        for _ in range(_MOST_STEPS):
            for entity, ids in wanted.items():
                names = columns_asked(entity)
                missing = [id_ for id_ in ids if id_ not in self._facts]
                for values in rows_among(self._conn, entity.table, names, "id", missing):
                    row = dict(zip(names, values, strict=True))
                    self._facts[row["id"]] = facts_of(entity, row)
            above: dict[Entity, set[str]] = {}
            for id_ in (id_ for ids in wanted.values() for id_ in ids):
                facts = self._facts.get(id_)
                if facts is not None and facts.above is not None and facts.above[1] not in self._facts:
                    above.setdefault(facts.above[0], set()).add(facts.above[1])
            if not above:
                return
            wanted = above

    def _streams(self, facts: Facts, steps: int = 0) -> frozenset[str]:
        entity = facts.entity
        if not entity.depends:
            return frozenset(self._by_node(entity, facts.node))
        parent = self._above(facts)
        if parent is not None and steps < _MOST_STEPS:
            led = self._streams(parent, steps + 1)
            if not entity.upward:
                led = frozenset(stream for stream in led if not stream.startswith("up:"))
            return led | {f"own:{facts.node}"}
        streams = self._by_node(entity, facts.node)
        if not facts.is_open or facts.above is not None:
            # What it follows is not here: it is seen by those above no longer, or not yet.
            streams = tuple(stream for stream in streams if not stream.startswith("up:"))
        return frozenset((*streams, *(f"own:{node}" for node in facts.grants)))

    def _above(self, facts: Facts) -> Facts | None:
        if facts.above is None:
            return None
        entity, id_ = facts.above
        found = self._facts.get(id_)
        return found if found is not None and found.entity is entity else None

    def _by_node(self, entity: Entity, node: str) -> tuple[str, ...]:
        key = (entity.kind, node)
        found = self._static.get(key)
        if found is None:
            found = self._static[key] = tuple(streams_of(self._tree, entity, node))
        return found


def may_shift(op: Op, entity: Entity) -> bool:
    """Whether the op may change who sees a record that was there before."""
    if op.name == "rehome":
        return entity.scope is Scope.OWN
    if op.name == "create":  # whoever made it too may have had it elsewhere
        return entity.scope in (Scope.OWN, Scope.BOTH)
    if not entity.depends:
        return False
    if op.name in ("add", "remove"):
        return op.group == entity.granted
    if op.name == "set":
        asked = {entity.group_of[name] for name in entity.follows}
        if entity.open_while:
            asked.add(entity.group_of[entity.open_while[0]])
        return op.group in asked
    return op.name == "erase"


def with_above(conn: sa.Connection, wanted: Wanted) -> dict[Entity, set[str]]:
    """These records and whatever those among them that are there follow, up to the top."""
    found = {entity: set(ids) for entity, ids in wanted.items()}
    fresh: Wanted = {entity: set(ids) for entity, ids in wanted.items()}
    for _ in range(_MOST_STEPS):
        above: dict[Entity, set[str]] = {}
        for entity, ids in fresh.items():
            for name in entity.follows:
                parent = find_entity(entity.hung_on[name])
                if parent is not None and ids:
                    named = {row[0] for row in rows_among(conn, entity.table, (name,), "id", ids) if row[0] is not None}
                    above.setdefault(parent, set()).update(named - found.get(parent, set()))
        for entity, ids in above.items():
            found.setdefault(entity, set()).update(ids)
        if not any(above.values()):
            break
        fresh = above
    return found


def with_followers(conn: sa.Connection, wanted: Wanted) -> dict[Entity, set[str]]:
    """These records and whatever is where they are, because it hangs on them."""
    found = {entity: set(ids) for entity, ids in wanted.items()}
    fresh: dict[Entity, set[str]] = {entity: set(ids) for entity, ids in wanted.items()}
    while any(fresh.values()):
        below: dict[Entity, set[str]] = {}
        for entity, ids in fresh.items():
            for child, name in followers_of(entity.kind):
                named = rows_among(conn, child.table, ("id",), name, ids)
                below.setdefault(child, set()).update(row[0] for row in named)
        fresh = {child: ids - found.get(child, set()) for child, ids in below.items()}
        for child, ids in fresh.items():
            found.setdefault(child, set()).update(ids)
    return found
