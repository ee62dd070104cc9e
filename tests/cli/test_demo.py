"""The demo: one command brings up a city, a point at work for months and a window; run again, all is as it was."""

import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.base.clock import wall_clock
from app.base.errors import Refused
from app.base.texts import Texts
from app.cli.bootstrap import open_point
from app.cli.folder_lock import locked
from app.cli.sample import folder
from app.cli.sample.folder import Demo, open_demo_center, prepare, prepare_point
from app.cli.sample.served import LOOPBACK, served
from app.features.registry import load_features
from app.store import keystore
from app.sync.rounds import sync_round

ROOT = Path(__file__).resolve().parents[2]
POINTS = 6


def without_screen() -> dict[str, str]:
    screen = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return {name: value for name, value in os.environ.items() if name not in screen}


def aidpoint(*words: str, status: int = 0) -> str:
    """What a run of the program prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "app", *words],
        cwd=ROOT,
        env=without_screen(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def ready(*words: str) -> dict[str, Any]:
    """The line that a demo prints when its window can be used."""
    lines = aidpoint("demo", "--for", "0.5", "--points", str(POINTS), *words).splitlines()
    assert len(lines) == 1, lines
    told: dict[str, Any] = json.loads(lines[0])
    return told


def point_status(told: dict[str, Any]) -> dict[str, Any]:
    key = ("--user", told["user"], "--password-file", told["password_file"])
    found: dict[str, Any] = json.loads(aidpoint("point", "status", "--json", "--data", told["data"], *key))
    return found


def test_one_command_shows_a_point_at_work_and_is_safe_to_run_again(tmp_path: Path) -> None:
    first = ready("--data", str(tmp_path / "demo"))
    assert first["ready"] is True
    point = point_status(first)
    assert point["admitted"] is True
    assert point["unsent"] == 0
    assert point["cases"] >= folder.PAST_CASES
    assert sum(amount > 0 for amount in point["stock"].values()) > 10
    center = json.loads(aidpoint("center", "status", "--json", "--database", first["database"]))
    assert center["points"] == POINTS
    assert [device["digest"] for device in center["devices"]] == [point["digest"]]
    assert (center["cases"], center["quarantine"]) == (point["cases"], 0)

    again = ready("--data", str(tmp_path / "demo"))
    assert again == first
    later = point_status(again)  # the window that opened may have had its first round with the center, or not yet
    of_rounds = {"rounds", "last_contact", "next_in_s"}
    assert {name: value for name, value in later.items() if name not in of_rounds} == {
        name: value for name, value in point.items() if name not in of_rounds
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    load_features()
    made = prepare(tmp_path_factory.mktemp("demo"), 5, POINTS, wall_clock)
    center = open_demo_center(made)
    with served(center, made.choice.port):
        prepare_point(made, center, made.node(None), wall_clock)
    center.dispose()
    return made


def test_everybody_of_the_point_can_sign_in(demo: Demo) -> None:
    node = demo.node(None)
    assert keystore.users(demo.point(node)) == sorted(person.code for person in node.staff)
    with open_point(demo.point(node), node.staff[-1].code, demo.password()) as session:
        assert session.actor.role == node.staff[-1].role
    assert demo.password_file.stat().st_mode & 0o777 == 0o600


def test_when_the_port_is_taken_the_center_moves_and_the_point_finds_it(demo: Demo) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, demo.choice.port))
        taken.listen()
        moved = prepare(demo.folder, None, None, wall_clock)
    assert moved.choice.port != demo.choice.port
    assert (moved.choice.seed, moved.choice.points, moved.choice.day) == (5, POINTS, demo.choice.day)
    center = open_demo_center(moved)
    node = moved.node(None)
    with served(center, moved.choice.port):
        user = prepare_point(moved, center, node, wall_clock)
        with open_point(moved.point(node), user, moved.password()) as session:
            transport = session.transport()
            answer = sync_round(session.engine, transport, clock=wall_clock)
            transport.close()
    center.dispose()
    assert answer.error == ""


def test_another_city_does_not_take_the_place_of_this_one(demo: Demo) -> None:
    for seed, points in ((6, None), (5, POINTS + 1)):
        with pytest.raises(Refused, match="demo_other_city"):
            prepare(demo.folder, seed, points, wall_clock)
    with pytest.raises(Refused, match="no_such_node"):
        demo.node("0000")


def test_what_was_cut_short_is_made_again(tmp_path: Path) -> None:
    """Killed at moments of its making, a demo comes up whole at the next start."""
    words = [sys.executable, "-m", "app", "demo", "--data", str(tmp_path), "--points", str(POINTS), "--for", "0.5"]
    for after in (1.0, 1.8, 2.6, 4.0):
        with subprocess.Popen(words, cwd=ROOT, env=without_screen(), stdout=subprocess.DEVNULL) as process:
            time.sleep(after)
            process.kill()
    told = ready("--data", str(tmp_path))
    center = json.loads(aidpoint("center", "status", "--json", "--database", told["database"]))
    assert (center["points"], center["quarantine"]) == (POINTS, 0)
    assert point_status(told)["digest"] in [device["digest"] for device in center["devices"]]
    assert not list(tmp_path.rglob("*.new"))


def test_a_folder_shows_one_demo_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "in-use.lock"):
        words = aidpoint("demo", "--data", str(tmp_path), "--for", "0.1", status=3)
    assert words.strip() == Texts().refusal("database_locked")


@pytest.mark.timeout(300)
def test_every_screen_can_be_drawn(demo: Demo, tmp_path: Path) -> None:
    there = sorted(path.name for path in (demo.folder / "points").iterdir())
    sizes_to_draw = ("--screen", "768-100-dark", "--screen", "1080-150-light")
    aidpoint("demo", "--data", str(demo.folder), "--shots", str(tmp_path / "shots"), *sizes_to_draw)
    assert sorted(path.name for path in (demo.folder / "points").iterdir()) == there
    sizes: dict[str, set[tuple[int, int]]] = {}
    for file in (tmp_path / "shots").glob("*.png"):
        drawn = file.read_bytes()
        assert len(drawn) > 8_000, file.name  # a blank screen packs into less
        page = file.stem.split("-")[0]
        sizes.setdefault(page, set()).add(struct.unpack(">II", drawn[16:24]))
    assert set(sizes) >= {"today", "entry", "cases", "stock", "syncing", "locked", "first_run", "settings"}
    assert all(sizes[page] == {(1366, 768), (1920, 1080)} for page in sizes)
