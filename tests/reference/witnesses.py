"""What must come out of a history, told by what people knew, without bases, seen lists or stamps.

A second formulation of the rules, for the properties to hold the model against: a value is gone only when somebody who
knew of it wrote another; an element only when somebody who knew of the add removed it; a record only when nothing on
it is unknown to those who withdrew it; and of several values the one shown was really written last.
"""

from collections.abc import Iterable, Mapping

from tests.reference.model import Add, Commit, CommitId, Create, Op, Ref, Remove, Schema, Set, Void
from tests.reference.world import Act


class Witnesses:
    """The acts known to one node, and what their authors knew when they wrote them."""

    def __init__(self, schema: Schema, commits: Iterable[Commit], acts: Mapping[CommitId, Act]) -> None:
        self.schema, self.acts = schema, acts
        self.ops: list[tuple[Ref, Op]] = [
            (commit.ref(index), op) for commit in commits for index, op in enumerate(commit.ops) if op is not None
        ]

    def answered(self, ref: Ref, by: Iterable[Ref]) -> bool:
        """Whether one of these acts was done by someone who knew of that write."""
        return any(ref.commit in self.acts[later.commit].knew for later in by)

    def on(self, kind: str, id_: str) -> list[tuple[Ref, Op]]:
        return [(ref, op) for ref, op in self.ops if (op.kind, op.id) == (kind, id_)]

    def values(self, kind: str, id_: str, group: str) -> dict[Ref, tuple[object, ...]]:
        """The values nobody has answered, in the order in which they were really written."""
        fields = self.schema[kind].groups[group]
        writes = [
            (ref, op)
            for ref, op in self.on(kind, id_)
            if isinstance(op, Create) or (isinstance(op, Set) and op.group == group)
        ]
        sets = [ref for ref, op in writes if isinstance(op, Set)]
        alive = [(ref, op) for ref, op in writes if not self.answered(ref, sets)]
        alive.sort(key=lambda write: self.acts[write[0].commit].true)
        return {ref: tuple(op.values.get(name) for name in fields) for ref, op in alive}

    def adds(self, kind: str, id_: str, set_: str) -> set[tuple[str, Ref]]:
        """The adds that nobody who knew of them has taken back."""
        removes: dict[str, list[Ref]] = {}
        added = []
        for ref, op in self.on(kind, id_):
            if isinstance(op, Create):
                added += [(element, ref) for element in op.elements.get(set_, ())]
            elif isinstance(op, Add) and op.set == set_:
                added.append((op.element, ref))
            elif isinstance(op, Remove) and op.set == set_:
                removes.setdefault(op.element, []).append(ref)
        return {(element, ref) for element, ref in added if not self.answered(ref, removes.get(element, ()))}

    def hidden(self, kind: str, id_: str) -> bool:
        """Whether somebody withdrew the record, and nothing on it was unknown to those who did."""
        shape = self.schema[kind]
        voids = [ref for ref, op in self.on(kind, id_) if isinstance(op, Void)]
        alive = {ref for group in shape.groups for ref in self.values(kind, id_, group)}
        alive |= {ref for set_ in shape.sets for _, ref in self.adds(kind, id_, set_)}
        for ref, op in self.ops:
            if isinstance(op, Create):
                parents = self.schema[op.kind].hangs_on.items()
                if any(parent == kind and op.values.get(name) == id_ for name, parent in parents):
                    alive.add(ref)
        return bool(voids) and all(self.answered(ref, voids) for ref in alive)
