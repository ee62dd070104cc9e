"""A line on which a request or its answer is lost, comes twice or comes late, in one process with the center."""

from collections.abc import Callable

from app.base.errors import Environment
from app.sync.http import HttpTransport
from app.sync.transport import R


class BadLine:
    """A way to the real center on which `trouble` decides, by the number of the call, what goes wrong."""

    def __init__(self, way: HttpTransport, trouble: Callable[[int], str]) -> None:
        self.way = way
        self.trouble = trouble
        self.calls = 0

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        self.calls += 1
        trouble = self.trouble(self.calls)
        if trouble == "request lost":
            raise Environment("no_network")
        answer = self.way.call(path, request_id, body, expected)
        if trouble == "doubled":
            answer = self.way.call(path, request_id, body, expected)
        if trouble == "answer lost":
            raise Environment("no_network")
        if trouble == "answer late":
            raise Environment("time_out")
        return answer

    def traffic(self) -> tuple[int, int]:
        return self.way.traffic()
