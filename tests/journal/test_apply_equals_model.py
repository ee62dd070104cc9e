"""The real `apply` against the reference model, on the same random histories, at every node."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa

from app.journal.apply import Stamp, apply, apply_skew, apply_stamps
from app.journal.digest import combine, stream_digests
from app.journal.elements import decode_elements
from app.journal.heads import disputes, heads_of
from app.journal.here import found
from app.journal.moving import enter, leave
from app.journal.ops import CommitId
from app.journal.streams import Tree
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from tests.journal.model_entities import MODEL_ENTITIES, PREFIX, _column
from tests.journal.translation import real_commit
from tests.reference.histories import SCHEMA, history
from tests.reference.model import View
from tests.reference.node import Node
from tests.reference.world import HUB, Event, History


@dataclass
class Pair:
    """One node twice: the model, and the real thing on a database of its own."""

    model: Node
    engine: sa.Engine
    skew: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: iter(()))


def new_pair(own: str | None) -> Pair:
    engine = open_plain(None)
    create_tables(engine)
    if own is not None:
        with writing(engine) as conn:
            found(conn, device=own, letter="A", node="0" * 32, city="0" * 32)
    return Pair(Node(SCHEMA, own), engine)


def feed(pair: Pair, event: Event) -> None:
    if event[0] == "apply":
        pair.model.apply(event[2])
        with writing(pair.engine) as conn:
            apply(conn, [real_commit(commit, pair.skew) for commit in event[2]])
    elif event[0] == "stamp":
        pair.model.stamp(event[2])
        with writing(pair.engine) as conn:
            apply_stamps(conn, [Stamp(CommitId(*id_), seq, eff) for id_, seq, eff in event[2]])
    else:
        pair.model.measure(event[2])
        pair.skew = event[2]
        assert pair.model.own is not None
        with writing(pair.engine) as conn:
            apply_skew(conn, pair.model.own, pair.skew)


def differences(pair: Pair) -> Iterator[str]:
    """In words, where the two do not agree."""
    view = pair.model.view()
    with reading(pair.engine) as conn:
        conflicts = {(d.kind.removeprefix(PREFIX), d.id, d.group) for d in disputes(conn)}
        created = {(k, i) for k, i in view.records() if any(type(op).__name__ == "Create" for _, op in view.ops(k, i))}
        expected = set(view.conflicts())
        if conflicts != expected:
            yield f"conflicts {conflicts ^ expected}"
        rows = {
            (kind, row["id"]): row
            for kind, entity in MODEL_ENTITIES.items()
            for row in conn.execute(sa.select(entity.table)).mappings()
        }
        if set(rows) != created:
            yield f"records {set(rows) ^ created}"
        for (kind, id_), row in rows.items():
            yield from record_differences(conn, view, kind, id_, row)


def record_differences(conn: sa.Connection, view: View, kind: str, id_: str, row: sa.RowMapping) -> Iterator[str]:
    heads = heads_of(conn, PREFIX + kind, id_)
    for group in SCHEMA[kind].groups:
        wanted = {tuple(write.ref) for write in view.heads(kind, id_, group)}
        if {tuple(write) for write in heads.of(group)} != wanted:
            yield f"heads of {kind}.{group}"
        shown = view.shown(kind, id_, group)
        if shown is not None and {n: row[_column(n)] for n in shown} != dict(shown):
            yield f"{kind}.{group} shows {dict(row)} instead of {shown}"
    for set_ in SCHEMA[kind].sets:
        if set(decode_elements(row[set_])) != view.elements(kind, id_, set_):
            yield f"elements of {kind}.{set_}"
    homes = view.homes(kind, id_)
    if {tuple(write) for write in heads.home} != {tuple(home.ref) for home in homes}:
        yield f"what says where the {kind} belongs"
    if row["node"] != homes[0].values["node"]:
        yield f"where the {kind} belongs"
    if {tuple(write) for write in heads.every()} != {tuple(ref) for ref in view.live(kind, id_)}:
        yield f"what keeps the {kind} alive"
    if row["hidden"] != view.hidden(kind, id_):
        yield f"{kind} hidden"
    creates = [ref for ref, op in view.ops(kind, id_) if type(op).__name__ == "Create"]
    greatest = max(creates, key=view.rank)
    if (row["born_device"], row["born_epoch"], row["born_n"], row["born_op"]) != tuple(greatest):
        yield f"birth of {kind}"
    if row["born_at"] != view.effs[greatest.commit]:
        yield f"moment of birth of {kind}"


def digest_of(pair: Pair) -> str:
    with reading(pair.engine) as conn:
        return combine(stream_digests(conn, Tree({}, {})))


def check_story(story: History) -> None:
    pairs = {name: new_pair(name) for name in story.laptops}
    pairs[HUB] = new_pair(None)
    total = len(story.events)
    for count, event in enumerate(story.events, start=1):
        feed(pairs[event[1]], event)
        if count % max(1, total // 5) == 0 or count == total:
            for name, pair in pairs.items():
                wrong = list(differences(pair))
                assert not wrong, f"{name} after {count} of {total}: {wrong[:5]}"
    assert len({digest_of(pair) for pair in pairs.values()}) == 1


def leave_and_enter(pair: Pair, hub: Pair, records: list[tuple[str, str]]) -> None:
    """The records leave this node, and come back with whatever the hub has of them."""
    told = [(PREFIX + kind, id_) for kind, id_ in records]
    with writing(pair.engine) as conn:
        leave(conn, told, is_offered=False)
    pair.model.leave(records)
    wrong = list(differences(pair))
    assert not wrong, f"after leaving: {wrong[:5]}"
    bundle = []
    for commit in hub.model.known.values():
        ops = tuple(op if op is not None and (op.kind, op.id) in records else None for op in commit.ops)
        if any(ops):
            bundle.append(replace(commit, ops=ops))
    with writing(pair.engine) as conn:
        enter(conn, told, [real_commit(commit, pair.skew) for commit in bundle])
    pair.model.enter(records, bundle)


@pytest.mark.parametrize("block", range(4))
def test_records_that_leave_and_enter_are_what_they_were(block: int, sized: Callable[[int, int], int]) -> None:
    seeds = sized(2, 200)
    for seed in range(block * seeds, (block + 1) * seeds):
        story, rng = history(seed), random.Random(seed)
        pairs = {name: new_pair(name) for name in story.laptops} | {HUB: new_pair(None)}
        for event in story.events:
            feed(pairs[event[1]], event)
            if rng.random() < 0.08:
                pair = pairs[rng.choice(story.laptops)]
                known = pair.model.view().records()
                leave_and_enter(pair, pairs[HUB], rng.sample(known, k=min(len(known), rng.randint(1, 4))))
                wrong = list(differences(pair))
                assert not wrong, f"seed {seed}: {wrong[:5]}"
        assert len({digest_of(pair) for pair in pairs.values()}) == 1


@pytest.mark.parametrize("block", range(8))
def test_apply_equals_the_model_on_random_histories(block: int, sized: Callable[[int, int], int]) -> None:
    seeds = sized(6, 400)
    for seed in range(block * seeds, (block + 1) * seeds):
        check_story(history(seed))
