"""The order in which the center locks, so that nothing is lost and nobody waits in a ring.

Always: the gate, the device, advisory locks by key, rows by kind and id, the counter. On SQLite whoever writes is
alone, and nothing here is needed.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from app.journal.entities import Entity
from app.journal.ops import Key
from app.store.bulk import Kept, rows_among

_GATE = 0x41_69_64_48
_WAIT = "5s"
"""How long a transaction waits for any one lock, as long as SQLite waits for its writer; then the center is busy."""
MOST_KEYS = 400
"""More advisory locks than this in one transaction could fill the server's lock table: it takes the gate alone."""

_ALONE, _TOGETHER = (
    Kept(sa.select(sa.func.set_config("lock_timeout", _WAIT, True), function(_GATE)))
    for function in (sa.func.pg_advisory_xact_lock, sa.func.pg_advisory_xact_lock_shared)
)
_KEYS = Kept(sa.text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k"))


def pass_gate(conn: sa.Connection, *, alone: bool) -> None:
    """Pushes pass together. The center's own acts, which read heads before they lock, pass alone."""
    if conn.dialect.name == "postgresql":
        (_ALONE if alone else _TOGETHER).rows(conn)


def lock_keys(conn: sa.Connection, ids: Iterable[str]) -> None:
    """Lock ids whose row may not exist yet, and nodes whose derived rows are computed over many records."""
    if conn.dialect.name != "postgresql":
        return
    keys = sorted({int.from_bytes(hashlib.sha256(id_.encode()).digest()[:8], "big", signed=True) for id_ in ids})
    if keys:
        # The server takes them in the order of the array: the order must be the same for everybody.
        _KEYS.rows(conn, keys=keys)


def lock_rows(conn: sa.Connection, wanted: Mapping[Entity, Collection[str]]) -> dict[Key, str]:
    """Lock these records where they exist; gives (kind, id) → node of those that do."""
    nodes: dict[Key, str] = {}
    for entity in sorted(wanted, key=lambda entity: entity.kind):
        rows = rows_among(conn, entity.table, ("id", "node"), "id", wanted[entity], lock=True)
        nodes.update(((entity.kind, id_), node) for id_, node in rows)
    return nodes
