"""Tempting mistakes, planted one at a time: the worlds find every one of them, and nothing where there is none."""

import subprocess
import sys

import pytest

from app.cli.simulate.bugs import BUGS
from app.cli.simulate.ends import in_memory
from app.cli.simulate.running import hunt, run

STEPS = 150
WITHIN = 50
"""In so many worlds a mistake has to show."""
ELSEWHERE = {"naive sequence cursor", "heads read without locks"}
"""Planted by tests/center/test_concurrency.py: they need many writers at once on PostgreSQL."""
NAMED = {
    "ack before commit",
    "cursor advanced early",
    "naive sequence cursor",
    "same-base conflict rule",
    "heads read without locks",
    "order by client clock",
    "outbox pruned before the reply",
    "n reused after restore",
    "re-issue without mapping bases",
    "re-apply of acknowledged commits over a snapshot",
    "count ordered by seq",
    "reversal positioned at now",
    "second receipt as second movement",
    "remove that ignores unseen adds",
    "void that hides a live head",
    "quarantine that lets dependents through",
}


def test_every_mistake_of_the_list_is_planted() -> None:
    assert set(BUGS) == NAMED - ELSEWHERE


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_mistake_is_found(bug: str) -> None:
    found = hunt(bug, range(WITHIN), STEPS, in_memory)
    assert found is not None
    assert f"--seeds {found.seed}:{found.seed + 1}" in found.replay
    assert bug in found.replay
    assert run(found.seed, STEPS, in_memory) is None  # it was this mistake that showed, no other


def test_the_command_says_what_it_found_and_how_to_see_it_again() -> None:
    words = [sys.executable, "-m", "app", "simulate", "--seeds", "0:50", "--steps", str(STEPS)]
    run_ = subprocess.run(
        [*words, "--bug", "order by client clock"], capture_output=True, text=True, check=False, timeout=600
    )
    assert run_.returncode == 0, run_.stderr
    assert '"again": "aidpoint simulate --seeds' in run_.stdout
    assert "(lying, in the books)" in run_.stderr
