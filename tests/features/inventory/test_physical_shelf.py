"""What hands did is what the shelf shows, however it was written down.

A small model of the physical shelf: hands bring, give and count; the desks write it with their own clocks, at once or
hours later, rightly or wrongly, and exchange now and then. Once everything is written and known, every desk, and one
that learns all commits shuffled and in pieces, shows what lies there.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR, MINUTE
from app.base.errors import Refused
from app.features.inventory.commands import (
    CorrectMovement,
    HandOut,
    LotAmount,
    ReceivedGoods,
    ReceiveGoods,
    ReverseMovement,
    UndoHandOut,
    WriteOff,
)
from app.features.inventory.commands_catalogue import AddItem
from app.features.inventory.commands_count import RecordCountLine, StartCount
from app.features.inventory.ledger import rebuild_shelf
from app.features.inventory.queries import expiring, stock_list
from app.features.inventory.queries_count import count_differences, count_sheet, open_questions
from app.features.inventory.queries_ledger import statement
from app.features.inventory.rules import lot_id
from app.journal.apply import apply
from app.journal.commands import Command
from app.journal.ops import OpPart
from app.store.engine import open_encrypted, open_plain, open_postgres, writing
from app.store.schema import create_tables
from tests.features.inventory.conftest import NODE, TOWEL, Desk, exchange, new_desk

TOWELS = lot_id(TOWEL, None, None)
ERRORS = (0, 90 * MINUTE, -5 * HOUR, 366 * DAY, -400 * DAY)


class Point:
    """The shelf with towels, and the laptops that write about it."""

    def __init__(self, rng: random.Random, desks: list[Desk]) -> None:
        self.rng, self.desks = rng, desks
        self.lying = 0
        self.later: list[Callable[[], bool]] = []

    def pass_time(self) -> None:
        step = self.rng.randrange(MINUTE, 3 * HOUR)
        for desk in self.desks:
            desk.now += step

    def step(self) -> None:
        self.pass_time()
        desk = self.rng.choice(self.desks)
        self.rng.choice((self.bring, self.give, self.give, self.spoil, self.count, self.errand, self.meet))(desk)

    def meet(self, _: Desk) -> None:
        exchange(*self.desks)

    def errand(self, _: Desk) -> None:
        if self.later:
            do = self.later.pop(self.rng.randrange(len(self.later)))
            if not do():
                self.later.append(do)

    def bring(self, desk: Desk) -> None:
        """Brought rightly, or with a wrong number that somebody puts right later."""
        quantity = self.rng.randint(1, 20)
        self.lying += quantity
        wrong = self.rng.choice((0, 0, 7))
        line = ReceivedGoods(item=TOWEL, quantity=quantity + wrong)
        outcome = desk.do(ReceiveGoods(lines=(line,), source_type="CENTER"))
        if wrong:
            movement = dict(outcome.made)["movement"]
            for mender in self.rng.sample(self.desks, k=self.rng.choice((1, 2))):
                self.later.append(self.put_right(mender, movement, quantity))

    def put_right(self, desk: Desk, movement: str, quantity: int) -> Callable[[], bool]:
        return lambda: self.done(desk, CorrectMovement(movement=movement, quantity=quantity, reason="点错"))

    def give(self, desk: Desk) -> None:
        """Given and written now, given and written later by the desk's clock, or only written and later undone."""
        quantity = min(self.lying, self.rng.randint(1, 6))
        if not quantity:
            return
        how = self.rng.choice(("now", "late", "never"))
        command = HandOut(item=TOWEL, quantity=quantity, head_count=quantity)
        if how == "never":
            made = desk.do(command).made[0][1]
            for mender in self.rng.sample(self.desks, k=self.rng.choice((1, 2))):
                self.later.append(self.undo(mender, made))
            return
        self.lying -= quantity
        if how == "now":
            desk.do(command)
            return
        moment = desk.clock(desk.now)
        typed = HandOut(item=TOWEL, quantity=quantity, head_count=quantity, happened_at=moment)
        self.later.append(lambda: self.done(desk, typed))

    def undo(self, desk: Desk, hand_out: str) -> Callable[[], bool]:
        return lambda: self.done(desk, UndoHandOut(hand_out=hand_out, reason="没有发"))

    def spoil(self, desk: Desk) -> None:
        """Thrown away; or written off in error, which is taken back."""
        quantity = min(self.lying, self.rng.randint(1, 3))
        if not quantity:
            return
        amount = LotAmount(lot=TOWELS, quantity=quantity)
        outcome = desk.do(WriteOff(lines=(amount,), cause="DAMAGE", reason="水浸"))
        if self.rng.random() < 0.5:
            self.lying -= quantity
        else:
            movement = outcome.made[0][1]
            self.later.append(lambda: self.done(desk, ReverseMovement(movement=movement, reason="没有坏")))

    def count(self, desk: Desk) -> None:
        """Counted and written now, or from paper later."""
        count = desk.do(StartCount(take_type="SPOT", counter="王")).made[0][1]
        self.pass_time()
        seen, moment = self.lying, desk.clock(desk.now)
        if self.rng.random() < 0.6:
            desk.do(RecordCountLine(count=count, item=TOWEL, quantity=seen))
        else:
            line = RecordCountLine(count=count, item=TOWEL, quantity=seen, entered_at=moment)
            self.later.append(lambda: self.done(desk, line))

    def done(self, desk: Desk, command: Command) -> bool:
        """Written; or somebody was first, which is as good; or not yet known here."""
        try:
            desk.do(command)
        except Refused as refused:
            if refused.code == "already_undone":
                return True
            return refused.code == "unknown_record" and self.was_undone(desk, command)
        return True

    def was_undone(self, desk: Desk, command: Command) -> bool:
        return isinstance(command, UndoHandOut) and any(
            row.of_id == command.hand_out and row.taken_back for row in desk.ask(statement, NODE, TOWEL, limit=10_000)
        )

    def finish(self) -> None:
        while self.later:
            exchange(*self.desks)
            self.pass_time()
            self.errand(self.desks[0])
        exchange(*self.desks)


