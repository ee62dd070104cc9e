"""Another node learns all the center has in another order, in pieces: what it holds then must not differ."""

import random
from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.cli.simulate.ends import MemoryEnd
from app.features.inventory.tables import ledger
from app.journal.apply import apply
from app.journal.entities import Scope, entities
from app.journal.load import commit_in
from app.journal.ops import Commit, unpack_parts
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.store.schema import create_tables

_AT_ONCE = (200, 60, 7)
_COMPARED = 40
"""A ledger differs in so many rows at most in what is told."""


@cache
def _empty() -> Any:
    end = MemoryEnd()
    create_tables(end.engine)
    return end.copy()


def replayed(center: sa.Engine, chance: random.Random) -> list[str]:
    """What differs between the center's tables and those of a node that learnt its commits shuffled."""
    with reading(center) as conn:
        rows = conn.execute(sa.select(journal)).mappings().all()
        expected = _tables(conn)
    pieces: list[Commit] = []
    for row in rows:
        parts = unpack_parts(row["payload"])
        cut = chance.randrange(1, len(parts)) if len(parts) > 1 and chance.random() < 0.3 else len(parts)
        for some in (parts[:cut], parts[cut:]):
            if some:
                pieces.append(replace(commit_in(row, list(some)), chain=None))
    chance.shuffle(pieces)
    end = MemoryEnd()
    try:
        end.put_back(_empty())
        while pieces:
            size = chance.choice(_AT_ONCE)
            batch = {piece.id: piece for piece in reversed(pieces[:size])}  # of one commit a single piece
            taken = {id(piece) for piece in batch.values()}
            pieces = [piece for piece in pieces if id(piece) not in taken]
            with writing(end.engine) as conn:
                apply(conn, list(batch.values()))
        with reading(end.engine) as conn:
            found = _tables(conn)
    finally:
        end.close()
    return [
        f"{table} {id_}: {columns}"
        for table, records in expected.items()
        for id_ in records.keys() | found[table].keys()
        if (columns := _differ(records.get(id_, {}), found[table].get(id_, {})))
    ][:_COMPARED]


def _tables(conn: sa.Connection) -> dict[str, dict[str, dict[str, Any]]]:
    """Table → id → row, of records and of the ledger derived from them."""
    tables = [*(entity.table for entity in entities()), ledger]
    found = {
        table.name: {row["id"]: dict(row) for row in conn.execute(sa.select(table)).mappings()} for table in tables
    }
    for entity in entities():
        if entity.scope is Scope.ALL:  # read by all whatever its node: that of whoever was first is as good
            for row in found[entity.table.name].values():
                del row["node"]
    return found


def _differ(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (one.get(name), other.get(name)) for name in one.keys() | other.keys() if one.get(name) != other.get(name)
    }
