"""The time of tests: one moment at which they begin, and a clock that the test sets."""

from dataclasses import dataclass
from datetime import datetime

from app.base.clock import instant_of

START = instant_of(datetime(2026, 11, 21, 14, 20))  # noqa: DTZ001  (the field's civil time)


@dataclass
class FakeClock:
    """Goes on by a millisecond a look, so that no two acts share an instant."""

    now: int = START

    def __call__(self) -> int:
        self.now += 1_000
        return self.now

    def pass_by(self, span: int) -> None:
        self.now += span
