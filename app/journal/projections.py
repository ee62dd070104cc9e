"""Tables derived from entity rows, refreshed inside the same transaction: the shelf, for instance.

A feature registers what it derives; the journal knows only which kinds it depends on. A projection is never synced and
can always be rebuilt.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from app.base.changes import Changes

Rebuild = Callable[[sa.Connection], None]
"""Derives everything anew: all records were replaced at once."""
Refresh = Callable[[sa.Connection, Changes], Changes]
"""Recomputes what depends on the touched records; gives what it touched itself."""


@dataclass(frozen=True, slots=True)
class Projection:
    kinds: frozenset[str]
    refresh: Refresh
    rebuild: Rebuild | None


_projections: list[Projection] = []


def register_projection(kinds: frozenset[str], refresh: Refresh, rebuild: Rebuild | None = None) -> None:
    _projections.append(Projection(kinds, refresh, rebuild))


def rebuild_projections(conn: sa.Connection) -> None:
    for projection in _projections:
        if projection.rebuild is not None:
            projection.rebuild(conn)


def derived_from(kind: str) -> bool:
    """Whether something is derived from records of this kind: what was written to them is never let go."""
    return any(kind in projection.kinds for projection in _projections)


def refresh_projections(conn: sa.Connection, touched: Changes) -> Changes:
    made = Changes()
    for projection in _projections:
        if touched.touches(*projection.kinds):
            made = made | projection.refresh(conn, touched)
    return made
