"""Instants are whole microseconds and the civil time is the field's, whatever the PC is set to."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base.clock import CHINA, DAY, HOUR, MINUTE, SECOND, instant_of, local, wall_clock


@given(st.integers(-2_000_000_000 * SECOND, 200_000_000_000 * SECOND))
def test_an_instant_survives_the_calendar(instant: int) -> None:
    assert instant_of(local(instant)) == instant


def test_a_datetime_without_a_zone_is_in_the_field_time() -> None:
    bare = datetime(2026, 11, 21, 14, 20, tzinfo=CHINA).replace(tzinfo=None)
    assert instant_of(bare) == instant_of(datetime(2026, 11, 21, 6, 20, tzinfo=UTC))


def test_the_zone_of_the_pc_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert local(0).isoformat() == "1970-01-01T08:00:00+08:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_units_and_the_wall_clock() -> None:
    assert (SECOND, MINUTE, HOUR, DAY) == (10**6, 60 * 10**6, 3600 * 10**6, 86400 * 10**6)
    before = time.time()
    assert before - 1 < wall_clock() / SECOND < before + 60
