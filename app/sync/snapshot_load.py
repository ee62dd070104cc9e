"""A snapshot on its way into the database: fetched bytes, and fresh tables beside the old ones.

Slice by slice the lines of the segments go into tables `fresh_…` of the same file, while work goes on in the old ones.
What was done stands in the file, so that after a crash the next line comes next. SQLite alone; a center never loads
one. Not here: the asking and the fetching (`snapshot.py`), the one transaction that puts the fresh rows in place of the
synced ones (`snapshot_swap.py`), the reason for fresh tables (decision 005).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.entities import entities, find_entity
from app.journal.ops import encode, pack_parts, unpack_parts
from app.journal.tables import cover, head, journal, void
from app.store.bulk import column_names
from app.store.engine import reading
from app.sync.protocol import FRAME
from app.sync.snapshot_wire import BadSegment, Segment, SnapshotResponse, lines_of
from app.sync.tables import SELF, snapshot, snapshot_piece, snapshot_segment

FRESH = "fresh_"
_BESIDE = {table.name: table for table in (head, cover, void)}
_JOURNAL = (*FRAME, "payload")
_s, _p = snapshot_segment.c, snapshot_piece.c


@dataclass(frozen=True, slots=True)
class Fetching:
    """A segment whose bytes are still to come, from `here` on."""

    place: int
    sha: str
    bytes: int
    here: int


def begin(conn: sa.Connection, response: SnapshotResponse, now: int) -> None:
    """Remember what is to be fetched. Of what was begun before the bytes of segments that are named again stay, the
    rest is let go. `now`: wall time, µs."""
    kept = _fetched_of(conn, response.segments)
    for table in (snapshot_segment, snapshot_piece):
        conn.execute(table.delete().where(table.c.place.not_in(list(kept.values()))))
    conn.execute(snapshot_segment.update().values(lines=0))
    conn.execute(snapshot.delete())
    drop_fresh(conn)
    told = {"one": SELF, "hub_epoch": response.hub_epoch, "seq": response.seq, "cursor": response.cursor}
    stamps = msgspec.json.encode(response.stamps).decode()
    conn.execute(snapshot.insert(), {**told, "stamps": stamps, "lacking": "", "begun_at": now})
    first = max(kept.values(), default=-1) + 1
    rows = [
        {"place": place, "sha": each.sha, "bytes": each.bytes, "here": 0, "lines": 0, "loaded": False}
        for place, each in enumerate((each for each in response.segments if each.sha not in kept), first)
    ]
    if rows:
        conn.execute(snapshot_segment.insert(), rows)
    make_fresh(conn)


def _fetched_of(conn: sa.Connection, segments: Sequence[Segment]) -> dict[str, int]:
    """Those of these segments of which bytes are here, by name: the place of each. What has another size than it was
    named with, or is whole and does not answer to its name, is none of them."""
    sizes = {each.sha: each.bytes for each in segments}
    query = sa.select(_s.place, _s.sha, _s.bytes, _s.here).where(_s.here > 0, ~_s.loaded)
    return {
        sha: place
        for place, sha, size, here in conn.execute(query).all()
        if sizes.get(sha) == size and (here < size or _hash_of(conn, place) == sha)
    }


def abandon(conn: sa.Connection) -> None:
    """Let go of a snapshot that was begun, with all that came of it."""
    for table in (snapshot, snapshot_segment, snapshot_piece):
        conn.execute(table.delete())
    drop_fresh(conn)


def begun(conn: sa.Connection) -> sa.RowMapping | None:
    """The snapshot that is being fetched."""
    return conn.execute(sa.select(snapshot)).mappings().one_or_none()


def next_to_fetch(conn: sa.Connection) -> Fetching | None:
    query = sa.select(_s.place, _s.sha, _s.bytes, _s.here).where(_s.here < _s.bytes, ~_s.loaded)
    row = conn.execute(query.order_by(_s.place).limit(1)).first()
    return None if row is None else Fetching(*row)


def keep_piece(conn: sa.Connection, fetching: Fetching, data: bytes) -> bool:
    """Keep the next bytes of a segment. False where the whole does not answer to its name: then it begins again. Raises
    `BadSegment` where they are more than it was named with, or none."""
    here = fetching.here + len(data)
    if here > fetching.bytes or not data:
        raise BadSegment("size")
    conn.execute(snapshot_piece.insert(), {"place": fetching.place, "at": fetching.here, "data": data})
    conn.execute(snapshot_segment.update().where(_s.place == fetching.place).values(here=here))
    if here < fetching.bytes or _hash_of(conn, fetching.place) == fetching.sha:
        return True
    conn.execute(snapshot_piece.delete().where(_p.place == fetching.place))
    conn.execute(snapshot_segment.update().where(_s.place == fetching.place).values(here=0))
    return False


def _hash_of(conn: sa.Connection, place: int) -> str:
    return hashlib.sha256(_bytes_of(conn, place)).hexdigest()


def _bytes_of(conn: sa.Connection, place: int) -> bytes:
    pieces = conn.execute(sa.select(_p.data).where(_p.place == place).order_by(_p.at)).scalars()
    return b"".join(map(bytes, pieces))


class Loading:
    """Takes fetched segments into the fresh tables: call `step` in a transaction each, until it says there is no more.

    A step takes one line; what it did is remembered with it, so after a kill the next line comes next.
    """

    def __init__(self) -> None:
        self._place = -1
        self._at = 0
        self._lines: Iterator[list[Any]] = iter(())
        self._lacking: set[str] = set()

    def step(self, conn: sa.Connection) -> bool:
        """Whether there was a line. Raises `BadSegment`."""
        line = next(self._lines, None)
        while line is None:
            if self._place >= 0:
                self._finish(conn)
            if not self._open(conn):
                self._place = -1
                return False
            line = next(self._lines, None)
        known = len(self._lacking)
        _load(conn, line, self._lacking)
        if len(self._lacking) > known:
            before = set((conn.execute(sa.select(snapshot.c.lacking)).scalar() or "").split())
            conn.execute(snapshot.update().values(lacking=" ".join(sorted(before | self._lacking))))
        self._at += 1
        conn.execute(snapshot_segment.update().where(_s.place == self._place).values(lines=self._at))
        return True

    def _open(self, conn: sa.Connection) -> bool:
        query = sa.select(_s.place, _s.lines).where(~_s.loaded, _s.here == _s.bytes)
        row = conn.execute(query.order_by(_s.place).limit(1)).first()
        if row is None:
            return False
        self._place, self._at = row
        self._lines = lines_of(_bytes_of(conn, self._place))
        for _ in range(self._at):
            next(self._lines)
        return True

    def _finish(self, conn: sa.Connection) -> None:
        conn.execute(snapshot_segment.update().where(_s.place == self._place).values(loaded=True))
        conn.execute(snapshot_piece.delete().where(_p.place == self._place))


def is_loaded(engine: sa.Engine) -> bool:
    """Whether all of the snapshot stands in the fresh tables."""
    with reading(engine) as conn:
        return conn.execute(sa.select(_s.place).where(~_s.loaded).limit(1)).first() is None


def _load(conn: sa.Connection, line: Sequence[Any], lacking: set[str]) -> None:
    try:
        if line[0] == "rows":
            _load_rows(conn, line[1], line[2], line[3], lacking)
        elif line[0] in _BESIDE:
            _insert(conn, _BESIDE[line[0]].name, line[1], line[2])
        elif line[0] == "frames":
            _load_frames(conn, line[1])
    except (LookupError, TypeError, ValueError, sa.exc.StatementError, sa.exc.IntegrityError) as error:
        raise BadSegment(type(error).__name__) from error


def _load_rows(
    conn: sa.Connection, kind: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], lacking: set[str]
) -> None:
    entity = find_entity(kind)
    if entity is None:
        lacking.add(kind)
        return
    known = set(column_names(entity.table))
    if not known >= set(columns):
        lacking.update(f"{kind}.{name}" for name in columns if name not in known)
        kept = [at for at, name in enumerate(columns) if name in known]
        columns, rows = [columns[at] for at in kept], [[row[at] for at in kept] for row in rows]
    _insert(conn, entity.table.name, columns, rows)


def _load_frames(conn: sa.Connection, frames: Sequence[Sequence[Any]]) -> None:
    rows = [[*frame[: len(FRAME)], encode(frame[len(FRAME)])] for frame in frames]
    if _insert(conn, journal.name, _JOURNAL, rows) == len(rows):
        return
    # Another segment has the commit too, with other places of it.
    key = f"{FRESH}journal WHERE device = ? AND epoch = ? AND n = ?"
    for device, epoch, _, n, *_, payload in rows:
        (there,) = conn.exec_driver_sql(f"SELECT payload FROM {key}", (device, epoch, n)).one()  # noqa: S608
        merged = merge_payloads(bytes(there), payload)
        if merged != there:
            update = f"UPDATE {FRESH}journal SET payload = ? WHERE device = ? AND epoch = ? AND n = ?"  # noqa: S608
            conn.exec_driver_sql(update, (merged, device, epoch, n))


def merge_payloads(one: bytes, other: bytes) -> bytes:
    """The places of both; where one has words for a place and the other none, the words."""
    parts = {part.at: part for part in unpack_parts(other)}
    parts.update({part.at: part for part in unpack_parts(one) if not part.is_blank or part.at not in parts})
    return pack_parts([parts[at] for at in sorted(parts)])


def _insert(conn: sa.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """How many rows were not there yet."""
    if not all(re.fullmatch(r"\w+", name, re.ASCII) for name in columns):
        raise BadSegment("column")
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    sql = f'INSERT OR IGNORE INTO "{FRESH}{table}" ({names}) VALUES ({marks})'  # noqa: S608
    return conn.exec_driver_sql(sql, [tuple(row) for row in rows]).rowcount


def synced_tables() -> list[sa.Table]:
    """What the swap replaces as a whole."""
    return [*(entity.table for entity in entities()), *_BESIDE.values()]


def make_fresh(conn: sa.Connection) -> None:
    """Empty tables beside the synced ones, of the same shape; their indexes come when they take the others' place."""
    for table in (*synced_tables(), journal):
        (sql,) = conn.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table.name,)
        ).one()
        renamed = re.sub(rf'^CREATE TABLE ["`]?{table.name}["`]?', f'CREATE TABLE "{FRESH}{table.name}"', sql, count=1)
        conn.exec_driver_sql(renamed)


