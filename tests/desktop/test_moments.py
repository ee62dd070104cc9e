"""Times as people type them."""

import pytest

from app.base.clock import local
from app.desktop.forms.moments import read_moment
from tests.desktop.invented import NOW


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1420", "2026-11-21 14:20"),
        ("920", "2026-11-21 09:20"),
        ("14：05", "2026-11-21 14:05"),
        ("9点", "2026-11-21 09:00"),
        ("9点半", "2026-11-21 09:30"),
        ("21 1420", "2026-11-21 14:20"),
        ("22 1420", "2026-10-22 14:20"),
        ("31 0800", "2026-10-31 08:00"),
        ("11-20 8:05", "2026-11-20 08:05"),
        ("11月20日8:05", "2026-11-20 08:05"),
        ("12-24 0900", "2025-12-24 09:00"),
        ("2026-11-01 0005", "2026-11-01 00:05"),
        ("昨天 1420", "2026-11-20 14:20"),
        ("昨天1420", "2026-11-20 14:20"),
        ("yesterday 8:00", "2026-11-20 08:00"),
        ("前天", "2026-11-19 14:20"),
        ("现在", "2026-11-21 14:20"),
        ("30分钟前", "2026-11-21 13:50"),
        ("2小时前", "2026-11-21 12:20"),
        ("25号", "2026-10-25 14:20"),
    ],
)
def test_read(typed: str, meant: str) -> None:
    read = read_moment(typed, NOW)
    assert read is not None
    assert f"{local(read):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize("typed", ["", "2530", "abc", "13-40 1200", "1461", "昨天 99", "0 0"])
def test_not_understood(typed: str) -> None:
    assert read_moment(typed, NOW) is None


def test_days_to_come() -> None:
    for typed, meant in (("22 0900", "2026-11-22"), ("20 0900", "2026-12-20"), ("1-5 0900", "2027-01-05")):
        read = read_moment(typed, NOW, ahead=True)
        assert read is not None
        assert f"{local(read):%Y-%m-%d}" == meant
