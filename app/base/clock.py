"""Time. Every instant in the program is an integer: microseconds since 1970 in UTC."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], int]
"""Gives the wall time in microseconds; tests and the simulation pass their own."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The one civil time of the field; whatever zone the PC is set to, records show this."""


def wall_clock() -> int:
    return time.time_ns() // 1000


def local(instant: int) -> datetime:
    """The instant in the field's civil time."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=instant)).astimezone(CHINA)


def instant_of(moment: datetime) -> int:
    """The instant of a datetime; one without a zone is in the field's civil time."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CHINA)
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
