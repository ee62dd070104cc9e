"""Segments of a snapshot: everything one stream holds, as lines of JSON, read by the nodes of the stream.

All of it is read in the caller's one reading transaction: no lock is taken, and the city is never read as a whole. Not
here: what is asked for and kept when (`snapshot.py`), the lines' meaning (`app.sync.snapshot_wire`).
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

from app.center.tables import relayed
from app.journal.entities import Entity, Scope, entities
from app.journal.load import chunks, load_commits
from app.journal.ops import BLANK, CommitId, OpPart, WriteId, decode_op, kept_parts, write_id
from app.journal.presence import Presence, columns_asked, with_followers
from app.journal.projections import derived_from
from app.journal.streams import Tree
from app.journal.tables import cover, head, journal, void
from app.store.bulk import among, column_names, rows_among
from app.sync.protocol import FRAME, HUB_LEVEL
from app.sync.snapshot_wire import FORMAT, MARK

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_RAW = 8 * 1024 * 1024
"""Bytes of JSON of one segment, about; a stream that holds more has several."""
_ROWS = 200
"""Rows of one line: what a device takes in at once."""
_STATE = (head, cover, void)
_encoder = msgspec.json.Encoder()
_Write = tuple[str, str, int, int]
"""What a `WriteId` holds."""


def build(conn: sa.Connection, tree: Tree, stream: str) -> Iterator[bytes]:
    """The segments of a stream, as they travel; none where it holds nothing."""
    packing: _Packing | None = None
    frames = _Frames(conn)
    for line in _state_lines(conn, tree, stream, frames):
        packing = packing or _Packing()
        packing.add(line)
        if packing.raw >= MOST_RAW:
            yield packing.finish(frames)
            packing = None
    if packing is not None or frames.waiting:
        yield (packing or _Packing()).finish(frames)


@dataclass
class _Packing:
    """One segment being written. Its frames come last."""

    raw: int = 0
    done: list[bytes] = field(default_factory=list)
    zip: Any = field(default_factory=lambda: zstd.ZstdCompressor(HUB_LEVEL))

    def __post_init__(self) -> None:
        self.add([MARK, FORMAT])

    def add(self, line: Sequence[Any]) -> None:
        raw = _encoder.encode(line) + b"\n"
        self.raw += len(raw)
        self.done.append(self.zip.compress(raw))

    def finish(self, frames: "_Frames") -> bytes:
        for found in chunks(frames.take(), _ROWS):
            self.add(["frames", found])
        self.done.append(self.zip.flush())
        return b"".join(self.done)


def _state_lines(conn: sa.Connection, tree: Tree, stream: str, frames: "_Frames") -> Iterator[Sequence[Any]]:
    brought = _brought(conn)
    for entity, ids in ids_in(conn, tree, stream).items():
        names = tuple(map(str, column_names(entity.table)))
        birth = itemgetter(*(names.index(name) for name in ("born_device", "born_epoch", "born_n", "born_op")))
        id_of = itemgetter(names.index("id"))
        for chunk in chunks(sorted(ids), _ROWS):
            rows = rows_among(conn, entity.table, names, "id", chunk)
            if not rows:
                continue
            births = dict(zip(map(id_of, rows), map(birth, rows), strict=True))
            frames.name(births.values())
            frames.name(write for id_ in brought.keys() & births.keys() for write in brought[id_])
            if derived_from(entity.kind):
                # Who writes to one of these later builds on what its creation said, or says it otherwise.
                born = {WriteId(*write) for write in births.values()}
                frames.keep_words(births.keys(), born | _writes_of(conn, births))
            yield ["rows", entity.kind, names, rows]
            yield from _lines_beside(conn, entity, births, frames)


def _brought(conn: sa.Connection) -> Mapping[str, Sequence[_Write]]:
    """Record → what readers brought back of it after a restore and its author has not sent: that gets another number
    yet, and whoever has the record with it must know it when it comes again."""
    r = relayed.c
    ids = [CommitId(*row) for row in conn.execute(sa.select(r.device, r.epoch, r.n))]
    found: dict[str, list[_Write]] = {}
    for id_, row in load_commits(conn, ids).items():
        for part in kept_parts(row["payload"]):
            record = decode_op(part.raw, id_.device, id_.epoch, row["schema"]).id
            found.setdefault(record, []).append((*id_, part.at))
    return found


def _lines_beside(
    conn: sa.Connection, entity: Entity, births: Mapping[str, _Write], frames: "_Frames"
) -> Iterator[Sequence[Any]]:
    """Heads, covers and voids of these records."""
    for table in _STATE:
        names = tuple(map(str, column_names(table)))
        rows = rows_among(conn, table, names, "record", births)
        if "kind" in names:
            rows = [row for row in rows if row[names.index("kind")] == entity.kind]
        if not rows:
            continue
        named = [names.index(name) for name in ("write", "by") if name in names]
        frames.name(write_id(row[at]) for row in rows for at in named)
        yield [str(table.name), names, rows]


def _writes_of(conn: sa.Connection, ids: Collection[str]) -> set[WriteId]:
    return {write_id(text) for (text,) in rows_among(conn, head, ("write",), "record", ids)}


@cache
def _blank(op: int) -> OpPart:
    return OpPart(op, "", BLANK)


class _Frames:
    """The commits that a segment's records name, and what of them is to be known by their reader."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn
        self._places: dict[tuple[str, str, int], dict[int, OpPart]] = {}

    @property
    def waiting(self) -> bool:
        """Whether some were named and not taken."""
        return bool(self._places)

    def name(self, writes: Iterable[_Write]) -> None:
        for device, epoch, n, op in writes:
            found = self._places.setdefault((device, epoch, n), {})
            if op not in found:
                found[op] = _blank(op)

    def keep_words(self, ids: Collection[str], wanted: set[WriteId]) -> None:
        """Keep what was written to these records, from the writes `wanted` as far back as these build on others:
        something is derived from the order in which it was said."""
        asked: set[WriteId] = set()
        while wanted:
            asked |= wanted
            bases: set[WriteId] = set()
            for id_, row in load_commits(self._conn, {write.commit for write in wanted}).items():
                for part in kept_parts(row["payload"]):
                    if WriteId(*id_, part.at) in wanted:
                        op = decode_op(part.raw, id_.device, id_.epoch, row["schema"])
                        if op.id in ids:
                            self._places.setdefault(id_, {})[part.at] = OpPart(part.at, "", part.raw)
                            bases.update(op.seen)
            wanted = bases - asked

    def take(self) -> Iterator[list[Any]]:
        """The frames named so far; then none is named any more."""
        places, self._places = self._places, {}
        by_epoch: dict[tuple[str, str], list[int]] = {}
        for device, epoch, n in places:
            by_epoch.setdefault((device, epoch), []).append(n)
        for (device, epoch), numbers in sorted(by_epoch.items()):
            same = {"device": device, "epoch": epoch}
            for chunk in chunks(sorted(numbers)):
                for row in rows_among(self._conn, journal, FRAME, "n", chunk, same):
                    found = places[device, epoch, row[3]]
                    yield [*row, [found[at] for at in sorted(found)] if len(found) > 1 else [*found.values()]]


