"""The record everything is measured with: an encounter of 26 fields, about 981 bytes of JSON, all invented.

Its free text (122 characters, in `place_text`) is put together so that the floor sends it in about 188 bytes, as the
records did with which the peers of `quality.md` section 2 were measured.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from app.base.clock import MINUTE
from app.base.ids import new_id
from app.features import codes
from app.features.cases.tables import encounter

NOTE_LENGTH = 122
_CODES = 4
FIELDS = (
    "id", "node", "case", "started_at", "ended_at", "place_type", "place_text", "division_code", "geo", "channel",
    "source", "weather", "temperature", "shift", "arrival_by", "guide_card_no", "screening", "sleeping_rough",
    "with_minor", "disposition", "policy_told", "persuasion_minutes", "co_staff", "services_answer",
    "health_obs", "services",
)  # fmt: skip
"""The 26 fields, in the order of the floor's table."""
SETS = ("health_obs", "services")
VALUES = tuple(name for name in FIELDS if name not in ("id", "node", *SETS))

_WORDS = (
    "老人", "男子", "女士", "来人", "青年", "同行的人", "路人", "志愿者", "自述", "车站", "附近", "住了三天", "工钱",
    "没有结清", "不想回家", "证件", "手机", "丢了", "神志清楚", "能走路", "愿意", "救助点", "热水", "不愿意", "去站里",
    "给家里", "打电话", "旧棉衣", "昨天", "夜里", "桥洞", "领了", "方便面", "两瓶水", "明天", "上午", "再来",
    "已经告知", "帮助", "口音", "邻省", "巡查", "送到门口", "劳务市场", "等了", "一个星期", "腿上", "有伤", "走得慢",
    "下雨",
)  # fmt: skip


def _short(known: Sequence[str]) -> list[str]:
    """The shorter codes: with them a record has its 981 bytes."""
    return sorted(known, key=len)[:_CODES]


class Records:
    """Gives records, the same ones for the same seed except for their ids."""

    def __init__(self, seed: int, node: str, since: int) -> None:
        self._rng = Random(seed)  # noqa: S311  (invented records, no secrets)
        self._node = node
        self._at = since

    def take(self, count: int) -> list[dict[str, Any]]:
        return [self._record() for _ in range(count)]

    def _record(self) -> dict[str, Any]:
        rng = self._rng
        self._at += rng.randint(MINUTE, 40 * MINUTE)
        return {
            "id": new_id(),
            "node": self._node,
            "case": new_id(),
            "started_at": self._at,
            "ended_at": self._at + rng.randint(5 * MINUTE, 90 * MINUTE),
            "place_type": rng.choice(_short(codes.PLACE_TYPE.codes)),
            "place_text": self._note(),
            "division_code": "330106",
            "geo": f"120.{rng.randint(100, 199)},30.{rng.randint(200, 299)}",
            "channel": rng.choice(_short(codes.INTAKE_CHANNEL.codes)),
            "source": rng.choice(_short(codes.CLUE_SOURCE.codes)),
            "weather": rng.choice(_short(codes.WEATHER.codes)),
            "temperature": rng.randint(-5, 39),
            "shift": rng.choice(_short(codes.SHIFT.codes)),
            "arrival_by": rng.choice(_short(codes.PATROL_MEANS.codes)),
            "guide_card_no": str(rng.randint(1_000, 9_999)),
            "screening": rng.choice(_short(codes.SCREENING.codes)),
            "sleeping_rough": rng.random() < 0.5,
            "with_minor": False,
            "disposition": rng.choice(_short(codes.DISPOSITION.codes)),
            "policy_told": True,
            "persuasion_minutes": rng.randint(0, 60),
            "co_staff": rng.choice(("张", "李", "王")),
            "services_answer": "ASKED",
            "health_obs": sorted(rng.sample(codes.HEALTH_OBS.codes, 1)),
            "services": sorted(rng.sample(codes.SERVICE_TYPE.codes, 1)),
        }

    def _note(self) -> str:
        words = ""
        while len(words) < NOTE_LENGTH:
            words += self._rng.choice(_WORDS) if self._rng.random() < 0.86 else self._name()
        return words[:NOTE_LENGTH]

    def _name(self) -> str:
        """Something nobody can guess: two characters of a name."""
        return chr(0x4E00 + self._rng.randrange(400)) + chr(0x5F00 + self._rng.randrange(400))


def values_of(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in VALUES}


def sets_of(record: dict[str, Any]) -> dict[str, list[str]]:
    return {name: record[name] for name in SETS}


KIND = encounter.kind
