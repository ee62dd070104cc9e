"""Drafts: what was typed and not saved yet survives a kill. Local to the device, never synced.

A form keeps its draft under a key of its own ("entry", "amend:<id>") with the bases it was shown; the save that
finishes it drops it in the same transaction, so that a record is never offered again after it was saved. It goes with
the records that its key names, when they leave or are erased: nobody can open its form any more, and it says what they
said.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.journal.act import Act
from app.journal.attached import unstage
from app.journal.commands import Command, handles
from app.journal.entities import entities
from app.journal.erasing import ERASED
from app.journal.fields import Text
from app.journal.tables import draft, head
from app.store.bulk import rows_among, values_found

MOST = 200_000
"""The most characters a draft may have."""
_HEX = re.compile(r"[0-9a-f]+")
_ID, _BYTES = 32, 64
"""How long the id of a record is, and the name of bytes."""


@dataclass(frozen=True, kw_only=True)
class KeepDraft(Command):
    """Keep what a form holds. `content`: the form's snapshot as JSON."""

    key: Annotated[str, Text(128)]
    content: Annotated[str, Text(MOST)]


def keeping(key: str, snapshot: object) -> KeepDraft:
    """What keeps a form's snapshot under `key`."""
    return KeepDraft(key=key, content=msgspec.json.encode(snapshot).decode())


@dataclass(frozen=True, kw_only=True)
class DropDraft(Command):
    key: Annotated[str, Text(128)]


@dataclass(frozen=True, slots=True)
class Finishing:
    """A command together with the draft it finishes."""

    command: Command
    draft: str


@dataclass(frozen=True, slots=True)
class Draft:
    """`kept_at`: µs UTC."""

    key: str
    content: dict[str, Any]
    kept_at: int


@handles(KeepDraft)
def keep_draft(act: Act, command: KeepDraft) -> None:
    try:
        content = msgspec.json.decode(command.content)
    except (msgspec.DecodeError, RecursionError):
        raise Refused("wrong_type", "content") from None
    if not isinstance(content, dict):
        raise Refused("wrong_type", "content")
    drop(act.conn, command.key)
    if is_about_nothing(act.conn, command.key):  # told by a form that has not heard of it yet
        return
    row = {"key": command.key, "content": command.content, "actor": act.actor.id, "kept_at": act.now}
    act.conn.execute(draft.insert(), row)


@handles(DropDraft)
def drop_draft(act: Act, command: DropDraft) -> None:
    drop(act.conn, command.key)


def drop(conn: sa.Connection, key: str) -> None:
    conn.execute(draft.delete().where(draft.c.key == key))


def drop_naming(conn: sa.Connection, records: Collection[str]) -> None:
    """Drop the drafts of forms that are about one of these records, as their keys say, and the bytes that were added to
    them. What is being written about an encounter stays, whomever it names: it is new, and stands nowhere else."""
    rows = conn.execute(sa.select(draft.c.key, draft.c.content)).all()
    gone = {row.key: row.content for row in rows if not named_ids(row.key).isdisjoint(records)}
    for key in gone:
        drop(conn, key)
    unstage(conn, {name for content in gone.values() for name in _named(content) if len(name) == _BYTES})


def is_about_nothing(conn: sa.Connection, key: str) -> bool:
    """Whether the form of this key is about a record that is not here, or was erased whole."""
    ids = named_ids(key)
    if not ids:
        return False
    here = values_found(conn, [entity.table for entity in entities()], "id", ids)
    erases = rows_among(conn, head, ("value",), "record", ids, {"grp": ERASED})
    return here != ids or any(value == "[]" for (value,) in erases)


def named_ids(key: str) -> frozenset[str]:
    """The records that the form of this key is about."""
    return frozenset(name for name in _named(key) if len(name) == _ID)


def _named(text: str) -> set[str]:
    """The ids and names of bytes in it."""
    return {found for found in _HEX.findall(text) if len(found) in (_ID, _BYTES)}


def drafts(conn: sa.Connection, prefix: str = "") -> list[Draft]:
    """The drafts whose key begins so, the latest first."""
    rows = conn.execute(
        sa.select(draft).where(draft.c.key.startswith(prefix, autoescape=True)).order_by(draft.c.kept_at.desc())
    )
    return [Draft(row.key, msgspec.json.decode(row.content), row.kept_at) for row in rows]
