"""Running the programs of other times: see `program.py`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


class Program:
    """One process of one version."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.ugly_days.program", version],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, who: str, do: str, **facts: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"who": who, "do": do, **facts}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self.version} {who} {do}: the program ended"
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate(timeout=60)


@contextmanager
def program(version: str) -> Iterator[Program]:
    made = Program(version)
    try:
        yield made
    finally:
        made.close()
