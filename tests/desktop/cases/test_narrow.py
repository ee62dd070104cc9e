"""Where list and detail have no room beside each other: one at a time, by keyboard and by mouse, nothing lost."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.cases.board import CaseBoard
from app.desktop.lists.list_detail import ListDetail
from tests.desktop.cases.conftest import view_of
from tests.desktop.hands import Hands


def halves(board: CaseBoard) -> ListDetail:
    found = board.findChild(ListDetail)
    assert isinstance(found, ListDetail)
    return found


def squeeze(board: CaseBoard, qtbot: QtBot) -> ListDetail:
    both = halves(board)
    board.resize(500, 700)
    qtbot.waitUntil(lambda: both.is_narrow)
    return both


def test_both_stand_beside_each_other_where_there_is_room(board: CaseBoard) -> None:
    assert board.list.isVisible()
    assert view_of(board).isVisible()
    assert not halves(board).back.isVisible()


def test_enter_goes_in_and_esc_comes_back(board: CaseBoard, hands: Hands, qtbot: QtBot) -> None:
    both = squeeze(board, qtbot)
    assert board.list.isVisible()
    assert not view_of(board).isVisible()
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Down)
    chosen = board.list.current_id()
    hands.press(Qt.Key.Key_Return)
    assert view_of(board).isVisible()
    assert not board.list.isVisible()
    assert both.isAncestorOf(QApplication.focusWidget())  # type: ignore[arg-type]
    hands.press(Qt.Key.Key_Escape)
    assert board.list.isVisible()
    assert board.list.hasFocus()
    assert board.list.current_id() == chosen
    assert not view_of(board).isVisible()


def test_the_way_back_is_reached_by_tab(board: CaseBoard, hands: Hands, qtbot: QtBot) -> None:
    both = squeeze(board, qtbot)
    both.go_in()
    both.back.setFocus()
    hands.press(Qt.Key.Key_Tab)
    assert view_of(board).isAncestorOf(QApplication.focusWidget())  # type: ignore[arg-type]
    hands.press(Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is both.back
    hands.press(Qt.Key.Key_Space)
    assert board.list.hasFocus()


def test_a_click_goes_in(board: CaseBoard, qtbot: QtBot) -> None:
    squeeze(board, qtbot)
    spot = board.list.visualRect(board.model.index(1, 0)).center()
    QTest.mouseClick(board.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert view_of(board).isVisible()
    assert not board.list.isVisible()


def test_a_case_that_is_asked_for_is_seen_at_once(board: CaseBoard, qtbot: QtBot) -> None:
    squeeze(board, qtbot)
    wanted = board.model.id_at(1)
    board.intend(wanted)
    assert view_of(board).isVisible()
    assert board.list.current_id() == wanted


def test_with_room_again_both_are_there(board: CaseBoard, qtbot: QtBot) -> None:
    both = squeeze(board, qtbot)
    both.go_in()
    board.resize(1100, 700)
    qtbot.waitUntil(lambda: board.list.isVisible() and view_of(board).isVisible())
    assert not both.back.isVisible()
