"""What a sealed file says: who it is from and for, then what was asked and how it was answered, frame by frame.

The same requests and answers as over the line (`protocol.py`), each a frame. A file to the center asks; the file that
comes back answers, and says again what was asked, because its reader may have asked other things since. Not here: how
frames are sealed (`sealed.py`), what either end does with them.
"""

import hashlib

import msgspec

from app.base.errors import Refused

FILE_VERSION = 1
MOST_OPENING = 4096
"""The most bytes the opening may have."""
TO_CENTER, TO_POINT = "to-center-", "to-point-"
ENDING = ".apsf"
_MARK = 12


class Opening(msgspec.Struct, array_like=True):
    """The first frame. `device`: whose exchange it is. `city`: the city's id. `made_at`: by the sender's clock, µs.

    `sign_key`, `seal_key`: the device's public keys, for a center that does not know it yet; empty in answers. `asked`:
    the id of the file that an answer answers.
    """

    version: int
    id: str
    city: str
    device: str
    made_at: int
    sign_key: bytes = b""
    seal_key: bytes = b""
    asked: str = ""


class Asked(msgspec.Struct, array_like=True, tag="ask"):
    """A packed request to one of the paths of the protocol."""

    path: str
    body: bytes


class Answered(msgspec.Struct, array_like=True, tag="answer"):
    """What became of one request. `asked`: it, without what it pushed. `body`: the packed answer, or the packed
    `Problem` where `declined`."""

    path: str
    asked: bytes
    declined: bool
    body: bytes


class Piece(msgspec.Struct, array_like=True, tag="piece"):
    """Some bytes of the segment `name` from `offset`, of `total`."""

    name: str
    offset: int
    total: int
    body: bytes


Frame = Asked | Answered | Piece
_encoder = msgspec.msgpack.Encoder()
_openings = msgspec.msgpack.Decoder(Opening)
_frames: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


def encode(said: Opening | Frame) -> bytes:
    return _encoder.encode(said)


def opening_in(content: bytes) -> Opening:
    """Raises `Refused`: "carried_unreadable", "file_is_newer"."""
    try:
        opening = _openings.decode(content)
    except msgspec.DecodeError:
        raise Refused("carried_unreadable", "file") from None
    if opening.version > FILE_VERSION:
        raise Refused("file_is_newer", "file")
    return opening


def frame_in(content: bytes) -> Frame:
    """Raises `Refused("carried_unreadable")`."""
    try:
        return _frames.decode(content)
    except msgspec.DecodeError:
        raise Refused("carried_unreadable", "file") from None


def file_name(prefix: str, device: str) -> str:
    """What the file of a device is called: the same each time, so that the latest takes the place of the one before.

    It tells nobody whose it is."""
    mark = hashlib.sha256(b"aidpoint file of " + device.encode()).hexdigest()[:_MARK]
    return f"{prefix}{mark}{ENDING}"
