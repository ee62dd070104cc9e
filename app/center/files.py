"""Bytes at the center: photos come in pieces and are given out, segments of a snapshot are given out. Knows no HTTP.

A photo is taken only where a record names it that the device may see; data comes first, so the record is there before
the bytes are. Pieces are gathered per device and take their name after the whole was hashed. What is given out must
be named by a record in the device's scope. What the disk cannot hold is said in words, and stays at the point.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY, SECOND
from app.base.errors import Environment, Refused
from app.center.hub import Declined, Hub
from app.center.kept import forget_kept, forget_unnamed, is_kept, note_kept
from app.center.room import has_room
from app.center.senders import in_good_standing, sender_of
from app.center.snapshot import may_read_segment
from app.center.tables import kept_photo
from app.journal.attached import MOST_BYTES, Reference, named_among, references
from app.journal.presence import Presence, columns_asked
from app.journal.streams import streams_read
from app.store.content import NAME, Mismatch, NotThere, WrongOffset
from app.store.engine import reading, writing
from app.sync.bytes import BLOB_PATH, BYTES_TYPE, MOST_PIECE, OFFSET_HEADER

PART_DAYS = 30
"""How long pieces wait for the rest."""
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?", re.ASCII)
_OFFSET = re.compile(r"\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer. `headers` beside those that every answer has."""

    status: int
    headers: dict[str, str]
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Named:
    """Bytes that this device may have. `sizes`: of a photo, what its records say that a photo may have, each of which
    may be wrong; None for what is not brought."""

    sizes: frozenset[int] | None


Find = Callable[[sa.Connection, Hub, sa.RowMapping, str], Named | None]
"""(connection, hub, the device's row, name) → what is known of bytes this device may have; None for no others."""


def answer_bytes(hub: Hub, method: str, path: str, body: bytes, headers: Mapping[str, str], receipt: int) -> Told:
    """Answer a HEAD, PATCH or GET of `BLOB_PATH`. `headers` by lower-case names; `receipt`: µs. Raises `Declined`."""
    asking = sender_of(hub, method, path, body, headers)
    name = path.removeprefix(BLOB_PATH)
    if not NAME.fullmatch(name):
        raise Declined(404, "not_referenced")
    with reading(hub.engine) as conn:
        row = in_good_standing(conn, asking)
        found = next((named for find in FINDERS if (named := find(conn, hub, row, name)) is not None), None)
        is_noted = found is None or found.sizes is None or is_kept(conn, name)
    if found is None:
        raise Declined(404, "not_referenced")
    if method == "GET":
        told = _give(hub, name, headers)
        # It came before the center was put back, and now its record came again.
        if not is_noted and (size := hub.content.partial_size(name)):
            with writing(hub.engine) as conn:
                note_kept(conn, name, size, "", receipt)
        return told
    if found.sizes is None:
        raise Declined(405, "bad_request", what="method")
    if method == "PATCH":
        return _take(hub, name, found.sizes, asking, body, headers, receipt)
    if hub.content.has(name):
        return _stands(_finished(hub, name, asking, receipt))
    _check_sizes(found.sizes)
    return _reached(hub, name, hub.content.partial_size(name, asking), found.sizes, asking, receipt)


def photo_named(conn: sa.Connection, hub: Hub, row: sa.RowMapping, name: str) -> Named | None:
    """A photo that a record names which this device reads, or wrote itself."""
    tree = hub.trees.tree(conn)
    read = set(streams_read(tree, row["node"]))
    said = []
    for reference in references():
        rows = _rows_naming(conn, reference, name)
        for record, streams in zip(rows, Presence(conn, tree).of_rows(reference.entity, rows), strict=True):
            if streams & read or record["born_device"] == row["id"]:
                said.append(record["bytes"])
    return Named(frozenset(filter(_may_be_size, said))) if said else None


def segment_named(conn: sa.Connection, hub: Hub, row: sa.RowMapping, name: str) -> Named | None:
    """A segment of a stream that this device reads."""
    return Named(None) if may_read_segment(conn, hub, row["node"], name) else None


FINDERS: list[Find] = [photo_named, segment_named]
"""Asked one after the other."""


def drop_unreferenced(hub: Hub) -> int:
    """Remove the photos that no record names any more, after an erasure, and pieces of such; gives how many were whole.

    Raises `Refused("photos_elsewhere")` where the center's photos are in another folder than this.
    """
    with writing(hub.engine) as conn:
        names = conn.execute(sa.select(kept_photo.c.name)).scalars().all()
        gone = sorted(set(names) - named_among(conn, names))
        if gone and not hub.content.root.is_dir():
            raise Refused("photos_elsewhere", "files")
        for name in gone:
            conn.execute(kept_photo.delete().where(kept_photo.c.name == name))
        begun = {name for name, *_rest in hub.content.parts()}
        left = begun - named_among(conn, begun)
    for name in gone:
        hub.content.remove(name)
    for name, owner, *_rest in list(hub.content.parts()):
        if name in left:
            hub.content.forget(name, owner)
    return len(gone)


