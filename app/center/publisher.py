"""Numbers commits and files them for their readers: the center's part in every transaction that writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.center.locks import pass_gate
from app.center.refile import moved_nodes, replace_rows, seqs_of
from app.center.tables import counter, feed
from app.center.trees import Trees
from app.features.org.queries import load_tree
from app.journal.act import Actor
from app.journal.commands import Command
from app.journal.entities import Entity, find_entity
from app.journal.load import chunks
from app.journal.ops import Commit, Op, OpPart, decode_op, encode, unpack_parts
from app.journal.runner import Outcome, Runner
from app.journal.streams import Tree, streams_of
from app.journal.tables import journal

OpsOf = Sequence[tuple[int, Op]]
"""The ops of one commit with their places."""


@dataclass(frozen=True, slots=True)
class CenterPublisher:
    """`app.journal.runner.Publisher` of the center."""

    trees: Trees

    def number(self, conn: sa.Connection, count: int) -> int:
        """The first of `count` numbers. Taken last, so that the lock lasts one commit; readers then miss nothing."""
        taken = counter.update().values(v=counter.c.v + count).returning(counter.c.v)
        return int(conn.execute(taken).scalar_one()) - count + 1

    def publish(self, conn: sa.Connection, commits: Sequence[Commit]) -> None:
        read = [(commit, _ops_of(commit.device, commit.epoch, commit.parts)) for commit in commits]
        self.file(conn, read, _nodes_now(conn, (op for _, ops in read for _, op in ops)), self.trees.tree(conn))

    def file(
        self, conn: sa.Connection, commits: Sequence[tuple[Commit, OpsOf]], nodes: Mapping[str, str], tree: Tree
    ) -> None:
        """Put numbered and applied commits into the feed.

        `nodes`: id → node of records that were there before; `tree` as it was before.
        """
        last_of_tree = max((c.seq or 0 for c, ops in commits if changes_tree(op for _, op in ops)), default=0)
        rows: list[dict[str, object]] = []
        if last_of_tree:
            conn.execute(counter.update().values(tree=last_of_tree))
            before, tree = tree, load_tree(conn)
            self._refile(conn, before, tree, last_of_tree)
        for commit, ops in commits:
            rows += _feed_rows(tree, nodes, commit.seq, ops)
        if rows:
            conn.execute(feed.insert(), rows)

    def _refile(self, conn: sa.Connection, before: Tree, after: Tree, at: int) -> None:
        """File what belongs to moved nodes under their new line."""
        seqs = seqs_of(conn, moved_nodes(before, after))
        rows: list[dict[str, object]] = []
        for chunk in chunks(seqs):
            stored = conn.execute(sa.select(journal).where(journal.c.seq.in_(chunk))).mappings()
            read = [(row["seq"], _ops_of(row["device"], row["epoch"], unpack_parts(row["payload"]))) for row in stored]
            nodes = _nodes_now(conn, (op for _, ops in read for _, op in ops))
            rows += [row for seq, ops in read for row in _feed_rows(after, nodes, seq, ops)]
        replace_rows(conn, seqs, rows, at)


def changes_tree(ops: Iterable[Op]) -> bool:
    """Whether one of these ops changes the org tree."""
    return any(op.kind == "node" for op in ops)


class CenterRunner(Runner):
    """Runs commands at the center itself. They read heads before they lock, so they run alone."""

    def _do(self, conn: sa.Connection, command: Command, actor: Actor) -> Outcome:
        pass_gate(conn, alone=True)
        return super()._do(conn, command, actor)


def _ops_of(device: str, epoch: str, parts: Iterable[OpPart]) -> OpsOf:
    return [(part.at, decode_op(part.raw, device, epoch)) for part in parts]


def _nodes_now(conn: sa.Connection, ops: Iterable[Op]) -> dict[str, str]:
    """Id → node as the records have it now; what is not known here yet is left out."""
    wanted: dict[Entity, set[str]] = {}
    for op in ops:
        entity = find_entity(op.kind)
        if entity is not None:
            wanted.setdefault(entity, set()).add(op.id)
    nodes: dict[str, str] = {}
    for entity, ids in wanted.items():
        c = entity.table.c
        for chunk in chunks(ids):
            nodes.update((id_, node) for id_, node in conn.execute(sa.select(c.id, c.node).where(c.id.in_(chunk))))
    return nodes


def _feed_rows(tree: Tree, nodes: Mapping[str, str], seq: int | None, ops: OpsOf) -> list[dict[str, object]]:
    places: dict[str, list[int]] = {}
    for at, op in ops:
        entity = find_entity(op.kind)
        if entity is not None:
            for stream in streams_of(tree, entity, nodes.get(op.id, op.node)):
                places.setdefault(stream, []).append(at)
    return [
        {"stream": stream, "seq": seq, "places": "" if len(found) == len(ops) else encode(found).decode()}
        for stream, found in places.items()
    ]
