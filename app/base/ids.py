"""Identifiers: 32 lowercase hex digits everywhere, in memory, in tables and on the wire; and the chance behind them.

Whatever is drawn at random and is seen by another node (ids, epochs, salts) is drawn here, so that a simulated world
can have one seed. Keys and one-time codes are not: they come from the system alone.
"""

import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from uuid_utils.compat import uuid7

NewId = Callable[[], str]
"""Gives a fresh id; tests and the simulation pass their own."""
RandomBytes = Callable[[int], bytes]
"""Gives so many random bytes."""

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NAMED = re.compile(rb'"([0-9a-f]{32})"')
_MEANING = uuid.UUID("8f0d2c53-7f34-5c58-9d6b-6a1f60f1c3a7")


def _fresh_id() -> str:
    return uuid7().hex


_new_id: NewId = _fresh_id
_random_bytes: RandomBytes = secrets.token_bytes


@contextmanager
def drawn_from(new_id: NewId, random_bytes: RandomBytes) -> Iterator[None]:
    """Everything in this process draws from here meanwhile: for a simulated world alone."""
    global _new_id, _random_bytes
    before = _new_id, _random_bytes
    _new_id, _random_bytes = new_id, random_bytes
    try:
        yield
    finally:
        _new_id, _random_bytes = before


def new_id() -> str:
    """A fresh UUIDv7: ids made later sort later."""
    return _new_id()


def meaning_id(kind: str, *parts: str | int | None) -> str:
    """The UUIDv5 of a thing that is one by its meaning, the same on every device.

    `parts` are taken in the order given; where two ids stand for an unordered pair the caller sorts them.
    """
    text = "\x1f".join([kind, *("" if part is None else str(part) for part in parts)])
    return uuid.uuid5(_MEANING, text).hex


def is_id(text: str) -> bool:
    """Whether this is written as ids are."""
    return _ID.fullmatch(text) is not None


def ids_named(raw: bytes) -> list[bytes]:
    """Whatever is written as ids are in these bytes of JSON, without reading them."""
    return _NAMED.findall(raw)


def is_meaning_id(id_: str) -> bool:
    """Whether the id was made by `meaning_id`: such a thing may be created on two devices at once."""
    return id_[12] == "5"


def random_hex(size: int) -> str:
    """`size` random bytes as hex: devices (16), epochs (8)."""
    return _random_bytes(size).hex()


def random_bytes(size: int) -> bytes:
    """`size` random bytes: the salts of ops (8)."""
    return _random_bytes(size)
