"""What a device far behind, or new, is given instead of history: the state of all it reads, in segments.

Segments are made when somebody asks, kept by their hash, and given to everybody who reads the stream until something is
filed in it. All of a snapshot is as of one moment: a segment made earlier is of that moment too while its stream stood
still. Not here: what stands in a segment (`segments.py`), the bytes' way (`files.py`).
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from app.base.clock import DAY, HOUR
from app.center.feed import newest_cursor
from app.center.hub import Declined, Hub, standing_city
from app.center.restore import check_hub_epoch
from app.center.room import has_room
from app.center.segments import build
from app.center.tables import device, feed, segment
from app.journal.entities import entities
from app.journal.load import chunks
from app.journal.streams import streams_read
from app.journal.tables import journal
from app.store.bulk import column_names
from app.store.engine import reading, writing
from app.sync.protocol import OwnStamp
from app.sync.snapshot_wire import FORMAT, Segment, SnapshotRequest, SnapshotResponse

KEPT_FOR = 7 * DAY
"""How long a segment is kept after another took its place: somebody may still be fetching it."""
MOST_KEPT = 3
"""So many moments of one stream are kept at most, but for those made within `KEPT_ANYWAY`."""
KEPT_ANYWAY = HOUR
_MOST_EPOCHS = 64


@dataclass(frozen=True, slots=True)
class _Made:
    """The segments of one stream. `fresh`: made just now, not noted in the database yet."""

    stream: str
    seq: int
    parts: list[Segment]
    fresh: bool


def answer_snapshot(hub: Hub, request: SnapshotRequest, receipt: int) -> SnapshotResponse:
    """All that the asking device reads, as of this moment. Raises `Declined` 409 epoch, 401 revoked, 507
    center_full."""
    with reading(hub.engine) as conn:
        check_hub_epoch(conn, request)
        city = standing_city(conn)
        row = conn.execute(sa.select(device).where(device.c.id == request.device)).mappings().one()
        if row["status"] == "REVOKED":
            raise Declined(401, "revoked")
        streams = streams_read(hub.trees.tree(conn), row["node"])
        seq = int(conn.execute(sa.select(sa.func.max(journal.c.seq))).scalar() or 0)
        cursor = newest_cursor(conn, streams, city["hub_epoch"])
        made = [_made(hub, conn, stream, seq) for stream in streams]
        stamps = _stamps(conn, request, seq)
    fresh = [each for each in made if each.fresh]
    if fresh:
        _note(hub, fresh, receipt)
    segments = [part for each in made for part in each.parts]
    return SnapshotResponse(request.request_id, hub.clock(), city["hub_epoch"], seq, cursor, segments, stamps)


def snapshot_told(_request: SnapshotRequest, response: SnapshotResponse) -> str:
    size = sum(each.bytes for each in response.segments)
    return f" {len(response.segments)} segments, {size} bytes, as of {response.seq}"


def may_read_segment(conn: sa.Connection, hub: Hub, node: str, name: str) -> bool:
    """Whether these bytes are a segment of a stream that a device of this node reads."""
    streams = streams_read(hub.trees.tree(conn), node)
    s = segment.c
    return conn.execute(sa.select(s.sha).where(s.sha == name, s.stream.in_(streams)).limit(1)).first() is not None


def drop_segments(hub: Hub, streams: Sequence[str]) -> int:
    """Let go of every segment of these streams, after something in them was erased; gives how many."""
    s = segment.c
    with writing(hub.engine) as conn:
        names = set(conn.execute(sa.select(s.sha).where(s.stream.in_(streams))).scalars())
        conn.execute(segment.delete().where(s.stream.in_(streams)))
    _remove(hub, names)
    return len(names)


def _made(hub: Hub, conn: sa.Connection, stream: str, seq: int) -> _Made:
    """The stream's segments as of `seq`: those that are there where it stood still since, else new ones."""
    filed = int(conn.execute(sa.select(sa.func.max(feed.c.seq)).where(feed.c.stream == stream)).scalar() or 0)
    s = segment.c
    rows = conn.execute(sa.select(segment).where(s.stream == stream).order_by(s.seq.desc(), s.part)).mappings().all()
    if rows and rows[0]["seq"] >= filed and rows[0]["shape"] == shape():
        parts = [row for row in rows if row["seq"] == rows[0]["seq"] and row["bytes"]]
        if all(hub.content.has(row["sha"]) for row in parts):
            return _Made(stream, seq, [Segment(stream, row["sha"], row["bytes"]) for row in parts], fresh=False)
    built = [_kept(hub, stream, data) for data in build(conn, hub.trees.tree(conn), stream)]
    return _Made(stream, seq, built, fresh=True)


