"""A point's stock desk on a real store, with a clock the test moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import CHINA, HOUR, instant_of
from app.base.errors import Refused
from app.base.ids import meaning_id
from app.features.inventory import commands, commands_catalogue, commands_count, ledger
from app.features.inventory.commands_catalogue import AddItem
from app.features.inventory.queries import stock_by_code
from app.journal.act import Actor
from app.journal.apply import Stamp, apply, apply_stamps
from app.journal.commands import Command
from app.journal.here import found, load_here
from app.journal.load import load_commits
from app.journal.ops import Commit, CommitId, unpack_parts
from app.journal.runner import Outcome, Runner
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables

MODULES = (commands, commands_catalogue, commands_count, ledger)
"""Loaded so that their commands and the ledger are known."""

NODE = "a" * 32
START = instant_of(datetime(2026, 7, 1, 9, 0, tzinfo=CHINA))
WATER, NOODLES, TOWEL = (meaning_id("item", code) for code in ("WATER", "NOODLES", "TOWEL"))


@dataclass
class Desk:
    """One laptop of a point."""

    engine: sa.Engine
    device: str
    now: int = START
    error: int = 0
    """How far the laptop's clock is ahead, µs."""
    actor: Actor = field(default_factory=lambda: Actor("f" * 32, "SPECIALIST", NODE))

    def do(self, command: Command) -> Outcome:
        return Runner(self.engine, lambda: self.now + self.error).do(command, self.actor)

    def later(self, micros: int = HOUR) -> None:
        self.now += micros

    def clock(self, at: int) -> int:
        """What this laptop's clock said at a true moment."""
        return at + self.error

    def ask(self, query: Any, *given: Any, **named: Any) -> Any:
        with reading(self.engine) as conn:
            return query(conn, *given, **named)

    def stock(self) -> dict[str, int]:
        return dict(self.ask(stock_by_code, NODE))

    def refusal(self, command: Command) -> tuple[str, str | None]:
        """Code and field of the refusal this command meets."""
        with pytest.raises(Refused) as caught:
            self.do(command)
        return caught.value.code, caught.value.field

    def commits(self) -> list[Commit]:
        """What this laptop has written, as it is sent."""
        with reading(self.engine) as conn:
            here = load_here(conn)
            assert here is not None
            rows = load_commits(conn, [CommitId(here.device, here.epoch, n) for n in range(1, here.n + 1)])
        return [
            Commit(
                **{name: row[name] for name in ("device", "epoch", "serial", "n", "wall", "bound", "actor", "schema")},
                parts=unpack_parts(row["payload"]),
                seq=row["seq"],
                eff=row["eff"],
            )
            for _, row in sorted(rows.items())
        ]


def new_desk(engine: sa.Engine, device: str, error: int = 0) -> Desk:
    with writing(engine) as conn:
        found(conn, device=device, letter="A", node=NODE, city="city")
    return Desk(engine, device, error=error)


def exchange(*desks: Desk) -> None:
    """The center times what is new (by the true clock), and everybody learns everything."""
    known = {commit.id: commit for desk in desks for commit in desk.commits()}
    errors = {desk.device: desk.error for desk in desks}
    order = sorted(known.values(), key=lambda commit: (commit.seq is None, commit.seq or 0, commit.device, commit.n))
    for seq, commit in enumerate(order, start=1):
        if commit.seq is None:
            commit.seq, commit.eff = seq, commit.wall - errors[commit.device]
    for desk in desks:
        with writing(desk.engine) as conn:
            apply(conn, [commit for commit in order if commit.device != desk.device])
        own = [commit for commit in order if commit.device == desk.device]
        with writing(desk.engine) as conn:
            apply_stamps(conn, [Stamp(commit.id, commit.seq, commit.eff) for commit in own])


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk with water (24 to a case, limit 2), noodles (with end dates) and towels in the catalogue."""
    engine = open_plain(None)
    create_tables(engine)
    made = new_desk(engine, "d" * 32)
    made.do(
        AddItem(
            item_code="WATER",
            name="矿泉水",
            category="WATER",
            unit="BOTTLE",
            pack_unit="CASE",
            pack_factor=24,
            per_visit_limit=2,
            min_level=48,
        )
    )
    made.do(AddItem(item_code="NOODLES", name="方便面", category="FOOD", unit="BUCKET", expiry_rule="REQUIRED"))
    made.do(AddItem(item_code="TOWEL", name="毛巾", category="HYGIENE", unit="STRIP"))
    yield made
    engine.dispose()


@pytest.fixture
def other(desk: Desk) -> Iterator[Desk]:
    """The second laptop of the point, a day ahead, which knows what the first one knows."""
    engine = open_plain(None)
    create_tables(engine)
    made = new_desk(engine, "e" * 32, error=24 * HOUR)
    exchange(desk, made)
    yield made
    engine.dispose()
