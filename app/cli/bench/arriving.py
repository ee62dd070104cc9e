"""Devices that come to a center over HTTP, each when it is due, on a few kept connections.

One that is turned away (503) comes again after the time it was told. Measured is each exchange, from the first byte
sent to the last one received (what the sender does with an answer is outside), and each device, from when it was due
until it was even: waiting for a connection, being turned away and the wait after that are in it.
"""

import heapq
import http.client
import itertools
import select
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.cli.bench.sending import Device, Request
from app.sync.protocol import EXCHANGE_PATH, BadBody, ExchangeResponse, Problem, unpack

_TIMEOUT_S = 60
_MOST_TRIES = 50


@dataclass
class Told:
    """What came of it. `seconds`: of every exchange that was answered; `even_after_s`: of every device that came to
    its end; `errors`: what else happened, by kind."""

    seconds: list[float] = field(default_factory=list)
    even_after_s: list[float] = field(default_factory=list)
    next_in_s: list[int] = field(default_factory=list)
    turned_away: int = 0
    far_behind: int = 0
    """Devices whose push was taken and which are to read the state of all instead of history: those far up."""
    taken: int = 0
    received: int = 0
    bytes_out: int = 0
    bytes_in: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    took_s: float = 0.0

    def percentile_s(self, of_hundred: int) -> float:
        return _percentile(self.seconds, of_hundred)

    def even_percentile_s(self, of_hundred: int) -> float:
        return _percentile(self.even_after_s, of_hundred)

    def figures(self) -> dict[str, object]:
        return {
            "took_s": round(self.took_s, 1),
            "exchanges": len(self.seconds),
            "changes": self.taken,
            "changes_per_h": round(self.taken / self.took_s * 3600) if self.took_s else 0,
            "received": self.received,
            "turned_away": self.turned_away,
            "far_behind": self.far_behind,
            "errors": self.errors,
            **{f"p{share}_s": round(self.percentile_s(share), 3) for share in (50, 95, 99)},
            **{f"even_after_p{share}_s": round(self.even_percentile_s(share), 3) for share in (50, 95, 99)},
            "bytes_out": self.bytes_out,
            "bytes_in": self.bytes_in,
            "next_in_s": [min(self.next_in_s, default=0), max(self.next_in_s, default=0)],
        }


def _percentile(seconds: list[float], of_hundred: int) -> float:
    if len(seconds) < 2:
        return max(seconds, default=0.0)
    return statistics.quantiles(seconds, n=100, method="inclusive")[of_hundred - 1]


@dataclass(order=True)
class _Due:
    """A device that comes at `at` (seconds after the begin), for the `tries`-th time with this request. `since`: when
    it was due first."""

    at: float
    order: int
    device: Device = field(compare=False)
    request: Request = field(compare=False)
    since: float = field(compare=False)
    tries: int = field(default=0, compare=False)


class Arriving:
    """`arrivals`: each device with its first request and when it comes, seconds after the begin."""

    def __init__(self, url: str, connections: int, arrivals: Iterable[tuple[float, Device, Request]]) -> None:
        self._host = urlsplit(url).hostname or ""
        self._port = urlsplit(url).port or 80
        self._connections = connections
        self._numbers = itertools.count()
        self._queue = [_Due(at, next(self._numbers), device, request, at) for at, device, request in arrivals]
        heapq.heapify(self._queue)
        self._open = len(self._queue)
        self._changed = threading.Condition()
        self._told = Told()

    def run(self) -> Told:
        """Until every device is even with the center, or gave up."""
        begun = time.perf_counter()
        # Nobody waits for them where the bench is ended.
        threads = [threading.Thread(target=self._work, args=(begun,), daemon=True) for _ in range(self._connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._told.took_s = time.perf_counter() - begun
        return self._told

    def _work(self, begun: float) -> None:
        wire = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        while (due := self._next(begun)) is not None:
            try:
                self._exchange(wire, due, begun)
            except (OSError, http.client.HTTPException, BadBody) as error:
                wire.close()
                self._fails(due, type(error).__name__)
        wire.close()

    def _next(self, begun: float) -> _Due | None:
        with self._changed:
            while self._open:
                now = time.perf_counter() - begun
                if self._queue and self._queue[0].at <= now:
                    return heapq.heappop(self._queue)
                self._changed.wait(self._queue[0].at - now if self._queue else None)
            self._changed.notify_all()
            return None

    def _exchange(self, wire: http.client.HTTPConnection, due: _Due, begun: float) -> None:
        request = due.request
        if wire.sock is not None and select.select([wire.sock], [], [], 0)[0]:
            wire.close()  # the center closed what rested too long; a real client sees that too before it sends
        sent = time.perf_counter()
        wire.request("POST", EXCHANGE_PATH, request.body, request.headers)
        answer = wire.getresponse()
        content = answer.read()
        took = time.perf_counter() - sent
        if answer.status == 503:
            wait = int(answer.headers.get("Retry-After", "1"))
            with self._changed:
                self._told.turned_away += 1
            self._again(due, time.perf_counter() - begun + wait)
            return
        if answer.status == 409 and (acked_n := _acked_far_behind(content)) is not None:
            with self._changed:
                self._told.far_behind += 1
                self._told.taken += due.device.acked(acked_n)
            self._is_even(due, begun)
            return
        if answer.status != 200:
            self._fails(due, f"status {answer.status}")
            return
        response = unpack(content, ExchangeResponse)
        if response.request_id != request.id or response.ack.verdicts:
            self._fails(due, "set aside" if response.ack.verdicts else "echo")
            return
        with self._changed:
            self._told.seconds.append(took)
            self._told.taken += due.device.take(response)
            self._told.received += len(response.page.commits)
            self._told.next_in_s.append(response.directives.next_in_s)
            self._told.bytes_out += len(request.body)
            self._told.bytes_in += len(content)
        if response.page.more:
            self._put(_Due(0.0, next(self._numbers), due.device, due.device.request(), due.since))
        else:
            self._is_even(due, begun)

    def _again(self, due: _Due, at: float) -> None:
        if due.tries >= _MOST_TRIES:
            self._fails(due, "turned away")
        else:
            self._put(_Due(at, due.order, due.device, due.request, due.since, due.tries + 1))

    def _put(self, due: _Due) -> None:
        with self._changed:
            heapq.heappush(self._queue, due)
            self._changed.notify()

    def _fails(self, _due: _Due, why: str) -> None:
        with self._changed:
            self._told.errors[why] = self._told.errors.get(why, 0) + 1
        self._ends()

    def _is_even(self, due: _Due, begun: float) -> None:
        with self._changed:
            self._told.even_after_s.append(time.perf_counter() - begun - due.since)
        self._ends()

    def _ends(self) -> None:
        with self._changed:
            self._open -= 1
            if not self._open:
                self._changed.notify_all()


def _acked_far_behind(content: bytes) -> int | None:
    """Up to where the push was taken, of a device that is to take a snapshot; None where it is something else."""
    problem = unpack(content, Problem)
    return int(problem.facts["acked_n"]) if problem.code == "snapshot_required" else None


def each(devices: Iterable[Device], at: Callable[[Device], float]) -> list[tuple[float, Device, Request]]:
    """Every device with its next request, made now, and when it comes."""
    return [(at(device), device, device.request()) for device in devices]
