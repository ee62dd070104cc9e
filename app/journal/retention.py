"""What a point's journal lets go with age. The records stay; what goes is how they came to be what they are.

Payload of the own node's records stays as long as the record: its page shows the history. What others wrote about
other nodes' records goes after 90 days, and so does what was written here, once it is in a verified backup of the
center and the photos it names are there: those that stayed for these words alone go too. What another laptop with the
same disk wrote, or this one before its file was put back, came from the center and waits for no backup. What something
is derived from (movements, counts) stays, and what nobody here understood yet. Of records that are not here any more
nothing is kept that others wrote. A part that goes stays known (`[place, "", null]`), one of our own with its digest,
so that the chain verifies. Bounded: each run takes a piece and remembers how far it came.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY
from app.journal.attached import alone_here, drop_unreferenced, kept
from app.journal.entities import by_entity, find_entity
from app.journal.here import standing
from app.journal.load import load_commits
from app.journal.ops import Commit, CommitId, Key, Malformed, OpHead, OpPart, decode_head, kept_parts, without_op
from app.journal.projections import derived_from
from app.journal.sweep import rewrite
from app.journal.tables import journal, retention, unread
from app.store.bulk import Kept, rows_among

KEPT_FOR = 90 * DAY
"""How long payload of other nodes' records is kept."""
PIECE = 300
"""Commits looked at in one run of each kind: some milliseconds."""
_REACHED = Kept(sa.select(retention.c.others_seq, retention.c.own_seq))
_COLUMNS = ("device", "epoch", "n", "seq", "eff", "schema", "chain", "payload")
_PHOTO = re.compile(rb'"([0-9a-f]{64})"')

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record that is here belongs, and what made it."""

    node: str
    born: CommitId


@dataclass
class _Looking:
    """One piece being looked at. `unsafe`: those of the commits that made these records which are here alone, or in no
    backup yet, or name a photo that may be."""

    node: str
    places: dict[str, _Place]
    unsafe: set[CommitId]
    unread: set[tuple[str, str, int]] = field(default_factory=set)

    def goes_with_age(self, row: Row, head: OpHead) -> bool:
        place = self.places.get(head.id)
        if self._stays(row, head):
            return False
        if place is None:
            return True
        # Where its creation must stay, all of it does: whoever looks later finds a record whole or without its birth.
        return self.node not in place.node.split(" ") and place.born not in self.unsafe

    def is_gone(self, row: Row, head: OpHead) -> bool:
        """Whether the record is not here any more: then nothing is derived from it either."""
        return head.id not in self.places and not self._is_unread(row, head)

    def _stays(self, row: Row, head: OpHead) -> bool:
        return self._is_unread(row, head) or derived_from(head.kind)

    def _is_unread(self, row: Row, head: OpHead) -> bool:
        return find_entity(head.kind) is None or (row["device"], row["epoch"], row["n"]) in self.unread


def prune(conn: sa.Connection, now: int, safe: Mapping[str, int], piece: int = PIECE) -> bool:
    """Look through the next `piece` commits of each kind; whether there are more that may go now.

    `now`: the center's time, µs. `safe`: own epoch → up to which n it is in a verified backup there.
    """
    state = dict(_state(conn))
    me, old = standing(conn).device, now - KEPT_FOR
    others = _aged(_next(conn, None, state["others_seq"], piece, old), old)
    own = _safe_ones(_aged(_next(conn, me, state["own_seq"], piece, old), old), safe, alone_here(conn))
    left = _next(conn, None, state["tidy_seq"], piece) if state["tidy_seq"] < state["tidy_upto"] else []
    aged = [row for row in others if row["device"] != me] + own
    gone = [row for row in left if row["device"] != me and row["seq"] <= state["tidy_upto"]]
    _blank(conn, aged, _looking(conn, aged, safe), _Looking.goes_with_age)
    _blank(conn, gone, _looking(conn, gone, safe), _Looking.is_gone)
    if own:
        drop_unreferenced(conn, kept(conn))
    moved = {
        "others_seq": others[-1]["seq"] if others else state["others_seq"],
        "own_seq": own[-1]["seq"] if own else state["own_seq"],
        "tidy_seq": left[-1]["seq"] if left else state["tidy_upto"],
    }
    if any(moved[name] != state[name] for name in moved):
        conn.execute(retention.update().values(moved))
    return piece in (len(others), len(own), len(left))


def late_among(conn: sa.Connection, commits: Iterable[Commit]) -> list[Commit]:
    """Those of these commits that lie where the journal was looked through before they came: with a record that
    entered, or tried again."""
    reached = _REACHED.rows(conn)
    others_seq, own_seq = reached[0] if reached else (0, 0)
    upto = max(others_seq, own_seq)
    return [commit for commit in commits if commit.seq is not None and commit.seq <= upto] if upto else []


def look_again(conn: sa.Connection, late: Iterable[Commit], safe: Mapping[str, int]) -> None:
    """Look at these, applied just now, though what lies there was looked through before. What is old of others' goes
    at once, so that not all that came since is looked through again for it. `safe`: as of `prune`."""
    here, state = standing(conn), _state(conn)
    rows = list(load_commits(conn, (commit.id for commit in late)).values())
    others = [row for row in rows if row["device"] != here.device]
    old = here.bound - KEPT_FOR
    aged = [row for row in others if row["eff"] < old]
    _blank(conn, aged, _looking(conn, aged, safe), _Looking.goes_with_age)
    moved = {
        "others_seq": min([state["others_seq"], *(row["seq"] - 1 for row in others if row["eff"] >= old)]),
        "own_seq": min([state["own_seq"], *(row["seq"] - 1 for row in rows if row["device"] == here.device)]),
    }
    conn.execute(retention.update().values(moved))


def tidy_after_snapshot(conn: sa.Connection, upto: int) -> None:
    """All records were replaced: look through what others wrote up to this number for what is not here any more."""
    _state(conn)
    conn.execute(retention.update().values(tidy_upto=upto, tidy_seq=0))


def _state(conn: sa.Connection) -> sa.RowMapping:
    row = conn.execute(sa.select(retention)).mappings().one_or_none()
    if row is None:
        conn.execute(retention.insert(), {"one": 1, "others_seq": 0, "own_seq": 0, "tidy_upto": 0, "tidy_seq": 0})
        row = conn.execute(sa.select(retention)).mappings().one()
    return row


def _next(
    conn: sa.Connection, device: str | None, seq: int, piece: int, old: int | None = None
) -> list[dict[str, Any]]:
    """The next commits after `seq`, of this device where one is named; none where the first is not `old` yet."""
    j = journal.c
    where = (j.seq > seq,) if device is None else (j.device == device, j.seq > seq)
    if old is not None:
        first = conn.execute(sa.select(j.eff).where(*where).order_by(j.seq).limit(1)).scalar()
        if first is None or first >= old:
            return []
    rows = conn.execute(sa.select(*(j[name] for name in _COLUMNS)).where(*where).order_by(j.seq).limit(piece))
    return [dict(row) for row in rows.mappings()]


def _aged(rows: Sequence[dict[str, Any]], old: int) -> list[dict[str, Any]]:
    """Up to the first that is not old."""
    return list(rows[: next((at for at, row in enumerate(rows) if row["eff"] >= old), len(rows))])


def _safe_ones(
    rows: Sequence[dict[str, Any]], safe: Mapping[str, int], photos: Collection[str]
) -> list[dict[str, Any]]:
    """Up to the first that is not safe: it and what comes after are looked at again later."""
    at = next((at for at, row in enumerate(rows) if not _is_safe(row, safe, photos)), len(rows))
    return list(rows[:at])


def _is_safe(row: Row, safe: Mapping[str, int], photos: Collection[str]) -> bool:
    """Whether this commit of our device is in a backup of the center and names none of these photos, which may be here
    alone and go with the words; or was not written in this file: it has no chain then, and a number where it came from
    the center."""
    came_from_center = row["chain"] is None and row["seq"] is not None
    return came_from_center or (row["n"] <= safe.get(row["epoch"], 0) and not _names(row, photos))


def _names(row: Row, photos: Collection[str]) -> bool:
    return bool(photos) and any(name.decode() in photos for name in _PHOTO.findall(row["payload"]))


def _looking(conn: sa.Connection, rows: Iterable[Row], safe: Mapping[str, int]) -> _Looking:
    rows = list(rows)
    here = standing(conn)
    records: set[Key] = set()
    for row in rows:
        for part in kept_parts(row["payload"]):
            try:
                head = decode_head(part.raw, row["schema"])
            except Malformed:  # of a newer program
                continue
            records.add((head.kind, head.id))
    places: dict[str, _Place] = {}
    names = ("id", "node", "born_device", "born_epoch", "born_n")
    for entity, ids in by_entity(records).items():
        for id_, node, *born in rows_among(conn, entity.table, names, "id", ids):
            places[id_] = _Place(node, CommitId(*born))
    u = unread.c
    noted = set(map(tuple, conn.execute(sa.select(u.device, u.epoch, u.n)))) if rows else set()
    photos = alone_here(conn)
    own = {place.born for place in places.values() if place.born.device == here.device}
    asked = own if photos else (id_ for id_ in own if id_.n > safe.get(id_.epoch, 0))
    unsafe = {id_ for id_, row in load_commits(conn, asked).items() if not _is_safe(row, safe, photos)}
    return _Looking(here.node, places, unsafe, noted)


def _blank(
    conn: sa.Connection,
    rows: Iterable[dict[str, Any]],
    looking: _Looking,
    rule: Callable[[_Looking, Row, OpHead], bool],
) -> None:
    for row in rows:
        _blank_parts(conn, row, looking, rule)


def _blank_parts(
    conn: sa.Connection, row: dict[str, Any], looking: _Looking, rule: Callable[[_Looking, Row, OpHead], bool]
) -> None:
    def goes(_part: OpPart, head: OpHead) -> bool:
        return rule(looking, row, head)

    rewrite(conn, [row], goes, without_op)
