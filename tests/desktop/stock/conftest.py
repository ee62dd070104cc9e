"""A filled shelf and the page over it, on the screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.stock.room import StockRoom
from app.desktop.theme.theme import Theme
from tests.desktop.conftest import put_on_screen
from tests.desktop.stock.shop import Shop, open_shop, sit_down


@pytest.fixture
def shop(tmp_path: Path, theme: Theme) -> Iterator[Shop]:
    made = open_shop(tmp_path / "point.db", theme)
    yield made
    made.close()


@pytest.fixture
def sit_again(shop: Shop, theme: Theme) -> Iterator[Callable[[], Shop]]:
    """The program was killed and is started again on the same store."""
    made: list[Shop] = []

    def sit() -> Shop:
        shop.work.close()  # nothing more is heard from the first
        made.append(sit_down(shop.point, theme))
        return made[-1]

    yield sit
    for each in made:
        each.work.close()


def open_room(qtbot: QtBot, shop: Shop) -> StockRoom:
    """The page as the window opens it, its rows there."""
    room = StockRoom(shop.desk)
    room.resize(1170, 700)
    put_on_screen(qtbot, room)
    qtbot.waitUntil(lambda: room.data.known)
    return room


@pytest.fixture
def room(qtbot: QtBot, shop: Shop) -> StockRoom:
    return open_room(qtbot, shop)
