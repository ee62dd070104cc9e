"""The page of sync by Tab alone: everything is met as it is seen, from top to bottom, and back again."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.syncing.panel import SyncPanel
from app.desktop.theme.theme import Theme
from tests.desktop.conftest import focused, put_on_screen
from tests.desktop.syncing.table import Courier, Table, sit_down
from tests.sync.town import Town


class Frame(QWidget):
    """The page between what stands over it in the window and what comes after it."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.before, self.panel, self.after = QLineEdit(self), SyncPanel(table.desk, self), QLineEdit(self)
        for widget in (self.before, self.panel, self.after):
            column.addWidget(widget)
        self.resize(1100, 900)

    def place(self, widget: QWidget) -> tuple[int, int]:
        """How far down, how far right."""
        at = widget.mapTo(self.panel.scroller.widget() or widget, QPoint(0, 0))
        return at.y(), at.x()


def walk(start: QWidget, end: QWidget, *, back: bool = False) -> list[QWidget]:
    """What Tab, or Shift and Tab, comes by between the two."""
    start.setFocus(Qt.FocusReason.TabFocusReason)
    met: list[QWidget] = []
    for _ in range(60):
        QTest.keyClick(
            focused(),
            Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab,
            Qt.KeyboardModifier.ShiftModifier if back else Qt.KeyboardModifier.NoModifier,
        )
        if focused() is end:
            return met
        met.append(focused())
    raise AssertionError("the keyboard never leaves the page")


def check_order(frame: Frame) -> list[QWidget]:
    """Everything in sight is met once, as it stands, forward and backward."""
    panel = frame.panel
    there = walk(frame.before, frame.after)
    assert walk(frame.after, frame.before, back=True) == there[::-1]
    assert sorted(there, key=frame.place) == there
    wanted = {
        widget
        for widget in panel.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    }
    assert wanted == set(there)
    assert {panel.stick.choose, panel.rounds} <= wanted
    return there


@pytest.fixture
def calm(town: Town, theme: Theme) -> Iterator[Table]:
    laptop = town.laptop("V1")
    laptop.sync()
    table, _courier = sit_down(laptop, theme)
    yield table
    table.work.close()


def on_screen(qtbot: QtBot, table: Table) -> Frame:
    frame = Frame(table)
    put_on_screen(qtbot, frame)
    qtbot.waitUntil(lambda: frame.panel.picture is not None)
    return frame


def test_a_page_without_a_conflict_is_walked_as_it_is_seen(qtbot: QtBot, calm: Table) -> None:
    check_order(on_screen(qtbot, calm))


def test_a_page_with_a_conflict_is_walked_as_it_is_seen(qtbot: QtBot, disputed: tuple[Table, Courier, str]) -> None:
    frame = on_screen(qtbot, disputed[0])
    panel = frame.panel
    panel.setFocus(Qt.FocusReason.OtherFocusReason)  # as the window does when it opens a page
    (card,) = panel.cards
    assert focused() is card
    there = check_order(frame)
    assert there[0] is card
    card.open_both_wrong()  # its fields are met where they stand, too
    assert len(check_order(frame)) > len(there)


def test_the_list_of_rounds_shows_where_the_keyboard_is(qtbot: QtBot, calm: Table) -> None:
    frame = on_screen(qtbot, calm)
    panel = frame.panel
    panel.setFocus(Qt.FocusReason.OtherFocusReason)
    for _ in range(10):
        if focused() is panel.rounds:
            break
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert [index.row() for index in panel.rounds.selectedIndexes()] == [0]
    assert panel.round.text().startswith("今天")


def test_a_stick_that_was_put_in_is_met_where_it_stands(
    qtbot: QtBot, disputed: tuple[Table, Courier, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = on_screen(qtbot, disputed[0])
    stick = frame.panel.stick
    monkeypatch.setattr(type(stick), "matters", property(lambda _self: True))
    stick.refresh()
    qtbot.waitUntil(lambda: frame.place(stick) < frame.place(frame.panel.cards[0]))
    assert check_order(frame)[0] is stick.choose
