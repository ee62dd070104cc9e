"""`aidpoint bench` as anybody runs it: small sizes, every figure there, the last line one JSON object."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.cli.bench.arriving import Told
from app.cli.bench.exchange import growth_of
from app.cli.bench.goals import GOALS, over_goal
from app.cli.bench.record import FIELDS, NOTE_LENGTH, Records
from app.features.registry import load_features

load_features()


def bench(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "app", "bench", *words], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["bench"] == words[0]
    assert told["judged"].keys() <= GOALS.keys()
    assert all(math.isfinite(value) for value in told["judged"].values())
    assert told["over_goal"] == over_goal(told["judged"])
    return told


def test_saving_is_measured_beside_its_floor() -> None:
    told = bench("apply", "--records", "150", "--repeats", "1", "--json")
    for kind, judged in (("single", "single_saves_ratio"), ("bulk", "bulk_write_ratio")):
        figures = told[kind]
        assert figures["floor_per_s"] > 0
        assert figures["ratio"] == pytest.approx(figures["floor_per_s"] / figures["ours_per_s"], rel=0.05)
        assert told["judged"][judged] == figures["ratio"]


def test_syncing_is_measured_beside_its_floor() -> None:
    # So many that most go in large batches: a round begins with small ones, which shrink less.
    told = bench("sync", "--records", "2000", "--repeats", "1", "--json")
    judged = told["judged"]
    assert judged["first_push_ratio"] == pytest.approx(told["floor_per_s"] / told["first_push_per_s"], rel=0.05)
    assert judged["first_pull_ratio"] == pytest.approx(told["floor_per_s"] / told["first_pull_per_s"], rel=0.05)
    spent = told["processor_us_per_record"]
    assert spent.keys() == {"floor", "first_push", "first_pull"}
    assert 0 < spent["first_pull"] < 100_000
    assert judged["empty_round_requests"] == 1
    # Everything that went over the wire was counted: at the very least a signature, and the answer's own body.
    assert 300 < judged["empty_round_bytes_out"] < 1_000
    assert 200 < judged["empty_round_bytes_in"] < 1_000
    # A commit cannot be sent in less than its two ids, its salt and what its note says.
    assert 100 < judged["push_bytes_per_record"] <= GOALS["push_bytes_per_record"]
    assert 100 < judged["pull_bytes_per_record"] <= GOALS["pull_bytes_per_record"]


def test_lists_and_finding_are_measured_on_what_is_there() -> None:
    told = bench("search", "--records", "300", "--json")
    assert told["found"]["BENCH-0000"] == 50
    assert told["found"]["zhang"] > 0
    assert set(told["judged"]) == {"first_rows_ms", "filter_ms", "find_ms", "today_ms"}


def test_the_start_is_measured_beside_a_bare_window() -> None:
    told = bench("start", "--records", "50", "--repeats", "1", "--json")
    assert 0 < told["bare_window_s"] < told["signed_in_s"]
    over = told["signed_in_s"] - told["bare_window_s"]
    assert told["judged"]["over_bare_window_s"] == pytest.approx(over, abs=0.01)


def test_a_small_city_at_one_hub(postgres_database: str) -> None:
    told = bench("load", "--devices", "24", "--database", postgres_database, "--workers", "2", "--json")
    assert (told["devices"], told["workers"], told["database"]) == (24, 2, "postgresql")
    for part in ("steady", "herd"):
        figures = told[part]
        assert figures["errors"] == {}
        assert figures["changes"] == 24 * 20
        assert 0 < figures["p50_s"] <= figures["p95_s"] <= figures["p99_s"]
        assert figures["p50_s"] <= figures["even_after_p50_s"] <= figures["even_after_p99_s"] <= figures["took_s"] + 0.1
        assert figures["changes_per_h"] == pytest.approx(figures["changes"] / figures["took_s"] * 3600, rel=0.1)
        assert figures["processor_s"].keys() == {"hub", "database", "sender"}
        assert 0 < figures["processor_s"]["hub"] < 60
    assert told["steady"]["turned_away"] == 0
    # Those above read what their villages moved: goods that came, not encounters.
    assert told["steady"]["received"] + told["herd"]["received"] >= 2 * 24 * 4
    assert told["herd"]["took_s"] >= 0.8 * told["herd"]["within_s"] > 0.5
    assert told["judged"]["load_errors"] == told["judged"]["herd_errors"] == 0
    assert told["judged"]["herd_p95_s"] == told["herd"]["p95_s"]
    assert told["judged"]["herd_even_p95_s"] == told["herd"]["even_after_p95_s"]


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_an_exchange_is_measured_with_little_and_with_much_history(where: str, request: pytest.FixtureRequest) -> None:
    named = ["--database", request.getfixturevalue("postgres_database")] if where == "postgres" else []
    told = bench("exchange", "--commits", "200", "2000", *named, "--workers", "1", "--json")
    assert list(told["commits"]) == ["200", "2000"]
    kinds = {"empty_ms", "push_20_ms", "pull_100_ms"}
    assert all(figures.keys() == {"planting_s", *kinds} for figures in told["commits"].values())
    assert told["growth"].keys() == kinds
    assert told["judged"]["exchange_growth"] == max(told["growth"].values()) >= 1


def test_what_grows_shows_although_the_first_size_was_measured_badly() -> None:
    found = {
        10: {"planting_s": 1.0, "empty_ms": 8.0, "push_20_ms": 20.0},
        100: {"planting_s": 2.0, "empty_ms": 4.0, "push_20_ms": 30.0},
        1_000: {"planting_s": 9.0, "empty_ms": 8.0, "push_20_ms": 30.0},
    }
    assert growth_of(found) == {"empty_ms": 2.0, "push_20_ms": 1.5}


def test_a_herd_that_waits_is_over_its_goal_however_quickly_it_is_answered_then() -> None:
    told = Told(seconds=[0.1] * 20, even_after_s=[0.1] * 10 + [30.0] * 10)
    judged = {"herd_p95_s": told.percentile_s(95), "herd_even_p95_s": told.even_percentile_s(95)}
    assert over_goal(judged) == ["herd_even_p95_s"]


def _group(leader: int) -> set[int]:
    """The processes of this group that still run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            state, _, group = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
            if int(group) == leader and state != "Z":
                found.add(int(stat.parent.name))
    return found


