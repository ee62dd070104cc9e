"""Entity declarations: a table, its merge groups and sets, whom it is for.

An entity is declared once, beside the feature that owns it. The declaration makes the table; `apply`, the digest and
the hub's feed read it. Nothing else in the journal or in sync knows a field.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.base.ids import is_meaning_id
from app.journal.fields import Field
from app.journal.ops import Key, Op
from app.journal.roles import ANYBODY, Roles
from app.store.schema import metadata


class Scope(StrEnum):
    """Which nodes a record is for."""

    OWN = "own"
    """The node the row names."""
    BOTH = "both"
    """Two named nodes: `node` holds both ids with a space between."""
    DOWN = "down"
    """The node and everything below it."""
    ALL = "all"
    """Every node."""
    CITY = "city"
    """The center alone (and the device that wrote it)."""


NOT_UPWARD: frozenset[str] = frozenset()
CASES_UPWARD = frozenset({"TOWN", "COUNTY"})
"""Open cases: the town and the district above."""
STOCK_UPWARD = frozenset({"TOWN", "COUNTY", "CITY"})
"""Stock: also the city."""


Meaning = Callable[[Op], Iterable[str]]
"""The ids (`meaning_id`) that a creation may have by what it says."""


def not_in_the_op(op: Op) -> Iterable[str]:
    """A `Meaning` for ids that are made of more than their creation says: any is believed."""
    return (op.id,)


@dataclass(frozen=True, eq=False)
class Entity:
    """A kind of record. `upward`: the tiers above the row's node that see it too. `writers`: the tiers whose devices
    may write it (all where empty), `roles`: who may there. `anyones`: of scope `all`, and yet any device may create
    one. `meaning`: what ids of meaning its records may have, if any: who could take one that says something else would
    keep the right one out.

    Who sees a record may depend on what it says (`app.journal.presence`): `open_while` (field, values) keeps it upward
    only while the field is empty or has one of the values; `follows` names fields of `hung_on`: the record is wherever
    the record is that the first filled one names; `granted` names a set of nodes that have it too."""

    kind: str
    scope: Scope
    upward: frozenset[str]
    groups: Mapping[str, Mapping[str, Field]]
    sets: Mapping[str, Field]
    hung_on: Mapping[str, str]
    """Field → parent kind: the record counts as a head of that parent when the parent is voided."""
    table: sa.Table
    writers: frozenset[str]
    anyones: bool
    open_while: tuple[str, frozenset[str]] | None = None
    follows: tuple[str, ...] = ()
    granted: str = ""
    group_of: Mapping[str, str] = field(default_factory=dict)
    roles: Roles = ANYBODY
    meaning: Meaning | None = None

    @property
    def c(self) -> Any:
        return self.table.c

    def fields(self) -> dict[str, Field]:
        return {name: kind for group in self.groups.values() for name, kind in group.items()}

    @property
    def depends(self) -> bool:
        """Whether who sees a record depends on more than its node."""
        return bool(self.open_while or self.follows or self.granted)


BOOKKEEPING = (
    "id",
    "node",
    "one_node",
    "other_node",
    "born_device",
    "born_epoch",
    "born_n",
    "born_op",
    "born_at",
    "hidden",
)
"""Columns every entity table has beside its fields. `born_*` is the write id of the greatest known create, `born_at`
its (provisional, then hub-given) effective time; `hidden` says a void covers the record. Kinds of two nodes
have each in a column of its own too, so that a record is found by either; empty in those of older programs."""

_registry: dict[str, Entity] = {}


def entity(
    kind: str,
    scope: Scope,
    groups: Mapping[str, Mapping[str, Field]],
    *,
    sets: Mapping[str, Field] | None = None,
    hung_on: Mapping[str, str] | None = None,
    upward: frozenset[str] = NOT_UPWARD,
    writers: frozenset[str] = frozenset(),
    roles: Roles = ANYBODY,
    anyones: bool = False,
    open_while: tuple[str, frozenset[str]] | None = None,
    follows: tuple[str, ...] = (),
    granted: str = "",
    meaning: Meaning | None = None,
    indexes: Iterable[tuple[str, ...]] = (),
) -> Entity:
    """Declare a kind of record and its table. Every field is in exactly one group."""
    sets, indexes = dict(sets or {}), list(indexes)
    columns: list[sa.Column[Any]] = [
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("node", sa.String(65), nullable=False),
        sa.Column("born_device", sa.String(32), nullable=False),
        sa.Column("born_epoch", sa.String(16), nullable=False),
        sa.Column("born_n", sa.BigInteger, nullable=False),
        sa.Column("born_op", sa.Integer, nullable=False),
        sa.Column("born_at", sa.BigInteger, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
    ]
    if scope is Scope.BOTH:
        columns += [sa.Column(name, sa.String(32), index=True) for name in ("one_node", "other_node")]
    group_of: dict[str, str] = {}
    for group, members in groups.items():
        for name, kind_of_field in members.items():
            if name in group_of or name in BOOKKEEPING or name in sets:
                raise ValueError(f"{kind}.{name} is declared twice")
            group_of[name] = group
            columns.append(sa.Column(name, kind_of_field.column_type()))
    columns += [sa.Column(name, sa.Text) for name in sets]
    table = sa.Table(f"{kind}_row", metadata, *columns)
    for names in indexes:
        sa.Index(f"ix_{kind}_row_{'_'.join(names)}", *(table.c[name] for name in names))
    _index_by_node(table, scope, granted, indexes)
    hung_on = dict(hung_on or {})
    if not set(follows) <= hung_on.keys() or (granted and granted not in sets):
        raise ValueError(f"{kind} follows what it does not hang on, or is granted by no set")
    made = Entity(
        kind, scope, upward, dict(groups), sets, hung_on, table, writers, anyones,
        open_while, follows, granted, group_of, roles, meaning,
    )  # fmt: skip
    if kind in _registry:
        raise ValueError(f"{kind} is declared twice")
    _registry[kind] = made
    return made


def _index_by_node(table: sa.Table, scope: Scope, granted: str, indexes: list[tuple[str, ...]]) -> None:
    """What a stream holds is found by node, never by reading the whole city."""
    if scope in (Scope.OWN, Scope.DOWN) and ("node",) not in indexes:
        sa.Index(f"ix_{table.name}_node", table.c.node)
    if granted:
        given = table.c[granted] != sa.literal_column("'[]'")
        sa.Index(f"ix_{table.name}_granted", table.c.id, sqlite_where=given, postgresql_where=given)


def is_rightly_named(entity: Entity, op: Op) -> bool:
    """Whether a creation has a fresh id, or one of meaning that is made of what it says."""
    return not is_meaning_id(op.id) or (entity.meaning is not None and op.id in entity.meaning(op))


def is_named_by_meaning(entity: Entity, op: Op) -> bool:
    """Whether nothing but what this creation says can have its id."""
    return is_meaning_id(op.id) and entity.meaning is not not_in_the_op and is_rightly_named(entity, op)


def find_entity(kind: str) -> Entity | None:
    """The declaration of a kind; None for one that only a newer program knows."""
    return _registry.get(kind)


def by_entity(records: Iterable[Key]) -> dict[Entity, set[str]]:
    """The ids of these records by their kind, without those of kinds that only a newer program knows."""
    found: dict[Entity, set[str]] = {}
    for kind, id_ in records:
        entity = find_entity(kind)
        if entity is not None:
            found.setdefault(entity, set()).add(id_)
    return found


def entities() -> Iterator[Entity]:
    return iter(_registry.values())


def followers_of(kind: str) -> Iterator[tuple[Entity, str]]:
    """Entities that are wherever a record of `kind` is, with the field that names it."""
    for made in _registry.values():
        for name in made.follows:
            if made.hung_on[name] == kind:
                yield made, name


def children_of(kind: str) -> Iterator[tuple[Entity, str]]:
    """Entities hung on `kind`, with the field that names the parent."""
    for made in _registry.values():
        for name, parent in made.hung_on.items():
            if parent == kind:
                yield made, name
