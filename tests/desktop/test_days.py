"""A day is understood as packages print it and as it is typed in a hurry."""

from datetime import date

import pytest

from app.desktop.forms.days import read_day

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("20270630", "2027-06-30"),
        ("270630", "2027-06-30"),
        ("2027-6-30", "2027-06-30"),
        ("2027.06.30", "2027-06-30"),
        ("2027年6月30日", "2027-06-30"),
        ("27/6/30", "2027-06-30"),
        ("2027-6", "2027-06-30"),
        ("202802", "2028-02-29"),
        ("6-30", "2027-06-30"),
        ("12-1", "2026-12-01"),
        (" 11-21 ", "2026-11-21"),
    ],
)
def test_a_day_to_come(typed: str, meant: str) -> None:
    assert read_day(typed, TODAY, ahead=True) == date.fromisoformat(meant)


def test_without_a_year_it_is_the_last_such_day_unless_it_lies_ahead() -> None:
    assert read_day("12-1", TODAY) == date(2025, 12, 1)
    assert read_day("11-21", TODAY) == TODAY


@pytest.mark.parametrize("typed", ["", "abc", "13-45", "2027-02-30", "20271345", "7"])
def test_what_is_no_day(typed: str) -> None:
    assert read_day(typed, TODAY, ahead=True) is None
