"""How a center and its devices stand, in words for who asks at the command line."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.base.clock import local
from app.base.texts import Texts

_COLUMNS = ("node", "letter", "status", "last_contact", "acked_n", "safe_n", "device")


def device_lines(words: Texts, devices: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each device below one that says what stands in it; a twin is named at its end."""
    rows = [[words.field(name, "center") for name in _COLUMNS]]
    rows += [_cells(words, device) for device in devices]
    wide = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, wide) for row in rows]
    twins = [""] + [_at(device["twin_at"]) if device["twin_at"] else "" for device in devices]
    label = words.field("twin_at", "center")
    return [f"{line}  {label} {twin}" if twin else line for line, twin in zip(lines, twins, strict=True)]


def not_in_a_backup(devices: Iterable[Mapping[str, Any]]) -> int:
    """Commits that devices still keep for the center: they are in no backup that it knows of."""
    return sum(max(0, (device["acked_n"] or 0) - (device["safe_n"] or 0)) for device in devices)


def _cells(words: Texts, device: Mapping[str, Any]) -> list[str]:
    return [
        device["node"],
        device["letter"],
        words.code("DEVICE_STATUS", device["status"]),
        _at(device["last_contact"]) if device["last_contact"] else "-",
        str(device["acked_n"] or 0),
        str(device["safe_n"] or 0),
        device["id"],
    ]


def _at(instant: int) -> str:
    return local(instant).strftime("%Y-%m-%d %H:%M")


def _line(cells: Sequence[str], wide: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, wide, strict=True))
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
