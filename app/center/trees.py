"""The org tree as the center has it, kept until a node changes, whichever worker changed it."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from app.center.tables import counter
from app.features.org.queries import load_tree
from app.journal.streams import Tree
from app.store.bulk import Kept

_MARK = Kept(sa.select(counter.c.tree))


@dataclass(frozen=True, slots=True)
class _Kept:
    seq: int
    tree: Tree


@dataclass(slots=True)
class Trees:
    """Safe to share between threads: one assignment replaces the kept tree."""

    _kept: _Kept | None = field(default=None)

    def tree(self, conn: sa.Connection) -> Tree:
        """The tree this transaction sees, or a newer one."""
        # The mark is read first: a tree read later can only be newer than its mark, and is then read again.
        seq = _MARK.scalar(conn)
        kept = self._kept
        if kept is None or kept.seq != seq:
            kept = _Kept(seq, load_tree(conn))
            self._kept = kept
        return kept.tree
