"""`point pack`, `point unpack`, `center take` as processes: a stick goes round, and is cut at any moment."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.center import admin
from app.features.people.tables import person
from app.store.engine import file_of, reading, writing
from app.sync.folders import FOLDER
from app.sync.state import change_state
from tests.cli.points import ROOT, PointFolder, new_folder, register
from tests.sync.conftest import town as town
from tests.sync.town import Town


def take(town: Town, source: Path, out: Path) -> "subprocess.CompletedProcess[bytes]":
    words = [
        sys.executable,
        "-m",
        "app",
        "center",
        "take",
        "--json",
        "--database",
        f"sqlite:///{file_of(town.engine)}",
    ]
    return subprocess.run([*words, "--in", str(source), "--out", str(out)], cwd=ROOT, capture_output=True, check=False)


def taken(town: Town, stick: Path) -> list[dict[str, Any]]:
    done = take(town, stick, stick)
    assert done.returncode == 0, done.stderr.decode()
    files: list[dict[str, Any]] = json.loads(done.stdout)["files"]
    return files


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A stick as the desktop leaves it: with a folder of its own for these files."""
    (tmp_path / "stick" / FOLDER).mkdir(parents=True)
    (tmp_path / "stick" / "照片.jpg").write_bytes(b"\xff\xd8")
    return tmp_path / "stick"


def test_one_stick_goes_round_two_points(town: Town, stick: Path, tmp_path: Path) -> None:
    one, two = new_folder(town, tmp_path / "one", "V1"), new_folder(town, tmp_path / "two", "V2")
    one.exec(register("甲"), register("乙"))
    two.exec(register("丙"))
    packed = [point.json("pack", "--to", str(stick)) for point in (one, two)]
    assert [told["commits"] for told in packed] == [2, 1]
    assert all(Path(told["file"]).parent == stick / FOLDER for told in packed)
    files = taken(town, stick)
    assert sorted((told["point"], told["commits"], told["declined"]) for told in files) == [
        ("V1", 2, ""),
        ("V2", 1, ""),
    ]
    for point, acked in ((one, 2), (two, 1)):
        got = point.json("unpack", str(stick))
        assert (got["acked"], got["unsent"], got["error"]) == (acked, 0, "")
        assert "中心确认收到" in got["words"]
        status = point.json("status")
        assert (status["unsent"], status["digest"]) == (0, digest_of(town, status["device"]))
    again = one.json("unpack", str(stick))
    assert "没有新内容" in again["words"]


def digest_of(town: Town, device: str) -> str:
    return next(str(told["digest"]) for told in admin.status(town.engine)["devices"] if told["id"] == device)


def test_single_files_may_be_named(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "one", "V1")
    point.exec(register("甲"))
    there, back = tmp_path / "去.apsf", tmp_path / "回.apsf"
    assert point.json("pack", "--to", str(there))["file"] == str(there)
    assert take(town, there, back).returncode == 0
    assert point.json("unpack", str(back))["acked"] == 1


def test_what_is_wrong_is_said_in_words_and_keeps_nothing_else(town: Town, stick: Path, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "one", "V1")
    point.exec(register("甲"))

    def refused(action: str, *more: str) -> str:
        done = point.run(action, *more)
        assert done.returncode == 1
        return done.stderr.decode().strip()

    assert "找不到" in refused("unpack", str(tmp_path / "nowhere"))
    assert "没有给本机的" in refused("unpack", str(stick))
    packed = Path(point.json("pack", "--to", str(stick))["file"])
    assert "中心还没有读过" in refused("unpack", str(stick))
    assert "是给中心的" in refused("unpack", str(packed))
    (stick / FOLDER / "to-center-broken.apsf").write_bytes(packed.read_bytes()[:-1])
    done = take(town, stick, stick)
    assert done.returncode == 1
    told = {Path(each["file"]).name: each["refused"] for each in json.loads(done.stdout)["files"]}
    assert told == {packed.name: "", "to-center-broken.apsf": "carried_unreadable"}
    assert not list((stick / FOLDER).glob("to-point-broken*"))
    assert point.json("unpack", str(stick))["acked"] == 1
    nothing = tmp_path / "empty"
    nothing.mkdir()
    assert "没有给本市中心的" in take(town, nothing, nothing).stderr.decode()


