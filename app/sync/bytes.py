"""Bytes on their way, by their name (SHA-256): photos up and down, segments of a snapshot down.

    HEAD  /sync/v1/blob/NAME                         → upload-offset: how many of this device's bytes are there
    PATCH /sync/v1/blob/NAME  upload-offset, a piece → upload-offset: how many are there now
    GET   /sync/v1/blob/NAME  range: bytes=A-B       → 206, content-range, the bytes

Signed like every request; a piece's checksum is the content digest that is signed. An answer of ours echoes the
request's id in a header; where it is a no, another header says why. Not here: what is carried when (`photos.py`), and
who may (`app.center.files`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from app.base.errors import Environment
from app.base.ids import NewId
from app.sync.transport import BUSY, Declined, busy, check_not_busy

BLOB_PATH = "/sync/v1/blob/"
BYTES_TYPE = "application/vnd.aidpoint.bytes"
REQUEST_HEADER = "aidpoint-request"
PROBLEM_HEADER = "aidpoint-problem"
OFFSET_HEADER = "upload-offset"
MOST_PIECE = 512 * 1024
"""The most bytes of one request or answer."""
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)


@runtime_checkable
class Carrier(Protocol):
    """The way to the center for bytes. Raises `Environment` where nobody answered; what a status means is read here."""

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """A signed request: status, headers by lower-case name, content."""
        ...


@dataclass(frozen=True, slots=True)
class Bytes:
    """Asks for bytes and sends them. Raises `Declined` and `Environment` like `app.sync.transport.Transport`."""

    carrier: Carrier
    new_request_id: NewId

    def offset(self, name: str) -> int:
        """How many bytes of this device the center has; all of them once it has them whole."""
        _, headers, _ = self._ask("HEAD", name, b"", {})
        return _number(headers)

    def send(self, name: str, offset: int, piece: bytes) -> int:
        """Send a piece; gives how many bytes are there now. Raises `Declined` "offset" where it does not follow."""
        given = {OFFSET_HEADER: str(offset), "content-type": BYTES_TYPE}
        _, headers, _ = self._ask("PATCH", name, piece, given)
        return _number(headers)

    def fetch(self, name: str, offset: int, length: int) -> tuple[bytes, int]:
        """At most `length` bytes from `offset`, and how many there are in all."""
        asked = {"range": f"bytes={offset}-{offset + min(length, MOST_PIECE) - 1}"}
        status, headers, content = self._ask("GET", name, b"", asked)
        told = _RANGE.fullmatch(headers.get("content-range", ""))
        if status != 206 or told is None or (int(told[1]), int(told[2])) != (offset, offset + len(content) - 1):
            raise Environment("not_our_center", reason="range")
        return content, int(told[3])

    def _ask(
        self, method: str, name: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        id_ = self.new_request_id()
        status, found, content = self.carrier.carry(method, BLOB_PATH + name, body, {**headers, REQUEST_HEADER: id_})
        check_not_busy(status, found)
        if found.get(REQUEST_HEADER) != id_:
            raise Environment("not_our_center", reason="echo")
        code = found.get(PROBLEM_HEADER)
        if code == BUSY:
            raise busy()
        if code:
            raise Declined(code, {"at": int(found[OFFSET_HEADER])} if found.get(OFFSET_HEADER, "").isdecimal() else {})
        if not 200 <= status < 300:
            raise Environment("not_our_center", reason=f"status {status}")
        return status, found, content


def _number(headers: Mapping[str, str]) -> int:
    text = headers.get(OFFSET_HEADER, "")
    if not re.fullmatch(r"\d{1,15}", text, re.ASCII):
        raise Environment("not_our_center", reason="offset")
    return int(text)
