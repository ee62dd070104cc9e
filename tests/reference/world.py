"""The machinery of a random history: laptops with wrong clocks, a hub that numbers and times, a bad network.

Not here: what people do in it (`histories.py`).
"""

import random
from dataclasses import dataclass, field, replace
from typing import Literal

from app.base.clock import DAY, HOUR, SECOND
from tests.reference.model import Commit, CommitId, Op, Schema, Stamp, stamp
from tests.reference.node import Node

HUB = "hub"
CLOCK_ERRORS = (0, 0, 47 * SECOND, -3 * HOUR, 8 * HOUR, 366 * DAY, -366 * DAY, -20_000 * DAY)
START = 1_760_000_000 * SECOND

Shelf = tuple[str, str]
"""(node, lot)"""
Event = (
    tuple[Literal["apply"], str, list[Commit]]  # this node learns these commits
    | tuple[Literal["stamp"], str, list[Stamp]]  # this device learns the hub's (seq, eff) of own commits
    | tuple[Literal["skew"], str, int]  # this device has measured hub's clock less its own
)


@dataclass(frozen=True)
class Act:
    """What was true of a commit: when it was written, and what its author knew when the form opened."""

    true: int
    knew: frozenset[CommitId]


@dataclass(frozen=True)
class Checkpoint:
    """After so many events this laptop, the only one to write about a shelf, must show what lies on it."""

    events: int
    laptop: str
    shelf: Shelf
    stock: int


@dataclass
class History:
    laptops: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    acts: dict[CommitId, Act] = field(default_factory=dict)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    shelves: dict[Shelf, int] = field(default_factory=dict)


@dataclass
class Laptop:
    node: str
    clock_error: int
    model: Node
    epoch: str
    serial: int = 1
    n: int = 0
    cursor: int = 0
    bound_now: int = 0
    drafts: list[tuple[Op, frozenset[CommitId]]] = field(default_factory=list)

    @property
    def id(self) -> str:
        assert self.model.own is not None
        return self.model.own

    def unsent(self) -> list[Commit]:
        own = [commit for commit in self.model.known.values() if commit.device == self.id and commit.seq is None]
        return sorted(own, key=lambda commit: (commit.serial, commit.n))


class World:
    """A few laptops at two points, and the hub. Each act of a laptop and each exchange becomes events."""

    def __init__(self, schema: Schema, rng: random.Random) -> None:
        self.rng, self.now = rng, START
        self.history = History()
        self.hub = Node(schema)
        self.feed: list[CommitId] = []
        self.prev_eff: dict[tuple[str, str], int] = {}
        self.bounds: dict[CommitId, int] = {}
        points = [self.hex(32) for _ in range(2)]
        self.laptops = [
            Laptop(points[at], rng.choice(CLOCK_ERRORS), Node(schema, own=self.hex(32)), self.hex(16))
            for at in (0, 0, 1, 1)[: rng.randint(2, 4)]
        ]
        self.history.laptops = [laptop.id for laptop in self.laptops]

    def hex(self, digits: int) -> str:
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def new_id(self) -> str:
        """Random, and told apart from the id of a meaning as UUIDv7 is."""
        id_ = self.hex(32)
        return id_[:12] + "7" + id_[13:]

    def tick(self) -> None:
        self.now += self.rng.randrange(SECOND, 2 * HOUR)

    def write(self, laptop: Laptop, *ops: Op, knew: frozenset[CommitId] | None = None) -> None:
        laptop.n += 1
        wall = self.now + laptop.clock_error
        commit = Commit(laptop.id, laptop.epoch, laptop.serial, laptop.n, wall, ops)
        self.history.acts[commit.id] = Act(self.now, frozenset(laptop.model.known) if knew is None else knew)
        self.bounds[commit.id] = laptop.bound_now
        laptop.model.apply([commit])
        self.history.events.append(("apply", laptop.id, [commit]))

    def new_epoch(self, laptop: Laptop) -> None:
        """As after a restore that lost nothing: numbers begin again, what is unsent stays unsent."""
        laptop.epoch, laptop.serial, laptop.n = self.hex(16), laptop.serial + 1, 0

    def exchange(self, laptop: Laptop, perfect: bool = False) -> None:
        """Push own commits in order, pull in the order of seq; the answer may be lost, cut, or say things again."""
        rng = self.rng
        push = laptop.unsent()
        if not perfect and rng.random() < 0.3:
            push = push[: rng.randint(0, len(push))]
        self.intake(push, skew=-laptop.clock_error)
        if not perfect and rng.random() < 0.2:
            return
        again, limit = (0, len(self.feed)) if perfect else (rng.choice((0, 0, 3)), rng.choice((4, 12, len(self.feed))))
        page = [self.hub.known[id_] for id_ in self.feed[max(0, laptop.cursor - again) : laptop.cursor + limit]]
        laptop.cursor = min(len(self.feed), laptop.cursor + limit)
        laptop.bound_now = self.now
        others = [commit for commit in page if commit.device != laptop.id]
        own: list[Stamp] = [
            (commit.id, commit.seq, commit.eff)
            for commit in page
            if commit.device == laptop.id and commit.eff is not None
        ]
        laptop.model.measure(-laptop.clock_error)
        laptop.model.apply(others)
        laptop.model.stamp(own)
        self.history.events += [
            ("skew", laptop.id, -laptop.clock_error),
            ("apply", laptop.id, others),
            ("stamp", laptop.id, own),
        ]

    def intake(self, push: list[Commit], skew: int) -> None:
        """The hub numbers and times what it does not have yet; what it has comes again with what it was given."""
        taken = []
        for commit in push:
            if commit.id not in self.hub.known:
                key = (commit.device, commit.epoch)
                eff = stamp(self.prev_eff.get(key), commit.wall, skew, self.bounds[commit.id], self.now)
                self.prev_eff[key] = eff
                self.feed.append(commit.id)
                self.hub.apply([replace(commit, seq=len(self.feed), eff=eff)])
            taken.append(self.hub.known[commit.id])
        self.history.events.append(("apply", HUB, taken))

    def everybody_syncs(self) -> None:
        for laptop in [*self.laptops, *self.laptops]:
            self.tick()
            self.exchange(laptop, perfect=True)
