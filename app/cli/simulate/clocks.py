"""The time of a simulated world, and how a device's clock shows it. Nothing here looks at the real time."""

from dataclasses import dataclass

from app.base.clock import DAY, HOUR, MINUTE, SECOND

START = 1_795_000_000 * SECOND
"""When every world begins, µs UTC: a day in November 2026."""
WRONG = (0, 0, 0, 365 * DAY, -365 * DAY, -5 * SECOND, 90 * MINUTE, -8 * HOUR)
"""By how much clocks of devices are off, µs."""
_LOOK = 1_000
"""What passes between two looks at a clock, µs: no two see the same instant."""


@dataclass
class WorldClock:
    """True time, which is also the center's."""

    now: int = START

    def __call__(self) -> int:
        self.now += _LOOK
        return self.now

    def goes_on(self, micros: int) -> None:
        self.now += micros


@dataclass
class DeviceClock:
    """What a device takes for the time: off by `wrong` µs."""

    world: WorldClock
    wrong: int = 0

    def __call__(self) -> int:
        return self.world() + self.wrong

    def showed(self, moment: int) -> int:
        """What this clock, as it goes now, would have shown at a true moment."""
        return moment + self.wrong
