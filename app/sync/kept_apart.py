"""What waits apart, for the people concerned: which record, who wrote it, why; and what the center will never take in.

Not here: what such a record is called (`app.features.cases.disputes`), how verdicts come and go (`verdicts.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.entities import find_entity
from app.journal.here import standing
from app.journal.ops import Key, Malformed, OpPart, decode_head, kept_parts, unpack_parts
from app.journal.tables import journal
from app.store.engine import writing
from app.sync.protocol import PageCommit
from app.sync.tables import set_aside, verdict

MOST = 50
"""Shown at once; the rest come up as these are settled."""
MOST_RECORDS = 8
"""Records of one commit among which a name is looked for."""
BY_ITSELF = frozenset({"newer", "waits", "actor_unknown"})
"""Why a commit waits apart, where it is taken up by itself: nobody has anything to do."""
_decoder = msgspec.json.Decoder(PageCommit)


@dataclass(frozen=True, slots=True)
class Aside:
    """A commit that waits apart. `ours`: one of this device, kept by the center; else one that came and could not be
    applied here. `code`: why; `at`: since when, µs. `records`: the first of what it writes, of kinds that are known
    here; `by`: who wrote it, a staff record's id."""

    ours: bool
    code: str
    at: int
    records: tuple[Key, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """A commit of this device that the center will never take in. `at`: when that was settled, µs of the center;
    `why`: its operator's words; `written_at`: wall time, µs."""

    epoch: str
    n: int
    at: int
    why: str
    written_at: int
    records: tuple[Key, ...]


def asides_for_people(conn: sa.Connection) -> int:
    """How many commits wait apart that somebody has to do something about."""
    waits = {set_aside: sa.true(), verdict: verdict.c.dropped_at.is_(None)}
    counts = (
        sa.select(sa.func.count()).select_from(table).where(table.c.code.not_in(BY_ITSELF), still)
        for table, still in waits.items()
    )
    return sum(int(conn.execute(each).scalar_one()) for each in counts)


def aside_rows(conn: sa.Connection) -> list[Aside]:
    """What waits apart, the latest first."""
    s, j = set_aside.c, journal.c
    came = conn.execute(sa.select(s.code, s.at, s.raw).order_by(s.at.desc()).limit(MOST)).all()
    written = _own(conn, verdict.c.dropped_at.is_(None)).add_columns(verdict.c.code, verdict.c.at)
    kept = conn.execute(written.order_by(verdict.c.at.desc(), j.n.desc()).limit(MOST)).all()
    found = [_came(row.code, row.at, row.raw) for row in came]
    found += [Aside(True, row.code, row.at, _records(row.payload, row.schema), row.actor or "") for row in kept]
    return sorted(found, key=lambda each: -each.at)[:MOST]


def unread_drops(conn: sa.Connection, actor: str) -> list[Drop]:
    """What this person wrote, will not be taken in, and has not read of yet; the latest first."""
    v = verdict.c
    query = _own(conn, v.dropped_at.is_not(None), v.seen_at.is_(None), journal.c.actor == actor)
    rows = conn.execute(query.add_columns(v.epoch, v.n, v.dropped_at, v.why).order_by(v.dropped_at.desc()).limit(MOST))
    return [
        Drop(row.epoch, row.n, row.dropped_at, row.why, row.wall, _records(row.payload, row.schema)) for row in rows
    ]


def count_unread_drops(conn: sa.Connection, actor: str) -> int:
    """How many of these there are in all."""
    v = verdict.c
    query = _own(conn, v.dropped_at.is_not(None), v.seen_at.is_(None), journal.c.actor == actor)
    return int(conn.execute(query.with_only_columns(sa.func.count())).scalar_one())


def note_drop_read(engine: sa.Engine, found: Drop, now: int) -> None:
    """Its author has read of it. `now`: wall time, µs."""
    v = verdict.c
    with writing(engine) as conn:
        which = (v.epoch == found.epoch, v.n == found.n, v.dropped_at.is_not(None))
        conn.execute(verdict.update().where(*which).values(seen_at=now))


def _own(conn: sa.Connection, *which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Verdicts of which these are true, with what is known here of the commit."""
    j, v = journal.c, verdict.c
    own = sa.and_(j.device == standing(conn).device, j.epoch == v.epoch, j.n == v.n)
    written = sa.select(j.actor, j.wall, j.schema, j.payload)
    return written.select_from(verdict.outerjoin(journal, own)).where(*which)


def _came(code: str, at: int, raw: bytes) -> Aside:
    try:
        commit = _decoder.decode(raw)
        return Aside(False, code, at, _named(unpack_parts(commit.parts), commit.schema), commit.actor)
    except (Malformed, msgspec.MsgspecError):
        return Aside(False, code, at)


def _records(payload: bytes | None, schema: int | None) -> tuple[Key, ...]:
    return () if payload is None or schema is None else _named(kept_parts(payload), schema)


def _named(parts: Iterable[OpPart], schema: int) -> tuple[Key, ...]:
    found: dict[Key, None] = {}
    for part in parts:
        try:
            head = decode_head(part.raw, schema)
        except Malformed:
            continue
        if find_entity(head.kind) is not None:
            found[head.kind, head.id] = None
        if len(found) == MOST_RECORDS:
            break
    return tuple(found)