def drop_old_parts(hub: Hub) -> int:
    """Remove the pieces whose rest never came; gives how many photos they began."""
    before = (hub.clock() - PART_DAYS * DAY) / SECOND
    old = [(name, owner) for name, owner, _, at in hub.content.parts() if at < before]
    for name, owner in old:
        hub.content.forget(name, owner)
    return len(old)


def _rows_naming(conn: sa.Connection, reference: Reference, name: str) -> list[dict[str, Any]]:
    c = reference.entity.c
    columns = [c[each] for each in dict.fromkeys((*columns_asked(reference.entity), "born_device", "bytes"))]
    rows = conn.execute(sa.select(*columns).where(c[reference.field] == name)).mappings()
    return [dict(row) for row in rows]


def _may_be_size(said: object) -> bool:
    """Whatever a record says came from somebody's computer."""
    return isinstance(said, int) and 1 <= said <= MOST_BYTES


def _check_sizes(sizes: frozenset[int]) -> None:
    """Raises `Declined` 413 photo_too_large where no record says a size that a photo may have."""
    if not sizes:
        raise Declined(413, "photo_too_large", most=MOST_BYTES)


def _stands(offset: int) -> Told:
    return Told(200, {OFFSET_HEADER: str(offset)})


def _give(hub: Hub, name: str, headers: Mapping[str, str]) -> Told:
    asked = _RANGE.fullmatch(headers.get("range", "bytes=0-"))
    if asked is None:
        raise Declined(400, "bad_request", what="range")
    try:
        size, start = hub.content.size(name), int(asked[1])
        end = min(int(asked[2]) if asked[2] else size - 1, size - 1, start + MOST_PIECE - 1)
        if start > end:
            raise Declined(416, "bad_request", what="range")
        data = hub.content.read(name, start, end - start + 1)
    except NotThere:
        raise Declined(404, "not_here_yet") from None
    except Environment as trouble:
        if trouble.code != "disk_error":
            raise
        raise Declined(500, "center_failed") from trouble  # these bytes cannot be read; it is not about the others
    return Told(206, {"content-range": f"bytes {start}-{end}/{size}", "content-type": BYTES_TYPE}, data)


def _take(
    hub: Hub, name: str, sizes: frozenset[int], asking: str, body: bytes, headers: Mapping[str, str], receipt: int
) -> Told:
    content, text = hub.content, headers.get(OFFSET_HEADER, "")
    if not _OFFSET.fullmatch(text) or headers.get("content-type") != BYTES_TYPE:
        raise Declined(400, "bad_request", what="offset")
    offset = int(text)
    if content.has(name):
        return _stands(_finished(hub, name, asking, receipt))
    _check_sizes(sizes)
    if offset + len(body) > max(sizes):
        raise Declined(413, "photo_too_large", most=MOST_BYTES)
    if not body:
        raise Declined(400, "bad_request", what="body")
    _check_room(hub, max(sizes))
    try:
        here = content.append(name, offset, body, asking)
    except WrongOffset as wrong:
        # Else all of it came before, and the center fell before it took its name.
        if not _is_all(hub, name, wrong.at, sizes, asking):
            raise Declined(409, "offset", at=wrong.at) from None
        here = wrong.at
    return _reached(hub, name, here, sizes, asking, receipt)


def _is_all(hub: Hub, name: str, here: int, sizes: frozenset[int], asking: str) -> bool:
    """Whether no more is to come: one of two records may say too many bytes, and one too few."""
    return here >= max(sizes) or (here in sizes and hub.content.answers(name, asking))


def _reached(hub: Hub, name: str, here: int, sizes: frozenset[int], asking: str, receipt: int) -> Told:
    return _stands(_finished(hub, name, asking, receipt) if _is_all(hub, name, here, sizes, asking) else here)


def _finished(hub: Hub, name: str, asking: str, receipt: int) -> int:
    """All pieces are there: they take their name, if they answer to it. Gives the size. Raises `Declined` mismatch,
    not_here_yet where they went meanwhile, not_referenced where what named them was erased meanwhile."""
    content = hub.content
    size = content.partial_size(name, asking)
    if not size:
        raise Declined(404, "not_here_yet")
    # Noted before the bytes have their name: whatever has one can be found when it must be erased.
    with writing(hub.engine) as conn:
        note_kept(conn, name, size, asking, receipt)
    try:
        content.publish(name, asking)
        if forget_unnamed(hub, name):
            raise Declined(404, "not_referenced")
        return content.size(name)
    except Mismatch:
        forget_kept(hub, name)
        raise Declined(409, "mismatch") from None
    except NotThere:
        forget_kept(hub, name)
        raise Declined(404, "not_here_yet") from None


def _check_room(hub: Hub, size: int) -> None:
    """Raises `Declined` 507 center_full where the disk, or what photos may take of it, has no room for one more."""
    if not has_room(hub.content.root, size):
        raise Declined(507, "center_full")
    if hub.most_photo_bytes is not None:
        with reading(hub.engine) as conn:
            taken = conn.execute(sa.select(sa.func.coalesce(sa.func.sum(kept_photo.c.bytes), 0))).scalar_one()
        if taken + size > hub.most_photo_bytes:
            raise Declined(507, "center_full")
