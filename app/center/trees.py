"""The org tree as the center has it, kept until a node changes, whichever worker changed it."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from app.center.tables import counter
from app.features.org.queries import load_tree
from app.journal.streams import Tree
from app.store.bulk import Kept
from app.store.engine import is_reading

_MARK = Kept(sa.select(counter.c.tree))


@dataclass(frozen=True, slots=True)
class _Kept:
    seq: int
    tree: Tree
    within: sa.Transaction | None
    """The transaction that writes and alone may see it; None where all it shows is committed."""


@dataclass(slots=True)
class Trees:
    """Safe to share between threads: one assignment replaces a kept tree."""

    _kept: _Kept | None = field(default=None)
    _lately: _Kept | None = field(default=None)
    """Of a transaction that writes: what it sees may be undone, and its number given once more."""

    def tree(self, conn: sa.Connection) -> Tree:
        """The tree this transaction sees, or a newer one."""
        # The mark is read first: a tree read later can only be newer than its mark, and is then read again.
        seq = _MARK.scalar(conn)
        within = None if is_reading(conn) else conn.get_nested_transaction() or conn.get_transaction()
        for kept in (self._kept, self._lately):
            if kept is not None and kept.seq == seq and kept.within in (None, within):
                return kept.tree
        kept = _Kept(seq, load_tree(conn), within)
        if within is None:
            self._kept = kept
        else:
            self._lately = kept
        return kept.tree
