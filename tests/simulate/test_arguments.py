"""What `simulate` is given: where its databases are to live; seeds that are none are no world that went well."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main


@pytest.mark.parametrize("seeds", ["5:1", "5:5", "5", "a:b"])
def test_seeds_that_are_none_are_refused(seeds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["simulate", "--seeds", seeds, "--steps", "1"])
    assert left.value.code == 2
    assert "--seeds" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["files", "postgres"])
def test_the_command_runs_a_world_wherever_it_is_to_live(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    words = ["--database", request.getfixturevalue("postgres_url")] if kind == "postgres" else []
    run = subprocess.run(
        [sys.executable, "-m", "app", "simulate", "--seeds", "3:4", "--steps", "30", "--ends", kind, *words],
        capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    told = json.loads(run.stdout)
    assert (told["ends"], told["found"]) == (kind, [])
    assert told["shelves"] >= told["shelves_compared"] > 0
    assert list(tmp_path.iterdir()) == []
