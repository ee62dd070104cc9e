"""Taking back a whole act, and settling what two people wrote differently.

An undo is a commit of its own: it voids what the act created, takes its goods back onto the shelf and gives changed
groups the values they had before. Nothing is erased; what others wrote since then stays.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import is_meaning_id
from app.features.inventory.issue import reverse_movements
from app.features.org.amending import as_written, explain
from app.features.org.writes import Written, commit_id, value_at, writes_of
from app.features.people.queries import masked
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.entities import Entity, Scope, children_of, find_entity
from app.journal.fields import Many, Text
from app.journal.heads import disputes, heads_of, write_ids
from app.journal.ops import CommitId
from app.journal.reissued import ids_now, shown_now
from app.journal.runner import Outcome

_STAYS = frozenset({"movement", "amendment", "audit_entry"})
"""Kinds that an undo never voids: goods are taken back by reversal, the books of who did what are kept."""


@dataclass(frozen=True, kw_only=True)
class UndoCommit(Command):
    """`commit`: an outcome's `commit`. `record`: one that the act wrote to; it tells the act from one of another laptop
    with the same disk, which may have the same id since."""

    commit: Annotated[str, Text(96)]
    reason: Annotated[str, Text(400)]
    record: Annotated[str | None, Text(32)] = None


@dataclass(frozen=True, kw_only=True)
class SettleDispute(Command):
    """One of the values somebody wrote (`choice`: its write id), or, as both are wrong, `values` as a JSON object.

    `values` name what was typed; fields of the group that they leave out stay as all have them. `bases`: the write ids
    of all the values that were shown.
    """

    kind: Annotated[str, Text(32)]
    id: Annotated[str, Text(32)]
    group: Annotated[str, Text(64)]
    bases: Annotated[tuple[str, ...], Many(Text(96))]
    choice: Annotated[str | None, Text(96)] = None
    values: Annotated[str | None, Text(20_000)] = None
    reason: Annotated[str | None, Text(400)] = None


def undo_of(done: Outcome, reason: str) -> UndoCommit:
    """Takes back what was just done."""
    return UndoCommit(commit=done.commit, reason=reason, record=done.made[-1][1] if done.made else None)


@handles(UndoCommit)
def undo_commit(act: Act, command: UndoCommit) -> None:
    if not command.reason.strip():
        raise Refused("void_needs_reason", "reason")
    id_, done = _act_named(act.conn, command)
    _check_can_be_undone(act, done)
    created = [one for one in done if one.op.name == "create" and _is_voided_by_undo(one)]
    own = {one.op.id for one in done if one.op.name == "create"}
    changed = [one for one in done if one.op.name != "create" and one.op.id not in own]
    if not (created or changed or any(one.op.kind == "movement" for one in done)):
        raise Refused("nothing_to_undo", "commit")
    reverse_movements(act, id_, command.reason)
    voided: set[str] = set()
    for one in reversed(created):  # what hangs on a record was made after it
        _void(act, one, voided, command.reason)
    for one in changed:
        _take_back(act, one, command.reason)
    if not act.ops:
        raise Refused("already_undone", "commit")


def _act_named(conn: sa.Connection, command: UndoCommit) -> tuple[CommitId, list[Written]]:
    """The act that is meant: an own one that has another id since, or what has that id now."""
    named = commit_id(command.commit)
    ids = () if named is None else dict.fromkeys((named, *ids_now(conn, [named])))
    acts = [(id_, done) for id_ in ids if (done := list(writes_of(conn, [id_])))]
    if len(acts) > 1 and command.record is not None:
        acts = [(id_, done) for id_, done in acts if any(one.op.id == command.record for one in done)]
    if len(acts) > 1:
        raise Refused("act_not_certain", "commit")
    if not acts:
        raise Refused("unknown_record", "commit")
    return acts[0]


@handles(SettleDispute)
def settle_dispute(act: Act, command: SettleDispute) -> None:
    entity = find_entity(command.kind)
    if entity is None or command.group not in entity.groups:
        raise Refused("unknown_record", "group")
    act.row(command.kind, command.id, "id")
    found = next((d for d in disputes(act.conn, [command.id]) if d.group == command.group), None)
    if found is None:
        raise Refused("dispute_settled", "choice")
    try:
        shown = {command.group: write_ids(command.bases)}
        bases = shown_now(act.conn, command.kind, command.id, shown)[command.group]
    except ValueError:  # no ids of writes at all
        raise Refused("stale_form", "choice") from None
    if set(found.values) != {base.text() for base in bases}:
        raise Refused("stale_form", "choice")
    if command.choice is not None:
        choice = dict(zip(command.bases, bases, strict=True)).get(command.choice)
        if choice is None:
            raise Refused("unknown_record", "choice")
        values = found.values[choice.text()]
        values = {name: values.get(name) for name in entity.groups[command.group]}
    else:
        values = _typed_values(entity, command, found.values.values())
    act.set(command.kind, command.id, command.group, values, bases)
    if command.reason:
        explain(act, command.kind, command.id, command.reason)


def _typed_values(entity: Entity, command: SettleDispute, written: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    """The values that are right where neither of those written is, checked as a form checks them.

    What is not typed is what all of `written` have. A mask is what a screen shows of a value, never one itself.
    """
    if command.values is None:
        raise Refused("missing", "choice")
    try:
        given = msgspec.json.decode(command.values, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        raise Refused("wrong_type", "values") from None
    fields = entity.groups[command.group]
    for name in given:
        if name not in fields:
            raise Refused("unknown_field", name)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        found = [each.get(name) for each in written]
        if name not in given:
            if any(value != found[0] for value in found):
                raise Refused("missing", name)
            values[name] = found[0]
            continue
        values[name] = None if given[name] in (None, "") else field.check(given[name], name)
        hidden = [masked(name, value) for value in found if value is not None] if entity.kind == "person" else []
        if values[name] in hidden and values[name] not in found:
            raise Refused("typed_mask", name)
    return values


def _check_can_be_undone(act: Act, done: Iterable[Written]) -> None:
    """Counts are answered by another count, an undo cannot be undone, and goods that went on are not called back.

    What others did at another point is only in part known here: half of it would be taken back.
    """
    for one in done:
        entity = find_entity(one.op.kind)
        elsewhere = entity is not None and entity.scope is Scope.OWN and one.op.node != act.node
        if elsewhere and one.write.device != act.here.device:
            raise Refused("not_this_point", "commit")
        if one.op.kind == "transfer" and "status" in one.op.values:
            now = as_written(act, "transfer", one.op.id)
            if not now["hidden"] and now["status"] != one.op.values["status"]:
                raise Refused("transfer_moved_on", "commit")
        if one.op.kind in ("count", "count_line"):
            raise Refused("count_cannot_be_undone", "commit")
        if one.op.name == "void" or one.op.values.get("kind") == "REVERSAL":
            raise Refused("nothing_to_undo", "commit")


def _is_voided_by_undo(one: Written) -> bool:
    """What is one by its meaning (a lot, an item, a node) belongs to everybody and stays, but for lines split off."""
    if one.op.kind in _STAYS or find_entity(one.op.kind) is None:
        return False
    return one.op.kind == "transfer_line" or not is_meaning_id(one.op.id)


def _void(act: Act, one: Written, voided: set[str], reason: str) -> None:
    """Void the record with what hangs on it, unless a case or an encounter that stays was built on it."""
    entity = find_entity(one.op.kind)
    if entity is None or not _is_visible(act.conn, entity, one.op.id):
        return
    hung = [(child, id_) for child, id_ in _hung_on(act.conn, entity, one.op.id) if id_ not in voided]
    if any(child.kind in ("case", "encounter") for child, _ in hung):
        return
    for kind, id_ in [*((child.kind, id_) for child, id_ in hung), (one.op.kind, one.op.id)]:
        act.void(kind, id_, reason)
        voided.add(id_)


def _hung_on(conn: sa.Connection, entity: Entity, id_: str) -> Iterable[tuple[Entity, str]]:
    """Visible records that hang on this one."""
    for child, name in children_of(entity.kind):
        query = sa.select(child.c.id).where(child.c[name] == id_, ~child.c.hidden)
        yield from ((child, child_id) for child_id in conn.execute(query).scalars())


def _is_visible(conn: sa.Connection, entity: Entity, id_: str) -> bool:
    return conn.execute(sa.select(entity.c.id).where(entity.c.id == id_, ~entity.c.hidden)).first() is not None


def _take_back(act: Act, one: Written, reason: str) -> None:
    """Give a group the value it had before this write, where nobody wrote to it since."""
    op, entity = one.op, find_entity(one.op.kind)
    if entity is None or not _is_visible(act.conn, entity, op.id):
        return
    if op.name == "set":
        if heads_of(act.conn, op.kind, op.id).of(op.group) != {one.write}:
            return
        before = value_at(act.conn, entity, op.group, op.seen)
        if before is None:
            return
        act.set(op.kind, op.id, op.group, before)
    elif op.name == "add":
        if one.write not in heads_of(act.conn, op.kind, op.id).of(op.head_group):
            return
        act.remove(op.kind, op.id, op.group, op.element)
    elif op.name == "rehome":
        if heads_of(act.conn, op.kind, op.id).home != {one.write}:
            return
        act.rehome(op.kind, op.id, op.node)
    else:
        if heads_of(act.conn, op.kind, op.id).of(op.head_group):
            return
        act.add(op.kind, op.id, op.group, op.element)
    if not any(made.kind == "amendment" and made.values.get("record") == op.id for made in act.ops):
        explain(act, op.kind, op.id, reason)
