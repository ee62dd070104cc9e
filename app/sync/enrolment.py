"""The enrolment file: what lets a new device work before it has ever met the center.

Made by the center for one device of one node, signed with the city's key, carried by mail or stick. It holds the node,
the address, the city's public keys, a letter for readable numbers, and the first page of the feed (org tree, staff,
catalogue) as the center would have sent it. It holds no secret; the one-time code travels apart.
"""

import base64
import re
from contextlib import suppress
from heapq import nsmallest
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from app.base.errors import Refused
from app.store.stick import on_stick
from app.sync.pins import are_pins
from app.sync.protocol import BadBody, Page, pack, unpack

VERSION = 1
_BEGINS = re.compile(rb'\s*\{\s*"aidpoint"\s*:\s*"enrolment"')
_MOST_FILES = 500
"""Files looked at on one stick: those called as `_ENDING` says before all others."""
_ENDING = ".json"


class Enrolment(msgspec.Struct):
    """`id`: of this file, 32 hex. `city`: the city's id, 32 hex. Keys are base64. `made_at`: µs UTC."""

    version: int
    id: str
    city: str
    city_name: str
    url: str
    node: str
    letter: str
    made_at: int
    sign_key: str
    seal_key: str
    pins: list[str]
    hub_epoch: str
    page: Page


class _Envelope(msgspec.Struct):
    aidpoint: str
    body: str
    signature: str


def write_enrolment(enrolment: Enrolment, key: Ed25519PrivateKey) -> bytes:
    body = pack(enrolment, 19)
    envelope = _Envelope("enrolment", base64.b64encode(body).decode(), base64.b64encode(key.sign(body)).decode())
    return msgspec.json.format(msgspec.json.encode(envelope), indent=1)


def read_enrolment(data: bytes, city: str | None = None) -> Enrolment:
    """The enrolment in a file's bytes.

    Raises `Refused`: "enrolment_unreadable", "enrolment_bad_signature", "enrolment_other_city" where `city` is the one
    this device already belongs to, "file_is_newer".
    """
    try:
        envelope = msgspec.json.decode(data, type=_Envelope)
        body = base64.b64decode(envelope.body, validate=True)
        signature = base64.b64decode(envelope.signature, validate=True)
        enrolment = unpack(body, Enrolment)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(enrolment.sign_key))
        X25519PublicKey.from_public_bytes(base64.b64decode(enrolment.seal_key))
        if enrolment.pins and not are_pins(enrolment.pins):
            raise ValueError("pins")
    except (msgspec.DecodeError, RecursionError, BadBody, ValueError) as error:
        raise Refused("enrolment_unreadable", "file") from error
    try:
        key.verify(signature, body)
    except InvalidSignature:
        raise Refused("enrolment_bad_signature", "file") from None
    if enrolment.version > VERSION:
        raise Refused("file_is_newer", "file")
    if city is not None and city != enrolment.city:
        raise Refused("enrolment_other_city", "file")
    return enrolment


def enrolments_at(place: Path) -> tuple[Path, ...]:
    """The files right in a folder that begin as enrolment files do, the newest first; whether they are true is not
    looked at. One that cannot be read hides no other. Raises `Environment` as sticks do."""
    with on_stick():
        likeliest = nsmallest(
            _MOST_FILES, place.iterdir(), key=lambda path: (path.suffix.lower() != _ENDING, path.name)
        )
    found: list[tuple[int, str, Path]] = []
    for path in likeliest:
        with suppress(OSError):
            if path.is_file() and _begins_as_one(path):
                found.append((-path.stat().st_mtime_ns, path.name, path))
    return tuple(path for _, _, path in sorted(found))


def _begins_as_one(path: Path) -> bool:
    with path.open("rb") as file:
        return _BEGINS.match(file.read(64)) is not None
