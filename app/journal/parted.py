"""Commits of others that were lost with a center and written anew by their author, who was put back as well: other
words under the same id.

Whoever had read the lost ones holds them without a number. The center counts the author's own bytes and puts the others
before a person (`app.center.offers`). What followed from them here is mended by the next comparison, which is due after
a center was put back.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from app.journal.load import load_commits
from app.journal.ops import Commit, CommitId, OpPart, kept_parts
from app.journal.tables import journal
from app.store.bulk import Kept

_j = journal.c
_WITHOUT_NUMBER = Kept(sa.select(_j.n).where(_j.seq.is_(None), _j.chain.is_(None)).limit(1))


def forget_parted(conn: sa.Connection, commits: Collection[Commit]) -> None:
    """Forget what is told otherwise here than by these commits, which the center has numbered."""
    if _WITHOUT_NUMBER.first(conn) is None:  # nearly always
        return
    told = {commit.id: commit for commit in commits if commit.seq is not None}
    for id_, row in load_commits(conn, told).items():
        if row["seq"] is None and row["chain"] is None and _differ(kept_parts(row["payload"]), told[id_].parts):
            conn.execute(journal.delete().where(*(_j[name] == getattr(id_, name) for name in CommitId._fields)))


def _differ(here: Iterable[OpPart], there: Iterable[OpPart]) -> bool:
    known = {part.at: bytes(part.raw) for part in here}
    return any(not part.is_blank and known.get(part.at, bytes(part.raw)) != bytes(part.raw) for part in there)
