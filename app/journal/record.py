"""One record while a batch is folded: its row, its heads, what covers them, its voids.

Pure: no database. `load.py` fills it, `apply.py` writes it back. The rules of heads: a head is a write that no
known write names as base; one named before it is known is born superseded; the row shows the greatest head.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from app.journal import erasing
from app.journal.elements import decode_elements, element_key, encode_elements
from app.journal.entities import Entity, Scope
from app.journal.ops import HOME, Op, WriteId

CREATES = "*"
"""The group that lists the creates of a record made more than once; none of them is ever covered."""
_NO_VALUES = frozenset({CREATES, HOME, erasing.ERASED})


class Rank(NamedTuple):
    """How writes compare: own unsent ones above all, in n order; the rest by the center's time."""

    unsent: bool
    eff: int
    """0 for unsent ones."""
    device: str
    serial: int
    n: int
    op: int
    at: int = 0
    """The effective time, provisional for unsent ones."""
    epoch: str = ""
    """Last of all: two epochs of one device may have had the same serial before the center told them apart."""


@dataclass(slots=True)
class Group:
    """The heads of one group that differ from the record's creation, and the covers still needed."""

    heads: dict[WriteId, Any] = field(default_factory=dict)
    covers: set[tuple[WriteId, WriteId]] = field(default_factory=set)
    """(covered, by)."""

    def live(self) -> dict[WriteId, Any]:
        covered = {write for write, _ in self.covers}
        return {write: value for write, value in self.heads.items() if write not in covered}


class VoidMark(NamedTuple):
    reason: str
    seen: frozenset[WriteId]


