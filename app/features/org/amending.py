"""Between a command's fields and a record's groups: creating, and correcting with a reason (更正).

A command that carries fields of a record has them under the record's own names; here they are told apart by the
record's declaration, so that no list of names is kept twice. In a correction a field left out stays as it is, one
named in `cleared` becomes empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa

from app.base.errors import Refused
from app.features.org.writes import value_at
from app.journal.act import Act
from app.journal.commands import Command, Line
from app.journal.elements import decode_elements
from app.journal.entities import Entity, find_entity
from app.journal.fields import Many, Text
from app.journal.heads import heads_of
from app.journal.ops import WriteId, is_write_id, write_id
from app.journal.reissued import shown_now


@dataclass(frozen=True, kw_only=True)
class Correction(Command):
    """Base of every correction. `bases`: what `shown_heads` gave when the form opened; left out, what stands now."""

    NEVER_EMPTY: ClassVar[frozenset[str]] = frozenset()
    """Fields without which the record would mean nothing."""

    reason: Annotated[str, Text(400)]
    bases: Annotated[tuple[str, ...] | None, Many(Text(200), 512)] = None
    cleared: Annotated[tuple[str, ...] | None, Many(Text(40))] = None


_OF_THE_ACT = frozenset(Correction.__dataclass_fields__)


def values_for(kind: str, command: Command | Line) -> dict[str, Any]:
    """The command's values for the fields of this kind; fields nothing was said about are left out."""
    names = _entity(kind).group_of.keys() - (_OF_THE_ACT if isinstance(command, Correction) else set())
    return {name: value for name, value in command.__dict__.items() if name in names and value is not None}


def sets_for(kind: str, command: Command | Line) -> dict[str, tuple[str, ...]]:
    """The command's values for the sets of this kind; a set nothing was said about is left out."""
    names = _entity(kind).sets
    return {name: value for name, value in command.__dict__.items() if name in names and value is not None}


def shown_heads(conn: sa.Connection, kind: str, id_: str) -> tuple[str, ...]:
    """What a form that opens on this record must keep and give back as `bases`."""
    known = heads_of(conn, kind, id_).groups
    return tuple(f"{group}:{write.text()}" for group, writes in sorted(known.items()) for write in sorted(writes))


def correct(
    act: Act,
    kind: str,
    id_: str,
    command: Correction,
    *,
    values: Mapping[str, Any] | None = None,
    sets: Mapping[str, Iterable[str]] | None = None,
) -> bool:
    """Write what the correction changes, with its reason; False where it changes nothing.

    `values`, `sets`: in place of the command's own, where the handler had to work on them.
    """
    given = dict(values_for(kind, command) if values is None else values)
    wanted = dict(sets_for(kind, command) if sets is None else sets)
    for name in _cleared(command):
        if name in _entity(kind).sets:
            wanted[name] = ()
        elif name in _entity(kind).group_of:
            given[name] = None
    changed = change(act, kind, id_, given, wanted, _heads_in(act.conn, kind, id_, command.bases))
    if changed:
        explain(act, kind, id_, command.reason)
    return changed


def _cleared(command: Correction) -> Iterable[str]:
    """What the correction empties: fields it could change, and never one the record must have."""
    for name in command.cleared or ():
        if name not in command.__dataclass_fields__.keys() - _OF_THE_ACT:
            raise Refused("unknown_field", "cleared")
        if name in command.NEVER_EMPTY:
            raise Refused("missing", name)
        yield name


def explain(act: Act, kind: str, id_: str, reason: str) -> None:
    """Write down why the record is changed by this act."""
    if not reason.strip():
        raise Refused("empty_reason", "reason")
    values = {"record": id_, "kind": kind, "reason": reason}
    act.create("amendment", values, node=act.row(kind, id_)["node"])


def change(
    act: Act,
    kind: str,
    id_: str,
    values: Mapping[str, Any],
    sets: Mapping[str, Iterable[str]] | None = None,
    shown: Mapping[str, tuple[WriteId, ...]] | None = None,
) -> bool:
    """Set the groups that these values change and the elements that differ; whether there were any.

    A group is one unit: what `values` leaves out of it stays as its author saw it, which with `shown` (group → heads)
    is not always as it stands.
    """
    entity = _entity(kind)
    row = act.row(kind, id_, kind)
    changed = False
    for group, fields in entity.groups.items():
        given = {name: values[name] for name in fields if name in values}
        if not given:
            continue
        bases = shown.get(group) if shown else None
        before = (value_at(act.conn, entity, group, bases) if bases else None) or {f: row[f] for f in fields}
        if {**before, **given} != before:
            act.set(kind, id_, group, {**before, **given}, bases)
            changed = True
    for name, after in (sets or {}).items():
        elements = set(decode_elements(row[name]))
        if shown:
            elements = {key.partition("=")[2] for key in shown if key.startswith(f"{name}=")}
        if set(after) != elements:
            act.change_set(kind, id_, name, elements, after)
            changed = True
    return changed


def put(act: Act, kind: str, id_: str, group: str, values: Mapping[str, Any]) -> None:
    """Give a group new values; where this very act created the record, it is created with them."""
    for op in act.ops:
        if op.name == "create" and op.kind == kind and op.id == id_:
            op.values.update(values)
            return
    act.set(kind, id_, group, values)


def as_written(act: Act, kind: str, id_: str) -> dict[str, Any]:
    """The record as it will stand once this act is written: values by field, sets as tuples."""
    entity = _entity(kind)
    found = act.conn.execute(sa.select(entity.table).where(entity.c.id == id_)).mappings().one_or_none()
    values: dict[str, Any] = dict(found) if found else dict.fromkeys(entity.group_of)
    sets = {name: set(decode_elements(values.get(name))) for name in entity.sets}
    for op in act.ops:
        if op.kind != kind or op.id != id_:
            continue
        values.update(op.values)
        for name, elements in op.elements.items():
            sets[name] |= set(elements)
        if op.name == "add":
            sets[op.group].add(op.element)
        elif op.name == "remove":
            sets[op.group].discard(op.element)
    return {**values, **{name: tuple(sorted(elements)) for name, elements in sets.items()}}


def _heads_in(conn: sa.Connection, kind: str, id_: str, bases: Iterable[str] | None) -> dict[str, tuple[WriteId, ...]]:
    """Group → heads as they are named now, from the texts of `shown_heads`."""
    found: dict[str, tuple[WriteId, ...]] = {}
    for text in bases or ():
        group, colon, write = text.rpartition(":")
        try:
            ref = write_id(write)
        except ValueError:
            raise Refused("wrong_type", "bases") from None
        if not colon or not is_write_id(ref):
            raise Refused("wrong_type", "bases")
        found[group] = (*found.get(group, ()), ref)
    return shown_now(conn, kind, id_, found)


def _entity(kind: str) -> Entity:
    entity = find_entity(kind)
    if entity is None:
        raise KeyError(kind)
    return entity
