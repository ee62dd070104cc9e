"""The swap: in one transaction the fresh rows take the place of the synced ones.

Like `apply` it may write the synced tables: it is part of the door. Keys and settings are not touched, drafts and
photos go with their records alone, and a crash leaves the old or the new. The own journal stays, and so does what it
says of history; commits of others that the snapshot names are known from then on. What this device wrote and the
snapshot does not hold (no number, or one above) is applied again, and nothing else is. Not here: how the fresh rows
came (`snapshot_load.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.changes import Changes
from app.base.ids import ids_named
from app.journal.apply import apply, apply_replaced, door
from app.journal.attached import drop_unreferenced
from app.journal.drafts import drop_naming
from app.journal.entities import entities
from app.journal.here import Here, save_here, standing
from app.journal.load import chunks, commit_in
from app.journal.moving import forget
from app.journal.ops import Commit, CommitId, encode, kept_parts, pack_parts
from app.journal.retention import tidy_after_snapshot
from app.journal.sweep import Erase, all_erases, forget_erased
from app.journal.tables import journal
from app.store.bulk import all_rows
from app.sync.epochs import leave_where_it_went_on
from app.sync.overruled import note_settled_by, own_in_conflict
from app.sync.protocol import OwnStamp
from app.sync.snapshot_load import FRESH, abandon, begun, merge_payloads, replace_table, synced_tables
from app.sync.state import change_state
from app.sync.tables import past_epoch, set_aside, verdict

_stamps = msgspec.json.Decoder(list[OwnStamp])
_WITH_WORDS = (
    f"SELECT f.device, f.epoch, f.n, j.payload, f.payload FROM journal AS j CROSS JOIN {FRESH}journal AS f"  # noqa: S608
    " ON j.device = f.device AND j.epoch = f.epoch AND j.n = f.n WHERE instr(f.payload, X'5B22')"
)
"""Commits known here of which the snapshot brings words: a part with words begins with `["`, a blank one has none."""

_OF_OTHERS = "(j.device <> ?1 OR j.n > coalesce((SELECT value FROM json_each(?2) WHERE key = j.epoch), 0))"
"""What was not written in this file: also what another laptop with the same disk wrote, or this one before it was put
back. ?1: this device, ?2: its epochs here and how far each was written."""

_BLANKS = (
    f"SELECT j.device, j.epoch, j.n, j.payload, coalesce(f.payload, X'5B5D')"  # noqa: S608
    f" FROM journal AS j LEFT JOIN {FRESH}journal AS f"
    " ON j.device = f.device AND j.epoch = f.epoch AND j.n = f.n WHERE j.payload <> coalesce(f.payload, X'')"
    f" AND instr(j.payload, X'2C6E756C6C5D') AND {_OF_OTHERS}"
)
"""Commits of others with blank parts (`,null]`), and what the snapshot has of them."""


@dataclass(frozen=True, slots=True)
class Swapped:
    """`changes`: every record that is or was here. `commits`: how many were not known before."""

    changes: Changes
    commits: int


def swap(conn: sa.Connection) -> Swapped:
    """Put the loaded snapshot in place."""
    told = begun(conn)
    if told is None:
        raise LookupError("no snapshot was begun")
    before, contested, erased = _records(conn), own_in_conflict(conn), all_erases(conn)
    with door():
        me = standing(conn).device
        _take_stamps(conn, me, _stamps.decode(told["stamps"]))
        _take_order(conn, me, told["seq"])
        read = _last_of_others(conn, me)
        commits = _take_frames(conn)
        for table in synced_tables():
            replace_table(conn, table.name)
        own = _take_out_own(conn, me, told["seq"])
        apply_replaced(conn)
        for chunk in chunks(own):
            apply(conn, chunk)
    here = standing(conn)
    if here.n:
        j = journal.c
        last = sa.select(j.eff).where(*_written_in(here), j.n == here.n)
        save_here(conn, replace(here, last_eff=conn.execute(last).scalar_one()))
    latest = conn.execute(sa.select(sa.func.max(journal.c.n)).where(*_written_in(here))).scalar() or 0
    leave_where_it_went_on(conn, [CommitId(me, here.epoch, latest)], told["begun_at"])
    s = set_aside.c
    conn.execute(set_aside.delete().where(s.seq <= told["seq"]))
    change_state(conn, cursor=told["cursor"], behind=0, floor_seq=told["seq"], lacking=told["lacking"])
    tidy_after_snapshot(conn, min(read, told["seq"]))
    forget_erased(conn, _told_of(conn, me, _ids(before), all_erases(conn) - erased))
    drop_unreferenced(conn)
    after = _records(conn)
    gone = _ids(before) - _ids(after)
    forget(conn, gone)
    drop_naming(conn, gone)
    note_settled_by(conn, contested)
    abandon(conn)
    return Swapped(before | after, commits)


def _ids(records: Changes) -> set[str]:
    return {id_ for _, id_ in records.pairs()}


def _told_of(conn: sa.Connection, me: str, before: set[str], erases: set[Erase]) -> set[Erase]:
    """Those of these erases that take something kept here: of a record that was here, or that was written about here.
    A new laptop need not look for what was ever erased at its point."""
    if all(record in before for record, _ in erases):
        return erases
    own = conn.execute(sa.select(journal.c.payload).where(journal.c.device == me)).scalars()
    told = before.union(id_.decode() for payload in own for id_ in ids_named(bytes(payload)))
    return {erase for erase in erases if erase[0] in told}


def _written_in(here: Here) -> tuple[sa.ColumnElement[bool], ...]:
    return journal.c.device == here.device, journal.c.epoch == here.epoch


def _records(conn: sa.Connection) -> Changes:
    found = {e.kind: frozenset(row[0] for row in all_rows(conn, e.table, ("id",))) for e in entities()}
    return Changes(MappingProxyType({kind: ids for kind, ids in found.items() if ids}))


def _last_of_others(conn: sa.Connection, me: str) -> int:
    """The last number among others' commits here: only up to there may words be kept of what is not here any more."""
    j = journal.c
    return int(conn.execute(sa.select(sa.func.max(j.seq)).where(j.device != me)).scalar() or 0)


