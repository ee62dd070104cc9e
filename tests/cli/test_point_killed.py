"""`kill -9` at random instants: what was acknowledged is there, once and whole; the folder opens again by itself."""

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.cli.bootstrap import FILE, create_point
from app.cli.point_check import check_point
from app.features.people.tables import person
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.outbox import unsent
from tests.cli.points import CHEAP, PASSWORD, PointFolder, new_folder, register
from tests.sync.conftest import town as town
from tests.sync.town import Town

Sized = Callable[[int, int], int]


def test_what_exec_acknowledged_survives_any_kill(town: Town, tmp_path: Path, sized: Sized) -> None:
    point = new_folder(town, tmp_path / "point", "V1", online=False)
    chance = random.Random(20)
    acknowledged: list[dict[str, Any]] = []
    for attempt in range(sized(20, 500)):
        acknowledged += _exec_and_kill(point, attempt, chance.uniform(0, 0.4))
        with point.opened() as session, reading(session.engine) as conn:
            here = standing(conn)
            names = {row.id: row.name for row in conn.execute(sa.select(person.c.id, person.c.name))}
            numbers = conn.execute(sa.select(journal.c.n).where(journal.c.device == here.device)).scalars().all()
        assert sorted(numbers) == list(range(1, here.n + 1)), attempt
        assert len(names) == here.n == len(set(names.values())), attempt
        for answer in acknowledged:
            assert names[answer["made"][0][1]] == answer["name"]
            assert int(str(answer["commit"]).rpartition(".")[2]) <= here.n
        # One more may be durable than was heard of, per kill.
        assert len(acknowledged) <= here.n <= len(acknowledged) + attempt + 1
    assert len(acknowledged) > attempt
    with point.opened() as session:
        assert set(check_point(session.engine).values()) == {"ok"}


def _feed(pipe: IO[bytes], given: list[dict[str, Any]]) -> None:
    with contextlib.suppress(OSError):
        for line in given:
            pipe.write(json.dumps(line).encode() + b"\n")
            pipe.flush()


def _exec_and_kill(point: PointFolder, attempt: int, after_s: float) -> list[dict[str, Any]]:
    """Give commands without waiting, kill so long after the first answer; what was answered until then."""
    process = point.start("exec")
    assert process.stdin is not None
    assert process.stdout is not None
    given = [register(f"来人{attempt}-{i}") for i in range(3_000)]

    feeder = threading.Thread(target=_feed, args=(process.stdin, given))
    feeder.start()
    first = process.stdout.readline()
    threading.Timer(after_s, process.kill).start()
    lines = [first, *process.stdout.read().split(b"\n")]
    process.wait()
    feeder.join()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    answers = []
    for i, line in enumerate(lines):
        if line.strip() and line.endswith((b"\n", b"}")):
            answers.append({**json.loads(line), "name": given[i]["name"]})
    assert all(answer["ok"] for answer in answers)
    return answers


def test_a_round_killed_anywhere_is_simply_done_again(town: Town, tmp_path: Path, sized: Sized) -> None:
    sender = new_folder(town, tmp_path / "sender", "V1")
    receiver = new_folder(town, tmp_path / "receiver", "V1")
    chance = random.Random(7)
    written = 0
    for attempt in range(sized(4, 200)):
        answers = sender.exec(*(register(f"来人{attempt}-{i}") for i in range(100)))
        written += sum(answer["ok"] for answer in answers)
        for point in (sender, receiver):
            _kill_within(point, "sync", chance.uniform(0.5, 1.6))
            with point.opened() as session:
                assert check_point(session.engine)["chain"] == "ok"
    for point in (sender, receiver, sender):
        assert point.json("sync")["error"] == ""
    for point in (sender, receiver):
        with point.opened() as session:
            assert set(check_point(session.engine).values()) == {"ok"}
            with reading(session.engine) as conn:
                assert unsent(conn) == 0
                assert conn.execute(sa.select(sa.func.count()).select_from(person.table)).scalar() == written
    assert sender.json("status")["digest"] == receiver.json("status")["digest"]


def _kill_within(point: PointFolder, action: str, seconds: float, *more: str) -> None:
    process = point.start(action, *more)
    time.sleep(seconds)
    process.kill()
    process.communicate()


def test_enrolling_killed_anywhere_leaves_a_whole_point_or_none(town: Town, tmp_path: Path, sized: Sized) -> None:
    file, code = town.enrolment("V1")
    (tmp_path / "enrolment.json").write_bytes(file)
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    chance = random.Random(3)
    for attempt in range(sized(5, 100)):
        point = PointFolder(tmp_path / f"data-{attempt}", "u-V1", tmp_path / "password")
        _kill_within(point, "enroll", chance.uniform(0.5, 1.8), "--file", str(tmp_path / "enrolment.json"))
        if (point.data / FILE).exists():
            assert point.json("status")["unsent"] == 0
        create_point(point.data, file, "u-V1", PASSWORD, code=code, cost=CHEAP)
        with point.opened() as session:
            assert set(check_point(session.engine).values()) == {"ok"}
        assert not list(point.data.glob(".new-*"))


def test_a_killed_writer_leaves_no_lock_behind(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "point", "V1", online=False)
    process = point.start("exec")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(register("甲")).encode() + b"\n")
    process.stdin.flush()
    process.stdout.readline()
    with pytest.raises(Environment):
        point.opened()
    process.kill()
    process.communicate()
    point.opened().close()
