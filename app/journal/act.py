"""What a handler works with: it reads through `conn` and gathers the ops of one commit.

Nothing is written until the handler returns; the runner then sends the ops through `apply`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import NewId
from app.journal.elements import element_key
from app.journal.entities import find_entity
from app.journal.heads import Heads, heads_of
from app.journal.here import Here
from app.journal.ops import HOME, Key, Op, WriteId
from app.journal.tables import series
from app.store.bulk import column_names, rows_among


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the staff record's id, the role's code, the node the person belongs to."""

    id: str
    role: str
    node: str


@dataclass(slots=True)
class Act:
    """One user act being put together."""

    conn: sa.Connection
    actor: Actor
    here: Here
    now: int
    """The wall time, µs."""
    new_id: NewId
    ops: list[Op] = field(default_factory=list)
    made: list[Key] = field(default_factory=list)
    """(kind, id) of what was created, in order."""

    @property
    def node(self) -> str:
        """The node this device belongs to: where records go unless they name another."""
        return self.here.node

    def create(
        self,
        kind: str,
        values: Mapping[str, Any],
        sets: Mapping[str, Iterable[str]] | None = None,
        *,
        id: str | None = None,
        node: str | None = None,
    ) -> str:
        """Create a record; gives its id. Values left out or None are null."""
        entity = _known(kind)
        unknown = values.keys() - entity.group_of.keys()
        if unknown:
            raise KeyError(f"{kind} has no {sorted(unknown)}")
        id_ = id or self.new_id()
        elements = {name: sorted(given) for name, given in (sets or {}).items() if given}
        self._note(Op("create", kind, id_, node or self.node, dict(values), elements))
        self.made.append((kind, id_))
        return id_

    def set(
        self,
        kind: str,
        id_: str,
        group: str,
        values: Mapping[str, Any],
        bases: Iterable[WriteId] | None = None,
    ) -> None:
        """Give a group new values. `bases`: the heads the author was shown; by default those of this moment."""
        entity = _known(kind)
        if values.keys() - entity.groups[group].keys():
            raise KeyError(f"{kind}.{group} has no such field")
        known = self._known_heads(kind, id_)
        seen = tuple(known.of(group)) if bases is None else tuple(bases)
        whole = {name: values.get(name) for name in entity.groups[group]}
        self._note(Op("set", kind, id_, known.node, whole, {}, group, "", seen))

    def add(self, kind: str, id_: str, set_: str, element: str) -> None:
        self._note(Op("add", kind, id_, self._known_heads(kind, id_).node, {}, {}, set_, element))

    def remove(self, kind: str, id_: str, set_: str, element: str) -> None:
        """Take an element out; names every add of it known here, also those of this act."""
        known = self._known_heads(kind, id_)
        seen = tuple(known.of(element_key(set_, element)))
        self._note(Op("remove", kind, id_, known.node, {}, {}, set_, element, seen))

    def change_set(self, kind: str, id_: str, set_: str, before: Iterable[str], after: Iterable[str]) -> None:
        """Add and remove so that a set shown as `before` becomes `after`; what others added meanwhile stays."""
        was, wanted = set(before), set(after)
        for element in sorted(wanted - was):
            self.add(kind, id_, set_, element)
        for element in sorted(was - wanted):
            self.remove(kind, id_, set_, element)

    def rehome(self, kind: str, id_: str, to: str) -> None:
        """Give the record to the node `to`."""
        known = self._known_heads(kind, id_)
        self._note(Op("rehome", kind, id_, known.node, {"node": to}, {}, HOME, "", tuple(sorted(known.home))))

    def void(self, kind: str, id_: str, reason: str) -> None:
        """Take a record back, with everything of it known here; what is not seen keeps it visible."""
        known = self._known_heads(kind, id_)
        self._note(Op("void", kind, id_, known.node, {}, {}, "", "", tuple(sorted(known.every())), reason))

    def row(self, kind: str, id_: str, field_name: str | None = None) -> Mapping[str, Any]:
        """The record as it stands. Raises `Refused("unknown_record")` under `field_name`."""
        table = _known(kind).table
        names = column_names(table)
        for found in rows_among(self.conn, table, names, "id", [id_]):
            row = dict(zip(names, found, strict=True))
            if not row["hidden"]:
                return row
        raise Refused("unknown_record", field_name)

    def next_number(self, name: str) -> int:
        """The next number of a series of this device: 1, 2, 3 … Never given twice, also across crashes."""
        where = series.c.name == name
        last = self.conn.execute(sa.select(series.c.last).where(where)).scalar()
        if last is None:
            self.conn.execute(series.insert(), {"name": name, "last": 1})
            return 1
        self.conn.execute(series.update().where(where), {"last": last + 1})
        return int(last) + 1

    def _note(self, op: Op) -> None:
        self.ops.append(op)

    def _known_heads(self, kind: str, id_: str) -> Heads:
        """Heads of a record as the database and the ops gathered so far have them."""
        known = heads_of(self.conn, kind, id_)
        device, epoch, n = self.here.device, self.here.epoch, self.here.n + 1
        for index, op in enumerate(self.ops):
            if op.id == id_ and op.kind == kind:
                known = known.after(op, WriteId(device, epoch, n, index))
            else:
                known = known.with_child(op, WriteId(device, epoch, n, index))
        if not known.node:
            raise Refused("unknown_record")
        return known


def _known(kind: str) -> Any:
    entity = find_entity(kind)
    if entity is None:
        raise KeyError(kind)
    return entity
