"""What a clerk's hands do: keys go to whatever has the focus, Chinese comes as an input method gives it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.desktop.conftest import focused, put_on_screen


class Hands:
    """Counts the keys it presses; Chinese text counts as many as it has characters."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self.keys = 0

    def type(self, text: str) -> None:
        self.keys += len(text)
        if text.isascii():
            QTest.keyClicks(focused(), text)
            return
        event = QInputMethodEvent("", [])
        event.setCommitString(text)
        QApplication.sendEvent(focused(), event)

    def press(self, key: Qt.Key, *, control: bool = False) -> None:
        self.keys += 1
        held = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(focused(), key, held)

    def enter(self, times: int = 1) -> None:
        for _ in range(times):
            self.press(Qt.Key.Key_Return)

    def save(self) -> None:
        self.press(Qt.Key.Key_Return, control=True)

    def wait(self, happened: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(happened()), timeout=5000)


def open_page(qtbot: QtBot, page: QWidget) -> None:
    """Show a page as large as the smallest screen gives it."""
    page.resize(1170, 652)
    put_on_screen(qtbot, page)
