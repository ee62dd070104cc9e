"""A computer that belongs to no point yet, and the files a center made for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.base.clock import wall_clock
from app.cli.desktop import PointDoor, read_choices
from app.desktop.first_run.screen import FirstRun
from app.desktop.main import Desktop
from app.desktop.pages import KEYS, build_pages
from app.store.sealing import Cost
from tests.desktop.hands import Hands
from tests.sync.conftest import town
from tests.sync.town import Town

__all__ = ["town"]
CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)


@dataclass
class NewComputer:
    """The running desktop, the folder it works on, and the keyboard before it."""

    desktop: Desktop
    data: Path
    hands: Hands

    @property
    def first(self) -> FirstRun:
        found = self.desktop.window.findChild(FirstRun)
        assert isinstance(found, FirstRun)
        return found

    def at(self, place: int) -> bool:
        return self.first.place == place and not self.first.busy


def start(app: QApplication, qtbot: QtBot, data: Path) -> NewComputer:
    """What `aidpoint` does on this folder."""
    desktop = Desktop(
        app, PointDoor(data, wall_clock, CHEAP, sample_points=6), wall_clock, read_choices(data), build_pages, KEYS
    )
    desktop.window.resize(1366, 768)
    desktop.start()
    with qtbot.waitActive(desktop.window):
        desktop.window.activateWindow()
    return NewComputer(desktop, data, Hands(qtbot))


@pytest.fixture
def computer(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[NewComputer]:
    made = start(qapp, qtbot, tmp_path / "data")
    yield made
    made.desktop.leave()
    made.desktop.window.close()
    made.desktop.window.deleteLater()
    made.desktop.deleteLater()


@pytest.fixture
def paper(town: Town, tmp_path: Path) -> tuple[Path, str]:
    """The enrolment file on a stick, and the code on a slip of paper."""
    content, code = town.enrolment("V1")
    file = tmp_path / "启用 文件.json"
    file.write_bytes(content)
    return file, code
