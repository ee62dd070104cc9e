"""What the page 今日 asks the store for, in one reading."""

from dataclasses import dataclass
from typing import Any

from app.base.clock import CHINA, DAY, instant_of, local
from app.features.cases.queries import OPEN, CaseFilter, CaseRow, VisitRow, case_count, today
from app.features.inventory.queries import ItemStock, given_since, stock_list
from app.features.org.queries import NoticeRow, notices_for

WEEK_DAYS = 14


@dataclass(frozen=True, slots=True)
class DayRows:
    """`stock`: items that are low, expiring, expired or below zero. `by_day`: cases begun on each of the last days."""

    red: list[CaseRow]
    visits: list[VisitRow]
    stock: list[ItemStock]
    notices: list[NoticeRow]
    encounters: int
    open_cases: int
    goods: int
    by_day: tuple[int, ...]


def waiting(conn: Any, node: str, now: int) -> dict[str, int]:
    """How much waits on the pages, by page: cases and visits today, supplies that want something."""
    found = today(conn, now)
    red = {row.id for row in found.red}
    visits = sum(visit.case not in red for visit in found.visits)
    return {"today": len(red) + visits, "stock": len(_wanting(conn, node, now))}


def _wanting(conn: Any, node: str, now: int) -> list[ItemStock]:
    return [row for row in stock_list(conn, node, now) if row.low or row.soon or row.expired or row.negative]


def start_of_day(now: int) -> int:
    return instant_of(local(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=CHINA))


def day_rows(conn: Any, node: str, now: int) -> DayRows:
    found = today(conn, now)
    start = start_of_day(now)
    red = {row.id for row in found.red}
    wanting = _wanting(conn, node, now)
    wanting.sort(key=lambda row: (not row.negative, not row.expired, not row.low, row.next_expiry or "9"))
    days = [start - away * DAY for away in range(WEEK_DAYS - 1, -1, -1)]
    return DayRows(
        red=found.red,
        visits=[visit for visit in found.visits if visit.case not in red],
        stock=wanting,
        notices=notices_for(conn, node, now),
        encounters=found.encounters_today,
        open_cases=case_count(conn, OPEN),
        goods=sum(given_since(conn, node, start).values()),
        by_day=tuple(case_count(conn, CaseFilter(since=day, until=day + DAY)) for day in days),
    )
