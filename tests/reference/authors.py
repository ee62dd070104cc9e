"""To write a story by hand: authors on laptops, and what the hub makes of their commits."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import permutations

from tests.reference.histories import SCHEMA
from tests.reference.ledger import LINE, MOVEMENT, Ledger
from tests.reference.model import Commit, Create, Op, Ref, Set, Value, Values, View
from tests.reference.node import Node

PERSON, CASE, SHELF = "person one", "case one", ("point", "water")


class Author:
    """A laptop. Its commits are numbered here; the wall time is in any unit."""

    def __init__(self, device: str) -> None:
        self.device, self.n = device, 0

    def write(self, *ops: Op, wall: int = 0) -> Commit:
        self.n += 1
        return Commit(self.device, "epoch", 1, self.n, wall, ops)


def numbered(*commits: Commit, first: int = 1, skew: int = 0) -> list[Commit]:
    """The commits as the hub gives them out: seq in the order given, eff by their wall time."""
    return [
        replace(commit, seq=seq, eff=commit.wall + skew if commit.eff is None else commit.eff)
        for seq, commit in enumerate(commits, start=first)
    ]


def node_of(commits: Iterable[Commit], own: str | None = None) -> Node:
    node = Node(SCHEMA, own)
    node.apply(commits)
    return node


def in_every_order(commits: Iterable[Commit]) -> Iterator[View]:
    for order in permutations(commits):
        node = Node(SCHEMA)
        for commit in order:
            node.apply([commit])
        yield node.view()


def named(name: str, *seen: Ref) -> Set:
    return Set("person", PERSON, "name", {"name": name}, frozenset(seen))


def person(name: str = "李") -> Create:
    return Create("person", PERSON, "point", {"name": name, "age_est": 40}, {"special_groups": ["elderly"]})


def names(view: View) -> list[Value]:
    """The names that stand, the greatest first."""
    return [head.values["name"] for head in view.heads("person", PERSON, "name")]


def moved(
    kind: str, quantity: int, id_: str, at: int | None = None, corrects: str | None = None, lot: str = SHELF[1]
) -> Create:
    node, _ = SHELF
    said: Values = {"kind": kind, "quantity": quantity, "happened_at": at, "corrects": corrects}
    return Create(MOVEMENT, id_, node, {"node": node, "lot": lot, **said})


def reversal(id_: str, lot: str = SHELF[1]) -> Create:
    return moved("reversal", 0, f"reversal of {id_}", corrects=id_, lot=lot)


def counted(quantity: int, at: int, id_: str = "line one") -> Create:
    node, lot = SHELF
    said: Values = {"count": f"count of {id_}", "quantity": quantity, "entered_at": at}
    return Create(LINE, id_, node, {"node": node, "lot": lot, **said})


def stock(commits: Iterable[Commit]) -> int:
    return Ledger(node_of(commits).view()).stock(*SHELF)
