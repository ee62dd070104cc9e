"""What a restored center has of commits that are offered to it: op by op, since readers bring parts."""

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from app.center import brought
from app.center.tables import device_epoch, quarantine, relayed
from app.journal.load import load_commits
from app.journal.ops import CommitId, OpPart, unpack_parts
from app.store.bulk import rows_among
from app.sync.offering import mark_of


class Known:
    """What the center has of some commits. Of one that its author sent it has everything."""

    def __init__(self, conn: sa.Connection, ids: Collection[CommitId]) -> None:
        numbers: dict[tuple[str, str], list[int]] = {}
        for device_id, epoch, n in ids:
            numbers.setdefault((device_id, epoch), []).append(n)
        self._acked: dict[tuple[str, str], int] = {}
        self._marked: set[CommitId] = set()
        self._aside: set[CommitId] = set()
        for author, asked in numbers.items():
            e, same = device_epoch.c, {"device": author[0], "epoch": author[1]}
            query = sa.select(e.acked_n).where(e.device == author[0], e.epoch == author[1])
            self._acked[author] = conn.execute(query).scalar() or 0
            for table, found in ((relayed, self._marked), (quarantine, self._aside)):
                found.update(CommitId(*author, row[0]) for row in rows_among(conn, table, ("n",), "n", asked, same))
        self.rows = load_commits(conn, ids)
        told = {id_: unpack_parts(row["payload"]) for id_, row in self.rows.items()}
        told |= {id_: brought.parts_aside(conn, id_) for id_ in self._aside}
        self._parts = {id_: {part.at: part for part in parts} for id_, parts in told.items()}

    def has(self, id_: CommitId, at: int) -> bool:
        if id_.n <= self._acked[id_.device, id_.epoch] or id_ in self._aside:
            return True
        return id_ in self.rows and (id_ not in self._marked or at in self._parts[id_])

    def tells(self, id_: CommitId, at: int) -> bool:
        """Whether the op itself is here, or was erased: of what its author sent not all may be readable."""
        return at in self._parts.get(id_, ())

    def is_other(self, id_: CommitId, at: int, mark: str) -> bool:
        """Whether the op here is not the one with this mark, or there is none in what its author sent."""
        here = self._parts.get(id_)
        if not here or not mark:
            return False
        if at not in here:
            return self._is_whole(id_)
        return not here[at].is_blank and mark_of(here[at]) != mark

    def says_other(self, id_: CommitId, parts: Iterable[OpPart]) -> bool:
        here, parts = self._parts.get(id_), list(parts)
        if not here:
            return False
        is_more = self._is_whole(id_) and any(part.at not in here for part in parts)
        return is_more or brought.says_other(parts, here.values())

    def _is_whole(self, id_: CommitId) -> bool:
        """Whether what is here is what its author sent."""
        return id_ not in self._marked


def has_all_of(conn: sa.Connection, id_: CommitId, parts: Sequence[OpPart]) -> bool:
    """Whether each of these ops of a commit is here by now, as it is told there."""
    known = Known(conn, [id_])
    return all(known.tells(id_, part.at) for part in parts) and not known.says_other(id_, parts)
