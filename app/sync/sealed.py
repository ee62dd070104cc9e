"""The sealed file: an exchange that travels by hand, readable by its receiver alone.

    magic (8)  version (1)  way (1)  receiver (16)  sealed content key (80)  frame, frame, ..., last frame

A frame is its length (4 bytes; the highest bit marks the last) and AES-256-GCM under the content key, numbered from 0.
The content key is sealed (HPKE, RFC 9180) to the receiver's X25519 key, with the header as its context. The last frame
is the sender's Ed25519 signature over all bytes before it. `receiver` are the first bytes of a digest of that key, so
that somebody with many files finds their own; who sent it, and everything else, is sealed. The header names nobody.

Reading is bounded: frames are held one at a time, and no length is believed before it is checked. Not here: what the
frames say, and who may read what.
"""

import hashlib
import secrets
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.base.errors import Refused
from app.store.sealing import KEY_SIZE, NotOpened, seal, unseal
from app.store.stick import on_stick

MAGIC = b"\x89APSF\r\n\x1a"
VERSION = 1
MOST_FRAME = 8 * 1024 * 1024
"""The most bytes one frame may hold."""
MOST_FILE = 1024 * 1024 * 1024
"""The most bytes a file may have; more would fill a small stick and hold up both ends for long."""
_RECEIVER = 16
_SEALED_KEY = 32 + KEY_SIZE + 16
_HEADER = len(MAGIC) + 2 + _RECEIVER
_START = _HEADER + _SEALED_KEY
_LENGTH = struct.Struct(">I")
_LAST = 1 << 31
_TAG = 16
_SIGNATURE = 64
_PURPOSE = b"aidpoint sealed file 1"


class Way(IntEnum):
    """Which way a file goes."""

    TO_CENTER = 1
    TO_POINT = 2


_OTHER_RECEIVER = {Way.TO_CENTER: "carried_other_center", Way.TO_POINT: "carried_other_point"}
_OTHER_WAY = {Way.TO_CENTER: "carried_for_point", Way.TO_POINT: "carried_for_center"}


def receiver_mark(seal_key: bytes) -> bytes:
    """What a file for the holder of this public key is marked with."""
    return hashlib.sha256(b"aidpoint receiver" + seal_key).digest()[:_RECEIVER]


class Sealing:
    """Writes one file: `add` frames, then `finish`. A file that was not finished is no file: no reader takes it."""

    def __init__(self, file: BinaryIO, way: Way, seal_key: bytes, signer: Ed25519PrivateKey) -> None:
        """`seal_key`: the receiver's public one. `signer`: the sender's. Raises `Environment` as sticks do."""
        self._file = file
        self._signer = signer
        self._digest = hashlib.sha256(_PURPOSE)
        self._count = 0
        self.size = 0
        content_key = secrets.token_bytes(KEY_SIZE)
        self._cipher = AESGCM(content_key)
        header = MAGIC + bytes((VERSION, way)) + receiver_mark(seal_key)
        self._write(header + seal(seal_key, content_key, header))

    def add(self, content: bytes) -> None:
        """Raises `ValueError` above `MOST_FRAME`."""
        if not 0 < len(content) <= MOST_FRAME:
            raise ValueError(f"a frame of {len(content)} bytes")
        self._frame(content, 0)

    def finish(self) -> None:
        """Sign it. The caller brings the file to the disk."""
        self._frame(self._signer.sign(self._digest.digest()), _LAST)

    def _frame(self, content: bytes, mark: int) -> None:
        locked = self._cipher.encrypt(_nonce(self._count), content, _about(bool(mark)))
        self._count += 1
        self._write(_LENGTH.pack(len(locked) | mark) + locked)

    def _write(self, content: bytes) -> None:
        with on_stick():
            self._file.write(content)
        self._digest.update(content)
        self.size += len(content)


