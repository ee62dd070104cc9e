"""How busy one worker is, and what follows: who is let in, when the others come back, how often devices come at all.

A body is read before it waits for a place, so that a slow line holds none; what all bodies hold together is bounded,
what one device's hold, and what those of strangers do, so that nobody takes the room of others.
Counted on the event loop alone; threads only read, but for what paces questions, by device. Not here: what a request
does, and how `Busy` is told.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from app.sync.comparing import COMPARE_PATH
from app.sync.loop import PERIOD_S
from app.sync.snapshot_wire import SNAPSHOT_PATH

THREADS = 6
"""Requests one worker works on at the same time; each may hold a connection to the database."""
MOST_WAITING = 60
"""Requests waiting for a thread; more are asked to come back."""
MOST_HELD = 64 * 1024 * 1024
"""Bytes of bodies that are being read or wait, all together..."""
MOST_EACH = 8 * 1024 * 1024
"""...of one device..."""
MOST_OF_STRANGERS = 8 * 1024 * 1024
"""...and of all whom the center does not know."""


@dataclass(frozen=True, slots=True)
class Pace:
    """So many questions of one device in a row, then one more every so many seconds."""

    most: int
    every_s: float


PACES = {
    # A comparison that mends much asks some fifty.
    COMPARE_PATH: Pace(120, 5.0),
    # Each may be a city's worth of segments made and kept, and a device keeps to what it was given for days.
    SNAPSHOT_PATH: Pace(10, 300.0),
}
"""By path: what costs the center much and a device little."""
_STRETCHES = ((0.75, 8), (0.5, 4), (0.25, 2))
"""From this fullness on the period is so many times as long."""
_SETTLES_S = 10.0
"""What was so long ago counts for little more than a third."""
_SOONEST_S, _SPREAD_S = 5, 25


class Busy(Exception):
    """There is no place for one more."""


@dataclass(slots=True)
class Load:
    """One worker's. `timer`: seconds that only go forward."""

    threads: int = THREADS
    timer: Callable[[], float] = time.monotonic
    inside: int = 0
    """Requests that are worked on or wait for a thread."""
    held: int = 0
    """Bytes of bodies that are being read or wait."""
    _shares: dict[str, int] = field(default_factory=dict)
    """Of whom they are; empty: of strangers."""
    _asked: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """Path and device → how many questions count against it, and when that was so."""
    _level: float = field(default=0.0)
    _at: float = field(default=0.0)

    @property
    def most_inside(self) -> int:
        return self.threads + MOST_WAITING

    @property
    def is_full(self) -> bool:
        return self.inside >= self.most_inside or self.held >= MOST_HELD

    def fullness(self) -> float:
        """How full the queue was lately: 0 where nobody waits, 1 where people are turned away."""
        return self._settled(self.timer())

    def period_s(self) -> int:
        """How long devices wait, by themselves, until they come again."""
        full = self.fullness()
        return PERIOD_S * next((times for least, times in _STRETCHES if full >= least), 1)

    def is_pressed(self) -> bool:
        """Whether so many wait that time is dearer than bytes."""
        return self.period_s() > PERIOD_S

    def retry_after_s(self, random: Random) -> int:
        """Spread so that those who were turned away do not come back together, wider the more there are."""
        return _SOONEST_S + int(random.random() * _SPREAD_S * self.period_s() / PERIOD_S)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among those who are worked on or wait. Raises `Busy` where there is none."""
        if self.inside >= self.most_inside:
            raise Busy
        self._note(1)
        try:
            yield
        finally:
            self._note(-1)

    def hold(self, size: int, of: str = "") -> None:
        """So many bytes more are held of this device, or of a stranger. Raises `Busy` where it is too much, for all or
        for this one; then none of them are."""
        share = self._shares.get(of, 0) + size
        if self.held + size > MOST_HELD or share > (MOST_EACH if of else MOST_OF_STRANGERS):
            raise Busy
        self.held += size
        self._shares[of] = share

    def let_go(self, size: int, of: str = "") -> None:
        self.held -= size
        share = self._shares.pop(of, 0) - size
        if share > 0:
            self._shares[of] = share

    def wait_s(self, path: str, device: str) -> int:
        """One more question of this device, of this kind: 0 where it is answered, else after how many seconds it would
        be. Most kinds are answered whenever they come."""
        pace = PACES.get(path)
        if pace is None:
            return 0
        now = self.timer()
        asked, at = self._asked.get((path, device), (0.0, now))
        asked = max(0.0, asked - (now - at) / pace.every_s)
        if asked + 1 > pace.most:
            return int((asked + 1 - pace.most) * pace.every_s) + 1
        self._asked[path, device] = (asked + 1, now)
        return 0

    def _note(self, change: int) -> None:
        now = self.timer()
        self._level, self._at = self._settled(now), now
        self.inside += change

    def _settled(self, now: float) -> float:
        waiting = max(0, self.inside - self.threads) / MOST_WAITING
        since = max(0.0, now - self._at)
        weight = since / (since + _SETTLES_S)
        return self._level + (min(1.0, waiting) - self._level) * weight
