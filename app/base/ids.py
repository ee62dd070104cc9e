"""Identifiers: 32 lowercase hex digits everywhere, in memory, in tables and on the wire."""

import secrets
import uuid
from collections.abc import Callable

from uuid_utils.compat import uuid7

NewId = Callable[[], str]
"""Gives a fresh id; tests and the simulation pass their own."""

_MEANING = uuid.UUID("8f0d2c53-7f34-5c58-9d6b-6a1f60f1c3a7")


def new_id() -> str:
    """A fresh UUIDv7: ids made later sort later."""
    return uuid7().hex


def meaning_id(kind: str, *parts: str | int | None) -> str:
    """The UUIDv5 of a thing that is one by its meaning, the same on every device.

    `parts` are taken in the order given; where two ids stand for an unordered pair the caller sorts them.
    """
    text = "\x1f".join([kind, *("" if part is None else str(part) for part in parts)])
    return uuid.uuid5(_MEANING, text).hex


def is_meaning_id(id_: str) -> bool:
    """Whether the id was made by `meaning_id`: such a thing may be created on two devices at once."""
    return id_[12] == "5"


def random_hex(size: int) -> str:
    """`size` random bytes as hex: devices (16), epochs (8)."""
    return secrets.token_hex(size)
