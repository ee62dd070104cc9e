"""Reading request bodies within bounds, and with nothing in them that no database takes."""

import re
import sys
from typing import Any, TypeVar

import msgspec

from app.center.hub import Declined
from app.sync.protocol import MAX_BODY, BadBody, Push, unpack

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
        message = unpack(body, expected)
    except (BadBody, zstd.ZstdError):
        raise Declined(400, "bad_request", what="body") from None
    if _has_nul(message):
        raise Declined(400, "bad_request", what="text")
    return message


def _has_nul(value: Any) -> bool:
    """Whether U+0000 stands anywhere in it. Commits are looked at one by one (`arrivals.py`): one that is wrong is put
    aside and holds up no other."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Push):
        return False
    if isinstance(value, (list, tuple)):
        return any(map(_has_nul, value))
    if isinstance(value, dict):
        return any(map(_has_nul, value)) or any(map(_has_nul, value.values()))
    if isinstance(value, msgspec.Struct):
        return any(_has_nul(getattr(value, name)) for name in value.__struct_fields__)
    return False


def request_id_of(body: bytes) -> str:
    """The id to echo where the body is not read as a whole: from its first bytes, which cannot blow up."""
    try:
        start = zstd.ZstdDecompressor().decompress(body, 256)
    except zstd.ZstdError:
        return ""
    found = _REQUEST_ID.search(start)
    return found[1].decode() if found else ""
