"""The power goes in the middle of an encounter: the next start has what was typed, but for the last two seconds."""

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.entry.counter import Counter
from app.features.cases.queries import case_ids
from app.journal.drafts import drafts
from tests.desktop.story import typist
from tests.desktop.story.clerk import at_work
from tests.desktop.story.town import CLERK, POINT, Town

LOST_AT_MOST_S = 2.0
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("typing_s", [2.4, 4.1])
def test_what_was_typed_survives(
    qtbot: QtBot, qapp: QApplication, town: Town, tmp_path: Path, pictures: Path, typing_s: float
) -> None:
    data = tmp_path / "point"
    town.computer(POINT, CLERK, data)
    keys, killed_at = type_and_kill(data, typing_s)
    sure = [count for count, at in keys if at <= killed_at - LOST_AT_MOST_S]
    assert sure, "nothing was typed long enough ago to be asked for"
    with at_work(qtbot, qapp, data, pictures) as clerk:
        clerk.sign_in(CLERK)
        clerk.press(Qt.Key.Key_F2)
        form = clerk.shown(Counter).form
        clerk.wait(lambda: form.place_text.value())
        kept = str(form.place_text.value())
        assert typist.WORDS.startswith(kept)
        assert len(kept) >= sure[-1], f"{len(keys)} characters typed, {sure[-1]} of them old, {len(kept)} kept"
        assert form.name.value() == typist.NAME
        assert clerk.reads("没有保存的内容")
        clerk.picture(f"40-draft-after-kill-{typing_s}")
        form.gender.go_to()
        clerk.line("n1", "28")
        form.health.go_to()
        clerk.type("wjyc")
        form.disposition.go_to()
        clerk.type("xcjz")
        clerk.save()
        clerk.hear("已保存")
        assert len(clerk.ask(case_ids)) == 1
        assert clerk.ask(partial(drafts, prefix="entry")) == []


def type_and_kill(data: Path, typing_s: float) -> tuple[list[tuple[int, float]], float]:
    """The typist at work for so long, then dead; what was typed when, and when the end came."""
    command = [sys.executable, "-m", "tests.desktop.story.typist", str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, "the typist did not begin"
        time.sleep(max(0.0, json.loads(first)["at"] + typing_s - time.monotonic()))
        process.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()
        told = [json.loads(line) for line in (first, *process.stdout.read().splitlines())]
    assert process.returncode == -signal.SIGKILL
    return [(line["count"], line["at"]) for line in told], killed_at
