"""What the day asks for, in order, and the kind word when there is nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.base.clock import DAY, HOUR
from app.desktop.parts.label import Label
from app.desktop.theme.theme import Theme
from app.desktop.today.asked import waiting
from app.desktop.today.day import Day
from app.features.cases.commands import LogEncounter
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.org.commands_notices import PostNotice
from tests.clocks import FakeClock
from tests.desktop.hands import Hands, open_page
from tests.desktop.stock.shop import Shop, fill, new_point, sit_down
from tests.features.cases.givens import complete


@pytest.fixture
def shop(theme: Theme, tmp_path: Path) -> Iterator[Shop]:
    point = new_point(tmp_path / "point.db", FakeClock())
    made = sit_down(point, theme)
    yield made
    made.close()


@pytest.fixture
def hands(qtbot: QtBot) -> Hands:
    return Hands(qtbot)


def opened(qtbot: QtBot, shop: Shop) -> Day:
    holder = QWidget()
    page = Day(shop.desk, holder)
    page.setParent(None)
    open_page(qtbot, page)
    holder.deleteLater()
    qtbot.waitUntil(lambda: bool(words(page)), timeout=5000)
    return page


def words(page: Day) -> list[str]:
    return [label.text() for label in page.findChildren(Label) if label.isVisible()]


def test_a_quiet_day_says_so_kindly(qtbot: QtBot, shop: Shop) -> None:
    shop.point.do(AddStandardItems())
    page = opened(qtbot, shop)
    assert "眼下的事都办完了" in words(page)
    assert not page.tasks


def test_what_to_do_stands_in_order(qtbot: QtBot, shop: Shop, hands: Hands) -> None:
    point = shop.point
    fill(point)
    point.do(complete(name="李小河", disposition="REFUSED_GOODS", refusal_reason="WORK_NEARBY"))
    point.clock.pass_by(7 * DAY - 2 * HOUR)
    child = LogEncounter(
        name="王小小",
        gender="FEMALE",
        age_est=9,
        place_type="STATION",
        health_obs=("OK",),
        disposition="MINOR_CENTER",
    )
    point.do(child)
    point.do(PostNotice(title="降温提醒", text="检查棉被"))
    page = opened(qtbot, shop)
    hands.wait(lambda: len(page.tasks) > 3)
    names = [task.button.accessibleName() for task in page.tasks]
    assert names[0].startswith("打开 王* 女 9岁")
    assert names[1].startswith("去跟踪 李*")
    below_zero, expired = names[2:4]  # before what is only low
    assert (below_zero, expired) == ("去看 棉手套", "去看 面包")
    assert {"降温提醒", "马上要办 · 1", "到期跟踪 · 1"} <= set(words(page))
    counted = shop.ask(waiting, node=shop.desk.node, now=shop.desk.clock())  # what the rail says
    assert counted == {"today": 2, "stock": len(page.tasks) - 2}
    page.tasks[0].button.setFocus(Qt.FocusReason.TabFocusReason)
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Space)
    (case,) = [row["case"] for row in point.rows("follow_up")]
    assert shop.opened == [("cases", case)]


def test_the_day_follows_what_is_done(qtbot: QtBot, shop: Shop, hands: Hands) -> None:
    page = opened(qtbot, shop)
    assert "1" not in words(page)
    shop.work.do(complete(name="张大山"))
    hands.wait(lambda: words(page).count("1") >= 2)  # one met today, one open case
