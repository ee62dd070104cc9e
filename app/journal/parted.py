"""Commits of others that were lost with a center and written anew by their author, who was put back as well: other
words under the same id.

Whoever had read the lost ones holds them without a number. The center counts the author's own bytes and puts the others
before a person (`app.center.offers`). What followed from them here is mended by the next comparison, which is due after
a center was put back.
"""

from collections.abc import Collection

import sqlalchemy as sa

from app.journal.apply import door
from app.journal.erasing import contradict
from app.journal.load import load_commits
from app.journal.ops import FRAMED, Commit, CommitId, OpPart, WriteId, pack_parts, unpack_parts
from app.journal.tables import journal
from app.journal.unread import forget_unread
from app.store.bulk import Kept, update_rows

_j = journal.c
_WITHOUT_NUMBER = Kept(sa.select(_j.n).where(_j.seq.is_(None), _j.chain.is_(None)).limit(1))


def forget_parted(conn: sa.Connection, commits: Collection[Commit]) -> None:
    """Of what is told otherwise here than by these commits, which the center has numbered, keep what both tell."""
    if _WITHOUT_NUMBER.first(conn) is None:  # nearly always
        return
    told = {commit.id: commit for commit in commits if commit.seq is not None}
    updates, dropped = [], list[WriteId]()
    for id_, row in load_commits(conn, told).items():
        if row["seq"] is not None or row["chain"] is not None:
            continue
        parts, there = unpack_parts(row["payload"]), {part.at: part for part in told[id_].parts}
        kept = [part for part in parts if part.at in there and not contradict(part, there[part.at])]
        frame = {name: getattr(told[id_], name) for name in FRAMED}
        if any(frame[name] != row[name] for name in FRAMED) or any(_is_other(part, there) for part in parts):
            updates.append({**id_._asdict(), **frame, "payload": pack_parts(kept)})
            dropped += [WriteId(*id_, part.at) for part in parts if part not in kept]
    if updates:
        with door(len(updates)):
            update_rows(conn, journal, CommitId._fields, updates)
            forget_unread(conn, dropped)


def _is_other(part: OpPart, there: dict[int, OpPart]) -> bool:
    return part.at in there and contradict(part, there[part.at])
