"""The runner: one command, one transaction, one commit.

The same runner serves a point and the center; the center gives a `Publisher`, which numbers commits at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import Clock
from app.base.errors import Refused
from app.base.ids import NewId, new_id
from app.journal.act import Act, Actor
from app.journal.apply import apply
from app.journal.authoring import author
from app.journal.commands import Command, checked, handler_of
from app.journal.drafts import Finishing, drop
from app.journal.entities import Scope, find_entity
from app.journal.here import save_here, standing
from app.journal.ops import Commit, Key, Op
from app.journal.rights import is_surely_own, may_use, may_write, not_granted, weighed
from app.journal.streams import Tree
from app.store.engine import writing

Standings = Mapping[str, tuple[str, frozenset[str]]]
"""Id → (kind, streams) of records that were there before."""


class Publisher(Protocol):
    """The center's part: gives numbers last in the transaction, then makes the commits known to readers."""

    def number(self, conn: sa.Connection, count: int) -> int: ...

    def before(self, conn: sa.Connection, ops: Sequence[Op]) -> Standings:
        """Who sees the records of these ops that may soon be seen by others. Asked before the ops are applied."""
        ...

    def publish(self, conn: sa.Connection, commits: Sequence[Commit], before: Standings) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act did. `commit` is its id as text, empty where there was nothing to write."""

    commit: str
    changes: Changes
    made: tuple[Key, ...]
    """(kind, id) of what was created, in order."""


@dataclass(frozen=True, slots=True)
class Runner:
    engine: sa.Engine
    clock: Clock
    new_id: NewId = new_id
    publisher: Publisher | None = None
    tree: Callable[[sa.Connection], Tree] | None = None
    """The org tree: with it, what the center would not take from this device is refused here."""

    def do(self, act: Command | Finishing, actor: Actor) -> Outcome:
        """Carry a command out. Durable when this returns. Raises `Refused` or `Environment`, nothing written."""
        command = checked(act.command if isinstance(act, Finishing) else act)
        with writing(self.engine) as conn:
            outcome = self._do(conn, command, actor)
            if isinstance(act, Finishing):
                drop(conn, act.draft)
            return outcome

    def _do(self, conn: sa.Connection, command: Command, actor: Actor) -> Outcome:
        here = standing(conn)
        act = Act(conn, actor, here, self.clock(), self.new_id)
        handler_of(command)(act, command)
        if not act.ops:
            return Outcome("", Changes(), ())
        self.check_rights(act)
        return self.commit(conn, act)

    def commit(self, conn: sa.Connection, act: Act) -> Outcome:
        """Write what an act has gathered as one commit, in the caller's transaction. Raises `Refused("too_many")`."""
        [commit], after = author(act.here, [(act.now, act.ops)], act.actor.id)
        if self.publisher is None:
            changes = apply(conn, [commit], made_here=True)
        else:
            publisher = self.publisher
            before = publisher.before(conn, act.ops)
            changes = apply(conn, [commit], lambda count: publisher.number(conn, count), made_here=True)
            publisher.publish(conn, [commit], before)
            after = replace(after, acked_n=commit.n)
        save_here(conn, after)
        return Outcome(commit.id.text(), changes, tuple(act.made))

    def check_rights(self, act: Act) -> None:
        """Raises `Refused` where the center would not take this act from this device, or from somebody of this role."""
        if self.tree is None:
            return
        known = [(op, entity) for op in act.ops if (entity := find_entity(op.kind)) is not None]
        tier = self.tree(act.conn).tier.get(act.here.node, "") if any(e.roles.tiers for _, e in known) else ""
        if not all(may_use(e, act.actor.role, tier, op, weighed(act.conn, e, op)) for op, e in known):
            raise Refused("not_allowed")
        asked = [(op, entity) for op, entity in known if not is_surely_own(act.here.node, op, entity, op.node)]
        if not asked:
            return
        tree, at = self.tree(act.conn), act.here.node
        refused = [op for op, entity in asked if not may_write(tree, at, op, entity, op.node)]
        if refused:
            refused = not_granted(act.conn, tree, at, act.ops, refused)
        for op in refused:
            entity = find_entity(op.kind)
            raise Refused("not_this_point" if entity is not None and entity.scope is Scope.OWN else "not_allowed")
