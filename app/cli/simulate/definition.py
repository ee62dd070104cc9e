"""What the records of a set of commits are, by the definition alone: no order of arrival, no folding, no database.

A head is a write that no known write names as base. An element is there while an add of it is named by no remove. A
void hides what it names wholly. Read from ops, compared with what the code under test has made of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.journal.entities import Entity, find_entity
from app.journal.ops import HOME, Key, Op, WriteId

Order = tuple[int, str, int, int, int]
"""(eff, device, epoch serial, n, op): greater is greater."""


@dataclass(slots=True)
class Thing:
    """Everything written about one record."""

    entity: Entity
    creates: dict[WriteId, Op] = field(default_factory=dict)
    sets: dict[str, dict[WriteId, Op]] = field(default_factory=dict)
    adds: dict[str, set[WriteId]] = field(default_factory=dict)
    removed: dict[str, set[WriteId]] = field(default_factory=dict)
    voids: list[Op] = field(default_factory=list)
    children: set[WriteId] = field(default_factory=set)

    def heads(self, group: str) -> set[WriteId]:
        sets = self.sets.get(group, {})
        named = {base for op in sets.values() for base in op.seen}
        return (self.creates.keys() | sets.keys()) - named

    def home(self, order: dict[WriteId, Order]) -> str:
        """The node it belongs to: as created, or as it was given away."""
        moves = self.sets.get(HOME, {})
        named = {base for op in moves.values() for base in op.seen}
        greatest = max((self.creates.keys() | moves.keys()) - named, key=order.__getitem__)
        return str(moves[greatest].values["node"]) if greatest in moves else self.creates[greatest].node

    def elements(self, name: str) -> set[str]:
        """Elements of a set that are there."""
        return {element for element in self._every(name) if self._live(name, element)}

    def shown(self, group: str, order: dict[WriteId, Order]) -> dict[str, Any]:
        """The values of the greatest head."""
        greatest = max(self.heads(group), key=order.__getitem__)
        op = self.creates.get(greatest) or self.sets[group][greatest]
        return {name: op.values.get(name) for name in self.entity.groups[group]}

    def is_hidden(self) -> bool:
        live = set(self.children)
        for group in self.entity.groups:
            live |= self.heads(group)
        for name in self.entity.sets:
            for element in self._every(name):
                live |= self._live(name, element)
        seen = {base for op in self.voids for base in op.seen}
        return bool(self.voids) and live <= seen

    def _every(self, name: str) -> set[str]:
        born = {element for op in self.creates.values() for element in op.elements.get(name, ())}
        return born | {key.partition("=")[2] for key in self.adds if key.startswith(f"{name}=")}

    def _live(self, name: str, element: str) -> set[WriteId]:
        key = f"{name}={element}"
        born = {write for write, op in self.creates.items() if element in op.elements.get(name, ())}
        return (born | self.adds.get(key, set())) - self.removed.get(key, set())


def things(written: Iterable[tuple[WriteId, Op]]) -> dict[Key, Thing]:
    """(kind, id) → what was written about it, of kinds known here."""
    found: dict[Key, Thing] = {}
    hung: list[tuple[str, str, WriteId]] = []
    for write, op in written:
        entity = find_entity(op.kind)
        if entity is None:
            continue
        thing = found.setdefault((op.kind, op.id), Thing(entity))
        if op.name == "create":
            thing.creates[write] = op
            hung += [
                (parent, str(op.values[name]), write)
                for name, parent in entity.hung_on.items()
                if op.values.get(name) is not None
            ]
        elif op.name in ("set", "rehome"):
            thing.sets.setdefault(op.group, {})[write] = op
        elif op.name == "add":
            thing.adds.setdefault(f"{op.group}={op.element}", set()).add(write)
        elif op.name == "remove":
            thing.removed.setdefault(f"{op.group}={op.element}", set()).update(op.seen)
        elif op.name == "void":
            thing.voids.append(op)
    for parent, id_, write in hung:
        if (parent, id_) in found:
            found[parent, id_].children.add(write)
    return found
