"""Points in folders of their own, run as separate processes like people and scripts do."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.base.clock import wall_clock
from app.cli.bootstrap import PointSession, create_point, open_point
from app.store.sealing import Cost
from tests.sync.town import Town

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "救助-password-1"
CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)


@dataclass
class PointFolder:
    """A data folder and whose it is."""

    data: Path
    user: str
    password_file: Path

    def words(self, action: str, *more: str) -> list[str]:
        signed_in = ["--data", str(self.data), "--user", self.user, "--password-file", str(self.password_file)]
        return [sys.executable, "-m", "app", "point", action, *signed_in, *more]

    def start(self, action: str, *more: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.words(action, *more), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, action: str, *more: str, lines: Iterable[Any] = ()) -> "subprocess.CompletedProcess[bytes]":
        """`lines`: given on stdin; bytes and text as they are, anything else as JSON."""
        given = b"".join(_line(line) for line in lines)
        return subprocess.run(self.words(action, *more), cwd=ROOT, input=given, capture_output=True, check=False)

    def json(self, action: str, *more: str) -> dict[str, Any]:
        done = self.run(action, "--json", *more)
        assert done.stdout, done.stderr.decode()
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    def exec(self, *lines: Any) -> list[dict[str, Any]]:
        done = self.run("exec", lines=lines)
        assert done.returncode == 0, done.stderr.decode()
        return [json.loads(line) for line in done.stdout.splitlines()]

    def opened(self, *, to_write: bool = True) -> PointSession:
        return open_point(self.data, self.user, PASSWORD, wall_clock, to_write=to_write)


def new_folder(town: Town, folder: Path, node_code: str, *, online: bool = True) -> PointFolder:
    """An enrolled point whose keys cost little to try; without `online` it has no code and no way to the center."""
    file, code = town.enrolment(node_code)
    folder.mkdir(parents=True, exist_ok=True)
    password_file = folder / "password"
    password_file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    point = PointFolder(folder / "data", f"u-{node_code}", password_file)
    create_point(point.data, file, point.user, PASSWORD, code=code if online else "", cost=CHEAP)
    return point


def register(name: str, **facts: Any) -> dict[str, Any]:
    return {"command": "RegisterPerson", "name": name, "gender": "MALE", "age_est": 40, **facts}


def _line(line: Any) -> bytes:
    if isinstance(line, bytes):
        return line + b"\n"
    text = line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
    return text.encode() + b"\n"
