"""Whatever the keyboard reaches on the page has a name that is heard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.desktop.stock.count import Counting
from app.desktop.stock.room import SHEETS, StockRoom
from app.desktop.stock.sheet import Sheet
from tests.desktop.stock.shop import WATER


def nameless(widget: QWidget) -> list[str]:
    reached = [
        each
        for each in widget.findChildren(QWidget)
        if each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.focusProxy() is None
    ]
    assert reached
    return [repr(each) for each in reached if not each.accessibleName()]


def test_the_shelf(qtbot: QtBot, room: StockRoom) -> None:
    room.shelf.open_item(WATER)
    assert nameless(room) == []


@pytest.mark.parametrize("key", SHEETS)
def test_every_sheet(qtbot: QtBot, room: StockRoom, key: str) -> None:
    room.intend(key)
    if isinstance(room.sheet, Sheet) and key in ("receive", "write_off"):
        room.open_sheet(key, WATER)
    page = room.sheet
    if isinstance(page, Counting):  # it asks first whether a count is open
        qtbot.waitUntil(lambda: page.start_form is not None)
    assert nameless(room) == []
