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
Moved = Callable[[sa.Connection, Changes], None]
"""Hears of records that left this device, or were made here anew from what was written long ago."""


@dataclass(frozen=True, slots=True)
class Projection:
    kinds: frozenset[str]
    refresh: Refresh
    rebuild: Rebuild | None
    moved: Moved | None


_projections: list[Projection] = []


def register_projection(
    kinds: frozenset[str], refresh: Refresh, rebuild: Rebuild | None = None, moved: Moved | None = None
) -> None:
    _projections.append(Projection(kinds, refresh, rebuild, moved))


def rebuild_projections(conn: sa.Connection) -> None:
    for projection in _projections:
        if projection.rebuild is not None:
            projection.rebuild(conn)


def tell_moved(conn: sa.Connection, records: Changes) -> None:
    """For what follows the journal's new commits: none tells of these."""
    for projection in _projections:
        if projection.moved is not None:
            projection.moved(conn, records)


def derived_from(kind: str) -> bool:
    """Whether something is derived from records of this kind: what was written to them is never let go."""
    return any(kind in projection.kinds for projection in _projections)


def refresh_projections(conn: sa.Connection, touched: Changes) -> Changes:
    made = Changes()
    for projection in _projections:
        if touched.touches(*projection.kinds):
            made = made | projection.refresh(conn, touched)
    return made
