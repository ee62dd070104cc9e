"""Pictures of every screen, for people who judge how it looks: `aidpoint demo --shots DIR`.

A tour goes through the screens as somebody at work would and says where it stands; after each stop the screen is given
time to fetch and to come to rest. Whoever goes along (`look`) draws it, or examines it in a test.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from app.desktop.main import Desktop
from app.desktop.pages import KEYS, build_pages
from app.desktop.shots.at_work import at_work
from app.desktop.shots.first_run import first_run
from app.desktop.shots.stage import SCREENS, Screen, Stage, Waiting
from app.desktop.theme.theme import Look
from app.desktop.window import Window

LookAt = Callable[[str, Window], None]


def draw(folder: Path, stage: Callable[[], Stage], screens: tuple[Screen, ...] = SCREENS) -> None:
    """A picture of every screen at every size into the folder: `NAME-HEIGHT-SCALE-SHADE.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    for screen in screens:

        def keep(name: str, window: Window, suffix: str = screen.name) -> None:
            window.grab().save(str(folder / f"{name}-{suffix}.png"))

        go_round(stage(), screen, keep)


def go_round(stage: Stage, screen: Screen, look: LookAt) -> None:
    """Take the tour at this size; `look` at each stop."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    choices = replace(stage.choices, look=Look(screen.shade, screen.scale, still=True))
    for door, tour in ((stage.door, at_work), (stage.first_door, first_run)):
        desktop = Desktop(app, door, stage.clock, choices, build_pages, KEYS)
        desktop.runs.resting = True  # copies of one point: what one of them counts is not for the next
        waiting = Waiting(desktop)
        try:
            desktop.window.resize(screen.width, screen.height)
            desktop.start()
            desktop.window.resize(screen.width, screen.height)
            for name in tour(stage, desktop, waiting):
                waiting.rest()
                look(name, desktop.window)
        finally:
            desktop.leave()
            desktop.window.close()
            desktop.window.deleteLater()
            desktop.deleteLater()
            QCoreApplication.sendPostedEvents(None, _DELETIONS)


_DELETIONS = 52
