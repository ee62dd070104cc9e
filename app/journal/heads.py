"""Reading heads: what a form shows and names as bases, what a void must name, where values disagree."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.elements import decode_elements, element_key
from app.journal.entities import Entity, by_entity, find_entity
from app.journal.load import child_creates, load_records
from app.journal.ops import HOME, Key, Op, WriteId, write_id
from app.journal.record import CREATES
from app.journal.tables import cover, head
from app.store.bulk import rows_among


@dataclass(frozen=True, slots=True)
class Heads:
    """The live heads of one record: group → write ids; elements → adds; creates of what hangs on it."""

    entity: Entity
    id: str
    node: str
    groups: dict[str, frozenset[WriteId]]
    children: frozenset[WriteId]
    home: frozenset[WriteId] = frozenset()
    """The writes that say where the record belongs; a void need not name them."""

    def of(self, group: str) -> frozenset[WriteId]:
        return self.groups.get(group, frozenset())

    def every(self) -> frozenset[WriteId]:
        return self.children.union(*self.groups.values())

    def after(self, op: Op, write: WriteId) -> "Heads":
        """As they will be once this op of the same record is applied too."""
        groups, home = dict(self.groups), self.home
        if op.name == "create":
            home = home | {write}
            for name in self.entity.groups:
                groups[name] = groups.get(name, frozenset()) | {write}
            for name, elements in op.elements.items():
                for element in elements:
                    key = element_key(name, element)
                    groups[key] = groups.get(key, frozenset()) | {write}
        elif op.name == "set":
            groups[op.group] = (groups.get(op.group, frozenset()) - set(op.seen)) | {write}
        elif op.name in ("add", "remove"):
            rest = groups.get(op.head_group, frozenset()) - set(op.seen)
            groups[op.head_group] = rest | {write} if op.name == "add" else rest
        elif op.name == "rehome":
            return replace(self, node=op.values["node"], home=(home - set(op.seen)) | {write})
        return replace(self, node=self.node or op.node, groups=groups, home=home)

    def with_child(self, op: Op, write: WriteId) -> "Heads":
        """With this op counted where it creates something that hangs on the record."""
        child = find_entity(op.kind)
        if child is None or op.name != "create":
            return self
        for name, parent in child.hung_on.items():
            if parent == self.entity.kind and op.values.get(name) == self.id:
                return replace(self, children=self.children | {write})
        return self


def heads_of(conn: sa.Connection, kind: str, id_: str) -> Heads:
    """The live heads of a record; without a node where it is not known."""
    entity = find_entity(kind)
    if entity is None:
        raise KeyError(kind)
    record = load_records(conn, {entity: [id_]})[id_]
    born = record.born()
    if record.row is None or born is None:
        return Heads(entity, id_, "", {}, frozenset())
    groups: dict[str, frozenset[WriteId]] = {}
    for name in entity.groups:
        group = record.groups.get(name)
        groups[name] = frozenset({born}) if group is None else frozenset(group.live())
    for name in entity.sets:
        for element in decode_elements(record.row[name]):
            groups[element_key(name, element)] = frozenset({born})
    for name, group in record.groups.items():
        if "=" in name:
            groups[name] = frozenset(group.live())
    children = frozenset(child_creates(conn, [record])[id_])
    creates = record.groups[CREATES].heads if CREATES in record.groups else (born,)
    home = frozenset(record.groups[HOME].live() if HOME in record.groups else creates)
    return Heads(entity, id_, record.row["node"], groups, children, home)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A group with more than one distinct live value. `values`: write id text → value."""

    kind: str
    id: str
    group: str
    values: dict[str, Any]


def disputes(conn: sa.Connection, ids: Iterable[str] | None = None) -> list[Dispute]:
    """Every conflict of this database, or of these records: derived, never stored. Not where a record belongs: that is
    listed for review."""
    h, k = head.c, cover.c
    covered = sa.exists().where(k.record == h.record, k.grp == h.grp, k.write == h.write)
    fields_alone = (h.grp != CREATES, ~h.grp.startswith("@"), ~h.grp.contains("="))
    live = sa.select(h.record, h.kind, h.grp, h.write, h.value).where(~covered, *fields_alone)
    if ids is not None:
        live = live.where(h.record.in_(list(ids)))
    gathered: dict[tuple[str, str, str], dict[str, Any]] = {}
    for record, kind, grp, write, value in conn.execute(live):
        gathered.setdefault((kind, record, grp), {})[write] = msgspec.json.decode(value)
    return [
        Dispute(kind, record, grp, dict(sorted(values.items())))
        for (kind, record, grp), values in sorted(gathered.items())
        if len({msgspec.json.encode(value, order="deterministic") for value in values.values()}) > 1
    ]


def disputes_to_settle(conn: sa.Connection, ids: Iterable[str] | None = None) -> list[Dispute]:
    """Those a person can see and settle: none of a record that was taken back, or that this program does not know."""
    found = disputes(conn, ids)
    shown = shown_among(conn, {(dispute.kind, dispute.id) for dispute in found})
    return [d for d in found if (d.kind, d.id) in shown and d.group in shown[d.kind, d.id].groups]


def shown_among(conn: sa.Connection, records: Iterable[Key]) -> dict[Key, Entity]:
    """Those of these records (kind, id) that are here and were not taken back."""
    shown: dict[Key, Entity] = {}
    for entity, wanted in by_entity(records).items():
        rows = rows_among(conn, entity.table, ("id", "hidden"), "id", wanted)
        shown.update({(entity.kind, id_): entity for id_, hidden in rows if not hidden})
    return shown


def write_ids(texts: Iterable[str]) -> tuple[WriteId, ...]:
    return tuple(write_id(text) for text in texts)
