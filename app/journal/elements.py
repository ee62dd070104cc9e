"""The elements of a set: how they stand in its column, and the group of heads that each has to itself.

Not here: what adding and removing them does (`record.py`).
"""

from collections.abc import Iterable

import msgspec

_decoder = msgspec.json.Decoder(list[str])


def encode_elements(elements: Iterable[str]) -> str:
    """What stands in a set's column."""
    return msgspec.json.encode(sorted(elements)).decode()


def decode_elements(text: str | None) -> list[str]:
    """The elements in a set's column."""
    return _decoder.decode(text) if text and text != "[]" else []


def element_key(set_: str, element: str) -> str:
    """The group that holds the heads of one element: its live adds."""
    return f"{set_}={element}"
