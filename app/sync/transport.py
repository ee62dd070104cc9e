"""What a round needs of the way to the center, and how the center says no. HTTP is one such way."""

from typing import Any, Protocol

from app.sync.protocol import AdmitResponse, ExchangeResponse


class Declined(Exception):
    """The center answered, and it is not a yes. `code` is one of `app.sync.protocol.Problem`."""

    def __init__(self, code: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts or {}


class Transport(Protocol):
    """Sends packed bodies. Raises `Declined`, or `Environment`: "no_network", "time_out", "not_our_center",
    "center_busy", "certificate_bad"; then nothing is known about what the center did."""

    def exchange(self, request_id: str, body: bytes) -> ExchangeResponse: ...

    def admit(self, request_id: str, body: bytes) -> AdmitResponse: ...

    def traffic(self) -> tuple[int, int]:
        """Bytes sent and received so far, bodies alone."""
        ...
