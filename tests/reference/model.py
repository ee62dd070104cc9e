"""The rules of merging as an executable specification: `sync.md` §3 to §5.

Read this to understand what a node makes of the commits it knows, in whatever order they came. A node IS the
set of ops it knows, with the (seq, eff) the hub gave their commits; everything else is computed from that
set, from nothing, each time it is asked. So no answer can depend on the order of arrival, and the real
`apply`, which keeps its answers up to date as it goes, has to give the same ones.

Not here: a node that learns as it goes (`node.py`), stock (`ledger.py`), the wire, rights, scopes, refusals (`apply`
never refuses).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Value = str | int | None
Values = Mapping[str, Value]
CommitId = tuple[str, str, int]
"""(device, epoch, n)"""
Stamp = tuple[CommitId, int | None, int]
"""(commit, seq, eff) as the hub gave them; a quarantined commit has an eff and no seq yet."""
Rank = tuple[bool, int, str, int, int, int]


# ---- What is written ---------------------------------------------------------------------------------------


class Ref(NamedTuple):
    """The id of one write: an op of a commit."""

    device: str
    epoch: str
    n: int
    op: int

    @property
    def commit(self) -> CommitId:
        return (self.device, self.epoch, self.n)


@dataclass(frozen=True)
class Create:
    """A record begins: a write to every group it has, with no bases, and an add of each element given."""

    kind: str
    id: str
    node: str
    values: Values = field(default_factory=dict)
    elements: Mapping[str, Iterable[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Set:
    """A group gets new values. `bases` are the heads its author was shown when the form opened."""

    kind: str
    id: str
    group: str
    values: Values
    bases: frozenset[Ref]


@dataclass(frozen=True)
class Add:
    kind: str
    id: str
    set: str
    element: str


@dataclass(frozen=True)
class Remove:
    """An element goes, as far as its author knew of it: `seen` are the adds that are undone."""

    kind: str
    id: str
    set: str
    element: str
    seen: frozenset[Ref]


@dataclass(frozen=True)
class Void:
    """The record is withdrawn, as far as its author knew it: `seen` are its live heads (`View.live`) at
    that moment."""

    kind: str
    id: str
    reason: str
    seen: frozenset[Ref]


@dataclass(frozen=True)
class Rehome:
    """The record is given to another point. `bases` are the writes that said where it belongs: a creation does, and
    a rehome."""

    kind: str
    id: str
    node: str
    bases: frozenset[Ref]


Op = Create | Set | Add | Remove | Void | Rehome


@dataclass(frozen=True)
class Commit:
    """One user act. An op outside the scope of the reader is None, so that an op keeps its index."""

    device: str
    epoch: str
    serial: int
    n: int
    wall: int
    ops: tuple[Op | None, ...]
    seq: int | None = None
    eff: int | None = None

    @property
    def id(self) -> CommitId:
        return (self.device, self.epoch, self.n)

    def ref(self, op: int = 0) -> Ref:
        return Ref(*self.id, op)


@dataclass(frozen=True)
class Kind:
    """What the model has to know of an entity: what merges as one unit, and what it hangs on.

    `hangs_on`: field → kind of the record it names. Children and append-only rows are alike in this: each
    counts as a head of the record it was created on.
    """

    groups: Mapping[str, tuple[str, ...]]
    sets: tuple[str, ...] = ()
    hangs_on: Mapping[str, str] = field(default_factory=dict)


Schema = Mapping[str, Kind]


# ---- Time (§4) ---------------------------------------------------------------------------------------------


def stamp(prev_eff: int | None, wall: int, skew: int, bound_now: int, received: int) -> int:
    """The hub's effective time of a commit: its wall time, corrected as far as a clock can be believed.

    `skew`: hub's clock less the device's, measured in this exchange. `bound_now`: the `now` of the last
    answer the device had applied when it wrote the commit (0: none). `prev_eff`: of the commit before it in
    (device, epoch).
    """
    eff = min(max(wall + skew, bound_now), received)
    return eff if prev_eff is None else max(eff, prev_eff + 1)


def provisional(prev_eff: int | None, wall: int, skew: int) -> int:
    """What the author takes for the eff of its own commit until the hub's is known; `skew` is the last
    measured."""
    return wall + skew if prev_eff is None else max(wall + skew, prev_eff)


# ---- What follows from what is known (§5) ------------------------------------------------------------------


@dataclass(frozen=True)
class Write:
    """One write to one group, with the whole group's values."""

    ref: Ref
    values: Values
    bases: frozenset[Ref]