def founded(desk: Desk, seed: int) -> Point:
    """A point of three desks with wrong clocks, the first of which has the catalogue."""
    rng = random.Random(seed)
    desks = [desk]
    for device in ("1" * 32, "2" * 32):
        engine = open_plain(None)
        create_tables(engine)
        desks.append(new_desk(engine, device, rng.choice(ERRORS)))
    exchange(*desks)
    return Point(rng, desks)


def learn_shuffled(point: Point) -> Desk:
    """A desk that is told every op by itself, in random order."""
    engine = open_plain(None)
    create_tables(engine)
    late = new_desk(engine, "3" * 32)
    pieces: list[tuple[int, int, OpPart]] = []
    commits = [commit for desk in point.desks for commit in desk.commits()]
    for at, commit in enumerate(commits):
        pieces += [(at, part.at, part) for part in commit.parts]
    point.rng.shuffle(pieces)
    for at, _, part in pieces:
        commits[at].parts = [part]
        with writing(engine) as conn:
            apply(conn, [commits[at]])
    return late


@pytest.mark.parametrize("block", range(4))
def test_every_desk_shows_what_lies_on_the_shelf(desk: Desk, block: int, sized: Callable[[int, int], int]) -> None:
    point = founded(desk, block)
    for _ in range(sized(60, 1500)):
        point.step()
    point.finish()
    shown = [each.stock().get("TOWEL", 0) for each in (*point.desks, learn_shuffled(point))]
    assert shown == [point.lying] * 4


@pytest.fixture(params=["encrypted", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """The two stores of the field: a point's encrypted file and the center's database."""
    if request.param == "postgres":
        engine = open_postgres(request.getfixturevalue("postgres_database"))
    else:
        engine = open_encrypted(tmp_path / "data.db", b"k" * 32)
    create_tables(engine)
    yield engine
    engine.dispose()


def test_every_store_keeps_the_shelf(kept: sa.Engine) -> None:
    desk = new_desk(kept, "d" * 32)
    desk.do(AddItem(item_code="TOWEL", name="毛巾", category="HYGIENE", unit="STRIP", min_level=6))
    desk.do(ReceiveGoods(lines=(ReceivedGoods(item=TOWEL, quantity=9),), source_type="CENTER"))
    count = desk.do(StartCount(take_type="SPOT", counter="王", full=True)).made[0][1]
    desk.later()
    desk.do(HandOut(item=TOWEL, quantity=1, head_count=1, happened_at=desk.now - MINUTE))
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=8))
    desk.later()
    desk.do(HandOut(item=TOWEL, quantity=3, head_count=3))
    assert desk.stock() == {"TOWEL": 5}
    assert [(row.kind, row.change, row.balance) for row in desk.ask(statement, NODE, TOWEL)] == [
        ("HAND_OUT", -3, 5),
        ("COUNT", 0, 8),
        ("HAND_OUT", -1, 8),
        ("RECEIVE", 9, 9),
    ]
    (towel,) = desk.ask(stock_list, NODE, desk.now)
    assert (towel.low, towel.given_lately, towel.days_of_cover) == (True, 4, 17)
    assert [(line.book, line.counted) for line in desk.ask(count_sheet, count, desk.now)] == [(8, 8)]
    assert desk.ask(count_differences, count) == desk.ask(expiring, NODE, desk.now) == []
    (question,) = desk.ask(open_questions, NODE)
    assert (question.typed, question.other_device) == (True, False)
    with writing(kept) as conn:
        rebuild_shelf(conn)
    assert desk.stock() == {"TOWEL": 5}
