"""Reading request bodies within bounds."""

import re
import sys
from typing import TypeVar

import msgspec

from app.center.hub import Declined
from app.sync.protocol import MAX_BODY, BadBody, unpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

M = TypeVar("M", bound=msgspec.Struct)
_REQUEST_ID = re.compile(rb'"request_id":"([0-9A-Za-z_-]{1,64})"')


def unpacked(body: bytes, expected: type[M]) -> M:
    """The message in a body. Raises `Declined` 413 too_large, 400 bad_request."""
    try:
        if (zstd.get_frame_info(body).decompressed_size or 0) > MAX_BODY:
            raise Declined(413, "too_large", most=MAX_BODY)
        return unpack(body, expected)
    except (BadBody, zstd.ZstdError):
        raise Declined(400, "bad_request", what="body") from None


def request_id_of(body: bytes) -> str:
    """The id to echo where the body is not read as a whole: from its first bytes, which cannot blow up."""
    try:
        start = zstd.ZstdDecompressor().decompress(body, 256)
    except zstd.ZstdError:
        return ""
    found = _REQUEST_ID.search(start)
    return found[1].decode() if found else ""