class View:
    """All that follows from a set of ops. Nothing is remembered of how they came.

    `effs` gives each commit's eff, or the provisional one; `own` is the device whose unsent writes stand
    above all.
    """

    def __init__(
        self, schema: Schema, commits: Iterable[Commit], effs: Mapping[CommitId, int], own: str | None = None
    ) -> None:
        self.schema, self.effs, self.own = schema, effs, own
        self.commits = {commit.id: commit for commit in commits}
        self._ops: dict[tuple[str, str], list[tuple[Ref, Op]]] = {}
        self._hung: dict[tuple[str, str], set[Ref]] = {}
        for commit in self.commits.values():
            for index, op in enumerate(commit.ops):
                if op is not None:
                    self._take(commit.ref(index), op)

    def _take(self, ref: Ref, op: Op) -> None:
        self._ops.setdefault((op.kind, op.id), []).append((ref, op))
        if isinstance(op, Create):
            for name, parent_kind in self.schema[op.kind].hangs_on.items():
                parent = op.values.get(name)
                if isinstance(parent, str):
                    self._hung.setdefault((parent_kind, parent), set()).add(ref)

    def records(self) -> list[tuple[str, str]]:
        """(kind, id) of every record of which some op is known."""
        return sorted(self._ops)

    def ids(self, kind: str) -> list[str]:
        return [id_ for found, id_ in self.records() if found == kind]

    def ops(self, kind: str, id_: str) -> list[tuple[Ref, Op]]:
        return self._ops.get((kind, id_), [])

    # -- groups

    def rank(self, ref: Ref) -> Rank:
        """Greater is greater by (eff, device, epoch serial, n, op); own unsent writes stand above, in n
        order."""
        commit = self.commits[ref.commit]
        unsent = commit.device == self.own and commit.seq is None
        return (unsent, 0 if unsent else self.effs[commit.id], commit.device, commit.serial, commit.n, ref.op)

    def writes(self, kind: str, id_: str, group: str) -> list[Write]:
        """Every known write to the group, superseded or not. A second create of one id is one more write."""
        fields = self.schema[kind].groups[group]
        found = []
        for ref, op in self.ops(kind, id_):
            if isinstance(op, Create):
                bases: frozenset[Ref] = frozenset()
            elif isinstance(op, Set) and op.group == group:
                bases = op.bases
            else:
                continue
            found.append(Write(ref, {name: op.values.get(name) for name in fields}, bases))
        return found

    def heads(self, kind: str, id_: str, group: str) -> list[Write]:
        """The writes that no known write names as base, the greatest first.

        One named before it is known is born superseded; a superseded one never competes again, whatever its
        time.
        """
        writes = self.writes(kind, id_, group)
        named = {base for write in writes for base in write.bases}
        heads = [write for write in writes if write.ref not in named]
        return sorted(heads, key=lambda write: self.rank(write.ref), reverse=True)

    def shown(self, kind: str, id_: str, group: str) -> Values | None:
        """The values a row shows: the greatest head's, also while there is a conflict."""
        heads = self.heads(kind, id_, group)
        return heads[0].values if heads else None

    def conflict(self, kind: str, id_: str, group: str) -> bool:
        """More than one distinct value among the heads. Two heads of equal values are none."""
        return len({canonical(head.values) for head in self.heads(kind, id_, group)}) > 1

    def conflicts(self) -> list[tuple[str, str, str]]:
        return [
            (kind, id_, group)
            for kind, id_ in self.records()
            for group in self.schema[kind].groups
            if self.conflict(kind, id_, group)
        ]

    # -- where a record belongs

    def homes(self, kind: str, id_: str) -> list[Write]:
        """What says where the record belongs and is not superseded, the greatest first: a group like any other. It
        keeps no record alive: who gives one away says nothing of what it holds."""
        found = []
        for ref, op in self.ops(kind, id_):
            if isinstance(op, Create):
                found.append(Write(ref, {"node": op.node}, frozenset()))
            elif isinstance(op, Rehome):
                found.append(Write(ref, {"node": op.node}, op.bases))
        named = {base for write in found for base in write.bases}
        heads = [write for write in found if write.ref not in named]
        return sorted(heads, key=lambda write: self.rank(write.ref), reverse=True)

    # -- sets

    def adds(self, kind: str, id_: str, set_: str) -> frozenset[tuple[str, Ref]]:
        """The live adds (element, write): those that no known remove of that element names."""
        added, removed = set(), set()
        for ref, op in self.ops(kind, id_):
            if isinstance(op, Create):
                added |= {(element, ref) for element in op.elements.get(set_, ())}
            elif isinstance(op, Add) and op.set == set_:
                added.add((op.element, ref))
            elif isinstance(op, Remove) and op.set == set_:
                removed |= {(op.element, seen) for seen in op.seen}
        return frozenset(added - removed)

    def elements(self, kind: str, id_: str, set_: str) -> frozenset[str]:
        """What the set holds: an add wins over a remove that did not see it."""
        return frozenset(element for element, _ in self.adds(kind, id_, set_))

    # -- voids

    def live(self, kind: str, id_: str) -> frozenset[Ref]:
        """What keeps a record alive, and what a void therefore names: the heads of its groups, its live
        adds, and the creates of the children and append-only rows hung on it."""
        shape = self.schema[kind]
        heads = {write.ref for group in shape.groups for write in self.heads(kind, id_, group)}
        adds = {ref for set_ in shape.sets for _, ref in self.adds(kind, id_, set_)}
        return frozenset(heads | adds | self._hung.get((kind, id_), set()))

    def voids(self, kind: str, id_: str) -> list[tuple[Ref, Void]]:
        return [(ref, op) for ref, op in self.ops(kind, id_) if isinstance(op, Void)]

    def hidden(self, kind: str, id_: str) -> bool:
        """Withdrawn: there is a void, and nothing is alive that no void has named."""
        voids = self.voids(kind, id_)
        named = frozenset(ref for _, void in voids for ref in void.seen)
        return bool(voids) and self.live(kind, id_) <= named

    def review(self, kind: str, id_: str) -> bool:
        """Withdrawn by someone who had not seen all of it: it stays visible, and a person decides."""
        return bool(self.voids(kind, id_)) and not self.hidden(kind, id_)

    # -- to compare two nodes

    def facts(self, kind: str, id_: str) -> dict[str, object]:
        """All that has to be alike on two nodes that know the same of a record; heads stand greatest
        first."""
        shape = self.schema[kind]
        heads = {group: self.heads(kind, id_, group) for group in shape.groups}
        return {
            "heads": {group: [[head.ref, head.values] for head in found] for group, found in heads.items()},
            "homes": [[head.ref, head.values] for head in self.homes(kind, id_)],
            "elements": {set_: sorted(self.adds(kind, id_, set_)) for set_ in shape.sets},
            "voids": sorted(ref for ref, _ in self.voids(kind, id_)),
            "hidden": self.hidden(kind, id_),
        }

    def digest(self, records: Iterable[tuple[str, str]]) -> str:
        """One digest over some records, whatever order they are given in."""
        facts = [[kind, id_, self.facts(kind, id_)] for kind, id_ in sorted(set(records))]
        return hashlib.sha256(canonical(facts).encode()).hexdigest()


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


ViewMaker = Callable[[Schema, Iterable[Commit], Mapping[CommitId, int], str | None], View]
