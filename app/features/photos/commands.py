"""Adding a photo to a form, and taking it out again; what a command that hangs photos on a record shares.

A photo is kept in the encrypted file the moment it is added, so that a draft that survives a power cut has its photos
and saving is quick. The record that names it is made by the act that saves (`hang`).
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from app.base.errors import Refused
from app.features.photos.bare import size_of_bare
from app.features.photos.preparing import LONGEST, MOST_BYTES, MOST_THUMBNAIL, THUMBNAIL, TYPE
from app.features.photos.tables import CAPTION
from app.journal.act import Act
from app.journal.attached import named_size, settle, stage, sweep_staged, unstage, want
from app.journal.commands import Command, Line, handles
from app.journal.fields import Bytes, ContentName, Many

MOST_AT_ONCE = 12
"""Photos of one act."""


@dataclass(frozen=True, kw_only=True)
class PhotoTaken(Line):
    """One photo that was added to the form. `photo`: the SHA-256 of what `KeepPhoto` kept."""

    photo: Annotated[str, ContentName()]
    caption: Annotated[str | None, CAPTION] = None


@dataclass(frozen=True, kw_only=True)
class KeepPhoto(Command):
    """Keep a photo that was made ready by `prepare`, until the form it belongs to is saved."""

    photo: Annotated[bytes, Bytes(MOST_BYTES)]
    thumbnail: Annotated[bytes, Bytes(MOST_THUMBNAIL)]


@dataclass(frozen=True, kw_only=True)
class DropPhotos(Command):
    """Photos that were taken out of a form; those that a record names stay."""

    photos: Annotated[tuple[str, ...], Many(ContentName())]


@dataclass(frozen=True, kw_only=True)
class FetchPhoto(Command):
    """Somebody opened a photo that is not here: have it fetched at the next chance, and keep it."""

    photo: Annotated[str, ContentName()]


@handles(KeepPhoto)
def keep_photo(act: Act, command: KeepPhoto) -> None:
    size_of_bare(command.photo, "photo", LONGEST)
    size_of_bare(command.thumbnail, "thumbnail", THUMBNAIL)
    sweep_staged(act.conn, act.now)
    stage(act.conn, command.photo, TYPE, base64.b64encode(command.thumbnail).decode(), act.now)


@handles(DropPhotos)
def drop_photos(act: Act, command: DropPhotos) -> None:
    unstage(act.conn, command.photos)


@handles(FetchPhoto)
def fetch_photo(act: Act, command: FetchPhoto) -> None:
    size = named_size(act.conn, command.photo)
    if size is None:
        raise Refused("unknown_record", "photo")
    want(act.conn, command.photo, size, TYPE, act.now)


def hang(act: Act, kind: str, on: str, parent: str, photos: Sequence[PhotoTaken], node: str | None) -> None:
    """Create a record of `kind` for each photo, hung by its field `on`. Raises `Refused`: "photo_gone", "too_many"."""
    if len(photos) > MOST_AT_ONCE:
        raise Refused("too_many", "photos", limit=MOST_AT_ONCE)
    hung: set[str] = set()
    for place, taken in enumerate(photos):
        if taken.photo in hung:
            continue
        hung.add(taken.photo)
        kept = settle(act.conn, taken.photo, f"photos.{place}.photo")
        values = {
            on: parent,
            "photo": kept.name,
            "bytes": kept.size,
            "type": kept.type,
            "thumbnail": kept.thumbnail,
            "caption": taken.caption,
        }
        act.create(kind, values, node=node)


def take_back(act: Act, kind: str, id_: str, reason: str) -> None:
    """Void a photo that does not belong where it hangs. Raises `Refused`: "void_needs_reason", or where it is none."""
    if not reason.strip():
        raise Refused("void_needs_reason", "reason")
    act.void(kind, act.row(kind, id_, kind)["id"], reason)


def picture_of(thumbnail: str | None) -> bytes:
    """A thumbnail as it stands in a record, as the bytes of a JPEG; nothing where it was erased or is none."""
    try:
        return base64.b64decode(thumbnail or "", validate=True)
    except binascii.Error:
        return b""
