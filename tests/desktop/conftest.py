"""What tests of the desktop share: one theme and language for the run, and work with threads that end."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.desktop.language import Language
from app.desktop.theme.theme import Look, Theme
from app.desktop.work import Work
from tests.desktop import invented


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


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    language = Language(qapp)
    language.speak("zh_CN")
    worn = Theme(qapp, Look("light", still=True))
    yield worn
    worn.deleteLater()
    language.leave()


@pytest.fixture
def work(qapp: QApplication) -> Iterator[Work]:
    made = Work(invented.act, invented.ask)
    yield made
    made.close()
