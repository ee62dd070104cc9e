"""Our side of saving: the same record through the runner, one durable act each, or many commits at once."""

from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.memory import collecting_later
from app.cli.bench.record import FIELDS, KIND, SETS, VALUES, sets_of, values_of
from app.features.cases.tables import encounter
from app.journal.act import Act, Actor
from app.journal.apply import apply
from app.journal.authoring import author
from app.journal.commands import Command, handles
from app.journal.fields import Many, Text
from app.journal.here import save_here, standing
from app.journal.ops import Op
from app.journal.runner import Runner
from app.store.engine import writing


@dataclass(frozen=True)
class Saving:
    """Saves records one by one. Its command exists only while the bench runs: it writes one encounter, as given."""

    runner: Runner
    actor: Actor
    command: type[Command]

    def save(self, record: dict[str, Any]) -> None:
        given = {name: value for name, value in record.items() if name not in ("id", "node")}
        self.runner.do(self.command(**given), self.actor)


def saving(runner: Runner, actor: Actor) -> Saving:
    return Saving(runner, actor, _command())


def _command() -> type[Command]:
    """A command with the record's fields, each checked as those of every command are."""
    types: list[tuple[str, Any]] = []
    declared = encounter.fields()
    for name in FIELDS:
        if name in SETS:
            types.append((name, Annotated[tuple[str, ...], Many(encounter.sets[name])]))
        elif name in VALUES:
            kind = Text(400) if name == "place_text" else declared[name]
            types.append((name, Annotated[object, kind]))
    made = make_dataclass("SaveRecord", types, bases=(Command,), frozen=True, kw_only=True)

    def write(act: Act, command: Any) -> None:
        act.create(
            KIND, {name: getattr(command, name) for name in VALUES}, {name: getattr(command, name) for name in SETS}
        )

    handles(made)(write)
    return made


def save_many(engine: sa.Engine, records: list[dict[str, Any]], actor: str, now: int) -> Changes:
    """One act per record, all in one transaction: as an import writes them."""
    acts = [[Op("create", KIND, one["id"], one["node"], values_of(one), sets_of(one))] for one in records]
    return save_acts(engine, acts, actor, now)


def save_acts(engine: sa.Engine, acts: Sequence[Sequence[Op]], actor: str, now: int, apart: int = 1) -> Changes:
    """One commit per act, `apart` µs from one to the next, all in one transaction."""
    with collecting_later(len(acts)), writing(engine) as conn:
        times = (now + offset * apart for offset in range(len(acts)))
        commits, after = author(standing(conn), zip(times, acts, strict=True), actor)
        changes = apply(conn, commits, made_here=True)
        save_here(conn, after)
        return changes
