"""`center serve` in processes of its own, as an operator starts it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.center.workers import workers_of


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    pid: int
    workers: int


@contextmanager
def served(database: str, workers: int | None, files: Path) -> Iterator[Served]:
    """Serves until left. Raises `RuntimeError` where it does not start."""
    count = workers_of(database, workers)
    words = ("center", "serve", "--database", database, "--files", str(files), "--port", "0", "--workers", str(count))
    with subprocess.Popen([sys.executable, "-m", "app", *words], stdout=subprocess.PIPE, text=True) as running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            if not line:
                raise RuntimeError(f"center serve ended with {running.wait()}")
            yield Served(str(json.loads(line)["url"]), running.pid, count)
        finally:
            running.terminate()
