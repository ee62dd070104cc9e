"""A point with goods on the shelf and somebody who was here before; the page opened at it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.base.clock import DAY
from app.desktop.entry.counter import Counter
from app.desktop.theme.theme import Theme
from app.features.cases.commands import LogEncounter
from tests.clocks import FakeClock
from tests.desktop.hands import Hands, open_page
from tests.desktop.stock.shop import Shop, fill, new_point, sit_down

Open = Callable[[], Counter]


@pytest.fixture
def shop(theme: Theme, tmp_path: Path) -> Iterator[Shop]:
    point = new_point(tmp_path / "point.db", FakeClock())
    fill(point)
    point.do(
        LogEncounter(
            name="张大山",
            gender="MALE",
            age_est=45,
            phone="13812349876",
            place_type="BRIDGE",
            place_text="油坊桥东侧",
            health_obs=("OK",),
            disposition="ON_SITE_AID",
        )
    )
    point.clock.pass_by(7 * DAY)
    made = sit_down(point, theme)
    yield made
    made.close()


@pytest.fixture
def hands(qtbot: QtBot) -> Hands:
    return Hands(qtbot)


@pytest.fixture
def counter(qtbot: QtBot, shop: Shop) -> Counter:
    """The page, with the keyboard in the name and the shelf known."""
    return opened(qtbot, shop)


def opened(qtbot: QtBot, shop: Shop) -> Counter:
    holder = QWidget()
    page = Counter(shop.desk, holder)
    page.setParent(None)
    open_page(qtbot, page)
    qtbot.waitUntil(lambda: bool(page.form.goods._stock) and page.form.name.edit.hasFocus(), timeout=5000)
    holder.deleteLater()
    return page
