"""`bench search`: the list of open cases, filters, finding by words, the day's work, at so many cases."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY, wall_clock
from app.cli.bench.goals import median
from app.cli.bench.population import populate
from app.cli.bench.town import Town
from app.features.cases import search
from app.features.cases.queries import OPEN, CaseFilter, case_count, case_ids, case_rows, today
from app.store.engine import reading, writing

SHOWN = 30
"""Rows on one screen."""
_LEAST_TIMES = 7
_WORDS = ("张大", "李小明", "zhang", "zdg", "BENCH-0000", "中山路12")


def measure(folder: Path, records: int, repeats: int) -> dict[str, Any]:
    town = Town(folder / "town", 1)
    town.found()
    laptop = town.laptop(town.names()[0], "http://127.0.0.1")
    now = wall_clock()
    populate(laptop.engine, laptop.node, laptop.actor.id, records, now)
    index_s = _index(laptop.engine)

    def first_rows(wanted: CaseFilter) -> Callable[[sa.Connection], object]:
        return lambda conn: case_rows(conn, case_ids(conn, wanted, SHOWN), now)

    filters = {
        "status": CaseFilter(statuses=("OPEN",)),
        "reason": CaseFilter(reason="NO_JOB"),
        "month": CaseFilter(since=now - 60 * DAY, until=now - 30 * DAY),
        "due": CaseFilter(due_before=now),
    }
    times = max(_LEAST_TIMES, repeats)
    with reading(laptop.engine) as conn:
        found = {words: len(search.find(conn, words)) for words in _WORDS}
    filtered = {name: _ms(laptop.engine, first_rows(wanted), times) for name, wanted in filters.items()}
    finding = {words: _ms(laptop.engine, _finding(words), times) for words in _WORDS}
    figures = {
        "all_rows_ms": _ms(laptop.engine, first_rows(CaseFilter()), times),
        "open_rows_ms": _ms(laptop.engine, first_rows(OPEN), times),
        "all_ids_ms": _ms(laptop.engine, lambda conn: case_ids(conn, CaseFilter()), times),
        "count_ms": _ms(laptop.engine, case_count, times),
        "today_ms": _ms(laptop.engine, lambda conn: today(conn, now), times),
    }
    laptop.engine.dispose()
    judged = {
        "first_rows_ms": max(figures["all_rows_ms"], figures["open_rows_ms"]),
        "filter_ms": max(filtered.values()),
        "find_ms": max(finding.values()),
        "today_ms": figures["today_ms"],
    }
    return {"index_s": index_s, "found": found, **figures, "filters_ms": filtered, "find_ms": finding, "judged": judged}


def _finding(words: str) -> Callable[[sa.Connection], object]:
    return lambda conn: search.find(conn, words)


def _index(engine: sa.Engine) -> float:
    """Fill the search index; seconds."""
    begun = time.perf_counter()
    more = True
    while more:
        with writing(engine) as conn:
            more = search.step(conn)
    return round(time.perf_counter() - begun, 2)


def _ms(engine: sa.Engine, query: Callable[[sa.Connection], object], times: int) -> float:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        with reading(engine) as conn:
            query(conn)
        took.append((time.perf_counter() - begun) * 1e3)
    return median(took, 2)
