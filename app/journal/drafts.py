"""Drafts: what was typed and not saved yet survives a kill. Local to the device, never synced.

A form keeps its draft under a key of its own ("entry", "amend:<id>") with the bases it was shown; the save that
finishes it drops it in the same transaction, so that a record is never offered again after it was saved.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Text
from app.journal.tables import draft

MOST = 200_000
"""The most characters a draft may have."""


@dataclass(frozen=True, kw_only=True)
class KeepDraft(Command):
    """Keep what a form holds. `content`: the form's snapshot as JSON."""

    key: Annotated[str, Text(128)]
    content: Annotated[str, Text(MOST)]


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
    row = {"key": command.key, "content": command.content, "actor": act.actor.id, "kept_at": act.now}
    act.conn.execute(draft.insert(), row)


@handles(DropDraft)
def drop_draft(act: Act, command: DropDraft) -> None:
    drop(act.conn, command.key)


def drop(conn: sa.Connection, key: str) -> None:
    conn.execute(draft.delete().where(draft.c.key == key))


def drafts(conn: sa.Connection, prefix: str = "") -> list[Draft]:
    """The drafts whose key begins so, the latest first."""
    rows = conn.execute(
        sa.select(draft).where(draft.c.key.startswith(prefix, autoescape=True)).order_by(draft.c.kept_at.desc())
    )
    return [Draft(row.key, msgspec.json.decode(row.content), row.kept_at) for row in rows]
