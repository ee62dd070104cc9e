"""Run as a process: a clerk who types an encounter, key by key, until somebody kills the program.

    python -m tests.desktop.story.typist FOLDER

Each line of the output says how many characters stand in the field and when the last was typed (monotonic seconds).
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.base.clock import wall_clock
from app.cli.desktop import PointDoor
from app.desktop.entry.counter import Counter
from app.desktop.frame.choices import Choices
from app.desktop.main import Desktop
from app.desktop.pages import KEYS, build_pages
from app.desktop.theme.theme import Look
from tests.desktop.story.town import CHEAP, PASSWORD

NAME = "Liu Xiaojun"
WORDS = "east side of the oil mill bridge, third arch, behind the old ferry house, asks for water and a phone call home"
BETWEEN_KEYS_MS = 90
PATIENCE_S = 20.0


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key)


def wait(happened: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError
        QTest.qWait(10)


def main(data: Path) -> None:
    app = QApplication([])
    door = PointDoor(data, wall_clock, CHEAP)
    desktop = Desktop(app, door, wall_clock, Choices(look=Look("light", still=True)), build_pages, KEYS)
    desktop.window.resize(1366, 768)
    desktop.start()
    desktop.window.activateWindow()
    wait(QApplication.focusWidget)
    QTest.keyClicks(focused(), PASSWORD)
    press(Qt.Key.Key_Return)
    wait(lambda: not desktop.window.locked)
    press(Qt.Key.Key_F2)
    form = desktop.window.findChildren(Counter)[0].form
    wait(form.name.edit.hasFocus)
    QTest.keyClicks(form.name.edit, NAME)
    form.place_text.go_to()
    for count, character in enumerate(WORDS, start=1):
        QTest.keyClicks(focused(), character)
        print(json.dumps({"count": count, "at": time.monotonic()}), flush=True)
        QTest.qWait(BETWEEN_KEYS_MS)
    QTest.qWait(round(PATIENCE_S * 1000))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