def replace_table(conn: sa.Connection, name: str) -> None:
    """Put the fresh table in place of the synced one, indexes and all."""
    if conn.exec_driver_sql(f'SELECT 1 FROM "{FRESH}{name}" LIMIT 1').first() is None:  # noqa: S608
        conn.exec_driver_sql(f'DELETE FROM "{name}"')  # noqa: S608
        return
    indexes = conn.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL", (name,)
    )
    statements = indexes.scalars().all()
    conn.exec_driver_sql(f'DROP TABLE "{name}"')
    conn.exec_driver_sql(f'ALTER TABLE "{FRESH}{name}" RENAME TO "{name}"')
    for sql in statements:
        conn.exec_driver_sql(sql)


def drop_fresh(conn: sa.Connection) -> None:
    names = conn.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, ?) = ?", (len(FRESH), FRESH)
    )
    for (name,) in names.all():
        conn.exec_driver_sql(f'DROP TABLE "{name}"')


def fits(conn: sa.Connection) -> bool:
    """Whether the fresh tables have the shape that the synced ones have now: the program may be another since."""
    for table in (*synced_tables(), journal):
        shapes = [
            conn.exec_driver_sql(f'SELECT name FROM pragma_table_info("{prefix}{table.name}")').scalars().all()  # noqa: S608
            for prefix in ("", FRESH)
        ]
        if shapes[0] != shapes[1]:
            return False
    return True
