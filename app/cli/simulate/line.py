"""The network between devices and the center: bytes over calls, lost, doubled, late, cut, and a center that restarts.

A message that is lost may come later all the same: it waits in the ether until the world lets it through.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from app.base.clock import SECOND
from app.base.errors import Environment
from app.center.admission import admit
from app.center.bodies import unpacked
from app.center.calls import CALLS
from app.center.files import Told, answer_bytes
from app.center.hub import Declined as CenterDeclined
from app.center.hub import Hub
from app.cli.simulate.clocks import WorldClock
from app.cli.simulate.disk import Disk, PowerCut
from app.cli.simulate.ends import End
from app.sync.bytes import OFFSET_HEADER, PROBLEM_HEADER, REQUEST_HEADER
from app.sync.identity import Identity
from app.sync.protocol import ADMIT_PATH, HUB_LEVEL, AdmitRequest, BadBody, pack, unpack
from app.sync.signing import sign
from app.sync.transport import Declined, R

_MOST_UNDERWAY_US = 10 * SECOND
"""The longest a message takes on its way, µs; what takes longer is late."""


@dataclass
class Center:
    """The center as the world has it: its database, its power, and the worker that runs now."""

    end: End
    disk: Disk
    clock: WorldClock
    chance: random.Random
    files: Path
    snapshot_behind: int
    """How far behind a device gets a snapshot."""
    hub: Hub = field(init=False)

    def __post_init__(self) -> None:
        self._watched: object = None
        self.restart(is_new=True)

    def restart(self, *, is_new: bool = False) -> None:
        """The worker starts again: whatever it had in memory is gone. `is_new`: the database was just put there."""
        if not is_new:
            self.end.reopen()
        if self.end.engine is not self._watched:
            self._watched = self.end.engine
            self.disk.watch(self.end.engine)
        self.disk.start()
        self.hub = Hub(
            self.end.engine,
            self.clock,
            random=random.Random(self.chance.getrandbits(32)),
            files=self.files,
            snapshot_behind=self.snapshot_behind,
        )

    def answer(self, path: str, body: bytes) -> bytes:
        """The packed answer to a request's bytes. Raises `app.center.hub.Declined`, `PowerCut`."""
        receipt = self.clock()
        if path == ADMIT_PATH:
            return pack(admit(self.hub, unpacked(body, AdmitRequest)), HUB_LEVEL)
        call = CALLS[path]
        return pack(call.answer(self.hub, unpacked(body, call.request), receipt), HUB_LEVEL)

    def answer_bytes(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Told:
        """The answer to a piece of a photo or a snapshot. Raises like `answer`."""
        return answer_bytes(self.hub, method, path, body, headers, self.clock())


@dataclass(frozen=True, slots=True)
class Late:
    """A request that may still arrive. `sent`: true time, µs."""

    path: str
    body: bytes
    sent: int
    method: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of a piece of a photo or a snapshot."""


@dataclass
class Weather:
    """How bad the network is: chances of each trouble for one call."""

    lost: float = 0.0
    answer_lost: float = 0.0
    late: float = 0.0
    doubled: float = 0.0
    cut: float = 0.0
    center_dies: float = 0.0
    hung_up: float = 0.0
    """Somebody wants the line, in the midst of a photo."""

    @classmethod
    def bad(cls, how: float) -> "Weather":
        return cls(how, how, how / 2, how, how / 2, how / 2, how)


@dataclass
class Line:
    """`app.sync.transport.Transport` from one device to the center."""

    center: Center
    weather: Weather
    chance: random.Random
    ether: list[Late]
    identity: Callable[[], Identity]
    """Who this device is, as its file says now."""
    sent: int = 0
    received: int = 0
    troubles: list[str] = field(default_factory=list)
    """What befell the calls of the present round, for the trail."""

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        weather, chance = self.weather, self.chance
        self.sent += len(body)
        self.center.clock.goes_on(chance.randrange(_MOST_UNDERWAY_US))
        if chance.random() < weather.lost:
            self._note("lost")
            raise Environment("no_network")
        if chance.random() < weather.late:
            self._note("late")
            self.ether.append(Late(path, body, self.center.clock.now))
            raise Environment("time_out")
        if chance.random() < weather.doubled:
            self._note("doubled")
            self._answer(path, body)
        if chance.random() < weather.center_dies:
            self._note("center dies")
            self.center.disk.cut(1, after=chance.random() < 0.5)
        is_lost = chance.random() < weather.answer_lost
        try:
            answer = self._answer(path, body)
        except Declined:  # a no is lost like any answer
            if not is_lost:
                raise
        self.center.disk.cut_in = None
        if is_lost:
            self._note("answer lost")
            raise Environment("time_out")
        if chance.random() < weather.cut:
            self._note("answer cut")
            answer = answer[: chance.randrange(len(answer))]
        self.received += len(answer)
        try:
            given = unpack(answer, expected)
        except BadBody as error:
            raise Environment("not_our_center", reason="body") from error
        if getattr(given, "request_id", None) != request_id:
            raise Environment("not_our_center", reason="echo")
        return given

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """`app.sync.bytes.Carrier`: pieces of snapshots and photos; what is cut does not arrive."""
        weather, chance = self.weather, self.chance
        if chance.random() < weather.lost:
            self._note("piece lost")
            raise Environment("no_network")
        signed = sign(
            self.identity().signer(), self.identity().device, method, path, body, self.center.clock.now // SECOND
        )
        asked = {**headers, **{name.lower(): value for name, value in signed.items()}}
        if chance.random() < weather.late:
            self._note("piece late")
            self.ether.append(Late(path, body, self.center.clock.now, method, asked))
            raise Environment("time_out")
        if chance.random() < weather.cut:
            self._note("piece cut")
            raise Environment("line_broken")
        if chance.random() < weather.doubled:
            self._note("piece doubled")
            self._answer_bytes(method, path, body, asked)
        if chance.random() < weather.center_dies:
            self._note("center dies")
            self.center.disk.cut(1, after=chance.random() < 0.5)
        answer = self._answer_bytes(method, path, body, asked)
        self.center.disk.cut_in = None
        if chance.random() < weather.answer_lost:
            self._note("piece's answer lost")
            raise Environment("time_out")
        return answer

    def _answer_bytes(
        self, method: str, path: str, body: bytes, asked: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        echo = {REQUEST_HEADER: asked[REQUEST_HEADER]}
        try:
            told = self.center.answer_bytes(method, path, body, asked)
        except CenterDeclined as declined:
            at = declined.facts.get("at")
            stands = {} if at is None else {OFFSET_HEADER: str(at)}
            return declined.status, {**echo, **stands, PROBLEM_HEADER: declined.code}, b""
        except PowerCut:
            self.center.restart()
            raise Environment("time_out") from None
        return told.status, {**told.headers, **echo}, told.content

    def traffic(self) -> tuple[int, int]:
        return self.sent, self.received

    def _answer(self, path: str, body: bytes) -> bytes:
        try:
            return self.center.answer(path, body)
        except CenterDeclined as declined:
            raise _told(declined) from None
        except PowerCut:
            self.center.restart()
            raise Environment("time_out") from None
        except Environment:
            raise Environment("center_busy", wait_s=5) from None

    def _note(self, what: str) -> None:
        self.troubles.append(what)


def _told(declined: CenterDeclined) -> Exception:
    """A center's no as it reaches the device: its facts are JSON by then."""
    if declined.code == "busy":
        return Environment("center_busy", wait_s=declined.retry_after or 5)
    facts: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(declined.facts))
    return Declined(declined.code, facts)