@dataclass(slots=True)
class Record:
    """`row` is None while no create of the record is known."""

    entity: Entity
    id: str
    row: dict[str, Any] | None = None
    is_new: bool = False
    changed: set[str] = field(default_factory=set)
    groups: dict[str, Group] = field(default_factory=dict)
    voids: dict[WriteId, VoidMark] = field(default_factory=dict)
    stored_heads: dict[tuple[str, WriteId], str] = field(default_factory=dict)
    stored_covers: set[tuple[str, WriteId, WriteId]] = field(default_factory=set)
    stored_voids: set[WriteId] = field(default_factory=set)
    rewritten: set[tuple[str, WriteId]] = field(default_factory=set)
    """(group, write) of stored heads whose value is another now; without a group: of voids, their reason."""

    def born(self) -> WriteId | None:
        return None if self.row is None else _born(self.row)

    def fold(self, op: Op, write: WriteId, eff: int) -> None:
        """Take in one op not known before."""
        if erasing.ERASED in self.groups and erasing.is_erased(self.erases(), write):
            kept = erasing.without_values(op)
            if kept is None:
                return
            op = kept
        if op.name == "create":
            self._create(op, write, eff)
        elif op.name == "set":
            group = self.group(op.group)
            group.covers.update((base, write) for base in op.seen)
            group.heads[write] = whole(op.values, self.entity.groups.get(op.group, {}))
        elif op.name == "add":
            self._element(op.group, op.element).heads[write] = True
        elif op.name == "remove":
            self._element(op.group, op.element).covers.update((seen, write) for seen in op.seen)
        elif op.name == "rehome" and self.entity.scope is Scope.OWN:
            home = self._home()
            home.covers.update((base, write) for base in op.seen)
            home.heads[write] = {"node": op.values.get("node")}
        elif op.name == "void":
            self.voids[write] = VoidMark(op.reason, frozenset(op.seen))
        elif op.name == "erase":
            erasing.erase(self, op, write)

    def erases(self) -> erasing.Erases:
        """What each erase of the record names."""
        return list(self.groups[erasing.ERASED].heads.values()) if erasing.ERASED in self.groups else ()

    def _create(self, op: Op, write: WriteId, eff: int) -> None:
        if self.row is None:
            self.row, self.is_new = self._first_row(op, write, eff), True
            for name in list(self.groups):  # writes or covers that came before the creation
                self._seed(name, write, {**op.values, "node": op.node}, op.elements)
        else:
            self._create_again(op, write, self.row)

    def _first_row(self, op: Op, write: WriteId, eff: int) -> dict[str, Any]:
        entity = self.entity
        row, known = _blank(entity).copy(), entity.group_of
        if op.values.keys() <= known.keys():
            row.update(op.values)
        else:
            row.update({name: value for name, value in op.values.items() if name in known})
        for name, elements in op.elements.items():
            if name in entity.sets:
                row[name] = encode_elements(elements)
        row["id"], row["node"], row["born_at"] = self.id, op.node, eff
        row["born_device"], row["born_epoch"], row["born_n"], row["born_op"] = write
        if entity.scope is Scope.BOTH:
            row.update(one_node=op.node[:32], other_node=op.node[33:] or None)
        return row

    def _create_again(self, op: Op, write: WriteId, before: Mapping[str, Any]) -> None:
        entity, born = self.entity, _born(before)
        if entity.scope is Scope.OWN and (HOME in self.groups or op.node != before["node"]):
            self._home().heads[write] = {"node": op.node}
        self.groups.setdefault(CREATES, Group()).heads.update({born: True, write: True})
        for name in entity.groups:
            self.group(name)
        for name in entity.sets:
            for element in {*decode_elements(before[name]), *op.elements.get(name, [])}:
                self._element(name, element)
        for name, fields in entity.groups.items():
            self.groups[name].heads[write] = {f: op.values.get(f) for f in fields}
        for name, elements in op.elements.items():
            for element in elements:
                self._element(name, element).heads[write] = True

    def _seed(self, group: str, write: WriteId, values: Mapping[str, Any], elements: Mapping[str, Any]) -> None:
        """Put the creation itself among the stored heads of a group."""
        name, _, element = group.partition("=")
        if element:
            if element in elements.get(name, []):
                self.groups[group].heads[write] = True
        elif name == HOME:
            self.groups[group].heads[write] = {"node": values.get("node")}
        else:
            if name in self.entity.groups:
                self.groups[group].heads[write] = {f: values.get(f) for f in self.entity.groups[name]}

    def _home(self) -> Group:
        """The group that says where the record belongs: from its creation on, or from each where there were several."""
        if HOME not in self.groups:
            self.groups[HOME] = Group()
            born = self.born()
            if born is not None and self.row is not None:
                creates = self.groups[CREATES].heads if CREATES in self.groups else (born,)
                self.groups[HOME].heads.update((write, {"node": self.row["node"]}) for write in creates)
        return self.groups[HOME]

    def group(self, name: str) -> Group:
        if name not in self.groups:
            self.groups[name] = Group()
            born = self.born()
            if born is not None and self.row is not None:
                self._seed(name, born, self.row, {})
        return self.groups[name]

    def _element(self, name: str, element: str) -> Group:
        key = element_key(name, element)
        if key not in self.groups:
            self.groups[key] = Group()
            born = self.born()
            if born is not None and self.row is not None and name in self.entity.sets:
                self._seed(key, born, {}, {name: decode_elements(self.row[name])})
        return self.groups[key]

    def unresolved(self) -> set[WriteId]:
        """Covered writes that are no stored head: known and long superseded, or not known yet."""
        return {write for group in self.groups.values() for write, _ in group.covers if write not in group.heads}

    def settle(self, ranks: Mapping[WriteId, Rank], known: Iterable[WriteId]) -> None:
        """Drop what needs no keeping, then make the row show the greatest heads.

        `ranks` has every head and every cover's author; `known` those of `unresolved()` that were applied before.
        """
        applied = set(known)
        for group in self.groups.values():
            gone = {write for write, by in group.covers if write in group.heads and not ranks[by].unsent}
            gone |= {write for write, _ in group.covers if write not in group.heads and write in applied}
            for write in gone:
                group.heads.pop(write, None)
            group.covers = {(write, by) for write, by in group.covers if write not in gone}
        if self.row is not None:
            self._show(self.row, ranks)

    def _show(self, row: Mapping[str, Any], ranks: Mapping[WriteId, Rank]) -> None:
        shown: dict[str, Any] = {}
        sets: dict[str, set[str]] = {}
        for name, group in self.groups.items():
            live = group.live()
            base, _, element = name.partition("=")
            if element:
                if base in self.entity.sets:
                    present = sets.setdefault(base, set(decode_elements(row[base])))
                    (present.add if live else present.discard)(element)
            elif live and base == HOME:
                shown["node"] = live[max(live, key=ranks.__getitem__)]["node"]
            elif live and base in self.entity.groups:
                value = live[max(live, key=ranks.__getitem__)]
                shown.update((f, value.get(f)) for f in self.entity.groups[base])
        for base, present in sets.items():
            shown[base] = encode_elements(present)
        if CREATES in self.groups:
            born = max(self.groups[CREATES].heads, key=ranks.__getitem__)
            shown.update(born_device=born.device, born_epoch=born.epoch, born_n=born.n, born_op=born.op)
            shown["born_at"] = ranks[born].at
        self.put(**shown)

    def date(self, birth: Mapping[str, Any]) -> None:
        """Its creation got its place in the center's order. (The row in the database has it already.)"""
        if self.row is not None and all(self.row[name] == birth[name] for name in birth if name != "born_at"):
            self.row["born_at"] = birth["born_at"]

    def put(self, **values: Any) -> None:
        """Change columns of the row, if there is one."""
        if self.row is None:
            return
        for name, value in values.items():
            if self.row[name] != value:
                self.row[name] = value
                self.changed.add(name)

    def live_writes(self) -> set[WriteId]:
        """Every live head of the record's own groups and sets."""
        born = self.born()
        live = {w for name, group in self.groups.items() if name not in _NO_VALUES for w in group.live()}
        if born is not None:
            implicit = any(name not in self.groups for name in self.entity.groups) or any(
                element_key(name, element) not in self.groups
                for name in self.entity.sets
                for element in decode_elements(self.row[name] if self.row else None)
            )
            if implicit:
                live.add(born)
        return live

    def covered_by_voids(self, writes: Iterable[WriteId]) -> bool:
        seen = frozenset().union(*(mark.seen for mark in self.voids.values()))
        return bool(self.voids) and all(write in seen for write in writes)


@cache
def _blank(entity: Entity) -> dict[str, Any]:
    """A row that says nothing yet, its columns in the order of the table."""
    row = dict.fromkeys(column.name for column in entity.table.columns)
    return {**row, "hidden": False, **dict.fromkeys(entity.sets, "[]")}


def _born(row: Mapping[str, Any]) -> WriteId:
    return WriteId(row["born_device"], row["born_epoch"], row["born_n"], row["born_op"])


def whole(values: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """A group's value with every field it has, null where nothing was said; fields not known here are kept."""
    return {**dict.fromkeys(fields), **values}
