"""Our side of saving: the same record through the runner, one durable act each, or many commits at once."""

from dataclasses import dataclass, make_dataclass, replace
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.cli.bench.record import FIELDS, KIND, SETS, VALUES, sets_of, values_of
from app.features.cases.tables import encounter
from app.journal.act import Act, Actor
from app.journal.apply import apply
from app.journal.commands import Command, handles
from app.journal.fields import Many, Text
from app.journal.here import save_here, standing
from app.journal.ops import SCHEMA, Commit, Op, encode_op, new_parts, next_link
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
    with writing(engine) as conn:
        here = standing(conn)
        chain, commits = here.chain, []
        for offset, record in enumerate(records, start=1):
            op = Op("create", KIND, record["id"], record["node"], values_of(record), sets_of(record))
            raw = encode_op(op, here.device, here.epoch)
            n = here.n + offset
            commit = Commit(
                here.device, here.epoch, here.serial, n, now + offset, here.bound, actor, SCHEMA, new_parts([raw])
            )
            commit.eff = max(commit.wall + here.skew, here.last_eff + offset)
            commit.chain = chain = next_link(chain, commit)
            commits.append(commit)
        changes = apply(conn, commits)
        last = commits[-1]
        save_here(conn, replace(here, n=last.n, chain=chain, last_eff=last.eff))
        return changes
