"""A snapshot as it travels: what is asked, what is answered, what stands in a segment.

A segment is what one stream held when it was made: zstd over lines of JSON, each an array. Its name is the SHA-256 of
its bytes, which are fetched by `app.sync.bytes` like a photo's. The first line says what it is:

    ["aidpoint segment", 1]
    ["rows", kind, [column], [[value]]]      records, whole
    ["head", [column], [[value]]]            and likewise "cover" and "void"
    ["frames", [[device, epoch, serial, n, seq, eff, wall, bound, schema, actor, parts]]]

A frame (`protocol.FRAME` and parts) is a commit that something here names, with the places this reader holds of it:
blank, but for ops whose words are needed. Not here: how one is made (`app.center.segments`) and taken in
(`snapshot_load.py`).
"""

import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from app.base.clock import DAY
from app.sync.protocol import Number, OwnStamp

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SNAPSHOT_PATH = "/sync/v1/snapshot"
MARK = "aidpoint segment"
FORMAT = 1
GOOD_FOR = 5 * DAY
"""How long a device goes on fetching the segments it was named: the slowest line gets through in that time."""
MOST_LINE = 8 * 1024 * 1024
"""The most bytes a line may have, decompressed."""
MOST_SEGMENT = 1 << 30
"""The most bytes a segment may have, decompressed."""
_READ = 64 * 1024
_BEGINS = b"\x28\xb5\x2f\xfd"
"""How zstd begins."""
_decoder = msgspec.json.Decoder(list[Any])


def may_be_segment(data: bytes) -> bool:
    """Whether these bytes begin as every segment does; no photo does."""
    return data.startswith(_BEGINS)


class SnapshotRequest(msgspec.Struct):
    """Asks for the state of all that the device reads. `unnumbered`: per epoch of its own, its first commit that has
    no number yet, and the epoch's last."""

    version: int
    request_id: str
    device: str
    hub_epoch: str
    unnumbered: list[tuple[str, Number, Number]]


class Segment(msgspec.Struct, array_like=True):
    """`bytes`: its size as it travels."""

    stream: str
    sha: str
    bytes: int


class SnapshotResponse(msgspec.Struct):
    """`seq`: the last commit that is in it. `cursor`: where to read on. `stamps`: the center's order for what the
    request named."""

    request_id: str
    now: int
    hub_epoch: str
    seq: int
    cursor: str
    segments: list[Segment]
    stamps: list[OwnStamp]


class BadSegment(Exception):
    """Bytes that are no segment of ours."""


def lines_of(data: bytes) -> Iterator[list[Any]]:
    """The lines of a segment after its first. Raises `BadSegment`; never holds more than a line and a block."""
    lines = _lines(data)
    first = next(lines, None)
    if first is None or len(first) < 2 or first[0] != MARK or first[1] != FORMAT:
        raise BadSegment("no segment")
    return lines


def _lines(data: bytes) -> Iterator[list[Any]]:
    unzip = zstd.ZstdDecompressor()
    rest, size, at = b"", 0, 0
    try:
        while not unzip.eof:
            given = data[at : at + _READ] if unzip.needs_input else b""
            at += len(given)
            if unzip.needs_input and not given:
                raise BadSegment("cut")
            block = unzip.decompress(given, MOST_LINE)
            size += len(block)
            *whole, rest = (rest + block).split(b"\n")
            if len(rest) > MOST_LINE or size > MOST_SEGMENT:
                raise BadSegment("too large")
            for line in whole:
                yield _decoder.decode(line)
    except (zstd.ZstdError, msgspec.DecodeError, RecursionError, EOFError) as error:
        raise BadSegment(type(error).__name__) from error
    if rest:
        raise BadSegment("cut")