def test_who_ends_the_bench_ends_its_center_too() -> None:
    words = [sys.executable, "-m", "app", "bench", "load", "--devices", "40", "--json"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        until = time.monotonic() + 60
        while len(_group(run.pid)) < 2 and run.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        started = _group(run.pid)
        run.terminate()
        run.wait(60)
    assert len(started) > 1, "no center was started"
    while _group(run.pid) and time.monotonic() < until:
        time.sleep(0.05)
    left = _group(run.pid)
    if left:
        os.killpg(run.pid, signal.SIGKILL)
    assert not left


def test_a_city_is_not_planted_over_another(postgres_database: str) -> None:
    words = [sys.executable, "-m", "app", "bench", "load", "--devices", "4", "--database", postgres_database]
    assert subprocess.run(words, capture_output=True, timeout=110, check=False).returncode == 0
    again = subprocess.run(words, capture_output=True, text=True, timeout=110, check=False)
    assert again.returncode == 1
    assert "Traceback" not in again.stderr


def test_the_words_are_for_people_and_the_last_line_for_programs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "bench", "apply", "--records", "10", "--repeats", "1"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    *words, last = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in words] == ["single", "bulk"]
    assert json.loads(last)["records"] == 10


def test_a_figure_over_its_goal_is_named_and_one_at_its_goal_is_not() -> None:
    at_goal = dict(GOALS)
    assert over_goal(at_goal) == []
    assert over_goal({**at_goal, "first_push_ratio": 3.01}) == ["first_push_ratio"]


def test_the_record_is_the_one_the_peers_were_measured_with() -> None:
    records = Records(1, "0" * 32, 1_700_000_000_000_000).take(500)
    size = sum(len(msgspec.json.encode(record)) for record in records) / len(records)
    assert size == pytest.approx(981, abs=6)
    assert all(set(record) == set(FIELDS) for record in records)
    assert len(FIELDS) == 26
    assert {len(record["place_text"]) for record in records} == {NOTE_LENGTH}
    again = Records(1, "0" * 32, 1_700_000_000_000_000).take(500)
    assert [one["place_text"] for one in again] == [one["place_text"] for one in records]
