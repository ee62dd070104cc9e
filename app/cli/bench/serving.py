"""Processes of their own that serve: the floor, and `center serve` as an operator starts it."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from app.center.workers import workers_of


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    pid: int
    workers: int


class Process(NamedTuple):
    """One that serves at `url`."""

    url: str
    pid: int


_START_S = 30.0
_LOOK_S = 0.1


@contextmanager
def process(*words: str) -> Iterator[Process]:
    """Another process of this program that serves until left, at the URL it tells in its first line. Raises
    `RuntimeError` where it does not start."""
    with subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True) as running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            if not line:
                raise RuntimeError(f"{' '.join(words)} ended with {running.wait()}")
            yield Process(str(json.loads(line)["url"]), running.pid)
        finally:
            running.terminate()


@contextmanager
def served(database: str, workers: int | None, files: Path) -> Iterator[Served]:
    """`center serve` until left. Raises `RuntimeError` where it does not start."""
    count = workers_of(database, workers)
    words = ("center", "serve", "--database", database, "--files", str(files), "--port", "0", "--workers", str(count))
    with process("app", *words) as hub:
        _wait_for(hub.url)
        yield Served(hub.url, hub.pid, count)


def _wait_for(url: str) -> None:
    """Until a worker answers: connections are taken before. Raises `RuntimeError` where none does."""
    there = urlsplit(url)
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        wire = http.client.HTTPConnection(there.hostname or "", there.port, timeout=_START_S)
        wire.request("GET", "/health")
        if wire.getresponse().status == 200:
            wire.close()
            return
        wire.close()
        time.sleep(_LOOK_S)
    raise RuntimeError("center serve does not answer")
