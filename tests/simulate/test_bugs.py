"""Tempting mistakes, planted one at a time: the worlds find every one of them, and nothing where there is none."""

import argparse
import json
import os
import shlex
import subprocess
import sys
from typing import Any

import pytest

from app.cli.simulate import add_arguments
from app.cli.simulate.bugs import BUGS
from app.cli.simulate.ends import in_memory
from app.cli.simulate.running import again, run

STEPS = 150
WITHIN = 50
"""In so many worlds a mistake has to show."""
ELSEWHERE = {"naive sequence cursor", "heads read without locks"}
"""Planted by tests/center/test_concurrency.py: they need many writers at once on PostgreSQL."""
SHOWS = {
    "ack before commit": {"I1"},
    "cursor advanced early": {"I2"},
    "same-base conflict rule": {"I2", "I4"},
    "order by client clock": {"I2", "I3", "I4"},
    "outbox pruned before the reply": {"I1", "I6"},
    "n reused after restore": {"I1", "I6", "IntegrityError"},
    "re-issue without mapping bases": {"I2", "I4"},
    "re-apply of acknowledged commits over a snapshot": {"I2", "I4"},
    "count ordered by seq": {"I3"},
    "reversal positioned at now": {"I3"},
    "second receipt as second movement": {"I3"},
    "remove that ignores unseen adds": {"I2", "I4"},
    "void that hides a live head": {"I2", "I4"},
    "quarantine that lets dependents through": {"I1"},
}
"""As what each of the others shows: an error of another sort would be one of the planting."""


def test_every_mistake_of_the_list_is_planted() -> None:
    assert set(BUGS) == set(SHOWS)
    assert len(SHOWS | dict.fromkeys(ELSEWHERE)) == 16


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_mistake_is_found(bug: str) -> None:
    worlds = (run(seed, STEPS, in_memory, bug=bug) for seed in range(WITHIN))
    found = next((each for each in worlds if each is not None), None)
    assert found is not None
    assert found.which in SHOWS[bug]
    assert f"--seeds {found.seed}:{found.seed + 1}" in found.replay
    assert shlex.quote(bug) in found.replay
    assert run(found.seed, STEPS, in_memory) is None  # it was this mistake that showed, no other


@pytest.mark.timeout(600)
def test_the_command_says_what_it_found_and_how_to_see_it_again() -> None:
    """In another process, whose sets and hashes are in another order, what is printed leads to the same words: also
    where another world came before this one."""
    words = ["simulate", "--seeds", "1:50", "--steps", str(STEPS), "--bug", "order by client clock"]
    first, said = _run(words, hashes="1")
    assert "(lying, in the center's books)" in said
    (found,) = first["found"]
    assert found["seed"] > 1
    program, *words = shlex.split(found["again"])
    assert program == "aidpoint"
    again, said_again = _run(words, hashes="2")
    assert again["found"] == [found]
    assert said_again == said


def _run(words: list[str], *, hashes: str) -> tuple[dict[str, Any], str]:
    """What the command prints as JSON, and what it says beside that."""
    run_ = subprocess.run(
        [sys.executable, "-m", "app", *words],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONHASHSEED": hashes},
    )  # fmt: skip
    assert run_.returncode == 0, run_.stderr
    return json.loads(run_.stdout.splitlines()[-1]), run_.stderr


@pytest.mark.parametrize(("kind", "database"), [("memory", ""), ("files", ""), ("postgres", "postgresql://h/d?a=b&c")])
@pytest.mark.parametrize("bug", ["", "order by client clock"])
def test_how_to_see_a_world_again_is_a_command_that_the_program_takes(kind: str, database: str, bug: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    program, command, *words = shlex.split(again(7, 30, kind, database, bug))
    args = parser.parse_args(words)
    assert (program, command) == ("aidpoint", "simulate")
    assert (args.seeds, args.steps, args.ends, args.database, args.bug) == (range(7, 8), 30, kind, database, bug)
