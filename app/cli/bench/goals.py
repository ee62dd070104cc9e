"""What the figures should be (`quality.md` section 2), and medians."""

import statistics
from collections.abc import Iterable, Mapping

GOALS: Mapping[str, float] = {
    "single_saves_ratio": 2.5,
    "bulk_write_ratio": 4.0,
    "first_push_ratio": 3.0,
    "first_pull_ratio": 3.0,
    "round_100_100_ms": 60.0,
    "empty_round_ms": 5.0,
    "empty_round_requests": 1.0,
    "empty_round_bytes_out": 1_000.0,
    "empty_round_bytes_in": 1_000.0,
    "push_bytes_per_record": 200.0,
    "pull_bytes_per_record": 200.0,
    "first_rows_ms": 50.0,
    "filter_ms": 50.0,
    "find_ms": 50.0,
    "today_ms": 50.0,
    "over_bare_window_s": 0.5,
    "load_ms_per_change": 12.0,  # 300,000 changes an hour
    "load_p95_s": 1.2,
    "load_errors": 0.0,
    "herd_p95_s": 1.2,
    # From when a device wants to come until it is even: what waits at the sender is in it, and in no answer. Some four
    # answers in a row fit, as one with much news asks for; one that was turned away is over it, because it comes again
    # after 5 s at the soonest. Not judged where all come as fast as it goes: there each waits for those before it.
    "herd_even_p95_s": 5.0,
    "herd_errors": 0.0,
    "exchange_growth": 1.5,
}


def over_goal(judged: Mapping[str, float]) -> list[str]:
    """The figures that are over their goal, by name."""
    return [name for name, value in judged.items() if value > GOALS[name]]


def median(values: Iterable[float], digits: int = 3) -> float:
    return round(statistics.median(values), digits)
