"""A served town, and a desk at one of its laptops."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.syncing.panel import SyncPanel
from app.desktop.theme.theme import Theme
from tests.desktop.conftest import put_on_screen
from tests.desktop.syncing.table import Courier, Table, sit_down
from tests.sync.conftest import town
from tests.sync.town import Town

__all__ = ["town"]


@pytest.fixture
def disputed(town: Town, theme: Theme) -> Iterator[tuple[Table, Courier, str]]:
    """A laptop that knows of one conflict, about somebody's phone."""
    one, two = town.laptop("V1"), town.laptop("V1")
    person = one.register("张建国", phone="13800001111")
    one.sync()
    two.sync()
    one.amend(person, phone="13800002222")
    two.amend(person, phone="13912345678")
    one.sync()
    two.sync()
    one.sync()
    table, courier = sit_down(one, theme)
    yield table, courier, person
    table.work.close()


@pytest.fixture
def panel(qtbot: QtBot, disputed: tuple[Table, Courier, str]) -> SyncPanel:
    made = SyncPanel(disputed[0].desk)
    made.resize(1100, 700)
    put_on_screen(qtbot, made)
    made.setFocus()  # as the window does when it opens a page
    qtbot.waitUntil(lambda: len(made.cards) == 1)
    return made
