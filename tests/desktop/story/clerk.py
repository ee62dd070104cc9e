"""A clerk at one computer: the real desktop in its window, hands on its keys, and pictures of what is to be seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.base.clock import wall_clock
from app.cli.desktop import PointDoor
from app.desktop.frame.choices import Choices
from app.desktop.frame.notices import Notice
from app.desktop.frame.rail import RailItem
from app.desktop.main import Desktop
from app.desktop.pages import KEYS, build_pages
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.theme.theme import Look
from tests.desktop.conftest import focused
from tests.desktop.hands import Hands
from tests.desktop.story.town import CHEAP, PASSWORD

MOST_TABS = 60
PATIENCE_MS = 20_000

Seen = TypeVar("Seen", bound=QWidget)


class Answer(QObject):
    """Hears one answer of a query; answers only go to bound methods."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Any] = []

    def take(self, value: object) -> None:
        self.came.append(value)


class Clerk(Hands):
    def __init__(self, qtbot: QtBot, app: QApplication, data: Path, pictures: Path) -> None:
        super().__init__(qtbot)
        self._bot, self._pictures = qtbot, pictures
        self._heard: Notice | None = None
        door = PointDoor(data, wall_clock, CHEAP)
        self.desktop = Desktop(app, door, wall_clock, Choices(look=Look("light", still=True)), build_pages, KEYS)
        self.window = self.desktop.window
        self.window.resize(1366, 768)
        with qtbot.waitActive(self.window):
            self.desktop.start()
            self.window.activateWindow()

    # what hands do besides typing

    def click(self, widget: QWidget) -> None:
        """With the mouse, in the middle of what is to be seen of it."""
        shown = widget.visibleRegion().boundingRect()
        assert not shown.isEmpty(), f"{widget} cannot be seen"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(shown.center()))

    def click_word(self, word: str) -> None:
        """The one button that can be seen with this word on it."""
        (button,) = [b for b in self.window.findChildren(Button) if b.isVisible() and b.text() == word]
        self.click(button)

    def page(self, word: str) -> None:
        """Open a page by its word in the rail."""
        (item,) = [item for item in self.window.rail.findChildren(RailItem) if item.text() == word]
        self.click(item)
        self.rest()

    def tab_to(self, wanted: QWidget) -> None:
        """Walk there by Tab alone."""
        for _ in range(MOST_TABS):
            if focused() is wanted:
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"{wanted} is not to be reached by Tab")

    def line(self, *words: str) -> None:
        """Each of these and Enter; an empty one is passed over by Enter."""
        for word in words:
            if word:
                self.type(word)
            self.enter()

    # what eyes see

    def reads(self, words: str) -> bool:
        """Whether these words stand somewhere on the screen."""
        return any(words in label.text() for label in self.window.findChildren(Label) if label.isVisible())

    def sees(self, kind: type[QWidget]) -> bool:
        return any(widget.isVisible() for widget in self.window.findChildren(kind))

    def shown(self, kind: type[Seen]) -> Seen:
        """The one widget of this kind that can be seen."""
        (widget,) = [widget for widget in self.window.findChildren(kind) if widget.isVisible()]
        return widget

    def ask(self, query: Callable[[Any], Any]) -> Any:
        """What the store says, asked as pages ask."""
        answer = Answer()
        self.desktop.work.ask(query, answer.take)
        self.wait(lambda: answer.came)
        return answer.came[0]

    def rest(self) -> None:
        """Until all that was asked is done and shown."""
        for _ in range(2):
            self.desktop.work.write_behind(_nothing).result()
            QApplication.processEvents()
            if self.desktop.desk.node:  # before somebody is signed in there is nothing to ask
                self.ask(_nothing)

    def told(self) -> str:
        """The newest notice, if it was not heard before."""
        shown = self.window.notices.shown
        return shown[-1].words.text() if shown and shown[-1] is not self._heard else ""

    def pill(self) -> str:
        return self.window.top_bar.pill.text()

    def hear(self, words: str) -> None:
        """Wait for a new notice with these words."""
        self.wait(lambda: words in self.told())
        self._heard = self.window.notices.shown[-1]

    def wait(self, happened: Callable[[], object]) -> None:
        """Whoever waits in vain leaves a picture of what there was to be seen."""
        try:
            self._bot.waitUntil(lambda: bool(happened()), timeout=PATIENCE_MS)
        except BaseException:
            self._take("waited-in-vain")
            raise

    def picture(self, name: str) -> None:
        self.rest()
        self._take(name)

    def _take(self, name: str) -> None:
        self._pictures.mkdir(parents=True, exist_ok=True)
        assert self.window.grab().save(str(self._pictures / f"{name}.png"))

    # coming and going

    def sign_in(self, user: str) -> None:
        if focused().accessibleName() != "密码":
            self.line(user)
        self.line(PASSWORD)
        self.wait(lambda: not self.window.locked)
        self.rest()

    def leave(self) -> None:
        """Closed, and gone on this thread: what is left to the garbage might go on another, where timers cannot end."""
        self.window.close()
        self.desktop.leave()
        self.window.deleteLater()
        self.desktop.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    # the screen has a moment after each key, as with a person

    def press(self, key: Qt.Key, *, control: bool = False) -> None:
        super().press(key, control=control)
        QApplication.processEvents()

    def type(self, text: str) -> None:  # stands last: above it `type` still means a kind
        super().type(text)
        QApplication.processEvents()


def _nothing(_conn: object = None) -> None:
    """Asks for nothing."""


@contextmanager
def at_work(qtbot: QtBot, app: QApplication, data: Path, pictures: Path) -> Iterator[Clerk]:
    """The program started on this folder, and closed in the end."""
    clerk = Clerk(qtbot, app, data, pictures)
    try:
        yield clerk
    finally:
        clerk.leave()
