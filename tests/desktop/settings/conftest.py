"""A point on a computer that is opened in the desktop, its settings page before one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.base.clock import wall_clock
from app.cli.bootstrap import create_point
from app.cli.desktop import PointDoor, read_choices
from app.desktop.main import Desktop
from app.desktop.pages import KEYS, build_pages
from app.desktop.settings.board import SettingsBoard
from tests.cli.points import CHEAP, PASSWORD
from tests.desktop.hands import Hands
from tests.sync.conftest import town
from tests.sync.town import Town

__all__ = ["town"]


@dataclass
class OpenPoint:
    """The running desktop and its keyboard. `code`: the one-time code, not yet entered."""

    desktop: Desktop
    data: Path
    code: str
    hands: Hands

    @property
    def board(self) -> SettingsBoard:
        page = self.desktop.window.open_page("settings")
        assert isinstance(page, SettingsBoard)
        return page

    def told(self, words: str) -> Callable[[], bool]:
        return lambda: any(words in notice.words.text() for notice in self.desktop.window.notices.shown)


@pytest.fixture
def point(qapp: QApplication, qtbot: QtBot, town: Town, tmp_path: Path) -> Iterator[OpenPoint]:
    file, code = town.enrolment("V1")
    data = tmp_path / "data"
    create_point(data, file, "u-V1", PASSWORD, cost=CHEAP)
    desktop = Desktop(qapp, PointDoor(data, wall_clock, CHEAP), wall_clock, read_choices(data), build_pages, KEYS)
    desktop.window.resize(1366, 768)
    desktop.start()
    with qtbot.waitActive(desktop.window):
        desktop.window.activateWindow()
    desktop.sign_in("u-V1", PASSWORD)
    made = OpenPoint(desktop, data, code, Hands(qtbot))
    made.hands.wait(lambda: made.board.users.rows)
    yield made
    desktop.leave()
    desktop.window.close()
    desktop.window.deleteLater()
    desktop.deleteLater()
