"""Digests: whether two nodes hold the same, without sending it.

Per stream an order-free sum over the records, in 256 buckets by id; what counts are heads that have a seq, in canonical
JSON, so that unsent writes and arrival order make no difference. A device sums up what it has; the center finds what a
stream holds by node, and never reads the whole city for one device. Not here: what a device does where they differ
(`app.sync.comparing`).
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.as_numbered import rows_as_numbered
from app.journal.elements import decode_elements, element_key
from app.journal.entities import Entity, Scope, entities, find_entity
from app.journal.load import chunks
from app.journal.ops import HOME, WriteId, write_id
from app.journal.presence import Presence
from app.journal.record import CREATES
from app.journal.streams import Tree
from app.journal.tables import head, journal, void
from app.store.bulk import Kept, among, column_names, rows_among

Buckets = dict[str, list[int]]
"""Stream → 256 sums of 128 bits."""

BUCKETS = 256
SUMMING = 2
"""How is summed up: one more with each change of what counts, so that programs that differ in it are not compared."""
_canonical = msgspec.json.Encoder(order="deterministic")
_MODULUS = 1 << 128
_AT_ONCE = 2_000


def stream_digests(
    conn: sa.Connection, tree: Tree, wanted: frozenset[str] | None = None, *, by_node: bool = False
) -> Buckets:
    """The bucket sums of every stream, or of the `wanted` ones. `by_node`: as the center, which holds far more."""
    sums: Buckets = {}
    for _, id_, value, streams in record_digests(conn, tree, wanted, by_node=by_node):
        bucket = bucket_of(id_)
        for stream in streams:
            buckets = sums.setdefault(stream, [0] * BUCKETS)
            buckets[bucket] = (buckets[bucket] + value) % _MODULUS
    return sums


def bucket_of(id_: str) -> int:
    return int(id_[-2:], 16)


def record_digests(
    conn: sa.Connection, tree: Tree, wanted: frozenset[str] | None = None, *, by_node: bool = False
) -> Iterator[tuple[str, str, int, list[str]]]:
    """(kind, id, digest, its streams among the `wanted`) of every record that is in one of them and has a number."""
    unsent = set(
        map(
            tuple,
            conn.execute(sa.select(journal.c.device, journal.c.epoch, journal.c.n).where(journal.c.seq.is_(None))),
        )
    )
    presence, instead = Presence(conn, tree), rows_as_numbered(conn) if unsent else {}
    presence.take(instead)
    for entity in entities():
        others = instead.get(entity, {})
        batches = _rows_by_node(conn, tree, entity, wanted) if by_node and wanted is not None else _rows(conn, entity)
        for rows in batches:
            found = [
                (row, [stream for stream in streams if wanted is None or stream in wanted])
                for row, streams in zip(
                    rows, presence.of_rows(entity, [others.get(row["id"], row) for row in rows]), strict=True
                )
            ]
            held = [(row, streams) for row, streams in found if streams]
            ids = [row["id"] for row, _ in held]
            stored, voids = _stored_heads(conn, entity.kind, ids, unsent), _voids(conn, entity.kind, ids, unsent)
            for row, streams in held:
                content = record_content(entity, row, stored.get(row["id"], {}), unsent)
                if content is not None:
                    told = [entity.kind, row["id"], content, voids.get(row["id"], [])]
                    digest = hashlib.sha256(_canonical.encode(told)).digest()
                    yield entity.kind, row["id"], int.from_bytes(digest[:16], "big"), streams


_Rows = list[dict[str, Any]]


def _rows(conn: sa.Connection, entity: Entity) -> Iterator[_Rows]:
    """Every record of this kind, some at a time."""
    yield from _every(entity).pieces(conn, _AT_ONCE)


@cache
def _every(entity: Entity) -> Kept:
    return Kept(sa.select(entity.table))


def _rows_by_node(conn: sa.Connection, tree: Tree, entity: Entity, wanted: frozenset[str]) -> Iterator[_Rows]:
    """The records of this kind that may be in the wanted streams, each once, some at a time."""
    if (entity.scope is Scope.ALL and "all" in wanted) or (entity.scope is Scope.CITY and "city" in wanted):
        yield from _rows(conn, entity)
    if entity.scope in (Scope.ALL, Scope.CITY):
        return
    nodes = _nodes(tree, entity, wanted)
    columns = ("one_node", "other_node") if entity.scope is Scope.BOTH else ("node",)
    ids = {row[0] for column in columns for row in rows_among(conn, entity.table, ("id",), column, nodes)}
    if entity.scope is Scope.BOTH:
        ids.update(conn.execute(sa.select(entity.c.id).where(entity.c.one_node.is_(None))).scalars())
    ids |= _led_here(conn, entity, _nodes_of_roots(tree, wanted))
    names = column_names(entity.table)
    for some in chunks(sorted(ids), _AT_ONCE):
        yield [dict(zip(names, row, strict=True)) for row in rows_among(conn, entity.table, names, "id", some)]


def _nodes(tree: Tree, entity: Entity, wanted: frozenset[str]) -> set[str]:
    """The nodes whose records of this kind the streams may hold."""
    own = _named(wanted, "down:" if entity.scope is Scope.DOWN else "own:")
    if entity.scope is not Scope.OWN or not entity.upward:
        return own
    return own.union(*(tree.below(top) for top in _named(wanted, "up:") if tree.tier.get(top) in entity.upward))


def _nodes_of_roots(tree: Tree, wanted: frozenset[str]) -> set[str]:
    return _named(wanted, "own:").union(*(tree.below(top) for top in _named(wanted, "up:")))


def _named(wanted: Iterable[str], prefix: str) -> set[str]:
    return {stream.removeprefix(prefix) for stream in wanted if stream.startswith(prefix)}


def _led_here(conn: sa.Connection, entity: Entity, nodes: set[str]) -> set[str]:
    """The records of this kind that are with these nodes by a grant, or because of what they hang on."""
    found: set[str] = set()
    if entity.granted:
        granted = sa.select(entity.c.id, entity.c[entity.granted])
        for id_, grants in conn.execute(granted.where(entity.c[entity.granted] != sa.literal_column("'[]'"))):
            if not nodes.isdisjoint(decode_elements(grants)):
                found.add(id_)
    for name in entity.follows:
        parent = find_entity(entity.hung_on[name])
        if parent is None:
            continue
        led = sa.select(entity.c.id).join(parent.table, parent.c.id == entity.c[name])
        # Those of the same node are found by it.
        elsewhere = sa.and_(among(conn, parent.c.node, nodes), entity.c.node != parent.c.node)
        found.update(conn.execute(led.where(elsewhere)).scalars())
        above = _led_here(conn, parent, nodes)
        found.update(row[0] for row in rows_among(conn, entity.table, ("id",), name, above))
    return found


def combine(sums: Mapping[str, list[int]]) -> str:
    """One digest over streams, as hex; empty streams do not count."""
    whole = hashlib.sha256()
    for stream in sorted(sums):
        if any(sums[stream]):
            whole.update(stream.encode() + b"\x00" + b"".join(v.to_bytes(16, "big") for v in sums[stream]))
    return whole.hexdigest()


def record_content(
    entity: Entity,
    row: Mapping[str, Any],
    heads: dict[str, dict[WriteId, Any]],
    unsent: set[tuple[Any, ...]],
) -> object | None:
    """What of a record the center's order has; None where it has no creation of it yet."""
    born = WriteId(row["born_device"], row["born_epoch"], row["born_n"], row["born_op"])
    creates = heads.get(CREATES, {born: True} if tuple(born.commit) not in unsent else {})
    if not creates:
        return None
    groups: dict[str, dict[WriteId, Any]] = {}
    for name, fields in entity.groups.items():
        if name in heads:
            groups[name] = heads[name]
        elif tuple(born.commit) not in unsent:
            groups[name] = {born: {field: row[field] for field in fields}}
    for name in entity.sets:
        for element in decode_elements(row[name]):
            if element_key(name, element) not in heads and tuple(born.commit) not in unsent:
                groups[element_key(name, element)] = {born: True}
    # Of a record that all may read and that was made twice, each side may show another of its nodes.
    if not heads.get(HOME) and (entity.scope is Scope.OWN or len(creates) == 1):
        groups[HOME] = {write: {"node": row["node"]} for write in creates}
    for name, stored in heads.items():
        if name != CREATES and name not in groups:
            groups[name] = stored
    return [
        sorted(write.text() for write in creates),
        [
            [name, [[write.text(), found[write]] for write in sorted(found)]]
            for name, found in sorted(groups.items())
            if found
        ],
    ]


def _stored_heads(
    conn: sa.Connection, kind: str, ids: Sequence[str], unsent: Collection[tuple[Any, ...]]
) -> dict[str, dict[str, dict[WriteId, Any]]]:
    """Record → group → sequenced heads. A group whose heads are all unsent stands as empty."""
    found: dict[str, dict[str, dict[WriteId, Any]]] = {}
    for record, grp, write, value in rows_among(
        conn, head, ("record", "grp", "write", "value"), "record", ids, {"kind": kind}
    ):
        group = found.setdefault(record, {}).setdefault(grp, {})
        ref = write_id(write)
        if tuple(ref.commit) not in unsent:
            group[ref] = msgspec.json.decode(value)
    return found


def _voids(
    conn: sa.Connection, kind: str, ids: Sequence[str], unsent: Collection[tuple[Any, ...]]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record, write in rows_among(conn, void, ("record", "write"), "record", ids, {"kind": kind}):
        if tuple(write_id(write).commit) not in unsent:
            found.setdefault(record, []).append(write)
    return {record: sorted(writes) for record, writes in found.items()}
