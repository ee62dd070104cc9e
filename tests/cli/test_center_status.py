"""How the devices of a center are told at the command line: what stands where, who is a twin, what no backup has."""

from typing import Any

from app.base.texts import Texts
from app.cli.center_status import device_lines, not_in_a_backup

ONE: dict[str, Any] = {
    "node": "V1",
    "letter": "A",
    "status": "ACTIVE",
    "last_contact": None,
    "twin_at": None,
    "acked_n": 120,
    "id": "a" * 32,
}
DEVICES = [
    {**ONE, "safe_n": 100},
    {**ONE, "letter": "B", "status": "REVOKED", "twin_at": 1_700_000_000_000_000, "safe_n": None, "id": "b" * 32},
]


def test_a_line_on_top_says_what_the_columns_are_and_a_twin_is_named() -> None:
    head, first, second = device_lines(Texts(), DEVICES)
    assert head.split() == ["点位", "字母", "状态", "上次联系", "已收到", "已进备份", "设备"]
    assert first.split() == ["V1", "A", "已启用", "-", "120", "100", "a" * 32]
    assert "另有一台电脑在用同一份数据，发现于 2023-11-15 06:13" in second
    assert "另有一台" not in first


def test_what_no_backup_has_is_counted() -> None:
    assert not_in_a_backup(DEVICES) == 140
