"""Run as a process: works at a point in children of its own, and kills each at the moment it is told.

    python -m tests.proof.falling FOLDER

Reads one order a line and answers what the child had acknowledged until it died. Children are forks, so that a kill
costs no start of the program; nothing is open when one is made.
"""

import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from app.cli import point_exec
from app.cli.bootstrap import PointSession, open_point
from app.sync.rounds import sync_round
from tests.proof.city import NOODLES, PASSWORD, WATER

USER = "u-V1"
OPENED = b'{"opened": true}\n'
GIVEN = ((WATER, 1), (NOODLES, 2))
BETWEEN_ROUNDS = 2
MOST_LINES = 400


def met(key: str) -> dict[str, Any]:
    """Somebody is met and given two things; `key` stands in the person and in the note."""
    return {
        "gender": "MALE",
        "age_est": 45,
        "features": key,
        "note": key,
        "place_type": "BRIDGE",
        "health_obs": ["OK"],
        "disposition": "ON_SITE_AID",
        "goods": [{"item": item, "quantity": quantity} for item, quantity in GIVEN],
    }


def keys(order: dict[str, Any]) -> list[str]:
    """The acts of an order, in the order in which they are asked for."""
    return [f"{order['name']}-{number}" for number in range(MOST_LINES)]


def lines(wanted: list[str]) -> io.BytesIO:
    return io.BytesIO(b"".join(json.dumps({"command": "LogEncounter", **met(key)}).encode() + b"\n" for key in wanted))


def work(data: Path, order: dict[str, Any], answers: io.BufferedWriter) -> None:
    """Open the point as it was left, then save, or save a little and sync, until killed."""
    with open_point(data, USER, PASSWORD) as session:
        answers.write(OPENED)
        answers.flush()
        if order["work"] == "save":
            point_exec.serve(session.runner, session.actor, lines(keys(order)), answers)
            return
        if order["work"] == "early":
            _answer_before_saving(session, order, answers)
        for some in _by(keys(order), BETWEEN_ROUNDS):
            point_exec.serve(session.runner, session.actor, lines(some), answers)
            _round(session)


def _answer_before_saving(session: PointSession, order: dict[str, Any], answers: io.BufferedWriter) -> None:
    """The planted fault of the control: an act is acknowledged while it is not durable yet."""
    for key in keys(order):
        answers.write(b'{"ok": true}\n')
        answers.flush()
        point_exec.serve(session.runner, session.actor, lines([key]), io.BytesIO())


def _by(wanted: list[str], size: int) -> Iterator[list[str]]:
    return (wanted[at : at + size] for at in range(0, len(wanted), size))


def _round(session: PointSession) -> None:
    with closing(session.transport()) as transport:
        report = sync_round(session.engine, transport, clock=session.clock)
    if report.error:
        raise RuntimeError(report.error)


def fall(data: Path, order: dict[str, Any]) -> dict[str, Any]:
    """Let a child work and kill it `kill_after` seconds after so many lines were heard of it (1: it has opened)."""
    ours, its = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            with os.fdopen(its, "wb") as answers:
                work(data, order, answers)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    os.close(its)
    with os.fdopen(ours, "rb") as answers:
        heard = b"".join(answers.readline() for _ in range(order["heard"]))
        time.sleep(order["kill_after"])
        os.kill(child, signal.SIGKILL)
        heard += answers.read()
    _, ended = os.waitpid(child, 0)
    whole = [line for line in heard.splitlines(keepends=True) if line.endswith(b"\n") and line != OPENED]
    acts = zip(keys(order), map(json.loads, whole), strict=False)
    return {
        "killed": os.waitstatus_to_exitcode(ended) == -signal.SIGKILL,
        "opened": OPENED in heard,
        "acknowledged": [key for key, answer in acts if answer["ok"]],
        "refused": [answer for answer in map(json.loads, whole) if not answer["ok"]],
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(fall(Path(sys.argv[1]), json.loads(line))), flush=True)