def test_a_torn_copy_on_the_stick_never_keeps_the_good_answer(town: Town, stick: Path, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "one", "V1")
    point.exec(register("甲"))
    point.json("pack", "--to", str(stick))
    taken(town, stick)
    (answer,) = (stick / FOLDER).glob("to-point-*")
    torn = stick / answer.name
    torn.write_bytes(answer.read_bytes()[:-100])
    os.utime(torn, (1, 1))
    done = point.run("unpack", "--json", str(stick))
    assert done.returncode == 0, done.stderr.decode()
    files = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [(Path(told["file"]), told["refused"]) for told in files] == [(torn, "carried_unreadable"), (answer, "")]
    assert (files[1]["acked"], files[1]["unsent"]) == (1, 0)
    assert torn.name in point.run("unpack", str(stick)).stdout.decode()
    answer.unlink()
    assert point.run("unpack", str(stick)).returncode == 1  # nothing could be read


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="where a file is to be had that nobody can read")
def test_one_file_that_cannot_be_read_keeps_no_other_and_is_told(town: Town, stick: Path, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "one", "V1")
    point.exec(register("甲"))
    point.json("pack", "--to", str(stick))
    (request,) = (stick / FOLDER).iterdir()
    broken = stick / FOLDER / f"a{request.suffix}"
    broken.symlink_to("/proc/self/mem")
    done = take(town, stick, stick)
    assert done.returncode == 3, done.stderr.decode()
    told = json.loads(done.stdout)["files"]
    assert [(Path(each["file"]), each["refused"]) for each in told] == [(broken, "stick_gone"), (request, "")]
    assert told[1]["commits"] == 1
    (answer,) = (stick / FOLDER).glob("to-point-*")
    told = point.json("unpack", str(stick))
    assert (Path(told["file"]), told["refused"], told["acked"], told["unsent"]) == (answer, "", 1, 0)
    answer.unlink()
    assert "优盘" in point.run("unpack", str(stick)).stderr.decode()


def test_a_folder_that_is_not_there_is_no_file_to_make(town: Town, stick: Path, tmp_path: Path) -> None:
    one, two = new_folder(town, tmp_path / "one", "V1"), new_folder(town, tmp_path / "two", "V2")
    nowhere = tmp_path / "nowhere"
    for point in (one, two):
        point.exec(register("甲"))
        done = point.run("pack", "--to", str(nowhere))
        assert done.returncode == 1
        assert f"{nowhere} 不是已有的文件夹" in done.stderr.decode()
        assert point.json("pack", "--to", str(stick))["commits"] == 1
    done = take(town, stick, nowhere)
    assert done.returncode == 1
    assert f"{nowhere} 不是已有的文件夹" in done.stderr.decode()
    done = take(town, stick, tmp_path / "回.apsf")
    assert done.returncode == 1
    assert "请给出一个文件夹" in done.stderr.decode()
    assert not list(tmp_path.glob("*.apsf"))
    assert not nowhere.exists()
    assert sorted(told["commits"] for told in taken(town, stick)) == [1, 1]


def test_a_computer_that_is_not_taken_in_yet_is_told_by_its_id(town: Town, stick: Path, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "one", "V1")
    with point.opened() as session, writing(session.engine) as conn:
        change_state(conn, code="WRONGCODE1")
    point.json("pack", "--to", str(stick))
    (told,) = json.loads(take(town, stick, stick).stdout)["files"]
    assert (told["point"], told["declined"]) == ("", "code_wrong")
    assert told["words"].startswith(f"还没有接纳的电脑 {told['device']} 收到 0 条")


def test_a_stick_that_cannot_be_written_is_named(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "one", "V1")
    done = point.run("pack", "--to", str(tmp_path / "no" / "folder" / "file.apsf"))
    assert done.returncode == 3
    assert "优盘" in done.stderr.decode()


def test_killed_at_any_moment_the_file_is_whole_or_not_there(
    town: Town, stick: Path, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    """Packing and reading are cut off; in the end everything arrives once."""
    chance, point = random.Random(5), new_folder(town, tmp_path / "one", "V1")
    point.exec(*(register(f"来人{number}") for number in range(40)))
    began = time.perf_counter()
    point.json("pack", "--to", str(stick))
    whole_s = time.perf_counter() - began
    for number in range(sized(6, 200)):
        action = ("pack", "--to", str(stick)) if number % 2 else ("unpack", str(stick))
        killed(point, action, chance.uniform(0.3, 1.0) * whole_s)
        for file in (stick / FOLDER).glob("to-center-*.apsf"):
            assert take(town, file, stick / FOLDER).returncode == 0
    point.json("pack", "--to", str(stick))
    taken(town, stick)
    got = point.json("unpack", str(stick))
    assert (got["unsent"], got["error"]) == (0, "")
    assert point.json("check")["ok"] is True
    with point.opened(to_write=False) as session, reading(session.engine) as conn:
        names = [row.name for row in conn.execute(person.table.select())]
    assert sorted(names) == sorted(f"来人{number}" for number in range(40))
    assert admin.status(town.engine)["devices"][0]["acked_n"] == 40


def killed(point: PointFolder, action: tuple[str, ...], after_s: float) -> None:
    process = point.start(*action)
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
