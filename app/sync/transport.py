"""What a round needs of the way to the center, and how the center says no. HTTP is one such way."""

from typing import Any, Protocol, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)


class Declined(Exception):
    """The center answered, and it is not a yes. `code` is one of `app.sync.protocol.Problem`."""

    def __init__(self, code: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts or {}


class Transport(Protocol):
    """Sends packed bodies. Raises `Declined`, or `Environment`: those of `app.sync.line` and `app.sync.pins`, "portal",
    "not_our_center", "center_busy", "center_failed"; then nothing is known about what the center did."""

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        """Ask one of the paths of `app.sync.protocol`; `body` is a packed request that carries `request_id`."""
        ...

    def traffic(self) -> tuple[int, int]:
        """Bytes sent and received so far, bodies alone."""
        ...
