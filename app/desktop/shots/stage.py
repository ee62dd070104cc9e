"""Where a tour through the screens takes place, and how it waits for a screen to come to rest."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer

from app.base.clock import Clock
from app.desktop.frame.choices import Choices
from app.desktop.frame.door import Door
from app.desktop.main import Desktop

REST_MS = 160
"""The longest anything on the screen waits by itself before it asks again."""
LONGEST_MS = 20_000


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


SCREENS = tuple(
    Screen(*size, shade)
    for size in ((1366, 768, 100), (1920, 1080, 150), (1920, 1080, 200))
    for shade in ("light", "dark")
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a tour takes place: the door of a point with a past, and that of a folder that is no point yet."""

    door: Door
    user: str
    password: str
    first_door: Door
    enrolment: Path
    clock: Clock
    choices: Choices


class Waiting(QObject):
    """Waits while the screen goes on."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__()
        self._desktop = desktop
        self._loop = QEventLoop(self)

    def rest(self, milliseconds: int = REST_MS) -> None:
        """Until what was done is in the books, what was asked is answered, and what the answers asked for, too."""
        self._pause(milliseconds)
        if self._desktop.signed_in:
            self._desktop.work.run(self._written, self._came)
            self._loop.exec()
            for _ in range(3):
                self._desktop.work.ask(_nothing, self._came)
                self._loop.exec()
        self._pause(milliseconds // 4)

    def until(self, happened: Callable[[], object]) -> None:
        """Until it is so; raises `TimeoutError` when it never is."""
        for _ in range(LONGEST_MS // 20):
            if happened():
                return
            self._pause(20)
        raise TimeoutError("the screen did not come to rest")

    def _written(self) -> None:
        self._desktop.work.write_behind(_no_change).result()

    def _pause(self, milliseconds: int) -> None:
        QTimer.singleShot(milliseconds, self._loop, self._loop.quit)
        self._loop.exec()

    def _came(self, _nothing: object) -> None:
        self._loop.quit()


def _no_change() -> None:
    """Written after all that was to be written before."""


def _nothing(_conn: object) -> None:
    """A query that only waits its turn."""