def _take_stamps(conn: sa.Connection, me: str, runs: Sequence[OwnStamp]) -> None:
    """The center's order for own commits, straight into the journal: the rows that say more of it come with it."""
    stamps = [
        {"e": run.epoch, "k": run.n + offset, "seq": run.seq + offset, "eff": eff}
        for run in runs
        for offset, eff in enumerate(accumulate(run.effs))
    ]
    if not stamps:
        return
    j, v = journal.c, verdict.c
    _free_seqs(conn, "SELECT value FROM json_each(?)", msgspec.json.encode([one["seq"] for one in stamps]).decode())
    named = (j.device == me, j.epoch == sa.bindparam("e"), j.n == sa.bindparam("k"), j.chain.is_not(None))
    values: dict[str, Any] = {"seq": sa.bindparam("seq"), "eff": sa.bindparam("eff")}
    conn.execute(journal.update().where(*named).values(values), stamps)
    conn.execute(
        verdict.delete().where(v.epoch == sa.bindparam("e"), v.n == sa.bindparam("k")),
        [{"e": one["e"], "k": one["k"]} for one in stamps],
    )


def _take_order(conn: sa.Connection, me: str, seq: int) -> None:
    """What the snapshot says of commits that are known here: number, time and words. Those of others beyond it come
    again by the feed."""
    written = _written_upto(conn)
    beyond = f"DELETE FROM journal AS j WHERE {_OF_OTHERS} AND (j.seq > ?3 OR j.seq IS NULL)"  # noqa: S608
    conn.exec_driver_sql(beyond, (me, written, seq))
    _free_seqs(conn, f"SELECT seq FROM {FRESH}journal WHERE ?1 IS NULL", None)  # noqa: S608
    for device, epoch, n, here, there in conn.exec_driver_sql(_WITH_WORDS).all():
        conn.exec_driver_sql(
            "UPDATE journal SET payload = ? WHERE device = ? AND epoch = ? AND n = ?",
            (merge_payloads(bytes(here), bytes(there)), device, epoch, n),
        )
    conn.exec_driver_sql(
        f"UPDATE journal SET seq = f.seq, eff = f.eff, serial = f.serial FROM {FRESH}journal AS f"  # noqa: S608
        " WHERE journal.device = f.device AND journal.epoch = f.epoch AND journal.n = f.n"
    )
    conn.exec_driver_sql(f"DELETE FROM journal AS j WHERE {_OF_OTHERS} AND j.seq IS NULL", (me, written))  # noqa: S608
    _forget_blanks(conn, me, written)


def _take_frames(conn: sa.Connection) -> int:
    """Make the rest of the snapshot's commits known; gives how many."""
    return conn.exec_driver_sql(f"INSERT OR IGNORE INTO journal SELECT * FROM {FRESH}journal").rowcount  # noqa: S608


def _written_upto(conn: sa.Connection) -> str:
    """Epoch → the last commit written in this file, as JSON."""
    here = standing(conn)
    past = conn.execute(sa.select(past_epoch.c.epoch, past_epoch.c.n)).all()
    return encode({here.epoch: here.n, **{row.epoch: row.n for row in past}}).decode()


def _forget_blanks(conn: sa.Connection, me: str, written: str) -> None:
    """Blank parts say that the state this file rested on held them. It rests on another now, which says so itself."""
    rows = conn.exec_driver_sql(_BLANKS, (me, written)).all()
    for device, epoch, n, here, there in rows:
        words = pack_parts(kept_parts(bytes(here)))
        conn.exec_driver_sql(
            "UPDATE journal SET payload = ? WHERE device = ? AND epoch = ? AND n = ?",
            (merge_payloads(words, bytes(there)), device, epoch, n),
        )


def _free_seqs(conn: sa.Connection, seqs: str, given: Any) -> None:
    """Numbers about to be given again: whoever had one loses it."""
    conn.exec_driver_sql(f"UPDATE journal SET seq = NULL WHERE seq IN ({seqs})", (given,))  # noqa: S608


def _take_out_own(conn: sa.Connection, me: str, seq: int) -> list[Commit]:
    """Own commits that the snapshot does not hold, in the order in which they are to be applied; taken out of the
    journal, for what is known is not applied."""
    j = journal.c
    own = (j.device == me, sa.or_(j.seq.is_(None), j.seq > seq))
    rows = conn.execute(sa.select(journal).where(*own).order_by(j.seq.is_(None), j.seq, j.serial, j.n)).mappings()
    commits = list(map(commit_in, rows))
    conn.execute(journal.delete().where(*own))
    return commits
