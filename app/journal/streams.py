"""Streams: from the node a record belongs to, to those who read it.

A stream is a text: `all`, `city`, `own:<node>`, `down:<node>`, `up:<node>`. The center files every commit under the
streams of its ops; a device reads the streams of its node; a digest is taken per stream. The org tree is given in, or
read by the one function a feature registers: the journal knows no feature. Not here: what a record says that decides
who sees it (`presence.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.journal.entities import Entity, Scope


@dataclass(frozen=True)
class Tree:
    """The org tree: node → parent (None at the top), node → tier code."""

    parent: Mapping[str, str | None]
    tier: Mapping[str, str]

    def above(self, node: str) -> Iterator[str]:
        """Ancestors, nearest first. A loop in damaged data ends the walk."""
        seen = {node}
        up = self.parent.get(node)
        while up is not None and up not in seen:
            yield up
            seen.add(up)
            up = self.parent.get(up)

    def below(self, top: str) -> list[str]:
        """The nodes below `top`, in no order."""
        children: dict[str | None, list[str]] = {}
        for node, up in self.parent.items():
            children.setdefault(up, []).append(node)
        found, waiting = {top}, [top]
        while waiting:
            fresh = [node for node in children.get(waiting.pop(), ()) if node not in found]
            found.update(fresh)
            waiting += fresh
        return sorted(found - {top})

    def within(self, node: str, top: str) -> bool:
        """Whether `node` is `top` or below it."""
        return node == top or top in self.above(node)


def streams_of(tree: Tree, entity: Entity, node: str) -> list[str]:
    """The streams a record of this kind at `node` is in, that of its home first."""
    if entity.scope is Scope.BOTH:
        return [f"own:{one}" for one in dict.fromkeys(node.split(" "))]
    streams = [home_stream(entity, node)]
    if entity.upward and entity.scope is Scope.OWN:
        streams += [f"up:{a}" for a in tree.above(node) if tree.tier.get(a) in entity.upward]
    return streams


def home_stream(entity: Entity, node: str) -> str:
    """The stream that a record of this kind at `node` is in, whatever the org tree is; of two nodes, the first's."""
    if entity.scope is Scope.ALL:
        return "all"
    if entity.scope is Scope.CITY:
        return "city"
    return f"{'down' if entity.scope is Scope.DOWN else 'own'}:{node.partition(' ')[0]}"


def streams_read(tree: Tree, node: str) -> list[str]:
    """The streams a device at `node` holds."""
    return ["all", f"own:{node}", f"up:{node}", f"down:{node}", *(f"down:{a}" for a in tree.above(node))]


ReadTree = Callable[[sa.Connection], Tree]
_kept: list[tuple[str, ReadTree]] = []


def register_tree(kind: str) -> Callable[[ReadTree], ReadTree]:
    """The feature that keeps the org tree says which records it is made of and how it is read."""

    def register(read: ReadTree) -> ReadTree:
        _kept[:] = [(kind, read)]
        return read

    return register


def tree_of(conn: sa.Connection) -> Tree:
    """The org tree as this database has it."""
    return _kept[0][1](conn) if _kept else Tree({}, {})


def is_of_tree(kind: str) -> bool:
    """Whether records of this kind make the org tree."""
    return bool(_kept) and _kept[0][0] == kind


def may_name_tree(raw: bytes) -> bool:
    """Whether these parts of a commit may write to the org tree; asked of everything that comes, so it only looks."""
    return bool(_kept) and f'"{_kept[0][0]}"'.encode() in raw
