"""Pictures of every screen of a running desktop, for people who judge how it looks: `aidpoint demo --shots DIR`.

Pages are opened one after the other as a user would; each is given time to fetch and to come to rest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.desktop.pages import KEYS
from app.desktop.theme.theme import Look
from app.desktop.window import Window

REST_MS = 700


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen to look at: its size in physical pixels, the user's scale in percent, light or dark."""

    width: int
    height: int
    scale: int
    shade: str

    @property
    def name(self) -> str:
        return f"{self.height}-{self.scale}-{self.shade}"


SCREENS = (
    Screen(1366, 768, 100, "light"),
    Screen(1366, 768, 100, "dark"),
    Screen(1920, 1080, 150, "light"),
    Screen(1920, 1080, 200, "dark"),
)


class Shots(QObject):
    """Goes through the screens of the window, then closes it. Files: `PAGE-HEIGHT-SCALE-SHADE.png`."""

    def __init__(self, window: Window, folder: Path, rest_ms: int = REST_MS) -> None:
        super().__init__(window)
        self._window = window
        self._folder = folder
        self._steps = self._every_step()
        self._name = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(rest_ms)
        self._rest.timeout.connect(self._look)

    def begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._go_on()

    def _go_on(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self._window.close()
            return
        self._name, show = step
        show()
        self._rest.start()

    def _look(self) -> None:
        if self._name:
            self._window.grab().save(str(self._folder / f"{self._name}.png"))
        self._go_on()

    def _every_step(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """What the picture is called and what to do before it is taken; nothing is taken without a name."""
        window = self._window
        for screen in SCREENS:
            yield "", partial(self._wear, screen)
            for page in window.area.keys:
                yield f"{page}-{screen.name}", partial(window.open_page, page)
            for key in KEYS:
                if key.intent is not None:
                    yield f"{key.page}-{key.intent}-{screen.name}", partial(window.open_page, key.page, key.intent)
        yield "locked", window.lock_asked.emit

    def _wear(self, screen: Screen) -> None:
        self._window.theme.wear(Look(screen.shade, screen.scale, still=True))
        self._window.resize(screen.width, screen.height)


def take_shots(folder: Path, rest_ms: int = REST_MS) -> None:
    """Begin with the desktop's window, which must be open; it closes when all are taken."""
    window = next(top for top in QApplication.topLevelWidgets() if isinstance(top, Window))
    Shots(window, folder, rest_ms).begin()
