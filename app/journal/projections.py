"""Tables derived from entity rows, refreshed inside the same transaction: the shelf, for instance.

A feature registers what it derives; the journal knows only which kinds it depends on. A projection is never synced and
can always be rebuilt.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from app.base.changes import Changes

Refresh = Callable[[sa.Connection, Changes], Changes]
"""Recomputes what depends on the touched records; gives what it touched itself."""


@dataclass(frozen=True, slots=True)
class Projection:
    kinds: frozenset[str]
    refresh: Refresh


_projections: list[Projection] = []


def register_projection(kinds: frozenset[str], refresh: Refresh) -> None:
    _projections.append(Projection(kinds, refresh))


def refresh_projections(conn: sa.Connection, touched: Changes) -> Changes:
    made = Changes()
    for projection in _projections:
        if touched.touches(*projection.kinds):
            made = made | projection.refresh(conn, touched)
    return made
