"""Reading a day as it is printed on packages and typed in a hurry: 2027-06-30, 20270630, 270630, 2027.6, 6-30."""

import calendar
import re
from datetime import date

_PATTERNS = (
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{2})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{4}|\d{2})[-/.年 ](?P<m>\d{1,2})[-/.月 ](?P<d>\d{1,2})日?"),
    re.compile(r"(?P<y>\d{4})[-/.年 ]?(?P<m>\d{1,2})月?"),
    re.compile(r"(?P<m>\d{1,2})[-/.月 ](?P<d>\d{1,2})日?"),
)


def read_day(text: str, today: date, *, ahead: bool = False) -> date | None:
    """The day meant, or None. A month alone is its last day; a day without a year the next or the last such."""
    text = text.strip().replace("．", ".").replace("。", ".").replace("－", "-")
    for pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        try:
            return _day(parts.get("y"), int(parts["m"]), parts.get("d"), today, ahead)
        except ValueError:
            continue
    return None


def _day(year: str | None, month: int, day: str | None, today: date, ahead: bool) -> date:
    if year is None:
        meant = date(today.year, month, int(day or 1))
        if ahead and meant < today:
            return date(today.year + 1, month, meant.day)
        return date(today.year - 1, month, meant.day) if not ahead and meant > today else meant
    full = int(year) if len(year) == 4 else 2000 + int(year)
    if day is None:
        return date(full, month, calendar.monthrange(full, month)[1] if 1 <= month <= 12 else 0)
    return date(full, month, int(day))
