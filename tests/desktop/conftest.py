"""What tests of the desktop share: one theme and language for the run, and work with threads that end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.language import Language
from app.desktop.theme.theme import Look, Theme
from app.desktop.work import Work
from tests.desktop import invented


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform complains of every window with a smallest size; that is not ours to mend."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))


class Heard(QObject):
    """Keeps what it is told, as a widget would: answers only go to bound methods."""

    came = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.all: list[object] = []

    def take(self, value: object) -> None:
        self.all.append(value)
        self.came.emit()


@pytest.fixture
def heard() -> Heard:
    return Heard()


def put_on_screen(qtbot: QtBot, widget: QWidget) -> None:
    """Show a window and give it the keyboard."""
    qtbot.addWidget(widget)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


@pytest.fixture
def language(qapp: QApplication) -> Iterator[Language]:
    spoken = Language(qapp)
    spoken.speak("zh_CN")
    yield spoken
    spoken.leave()


@pytest.fixture
def theme(qapp: QApplication, language: Language) -> Iterator[Theme]:
    worn = Theme(qapp, Look("light", still=True))
    yield worn
    worn.deleteLater()


@pytest.fixture
def work(qapp: QApplication) -> Iterator[Work]:
    made = Work(invented.act, invented.ask)
    yield made
    made.close()
