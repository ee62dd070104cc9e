"""Reading a time as people type it: 1420, 14:20, 21 1420, 11-21 14:20, 昨天 1420, 2小时前, 现在."""

import re
from datetime import date, datetime, timedelta

from app.base.clock import CHINA, DAY, HOUR, MINUTE, instant_of, local

_NOW = {"现在", "now", "n"}
_DAYS = {
    "今天": 0, "今": 0, "today": 0, "昨天": -1, "昨": -1, "yesterday": -1, "前天": -2, "明天": 1, "明": 1,
    "tomorrow": 1, "后天": 2,
}  # fmt: skip
_AGO = re.compile(r"(\d{1,3})\s*(分钟?|小时|天|min|h|d)\s*(前|后|ago)?")
_AGO_UNITS = {"分": MINUTE, "m": MINUTE, "小": HOUR, "h": HOUR, "天": DAY, "d": DAY}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})|(\d{1,2})(\d{2})|(\d{1,2})点(?:(\d{1,2})分?|(半))?")
_FULL_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MONTH_DAY = re.compile(r"(\d{1,2})[-/.月](\d{1,2})日?")
_DAY = re.compile(r"(\d{1,2})[日号]?")


def read_moment(text: str, now: int, *, ahead: bool = False) -> int | None:
    """The instant meant, or None. A day without month or year is the last such day, or the next with `ahead`.

    A day alone keeps the clock of `now`.
    """
    text = text.strip().casefold().replace("：", ":").replace("　", " ")
    if not text:
        return None
    if text in _NOW:
        return now
    ago = _AGO.fullmatch(text)
    if ago:
        step = int(ago[1]) * _AGO_UNITS[ago[2][0]]
        return now + step if ago[3] == "后" else now - step
    today = local(now)
    day_words, _, clock_words = text.rpartition(" ")
    if not day_words:
        day_words, clock_words = _split(text)
    day = _read_day(day_words.strip(), today.date(), ahead) if day_words else today.date()
    clock = _read_clock(clock_words.strip()) if clock_words else (today.hour, today.minute)
    if day is None or clock is None:
        return None
    return instant_of(datetime(day.year, day.month, day.day, *clock, tzinfo=CHINA))


def _split(text: str) -> tuple[str, str]:
    """Words without a space between: 昨天1420, 11月21日14:20, or only one of the two."""
    for word in sorted(_DAYS, key=len, reverse=True):
        if text.startswith(word):
            return word, text[len(word) :]
    for pattern in (_FULL_DATE, _MONTH_DAY):
        found = pattern.match(text)
        if found and "." not in text[found.end() :]:
            return found[0], text[found.end() :]
    if text.endswith(("日", "号")):
        return text, ""
    return "", text


def _read_clock(text: str) -> tuple[int, int] | None:
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    hour = int(found[1] or found[3] or found[5])
    minute = 30 if found[7] else int(found[2] or found[4] or found[6] or 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def _read_day(text: str, today: date, ahead: bool) -> date | None:
    if text in _DAYS:
        return today + timedelta(days=_DAYS[text])
    try:
        if full := _FULL_DATE.fullmatch(text):
            return date(int(full[1]), int(full[2]), int(full[3]))
        if part := _MONTH_DAY.fullmatch(text):
            return _nearest_year(today, int(part[1]), int(part[2]), ahead)
        if day := _DAY.fullmatch(text):
            return _nearest_month(today, int(day[1]), ahead)
    except ValueError:
        return None
    return None


def _nearest_year(today: date, month: int, day: int, ahead: bool) -> date:
    this = date(today.year, month, day)
    if ahead and this < today:
        return date(today.year + 1, month, day)
    if not ahead and this > today:
        return date(today.year - 1, month, day)
    return this


def _nearest_month(today: date, day: int, ahead: bool) -> date | None:
    for away in range(12):
        months = today.year * 12 + today.month - 1 + (away if ahead else -away)
        try:
            found = date(months // 12, months % 12 + 1, day)
        except ValueError:
            continue
        if (found >= today) if ahead else (found <= today):
            return found
    return None
