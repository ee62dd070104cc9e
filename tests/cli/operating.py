"""`aidpoint center` as an operator runs it: each command in a process of its own."""

import json
import signal
import subprocess
import sys
from typing import Any


def run(*words: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "app", "center", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def told(*words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*words, "--json").splitlines()[-1])
    return answer


class Server:
    """`center serve` in a process of its own."""

    def __init__(self, database: str, *more: str) -> None:
        words = [sys.executable, "-m", "app", "center", "serve", "--database", database, "--port", "0", *more]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        assert ready["ready"] is True
        self.url = str(ready["url"])

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
