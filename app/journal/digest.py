"""Digests: whether two nodes hold the same, without sending it.

Per (stream, kind) an order-free sum over the records, in 256 buckets by id; what counts are heads that have a seq, in
canonical JSON, so that unsent writes and arrival order make no difference. Not here: which streams a device holds
(`app.sync.streams` says that); the caller passes a function.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.entities import Entity, entities
from app.journal.ops import WriteId, write_id
from app.journal.record import CREATES, decode_elements
from app.journal.tables import head, journal, void

StreamsOf = Callable[[Entity, str], Iterable[str]]
"""(entity, the row's node) → the streams the record is in."""

Buckets = dict[str, list[int]]
"""Stream → 256 sums of 128 bits."""

_canonical = msgspec.json.Encoder(order="deterministic")
_MODULUS = 1 << 128


def stream_digests(conn: sa.Connection, streams_of: StreamsOf, wanted: frozenset[str] | None = None) -> Buckets:
    """The bucket sums of every stream, or of the `wanted` ones."""
    sums: Buckets = {}
    unsent = set(
        map(
            tuple,
            conn.execute(sa.select(journal.c.device, journal.c.epoch, journal.c.n).where(journal.c.seq.is_(None))),
        )
    )
    for entity in entities():
        stored = _stored_heads(conn, entity.kind, unsent)
        voids = _voids(conn, entity.kind, unsent)
        for row in conn.execute(sa.select(entity.table)).mappings():
            streams = [s for s in streams_of(entity, row["node"]) if wanted is None or s in wanted]
            if not streams:
                continue
            content = record_content(entity, row, stored.get(row["id"], {}), unsent)
            if content is None:
                continue
            told = [entity.kind, row["id"], content, voids.get(row["id"], [])]
            value = int.from_bytes(hashlib.sha256(_canonical.encode(told)).digest()[:16], "big")
            bucket = int(row["id"][-2:], 16)
            for stream in streams:
                buckets = sums.setdefault(stream, [0] * 256)
                buckets[bucket] = (buckets[bucket] + value) % _MODULUS
    return sums


def combine(sums: Mapping[str, list[int]]) -> str:
    """One digest over streams, as hex; empty streams do not count."""
    whole = hashlib.sha256()
    for stream in sorted(sums):
        if any(sums[stream]):
            whole.update(stream.encode() + b"\x00" + b"".join(v.to_bytes(16, "big") for v in sums[stream]))
    return whole.hexdigest()


def record_content(
    entity: Entity,
    row: sa.RowMapping,
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
            if f"{name}={element}" not in heads and tuple(born.commit) not in unsent:
                groups[f"{name}={element}"] = {born: True}
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
    conn: sa.Connection, kind: str, unsent: set[tuple[Any, ...]]
) -> dict[str, dict[str, dict[WriteId, Any]]]:
    """Record → group → sequenced heads. A group whose heads are all unsent stands as empty."""
    found: dict[str, dict[str, dict[WriteId, Any]]] = {}
    for record, grp, write, value in conn.execute(
        sa.select(head.c.record, head.c.grp, head.c.write, head.c.value).where(head.c.kind == kind)
    ):
        group = found.setdefault(record, {}).setdefault(grp, {})
        ref = write_id(write)
        if tuple(ref.commit) not in unsent:
            group[ref] = msgspec.json.decode(value)
    return found


def _voids(conn: sa.Connection, kind: str, unsent: set[tuple[Any, ...]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record, write in conn.execute(
        sa.select(void.c.record, void.c.write).where(void.c.kind == kind).order_by(void.c.write)
    ):
        if tuple(write_id(write).commit) not in unsent:
            found.setdefault(record, []).append(write)
    return found
