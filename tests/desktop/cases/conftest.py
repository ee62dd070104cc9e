"""A point with three open cases and one that is closed; the page opened at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.base.clock import DAY, HOUR
from app.desktop.cases.board import CaseBoard
from app.desktop.cases.view import CaseView
from app.desktop.theme.theme import Theme
from app.features.cases.commands import LogEncounter
from app.features.cases.facts import GoodsGiven
from tests.clocks import FakeClock
from tests.desktop.hands import Hands, open_page
from tests.desktop.stock.shop import WATER, Shop, fill, new_point, sit_down
from tests.features.cases.givens import complete


@pytest.fixture
def shop(theme: Theme, tmp_path: Path) -> Iterator[Shop]:
    point = new_point(tmp_path / "point.db", FakeClock())
    fill(point)
    point.do(complete(name="孙玉", close_type="NEED_MET"))
    point.clock.pass_by(DAY)
    point.do(complete(name="张大山", goods=(GoodsGiven(item=WATER, quantity=2),), note="愿意明天进站"))
    point.clock.pass_by(HOUR)
    point.do(complete(name="李小河", disposition="REFUSED_GOODS", refusal_reason="WORK_NEARBY"))
    point.clock.pass_by(HOUR)
    point.do(
        LogEncounter(
            gender="MALE", age_est=60, features="灰色棉衣", place_type="BRIDGE", health_obs=("OK",),
            disposition="CONSULT_ONLY",
        )
    )  # fmt: skip
    made = sit_down(point, theme)
    yield made
    made.close()


@pytest.fixture
def hands(qtbot: QtBot) -> Hands:
    return Hands(qtbot)


@pytest.fixture
def board(qtbot: QtBot, shop: Shop) -> CaseBoard:
    """The page with the keyboard in the search and the first case shown."""
    holder = QWidget()
    page = CaseBoard(shop.desk, holder)
    page.setParent(None)
    open_page(qtbot, page)
    page.search.go_to()
    qtbot.waitUntil(lambda: shown(page) is not None, timeout=5000)
    holder.deleteLater()
    return page


def shown(board: CaseBoard) -> CaseView | None:
    """The case beside the list, once it is there."""
    view = board.findChild(CaseView)
    return view if isinstance(view, CaseView) and view.detail is not None else None


def view_of(board: CaseBoard) -> CaseView:
    view = shown(board)
    assert view is not None
    return view
