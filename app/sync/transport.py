"""What a round needs of the way to the center, and how the center says no. HTTP is one such way."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from app.base.errors import Environment

BUSY = "busy"
"""The code of a center that has no time now."""
_BUSY = frozenset({429, 503})
_MOST_WAIT_S = 3600
_MOST_DIGITS = 9
"""Of a number of seconds: what is longer is more than anybody waits, and may be too long to be read at all."""
_DEFAULT_WAIT_S = 30
R = TypeVar("R", bound=msgspec.Struct)


class Declined(Exception):
    """The center answered, and it is not a yes. `code` is one of `app.sync.protocol.Problem`."""

    def __init__(self, code: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts or {}


def check_not_busy(status: int, headers: Mapping[str, str]) -> None:
    """Raises `Environment("center_busy")` where whoever answers says when to come again; it need not be the center
    itself."""
    told = headers.get("retry-after", "")
    if status in _BUSY and told.isdecimal():
        raise busy(int(told[:_MOST_DIGITS]))


def busy(wait_s: int = _DEFAULT_WAIT_S) -> Environment:
    """What a center without time comes to. `wait_s`: when to come again, bounded here."""
    return Environment("center_busy", wait_s=min(wait_s, _MOST_WAIT_S))


class Transport(Protocol):
    """Sends packed bodies. Raises `Declined`, or `Environment`: those of `app.sync.line` and `app.sync.pins`, "portal",
    "not_our_center", "center_busy", "center_failed"; then nothing is known about what the center did."""

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        """Ask one of the paths of `app.sync.protocol`; `body` is a packed request that carries `request_id`."""
        ...

    def traffic(self) -> tuple[int, int]:
        """Bytes sent and received so far, bodies alone."""
        ...