def _kept(hub: Hub, stream: str, data: bytes) -> Segment:
    """Raises `Declined` 507 center_full: a disk filled by segments would stop the database too."""
    if not has_room(hub.content.root, len(data)):
        raise Declined(507, "center_full")
    return Segment(stream, hub.content.keep(data), len(data))


def shape() -> str:
    """What kinds and columns a segment of this program has: one of another program is made anew."""
    told = [f"{entity.kind} {' '.join(column_names(entity.table))}" for entity in entities()]
    return hashlib.sha256("\n".join([str(FORMAT), *sorted(told)]).encode()).hexdigest()[:16]


def _note(hub: Hub, made: Sequence[_Made], now: int) -> None:
    """Remember new segments, and let go of those that others took the place of long ago."""
    s = segment.c
    gone: set[str] = set()
    with writing(hub.engine) as conn:
        for each in made:
            before = sa.and_(s.stream == each.stream, s.seq < each.seq)
            newest = sa.select(s.seq).where(before).distinct().order_by(s.seq.desc()).limit(MOST_KEPT - 1)
            others = s.seq.not_in(conn.execute(newest).scalars().all())
            too_old = sa.or_(s.made_at < now - KEPT_FOR, sa.and_(others, s.made_at < now - KEPT_ANYWAY))
            old = sa.and_(before, too_old)
            gone.update(conn.execute(sa.select(s.sha).where(old)).scalars())
            conn.execute(segment.delete().where(old))
            # A stream that holds nothing is noted too: a row without bytes.
            parts = each.parts or [Segment(each.stream, "", 0)]
            rows = [
                {"stream": each.stream, "seq": each.seq, "part": part, "sha": told.sha, "bytes": told.bytes}
                | {"shape": shape(), "made_at": now}
                for part, told in enumerate(parts)
            ]
            known = sa.and_(s.stream == each.stream, s.seq == each.seq)
            # Two may make the same at once; what they made is the same too.
            with suppress(sa.exc.IntegrityError), conn.begin_nested():
                conn.execute(segment.delete().where(known))
                conn.execute(segment.insert(), rows)
        for chunk in chunks(sorted(gone)):
            gone -= set(conn.execute(sa.select(s.sha).where(s.sha.in_(chunk))).scalars())
    _remove(hub, gone)


def _remove(hub: Hub, names: set[str]) -> None:
    for name in sorted(names - {""}):
        hub.content.remove(name)


def _stamps(conn: sa.Connection, request: SnapshotRequest, upto: int) -> list[OwnStamp]:
    """The center's order, up to `upto`, for the device's own commits it has none for."""
    j = journal.c
    found: list[OwnStamp] = []
    for epoch, first, last in request.unnumbered[:_MOST_EPOCHS]:
        own = (j.device == request.device, j.epoch == epoch, j.n >= first, j.n <= last, j.seq <= upto)
        before = 0
        for n, seq, eff in conn.execute(sa.select(j.n, j.seq, j.eff).where(*own).order_by(j.n)):
            run = found[-1] if found and found[-1].epoch == epoch else None
            if run is not None and (run.n + len(run.effs), run.seq + len(run.effs)) == (n, seq):
                run.effs.append(eff - before)
            else:
                found.append(OwnStamp(epoch, n, seq, [eff]))
            before = eff
    return found
