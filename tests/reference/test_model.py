"""Properties of the model over random histories, and proof that they find the tempting wrong rules."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.reference.histories import SCHEMA, history
from tests.reference.ledger import Ledger
from tests.reference.model import Commit, Create, Remove, View
from tests.reference.node import Node
from tests.reference.witnesses import Witnesses
from tests.reference.world import HUB, Event, History
from tests.reference.wrong_rules import RIGHT, WRONG, Rules

SEEDS_TO_FIND = 50


def new_nodes(story: History, rules: Rules) -> dict[str, Node]:
    nodes = {laptop: Node(SCHEMA, laptop, rules.view) for laptop in story.laptops}
    return {**nodes, HUB: Node(SCHEMA, None, rules.view)}


def feed(nodes: dict[str, Node], event: Event) -> None:
    """One event to the node it is for. (What it is, is said by its first word, which narrows the third.)"""
    if event[0] == "apply":
        nodes[event[1]].apply(event[2])
    elif event[0] == "stamp":
        nodes[event[1]].stamp(event[2])
    else:
        nodes[event[1]].measure(event[2])


def violations(story: History, rules: Rules, seed: int) -> Iterator[str]:
    """Feeds a history to nodes with these rules, and says in words what is not as it must be, as it is found."""
    nodes, at = new_nodes(story, rules), 0
    checks = iter(story.checkpoints)
    check = next(checks, None)
    for count, event in enumerate(story.events, start=1):
        feed(nodes, event)
        while check is not None and check.events == count:
            stock = rules.ledger(nodes[check.laptop].view()).stock(*check.shelf)
            if stock != check.stock:
                yield f"after {count} events a laptop shows {stock} where {check.stock} lie"
            check = next(checks, None)
        if count in (len(story.events) // 3, len(story.events) * 2 // 3, len(story.events)):
            for name, node in nodes.items():
                at += 1
                yield from against_witnesses(name, node, story)
                yield from order_matters(name, node, rules, random.Random(seed * 100 + at))
    yield from nodes_differ(nodes, story, rules)
    yield from shelves_differ(nodes[HUB].view(), story, rules)
    yield from last_is_not_shown(nodes[HUB], story)


def against_witnesses(name: str, node: Node, story: History) -> Iterator[str]:
    """No value, element or record is gone without somebody who knew of it, and none stays who was answered."""
    view, said = node.view(), Witnesses(SCHEMA, node.known.values(), story.acts)
    for kind, id_ in view.records():
        for group in SCHEMA[kind].groups:
            heads = {head.ref for head in view.heads(kind, id_, group)}
            values = said.values(kind, id_, group)
            if heads != set(values):
                yield f"{name}: {kind} {group} has heads {heads}, unanswered are {set(values)}"
            if view.conflict(kind, id_, group) != (len(set(values.values())) > 1):
                yield f"{name}: {kind} {group} is wrong about its conflict"
        for set_ in SCHEMA[kind].sets:
            if view.adds(kind, id_, set_) != said.adds(kind, id_, set_):
                yield f"{name}: {kind} {set_} holds {view.elements(kind, id_, set_)}"
        if view.hidden(kind, id_) != said.hidden(kind, id_):
            yield f"{name}: {kind} is {'hidden' if view.hidden(kind, id_) else 'visible'}"


def picture(view: View, ledger: Callable[[View], Ledger]) -> object:
    """All that a node shows."""
    facts = [(record, view.facts(*record), view.review(*record)) for record in view.records()]
    return facts, view.conflicts(), ledger(view).shelves()


def in_another_order(node: Node, rules: Rules, rng: random.Random) -> Node:
    """A node that knows the same, learned in another order, in parts, and partly twice."""
    other = Node(SCHEMA, node.own, rules.view)
    other.measure(node.skew)
    parts: list[Commit] = []
    for commit in node.known.values():
        unstamped = commit.device == node.own and rng.random() < 0.5
        first = replace(commit, seq=None, eff=None) if unstamped else commit
        mask = rng.getrandbits(len(commit.ops))
        some = tuple(op if mask >> index & 1 else None for index, op in enumerate(commit.ops))
        rest = tuple(None if mask >> index & 1 else op for index, op in enumerate(commit.ops))
        parts += [replace(first, ops=some), replace(first, ops=rest)]
        if rng.random() < 0.3:
            parts.append(first)
    rng.shuffle(parts)
    other.apply(parts)
    stamps = [(commit.id, commit.seq, commit.eff) for commit in node.known.values() if commit.eff is not None]
    rng.shuffle(stamps)
    other.stamp(stamps)
    return other


def order_matters(name: str, node: Node, rules: Rules, rng: random.Random) -> Iterator[str]:
    other = in_another_order(node, rules, rng)
    if picture(node.view(), rules.ledger) != picture(other.view(), rules.ledger):
        yield f"{name}: shows something else when it learns the same in another order"
    records = node.view().records()
    if node.settled().digest(records) != other.settled().digest(reversed(records)):
        yield f"{name}: its digest depends on the order of arrival"


def nodes_differ(nodes: dict[str, Node], story: History, rules: Rules) -> Iterator[str]:
    """After everybody got everything: the same digests, the same picture."""
    hub = nodes[HUB]
    records = hub.view().records()
    for laptop in story.laptops:
        if nodes[laptop].settled().digest(records) != hub.settled().digest(records):
            yield "a laptop's digest is not the hub's"
        if picture(nodes[laptop].view(), rules.ledger) != picture(hub.view(), rules.ledger):
            yield "a laptop shows something else than the hub"


def shelves_differ(view: View, story: History, rules: Rules) -> Iterator[str]:
    """Once all is written and put right, the ledger says what lies there, and said so at every count."""
    ledger = rules.ledger(view)
    for line in view.ids("count_line"):
        if ledger.variance(line) != 0:
            yield f"a count that was right differs from the books by {ledger.variance(line)}"
    for shelf, lying in story.shelves.items():
        if ledger.stock(*shelf) != lying:
            yield f"the ledger says {ledger.stock(*shelf)} where {lying} lie"


def last_is_not_shown(hub: Node, story: History) -> Iterator[str]:
    """Clocks that are wrong but steady do no harm: each eff is the true time, and the last value is shown."""
    view, said = hub.view(), Witnesses(SCHEMA, hub.known.values(), story.acts)
    for commit in hub.known.values():
        if commit.eff != story.acts[commit.id].true:
            yield f"commit {commit.id} has eff {commit.eff}, it was {story.acts[commit.id].true}"
    for kind, id_ in view.records():
        for group in SCHEMA[kind].groups:
            if view.heads(kind, id_, group)[0].ref != list(said.values(kind, id_, group))[-1]:
                yield f"{kind} {group} shows a value that was not the last"


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("block", range(6))
def test_what_must_hold_holds_over_random_histories(block: int, sized: Callable[[int, int], int]) -> None:
    many = sized(50, 1_000)
    for seed in range(block * many, (block + 1) * many):
        for wrong in violations(history(seed), RIGHT, seed):
            pytest.fail(f"seed {seed}: {wrong}")


@pytest.mark.parametrize("rule", WRONG)
def test_a_tempting_wrong_rule_is_found(rule: str) -> None:
    found = (wrong for seed in range(SEEDS_TO_FIND) for wrong in violations(history(seed), WRONG[rule], seed))
    assert next(found, None) is not None


def test_learning_again_changes_nothing() -> None:
    for seed in range(20):
        story = history(seed)
        once, twice = new_nodes(story, RIGHT), new_nodes(story, RIGHT)
        for event in story.events:
            feed(once, event)
            feed(twice, event)
            feed(twice, event)
        for name in once:
            assert once[name].known == twice[name].known
            assert picture(once[name].view(), Ledger) == picture(twice[name].view(), Ledger)


def test_histories_hold_what_they_are_for() -> None:
    """The properties say nothing about what never happens: each ugly thing is met in the first fifty histories."""
    met: Counter[str] = Counter()
    for seed in range(SEEDS_TO_FIND):
        story = history(seed)
        nodes = new_nodes(story, RIGHT)
        for count, event in enumerate(story.events):
            feed(nodes, event)
            if count % 20 == 0 and event[1] != HUB:
                node = nodes[event[1]]
                ledger = Ledger(node.view())
                met["negative stock"] += len(ledger.negative())
                met["variance"] += sum(ledger.variance(line) != 0 for line in node.view().ids("count_line"))
                met["unsent writes matter"] += node.settled().conflicts() != node.view().conflicts()
        met += what_happened(nodes[HUB].view())
    expected = {
        *("conflict", "equal heads", "settled", "hidden", "review", "created twice", "variance"),
        *("element back", "negative stock", "unsent writes matter"),
    }
    assert {thing for thing in expected if met[thing] < 5} == set(), met


def what_happened(view: View) -> Counter[str]:
    met: Counter[str] = Counter()
    for kind, id_ in view.records():
        met["hidden"] += view.hidden(kind, id_)
        met["review"] += view.review(kind, id_)
        met["created twice"] += sum(isinstance(op, Create) for _, op in view.ops(kind, id_)) > 1
        for group in SCHEMA[kind].groups:
            heads = view.heads(kind, id_, group)
            met["conflict"] += view.conflict(kind, id_, group)
            met["equal heads"] += len(heads) > 1 and not view.conflict(kind, id_, group)
            met["settled"] += any(len(write.bases) > 1 for write in view.writes(kind, id_, group))
        removed = {op.element for _, op in view.ops(kind, id_) if isinstance(op, Remove)}
        for set_ in SCHEMA[kind].sets:
            met["element back"] += bool(removed & view.elements(kind, id_, set_))
    return met
