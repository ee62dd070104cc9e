"""What a device far behind, or new, is given instead of history: the state of all it reads, in segments.

Segments are made when somebody asks, kept by their hash, and given to everybody who reads the stream until something is
filed in it. All of a snapshot is as of one moment: a segment made earlier is of that moment too while its stream stood
still. Not here: what stands in a segment (`segments.py`), the bytes' way (`files.py`).
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from app.base.clock import DAY, HOUR, SECOND
from app.center.feed import newest_cursor
from app.center.hub import Declined, Hub, standing_city
from app.center.locks import pass_gate
from app.center.restore import check_hub_epoch
from app.center.room import RESERVE, has_room
from app.center.segments import build
from app.center.senders import in_good_standing
from app.center.tables import feed, segment
from app.journal.entities import entities
from app.journal.here import standing
from app.journal.streams import streams_read
from app.journal.tables import journal
from app.store.bulk import column_names, values_found
from app.store.content import name_of
from app.store.engine import reading, writing
from app.sync.protocol import OwnStamp
from app.sync.snapshot_wire import FORMAT, GOOD_FOR, Segment, SnapshotRequest, SnapshotResponse

KEPT_FOR = GOOD_FOR + 2 * DAY
"""How long a segment is kept after another took its place: until then it was named to whoever asked, and they may be
fetching it still."""
TIGHT = RESERVE
"""The disk is tight where it has less room than this: then old moments go before photos and new segments find none."""
MOST_KEPT = 3
"""So many moments of one stream are kept at most on a tight disk, but for those made within `KEPT_ANYWAY`."""
KEPT_ANYWAY = HOUR
KEEPING_FOR = HOUR
"""Whoever has been writing a segment for longer was killed over it."""
_MOST_EPOCHS = 64
_MAKING = 2
"""Grows when segments of the same rows hold more than before."""
_ERASE = b'["erase",'


@dataclass(frozen=True, slots=True)
class _Made:
    """The segments of one stream. `fresh`: made just now, not noted in the database yet."""

    stream: str
    seq: int
    parts: list[Segment]
    fresh: bool


def answer_snapshot(hub: Hub, request: SnapshotRequest, receipt: int) -> SnapshotResponse:
    """All that the asking device reads, as of this moment. Raises `Declined` 409 epoch, 401, 503 busy, 507
    center_full."""
    with reading(hub.engine) as conn:
        check_hub_epoch(conn, request)
        asking = in_good_standing(conn, request.device)
        streams = streams_read(hub.trees.tree(conn), asking["node"])
    hub.content.drop_unfinished((receipt - KEEPING_FOR) / SECOND)
    _drop_old(hub, streams, receipt)
    kept: set[str] = set()
    try:
        with reading(hub.engine) as conn:
            city = standing_city(conn)
            seq = int(conn.execute(sa.select(sa.func.max(journal.c.seq))).scalar() or 0)
            cursor = newest_cursor(conn, streams, city["hub_epoch"])
            made = [_made(hub, conn, stream, seq, kept) for stream in streams]
            stamps = _stamps(conn, request, seq)
        fresh = [each for each in made if each.fresh]
        if fresh:
            _note(hub, fresh, receipt)
    except BaseException:
        # Nobody would know of them, and an erasing must find all that says what was.
        with reading(hub.engine) as conn:
            kept -= values_found(conn, (segment,), "sha", kept)
        _remove(hub, kept)
        raise
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


def drop_segments(hub: Hub) -> int:
    """Let go of every segment, after something was erased: it may stand in streams that it has left; gives how many."""
    with writing(hub.engine) as conn:
        names = set(conn.execute(sa.select(segment.c.sha)).scalars())
        conn.execute(segment.delete())
    _remove(hub, names)
    return len(names)


def _made(hub: Hub, conn: sa.Connection, stream: str, seq: int, kept: set[str]) -> _Made:
    """The stream's segments as of `seq`: those that are there where it stood still since, else new ones, whose names
    are put into `kept`. Those that are there are read whole: named again, one that the disk spoilt would stop every
    device that needs it. That costs about a millisecond a megabyte, far less than to send it."""
    filed = int(conn.execute(sa.select(sa.func.max(feed.c.seq)).where(feed.c.stream == stream)).scalar() or 0)
    s = segment.c
    newest = sa.select(sa.func.max(s.seq)).where(s.stream == stream).scalar_subquery()
    query = sa.select(segment).where(s.stream == stream, s.seq == newest).order_by(s.part)
    rows = conn.execute(query).mappings().all()
    if rows and rows[0]["seq"] >= filed and rows[0]["shape"] == shape():
        parts = [row for row in rows if row["bytes"]]
        spoilt = {row["sha"] for row in parts if not hub.content.is_sound(row["sha"])}
        if not spoilt:
            return _Made(stream, seq, [Segment(stream, row["sha"], row["bytes"]) for row in parts], fresh=False)
        _remove(hub, spoilt)  # the new one may have the same name, and what stands under a name is not written again
    built = []
    for data in build(conn, hub.trees.tree(conn), stream):
        # A disk filled by segments would stop the database too.
        if not has_room(hub.content.root, len(data)):
            raise Declined(507, "center_full")
        kept.add(name_of(data))
        built.append(Segment(stream, hub.content.keep(data), len(data)))
    return _Made(stream, seq, built, fresh=True)


def shape() -> str:
    """What a segment of this program has, and of which kinds and columns: one of another program is made anew."""
    told = [f"{entity.kind} {' '.join(column_names(entity.table))}" for entity in entities()]
    return hashlib.sha256("\n".join([f"{FORMAT} {_MAKING}", *sorted(told)]).encode()).hexdigest()[:16]


def _drop_old(hub: Hub, streams: Sequence[str], now: int) -> None:
    """Let go of what these streams held long ago; where the disk is tight, of much that all streams held."""
    s = segment.c
    is_tight = not has_room(hub.content.root, TIGHT)
    moments = sa.select(s.stream, s.seq, sa.func.max(s.made_at)).group_by(s.stream, s.seq)
    moments = moments.order_by(s.stream, s.seq.desc())
    old: dict[str, list[int]] = {}
    with reading(hub.engine) as conn:
        found = conn.execute(moments if is_tight else moments.where(s.stream.in_(streams))).all()
    for stream, each in groupby(found, key=itemgetter(0)):
        # The newest is named still. One before it was named until the next was made.
        named_until = now
        for place, (_, seq, made_at) in enumerate(each):
            if is_tight:
                goes = made_at < now - (KEPT_ANYWAY if place >= MOST_KEPT - 1 else KEPT_FOR)
            else:
                goes = named_until < now - KEPT_FOR
            if goes:
                old.setdefault(stream, []).append(seq)
            named_until = made_at
    if not old:
        return
    with writing(hub.engine) as conn:
        gone: set[str] = set()
        for stream, seqs in old.items():
            these = sa.and_(s.stream == stream, s.seq.in_(seqs))
            gone.update(conn.execute(sa.select(s.sha).where(these)).scalars())
            conn.execute(segment.delete().where(these))
        gone -= values_found(conn, (segment,), "sha", gone)
    _remove(hub, gone)


def _note(hub: Hub, made: Sequence[_Made], now: int) -> None:
    """Remember new segments. Raises `Declined` 503 where something was erased while they were made."""
    s = segment.c
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=False)  # whoever erases waits, and then finds them
        if _was_erased_since(conn, min(each.seq for each in made)):
            raise Declined(503, "busy")
        for each in made:
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


def _was_erased_since(conn: sa.Connection, seq: int) -> bool:
    """Whether the center wrote an erase after this number: it alone does."""
    j = journal.c
    later = sa.select(j.payload).where(j.device == standing(conn).device, j.seq > seq)
    return any(_ERASE in payload for payload in conn.execute(later).scalars())


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