class Opened:
    """A file opened by its receiver. Nothing it says counts before `check` said whose it is, and its `size`."""

    def __init__(self, file: BinaryIO, way: Way, seal_key: bytes) -> None:
        """`way`: the one this reader takes; `seal_key`: its private key.

        Raises `Refused`: "carried_unreadable", "carried_other_center" or "carried_other_point", "carried_for_point" or
        "carried_for_center" (the wrong way), "file_is_newer"; `Environment` as sticks do.
        """
        self._file = file
        self.size = 0
        own = X25519PrivateKey.from_private_bytes(seal_key).public_key().public_bytes_raw()
        header = self._read(_HEADER)
        if header[: len(MAGIC)] != MAGIC:
            raise _unreadable()
        version, told_way = header[len(MAGIC)], header[len(MAGIC) + 1]
        if version > VERSION:
            raise Refused("file_is_newer", "file")
        if version != VERSION or told_way not in tuple(Way):
            raise _unreadable()
        if told_way != way:
            raise Refused(_OTHER_WAY[way], "file")
        if header[-_RECEIVER:] != receiver_mark(own):
            raise Refused(_OTHER_RECEIVER[way], "file")
        sealed_key = self._read(_SEALED_KEY)
        try:
            self._cipher = AESGCM(unseal(seal_key, sealed_key, header))
        except (NotOpened, ValueError):
            raise _unreadable() from None
        self._digest = hashlib.sha256(_PURPOSE + header + sealed_key)

    def first(self, most: int) -> bytes:
        """What the first frame holds, at most `most` bytes: who says to have sent it."""
        self._seek()
        length, is_last = self._length()
        if is_last or length > most + _TAG:
            raise _unreadable()
        return self._opened(0, self._read(length), is_last=False)

    def check(self, key: Ed25519PublicKey) -> None:
        """Read it all: whole, untouched and signed by the holder of this key. Raises `Refused`:
        "carried_unreadable", "carried_bad_signature"."""
        self._seek()
        digest, count, total = self._digest.copy(), 0, _START
        while True:
            length, is_last = self._length()
            content = self._read(length)
            total += _LENGTH.size + length
            if total > MOST_FILE:
                raise _unreadable()
            if is_last:
                break
            self._opened(count, content, is_last=False)  # damage is no forgery, and has other words
            digest.update(_LENGTH.pack(length) + content)
            count += 1
        signature = self._opened(count, content, is_last=True)
        with on_stick():
            more = self._file.read(1)
        if more:
            raise _unreadable()
        self.size = total
        try:
            key.verify(signature, digest.digest())
        except InvalidSignature:
            raise Refused("carried_bad_signature", "file") from None

    def frames(self) -> Iterator[bytes]:
        """What the frames hold, one after the other, without the signature."""
        self._seek()
        count = 0
        while True:
            length, is_last = self._length()
            if is_last:
                return
            yield self._opened(count, self._read(length), is_last=False)
            count += 1

    def _opened(self, count: int, locked: bytes, *, is_last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(count), locked, _about(is_last))
        except (InvalidTag, ValueError):
            raise _unreadable() from None

    def _length(self) -> tuple[int, bool]:
        """Of the next frame, and whether it is the last."""
        (number,) = _LENGTH.unpack(self._read(_LENGTH.size))
        length, is_last = number & ~_LAST, bool(number & _LAST)
        if not _TAG < length <= (_SIGNATURE if is_last else MOST_FRAME) + _TAG:
            raise _unreadable()
        return length, is_last

    def _read(self, size: int) -> bytes:
        with on_stick():
            content = self._file.read(size)
        if len(content) != size:
            raise _unreadable()
        return content

    def _seek(self) -> None:
        with on_stick():
            self._file.seek(_START)


def beginning_of(file: BinaryIO) -> tuple[Way, bytes] | None:
    """Which way a file goes and whose it is marked to be, without opening it; None where it is no such file."""
    with on_stick():
        header = file.read(_HEADER)
    if len(header) != _HEADER or header[: len(MAGIC)] != MAGIC or header[len(MAGIC) + 1] not in tuple(Way):
        return None
    return Way(header[len(MAGIC) + 1]), header[-_RECEIVER:]


def _nonce(count: int) -> bytes:
    return count.to_bytes(12, "big")


def _about(is_last: bool) -> bytes:
    return b"last" if is_last else b"frame"


def _unreadable() -> Refused:
    return Refused("carried_unreadable", "file")
