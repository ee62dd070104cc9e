"""What a clerk does on the page of cases, by keyboard."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.desktop.cases.board import CaseBoard
from app.desktop.forms.form import Form
from app.desktop.parts.button import Button
from tests.desktop.cases.conftest import view_of
from tests.desktop.hands import Hands


def find(board: CaseBoard, hands: Hands, words: str, called: str) -> None:
    """Search, go into the list, and wait for the case."""
    board.search.edit.clear()
    board.search.go_to()
    hands.type(words)
    hands.wait(lambda: board.model.rowCount() == 1)
    hands.wait(lambda: view_of(board).detail.row.called == called)  # type: ignore[union-attr]


def press_button(board: CaseBoard, hands: Hands, name: str) -> None:
    """Reach the button by Tab alone and press it."""
    view_of(board).setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(40):
        widget = QApplication.focusWidget()
        if isinstance(widget, Button) and widget.accessibleName().startswith(name):
            hands.press(Qt.Key.Key_Space)
            return
        hands.press(Qt.Key.Key_Tab)
    raise AssertionError(f"no way to {name}")


def sheet(board: CaseBoard, hands: Hands) -> Form:
    hands.wait(lambda: view_of(board).sheet is not None)
    found = view_of(board).sheet
    assert found is not None
    return found
