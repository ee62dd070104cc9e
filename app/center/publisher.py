"""Numbers commits and files them for their readers: the center's part in every transaction that writes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from app.center.locks import pass_gate
from app.center.refile import (
    Row,
    moves_since,
    refile,
    standings_before,
    standings_of_moved_nodes,
    told_again,
    where_it_was,
    with_moves,
    write_moves,
)
from app.center.tables import counter, feed
from app.center.trees import Trees
from app.features.org.queries import load_tree
from app.journal.act import Actor
from app.journal.apply import Number
from app.journal.commands import Command
from app.journal.entities import Entity, by_entity, find_entity
from app.journal.ops import Commit, Key, Op, OpPart, decode_op, encode, unpack_parts
from app.journal.presence import Presence
from app.journal.runner import Outcome, Runner, Standings
from app.journal.streams import Tree, is_of_tree, streams_of
from app.store.bulk import Kept, insert_rows

_TAKE = Kept(counter.update().values(v=counter.c.v + sa.bindparam("taken", type_=sa.BigInteger)).returning(counter.c.v))
OpsOf = Sequence[tuple[int, Op]]
"""The ops of one commit with their places."""


@dataclass(frozen=True, slots=True)
class CenterPublisher:
    """`app.journal.runner.Publisher` of the center."""

    trees: Trees

    def number(self, conn: sa.Connection, count: int) -> int:
        """The first of `count` numbers. Taken last, so that the lock lasts one commit; readers then miss nothing."""
        return int(_TAKE.scalar(conn, taken=count)) - count + 1

    def numbering(self, conn: sa.Connection, presence: Presence, ops: Iterable[Op]) -> Number:
        """`number` for `apply`, which asks for it when the rows are written. Who sees them is read right before, so
        that `file` need not read it while everybody waits for the counter."""

        def number(count: int) -> int:
            presence.read(_records(ops, depends=True))
            return self.number(conn, count)

        return number

    def before(
        self, conn: sa.Connection, ops: Iterable[Op], there: Collection[Key] | None = None, tree: Tree | None = None
    ) -> Standings:
        """Who sees the records that these ops, not applied yet, may show to others. `there`: those of their records
        that are there, `tree`: the org tree, where these are known."""
        return standings_before(conn, tree or self.trees.tree(conn), ops, there)

    def publish(self, conn: sa.Connection, commits: Sequence[Commit], before: Standings) -> None:
        read = [(commit, _ops_of(commit.device, commit.epoch, commit.schema, commit.parts)) for commit in commits]
        self.file(conn, read, self.trees.tree(conn), before)

    def file(
        self,
        conn: sa.Connection,
        commits: Sequence[tuple[Commit, OpsOf]],
        tree: Tree,
        before: Standings = MappingProxyType({}),
        presence: Presence | None = None,
        nodes: Mapping[Key, str] = MappingProxyType({}),
    ) -> None:
        """Put numbered and applied commits into the feed. `tree` as it was before, as is what `before` says; `presence`
        as the records are now; `nodes`: (kind, id) → node of the records that are written to, where
        that is known."""
        presence = presence or Presence(conn, tree)
        last_of_tree = max((c.seq or 0 for c, ops in commits if changes_tree(op for _, op in ops)), default=0)
        if last_of_tree:
            conn.execute(counter.update().values(tree=last_of_tree))
            old, tree = tree, load_tree(conn)
            presence = presence.under(tree)
            before = {**standings_of_moved_nodes(conn, old, tree), **before}
            refile(conn, old, tree, partial(_lines_of, conn, tree))
        # Where the node is known and says everything, nothing is read.
        ids = _records((op for _, ops in commits for _, op in ops), depends=bool(nodes))
        for entity, moving in by_entity((kind, id_) for id_, (kind, _) in before.items()).items():
            ids.setdefault(entity, set()).update(moving)
        streams = presence.of(ids)
        said = [op for _, ops in commits for _, op in ops]
        left = where_it_was(conn, said)
        rows = [row for commit, ops in commits for row in _feed_rows(tree, streams, commit.seq, ops, nodes, left)]
        last = max((c.seq or 0 for c, _ in commits), default=0)
        moves = moves_since(before, streams, last) + told_again(conn, tree, said, before, streams, last)
        write_moves(conn, moves)
        insert_rows(conn, feed, with_moves(rows, moves) if moves else rows)


def changes_tree(ops: Iterable[Op]) -> bool:
    """Whether one of these ops changes the org tree."""
    return any(is_of_tree(op.kind) for op in ops)


class CenterRunner(Runner):
    """Runs commands at the center itself. They read heads before they lock, so they run alone."""

    def _do(self, conn: sa.Connection, command: Command, actor: Actor) -> Outcome:
        pass_gate(conn, alone=True)
        return super()._do(conn, command, actor)


def _ops_of(device: str, epoch: str, schema: int, parts: Iterable[OpPart]) -> OpsOf:
    return [(part.at, decode_op(part.raw, device, epoch, schema)) for part in parts if not part.is_blank]


def _lines_of(conn: sa.Connection, tree: Tree, stored: Sequence[Any]) -> list[Row]:
    """The lines of the feed for these rows of the journal, as the records stand now."""
    read = [
        (row["seq"], _ops_of(row["device"], row["epoch"], row["schema"], unpack_parts(row["payload"])))
        for row in stored
    ]
    said = [op for _, ops in read for _, op in ops]
    streams, left = Presence(conn, tree).of(_records(said)), where_it_was(conn, said)
    return [line for seq, ops in read for line in _feed_rows(tree, streams, seq, ops, left=left)]


def _records(ops: Iterable[Op], *, depends: bool = False) -> dict[Entity, set[str]]:
    """The records of these ops; with `depends` those alone whose node does not say who sees them."""
    wanted: dict[Entity, set[str]] = {}
    for op in ops:
        entity = find_entity(op.kind)
        if entity is not None and (entity.depends or not depends):
            wanted.setdefault(entity, set()).add(op.id)
    return wanted


def _feed_rows(
    tree: Tree,
    streams: Mapping[str, Iterable[str]],
    seq: int | None,
    ops: OpsOf,
    nodes: Mapping[Key, str] = MappingProxyType({}),
    left: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> list[Row]:
    """`streams`: of the records that are there; `nodes`: where the others belong, else where the op says itself;
    `left`: where those that are erased were."""

    def readers(entity: Entity, op: Op) -> Iterable[str]:
        now = streams.get(op.id) or streams_of(tree, entity, nodes.get(op.key, op.node))
        return {*now, *left[op.id]} if op.name == "erase" and op.id in left else now

    if len(ops) == 1:  # nearly always
        op = ops[0][1]
        entity = find_entity(op.kind)
        found_in = readers(entity, op) if entity is not None else ()
        return [{"stream": stream, "seq": seq, "places": "", "moves": False} for stream in found_in]
    places: dict[str, list[int]] = {}
    for at, op in ops:
        entity = find_entity(op.kind)
        if entity is not None:
            for stream in readers(entity, op):
                places.setdefault(stream, []).append(at)
    return [
        {
            "stream": stream,
            "seq": seq,
            "places": "" if len(found) == len(ops) else encode(found).decode(),
            "moves": False,
        }
        for stream, found in places.items()
    ]
