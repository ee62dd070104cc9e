"""Whose value did not win: writes made here that somebody else, settling a conflict, did not take.

Looked for in what came since the last time, so it costs what came; in what came late at once; and where a snapshot
takes the place of history, in what stands where a write of here was in conflict. The author is told once. Not here:
the values and names (`app.features.cases.overruled`), conflicts that are still open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.journal.heads import Dispute, disputes, shown_among
from app.journal.here import standing
from app.journal.load import load_commits
from app.journal.ops import Commit, Malformed, WriteId, decode_op, kept_parts, write_id
from app.journal.said import Asked, said
from app.journal.tables import cover, head, journal
from app.store.bulk import Kept, rows_among
from app.store.engine import writing
from app.sync.state import change_state, enrolled
from app.sync.tables import overruled, sync_state
from app.sync.writing import Write

_AT_ONCE = 1_000
_MARK = Kept(sa.select(sync_state.c.settled_seq))
MOST = 20
"""Shown at once; the rest come up as these are read."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """`mine` lost to `by`, both as texts of write ids; `at`: when it was settled, µs."""

    kind: str
    record: str
    group: str
    mine: str
    by: str
    at: int


def look_for_overruled(engine: sa.Engine, write: Write) -> None:
    """Look through what has come since, by whatever way; a slice at a time."""
    while write(partial(_look_further, engine)):
        continue


def _look_further(engine: sa.Engine) -> bool:
    """Look through one slice; whether there is more."""
    with writing(engine) as conn:
        mark = enrolled(conn).settled_seq
        j = journal.c
        query = sa.select(journal).where(j.seq > mark).order_by(j.seq).limit(_AT_ONCE)
        rows = conn.execute(query).mappings().all()
        if not rows:
            return False
        _look_through(conn, rows)
        change_state(conn, settled_seq=rows[-1]["seq"])
        return len(rows) == _AT_ONCE


def look_at_late(conn: sa.Connection, commits: Iterable[Commit]) -> None:
    """Look at those of these commits, applied just now, that lie where all was looked through before."""
    mark = int(_MARK.scalar(conn) or 0)
    late = [commit.id for commit in commits if commit.seq is not None and commit.seq <= mark]
    if late:
        _look_through(conn, load_commits(conn, late).values())


def own_in_conflict(conn: sa.Connection) -> list[Dispute]:
    """The conflicts in which a value written here stands."""
    me = standing(conn).device
    return [found for found in disputes(conn) if any(write_id(write).device == me for write in found.values)]


def note_settled_by(conn: sa.Connection, before: Iterable[Dispute]) -> None:
    """A snapshot took the place of history. `before`: what was in conflict until then. Where a write of here is no head
    any more, the greatest there is has settled it: the snapshot says no more of how it came about."""
    me = standing(conn).device
    for found in before:
        rows = rows_among(conn, head, ("grp", "write"), "record", [found.id])
        live = {write_id(write) for grp, write in rows if grp == found.group}
        covers = rows_among(conn, cover, ("grp", "write"), "record", [found.id])
        live -= {write_id(write) for grp, write in covers if grp == found.group}
        heads = said(conn, [Asked(found.kind, found.id, found.group, write) for write in live])
        if not heads:
            continue
        by = max(heads, key=lambda one: heads[one].rank)
        for mine in map(write_id, found.values):
            if mine.device == me and mine not in live:
                _compare(conn, Asked(found.kind, found.id, found.group, mine), by)


def unread(conn: sa.Connection, actor: str) -> list[Overruled]:
    """What this person wrote, was not taken, and has not read of yet; the latest first."""
    return _to_show(conn, actor)[:MOST]


def count_unread(conn: sa.Connection, actor: str) -> int:
    """How many of these there are in all."""
    return len(_to_show(conn, actor))


def _to_show(conn: sa.Connection, actor: str) -> list[Overruled]:
    """Without those of which nothing can be shown: the record was taken back or left, the words were let go."""
    o = overruled.c
    query = sa.select(overruled).where(o.actor == actor, o.seen_at.is_(None)).order_by(o.at.desc(), o.mine)
    found = [
        Overruled(row["kind"], row["record"], row["grp"], row["mine"], row["by"], row["at"])
        for row in conn.execute(query).mappings()
    ]
    if not found:
        return []
    shown = shown_among(conn, {(one.kind, one.record) for one in found})
    found = [one for one in found if (one.kind, one.record) in shown]
    known = said(conn, {asked for one in found for asked in _both(one)})
    return [one for one in found if all(asked in known for asked in _both(one))]


def _both(one: Overruled) -> tuple[Asked, Asked]:
    mine, by = write_id(one.mine), write_id(one.by)
    return Asked(one.kind, one.record, one.group, mine), Asked(one.kind, one.record, one.group, by)


def note_read(engine: sa.Engine, found: Iterable[Overruled], now: int) -> None:
    """Their author has read of these. `now`: wall time, µs."""
    o = overruled.c
    with writing(engine) as conn:
        for one in found:
            which = (o.record == one.record, o.mine == one.mine)
            conn.execute(overruled.update().where(*which).values(seen_at=now))


def _look_through(conn: sa.Connection, rows: Iterable[Any]) -> None:
    """`rows`: of the journal."""
    me = standing(conn).device
    for row in rows:
        # A reference to a write of this device by another names it; of its own, it may be another's settlement.
        if row["device"] == me or me.encode() in row["payload"]:
            _note(conn, row, me)


def _note(conn: sa.Connection, row: Any, device: str) -> None:
    for part in kept_parts(row["payload"]):
        try:
            op = decode_op(part.raw, row["device"], row["epoch"], row["schema"])
        except Malformed:
            continue
        if op.name != "set" or len(op.seen) < 2:
            continue
        by = WriteId(row["device"], row["epoch"], row["n"], part.at)
        for mine in op.seen:
            if mine.device == device:
                _compare(conn, Asked(op.kind, op.id, op.group, mine), Asked(op.kind, op.id, op.group, by))


def _compare(conn: sa.Connection, mine: Asked, by: Asked) -> None:
    """Write it down where the value is another and so is the hand."""
    found = said(conn, (mine, by))
    own, other = found.get(mine), found.get(by)
    if own is None or other is None or own.actor == other.actor or own.values == other.values:
        return
    o, text = overruled.c, mine.write.text()
    if conn.execute(sa.select(o.at).where(o.record == mine.record, o.mine == text)).first() is None:
        made = {"record": mine.record, "mine": text, "kind": mine.kind, "grp": mine.group, "by": by.write.text()}
        conn.execute(overruled.insert(), {**made, "actor": own.actor, "at": other.at})
