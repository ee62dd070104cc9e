"""Whether a JPEG is bare: pixels and the tables to read them, nothing a camera or a program noted.

What is kept and sent is checked here once more, whoever made it: a photo must never say where it was taken. Reads
markers alone and unfolds nothing.
"""

from dataclasses import dataclass

from app.base.errors import Refused

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
"""Huffman tables, quantisation tables, restart interval."""
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive pictures."""
_JFIF = 0xE0
_JFIF_LENGTH = 16
"""The one application segment that is allowed, in its shortest form: version and density, no thumbnail."""


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels."""

    width: int
    height: int


def size_of_bare(data: bytes, field: str, longest: int) -> Size:
    """The size of a bare JPEG. Raises `Refused`: "photo_not_prepared" for any other bytes, or a longer side."""
    try:
        found = _walk(data)
    except IndexError:
        found = None
    if found is None or not 0 < max(found.width, found.height) <= longest:
        raise Refused("photo_not_prepared", field)
    return found


def _walk(data: bytes) -> Size | None:
    """None where something else than a picture stands in the bytes, or after them."""
    if data[:2] != bytes((0xFF, _START)):
        return None
    at, size = 2, None
    while True:
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == _END:
            return size if at + 2 == len(data) else None
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data):
            return None
        if marker in _FRAMES:
            if size is not None:
                return None
            size = Size(int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big"))
        elif marker == _JFIF:
            if length != _JFIF_LENGTH or data[at + 4 : at + 9] != b"JFIF\x00":
                return None
        elif marker not in _TABLES and marker != _SCAN:
            return None
        at += 2 + length
        if marker == _SCAN:
            at = _after_scan(data, at)


def _after_scan(data: bytes, at: int) -> int:
    """Where the next marker stands: after the pixels, where a lone FF is written FF 00 and restarts are marked."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise IndexError("no end")
        if data[at + 1] == 0x00 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        else:
            return at
