"""Whose value did not win: writes made here that somebody else, settling a conflict, did not take.

Looked for in what came since the last time, so it costs what came. The author is told once. Not here: the values and
names (`app.features.cases.overruled`), conflicts that are still open.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.journal.entities import find_entity
from app.journal.here import standing
from app.journal.load import load_commits
from app.journal.ops import Malformed, Op, WriteId, decode_op, kept_parts
from app.journal.tables import journal
from app.store.engine import writing
from app.sync.state import change_state, enrolled
from app.sync.tables import overruled

_AT_ONCE = 1_000
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


def look_for_overruled(engine: sa.Engine) -> bool:
    """Look through what has come since; a slice at a time. Whether there is more."""
    with writing(engine) as conn:
        mark = enrolled(conn).settled_seq
        j = journal.c
        query = sa.select(journal).where(j.seq > mark).order_by(j.seq).limit(_AT_ONCE)
        rows = conn.execute(query).mappings().all()
        if not rows:
            return False
        here = standing(conn)
        for row in rows:
            # A reference to a write of this device by another names it; of its own, it may be another's settlement.
            if row["device"] == here.device or here.device.encode() in row["payload"]:
                _note(conn, row, here.device)
        change_state(conn, settled_seq=rows[-1]["seq"])
        return len(rows) == _AT_ONCE


def unread(conn: sa.Connection, actor: str) -> list[Overruled]:
    """What this person wrote, was not taken, and has not read of yet; the latest first."""
    o = overruled.c
    query = sa.select(overruled).where(o.actor == actor, o.seen_at.is_(None)).order_by(o.at.desc(), o.mine).limit(MOST)
    return [
        Overruled(row["kind"], row["record"], row["grp"], row["mine"], row["by"], row["at"])
        for row in conn.execute(query).mappings()
    ]


def count_unread(conn: sa.Connection, actor: str) -> int:
    o = overruled.c
    counted = sa.select(sa.func.count()).select_from(overruled).where(o.actor == actor, o.seen_at.is_(None))
    return int(conn.execute(counted).scalar_one())


def note_read(engine: sa.Engine, found: Iterable[Overruled], now: int) -> None:
    """Their author has read of these. `now`: wall time, µs."""
    o = overruled.c
    with writing(engine) as conn:
        for one in found:
            which = (o.record == one.record, o.mine == one.mine)
            conn.execute(overruled.update().where(*which).values(seen_at=now))


def _note(conn: sa.Connection, row: sa.RowMapping, device: str) -> None:
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
                _compare(conn, op, by, mine, row)


def _compare(conn: sa.Connection, op: Op, by: WriteId, mine: WriteId, row: sa.RowMapping) -> None:
    """Write it down where the value is another and so is the hand."""
    own = load_commits(conn, [mine.commit]).get(mine.commit)
    entity = find_entity(op.kind)
    if own is None or entity is None or own["actor"] == row["actor"] or op.group not in entity.groups:
        return
    part = next((part for part in kept_parts(own["payload"]) if part.at == mine.op), None)
    if part is None:
        return
    wrote = decode_op(part.raw, mine.device, mine.epoch, own["schema"])
    fields = entity.groups[op.group]
    if all(wrote.values.get(name) == op.values.get(name) for name in fields):
        return
    o = overruled.c
    if conn.execute(sa.select(o.at).where(o.record == op.id, o.mine == mine.text())).first() is None:
        made = {"record": op.id, "mine": mine.text(), "kind": op.kind, "grp": op.group, "by": by.text()}
        conn.execute(overruled.insert(), {**made, "actor": own["actor"], "at": row["eff"]})