def ids_in(conn: sa.Connection, tree: Tree, stream: str) -> dict[Entity, set[str]]:
    """The records in a stream: those that are there by themselves, then what follows them."""
    found = {entity: ids for entity in entities() if (ids := _by_themselves(conn, tree, entity, stream))}
    presence = Presence(conn, tree)
    fresh = found
    while fresh:
        inside: dict[Entity, set[str]] = {}
        for entity, ids in with_followers(conn, fresh).items():
            names = columns_asked(entity)
            for chunk in chunks(sorted(ids - found.get(entity, set()))):
                rows = [
                    dict(zip(names, row, strict=True)) for row in rows_among(conn, entity.table, names, "id", chunk)
                ]
                for row, streams in zip(rows, presence.of_rows(entity, rows), strict=True):
                    if stream in streams:
                        inside.setdefault(entity, set()).add(row["id"])
        found = {entity: found.get(entity, set()) | inside.get(entity, set()) for entity in {**found, **inside}}
        fresh = inside
    return found


def _by_themselves(conn: sa.Connection, tree: Tree, entity: Entity, stream: str) -> set[str]:
    """Records that are in a stream by their node, a grant, or because all see them."""
    # One question each: for "this or that" SQLite may look through the whole table.
    asked = (sa.select(entity.c.id).where(where) for where in _reasons(conn, tree, entity, stream))
    return {id_ for query in asked for id_ in conn.execute(query).scalars()}


def _reasons(conn: sa.Connection, tree: Tree, entity: Entity, stream: str) -> Iterator[sa.ColumnElement[bool]]:
    """What puts a record of this kind into the stream: any of these."""
    line, _, node = stream.partition(":")
    c = entity.c
    if line in ("all", "city"):
        if entity.scope == line:
            yield sa.true()
    elif line == "down":
        if entity.scope is Scope.DOWN:
            yield c.node == node
    elif line == "own" and entity.scope is Scope.BOTH:
        first = sa.and_(c.node >= f"{node} ", c.node < f"{node}!")
        yield c.one_node == node
        yield c.other_node == node
        by_an_older_program = c.one_node.is_(None)
        yield sa.and_(by_an_older_program, sa.or_(c.node == node, first, c.node.endswith(f" {node}")))
    elif line == "own" and entity.scope is Scope.OWN:
        yield c.node == node
        if entity.granted:
            yield _is_granted(entity, node)
    elif entity.scope is Scope.OWN and tree.tier.get(node) in entity.upward:
        below = among(conn, c.node, tree.below(node))
        if entity.open_while:
            name, values = entity.open_while
            below = sa.and_(below, sa.or_(c[name].is_(None), c[name].in_(sorted(values))))
        # What names a record that it follows is seen with that, and by nobody above while it is not there.
        yield sa.and_(below, *(entity.c[name].is_(None) for name in entity.follows))


def _is_granted(entity: Entity, node: str) -> sa.ColumnElement[bool]:
    given = entity.c[entity.granted]
    return sa.and_(given != sa.literal_column("'[]'"), given.contains(f'"{node}"', autoescape=True))
