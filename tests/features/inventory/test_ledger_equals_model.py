"""The ledger against the executable specification, on random histories with wrong clocks and a bad network.

Every laptop and the center learn the commits in their own order, whole or in part, with provisional times first; at
any moment each must show the stock and the variances the specification computes from the same set of commits, and
in the end what really lies on the shelves.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.features.inventory.books import book_at
from app.features.inventory.ledger import rebuild_shelf
from app.features.inventory.rules import Place
from app.features.inventory.tables import POSITION, ledger, shelf
from app.journal.apply import Stamp, apply, apply_skew, apply_stamps
from app.journal.ops import SCHEMA, Commit, CommitId, Op, OpPart, WriteId, encode_op, new_parts
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from tests.reference import model
from tests.reference.histories import SCHEMA as MODEL_SCHEMA
from tests.reference.histories import history
from tests.reference.ledger import ANSWER, LINE, MOVEMENT, Ledger
from tests.reference.node import Node
from tests.reference.world import HUB, Event, History

GROUPS = {MOVEMENT: "facts", LINE: "counted", ANSWER: "verdict"}


def real_values(kind: str, values: model.Values) -> dict[str, model.Value]:
    """Our names for the model's; the node is the op's own."""
    named = {name: value for name, value in values.items() if name != "node"}
    for name in {"kind", "verdict"} & named.keys():
        named[name] = str(named[name]).upper()
    return named | ({} if kind == ANSWER else {"item": "i" * 32})


def real_commit(commit: model.Commit, skew: int) -> Commit:
    """The ledger's ops of a model's commit, at their places in it."""
    parts: list[OpPart] = []
    for index, op in enumerate(commit.ops):
        if isinstance(op, model.Create) and op.kind in GROUPS:
            real = Op("create", op.kind, op.id, op.node, real_values(op.kind, op.values), {})
        elif isinstance(op, model.Set) and op.kind in GROUPS:
            bases = tuple(WriteId(*ref) for ref in op.bases)
            real = Op("set", op.kind, op.id, "0" * 32, real_values(op.kind, op.values), {}, GROUPS[op.kind], "", bases)
        else:
            continue
        (part,) = new_parts([encode_op(real, commit.device, commit.epoch)])
        parts.append(part._replace(at=index))
    eff = commit.wall + skew if commit.eff is None else commit.eff
    chain = b"" if commit.eff is None else None  # what is written here stands in a chain
    frame = (commit.device, commit.epoch, commit.serial, commit.n, commit.wall, 0, "f" * 32, SCHEMA)
    return Commit(*frame, parts, commit.seq, eff, chain)


class Pair:
    """One node twice: the specification, and the real thing on a database of its own."""

    def __init__(self, own: str | None) -> None:
        self.model = Node(MODEL_SCHEMA, own)
        self.engine = open_plain(None)
        self.skew = 0
        create_tables(self.engine)

    def feed(self, event: Event) -> None:
        with writing(self.engine) as conn:
            if event[0] == "apply":
                self.model.apply(event[2])
                apply(conn, [real_commit(commit, self.skew) for commit in event[2]])
            elif event[0] == "stamp":
                self.model.stamp(event[2])
                apply_stamps(conn, [Stamp(CommitId(*id_), seq, eff) for id_, seq, eff in event[2]])
            else:
                self.model.measure(event[2])
                self.skew = event[2]
                assert self.model.own is not None
                apply_skew(conn, self.model.own, self.skew)

    def shelves(self) -> dict[tuple[str, str], int]:
        with reading(self.engine) as conn:
            return {(row.node, row.lot): row.on_hand for row in conn.execute(sa.select(shelf))}

    def variances(self) -> dict[str, int]:
        """What each count line differs from the books at its moment."""
        found = {}
        with reading(self.engine) as conn:
            for row in conn.execute(sa.select(ledger).where(ledger.c.kind == "COUNT")).mappings().all():
                place = Place(*(row[name] for name in POSITION))
                found[row["id"]] = row["amount"] - book_at(conn, row["node"], row["lot"], place).on_hand
        return found

    def check(self) -> None:
        """The tables show what the specification computes. It lists a shelf also where nothing counts yet."""
        expected = Ledger(self.model.view())
        shown = self.shelves()
        for key, stock in expected.shelves().items():
            assert shown.get(key, 0) == stock, key
        assert shown.keys() <= expected.shelves().keys()
        assert self.variances() == {id_: expected.variance(id_) for id_ in self.model.view().ids(LINE)}


def check_story(story: History) -> None:
    pairs = {name: Pair(name) for name in story.laptops}
    pairs[HUB] = Pair(None)
    for count, event in enumerate(story.events, start=1):
        pairs[event[1]].feed(event)
        if count % max(1, len(story.events) // 12) == 0:
            for pair in pairs.values():
                pair.check()
    for pair in pairs.values():
        pair.check()
        shown = pair.shelves()
        assert {key: shown.get(key, 0) for key in story.shelves} == story.shelves
        with writing(pair.engine) as conn:
            rebuild_shelf(conn)
        assert pair.shelves() == shown


@pytest.mark.parametrize("block", range(6))
def test_stock_and_variance_equal_the_specification(block: int, sized: Callable[[int, int], int]) -> None:
    seeds = sized(2, 200)
    for seed in range(block * seeds, (block + 1) * seeds):
        check_story(history(seed))


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_commits_come_does_not_matter(seed: int) -> None:
    """One op at a time, last first: corrections before what they correct, answers before what they are about."""
    story = history(1000 + seed)
    hub = Pair(None)
    for event in story.events:
        if event[1] == HUB:
            hub.feed(event)
    backwards = Pair(None)
    for commit in sorted(hub.model.known.values(), key=lambda commit: commit.seq or 0, reverse=True):
        for index in reversed(range(len(commit.ops))):
            ops = tuple(op if at == index else None for at, op in enumerate(commit.ops))
            backwards.feed(("apply", HUB, [replace(commit, ops=ops)]))
    backwards.check()
    assert {key: on_hand for key, on_hand in backwards.shelves().items() if on_hand} == {
        key: on_hand for key, on_hand in hub.shelves().items() if on_hand
    }
