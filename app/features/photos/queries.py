"""Photos as the screen shows them: the thumbnail that came with the record, and whether the photo itself is here."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.features.photos.commands import picture_of
from app.journal.attached import find, whole_bytes
from app.journal.entities import Entity
from app.journal.tables import attached


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a record. `photo`: the SHA-256 of its bytes, empty where it was erased. `taken_at`: when it was
    saved, µs. `here`: whether its bytes are; else `wanted` says that they were asked for, and `trouble` why they did
    not come."""

    kind: str
    id: str
    photo: str
    caption: str
    taken_at: int
    here: bool
    wanted: bool
    trouble: str
    thumbnail: bytes = field(repr=False)


def photos_hung(
    conn: sa.Connection, entity: Entity, on: str, parents: Collection[str]
) -> Mapping[str, tuple[Photo, ...]]:
    """The photos of `entity` that hang on these records by their field `on`: parent → photos, the first first."""
    if not parents:
        return {}
    c, a = entity.c, attached.c
    query = (
        sa.select(c[on], c.id, c.photo, c.caption, c.thumbnail, c.born_at, a.size, a.here, a.wanted_at, a.trouble)
        .outerjoin_from(entity.table, attached, a.name == c.photo)
        .where(c[on].in_(list(parents)), ~c.hidden)
        .order_by(c.born_at, c.born_n, c.born_op)
    )
    found: dict[str, list[Photo]] = defaultdict(list)
    for row in conn.execute(query):
        here = row.size is not None and row.here >= row.size
        made = Photo(
            kind=entity.kind,
            id=row.id,
            photo=row.photo or "",
            caption=row.caption or "",
            taken_at=row.born_at,
            here=here,
            wanted=not here and row.wanted_at is not None,
            trouble=(row.trouble or "") if not here else "",
            thumbnail=picture_of(row.thumbnail),
        )
        found[getattr(row, on)].append(made)
    return {parent: tuple(photos) for parent, photos in found.items()}


def photo_bytes(conn: sa.Connection, photo: str) -> bytes | None:
    """The JPEG of a photo; None while it is not here."""
    return whole_bytes(conn, photo)


def photo_trouble(conn: sa.Connection, photo: str) -> str:
    """Why a photo that was asked for did not come, empty where nothing is known."""
    known = find(conn, photo)
    return "" if known is None else known.trouble


@dataclass(frozen=True, slots=True)
class Staged:
    """A photo that was added to a form and is not saved yet."""

    photo: str
    thumbnail: bytes = field(repr=False)


def staged(conn: sa.Connection, photos: Collection[str]) -> dict[str, Staged]:
    """Those of these photos that are still kept for a form: a draft names them."""
    c = attached.c
    query = sa.select(c.name, c.thumbnail).where(c.name.in_(list(photos)), c.here >= c.size, c.thumbnail != "")
    return {name: Staged(name, picture_of(thumbnail)) for name, thumbnail in conn.execute(query)}
