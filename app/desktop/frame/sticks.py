"""Sticks in this computer, found by themselves. Not here: what is done with one."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QStorageInfo, QTimer, Signal

from app.base.errors import Environment, Refused
from app.desktop.work import Work
from app.sync.enrolment import enrolments_at

LOOK_MS = 2_000
_MOUNTED_UNDER = ("/media/", "/run/media/", "/Volumes/")


@dataclass(frozen=True, slots=True)
class Stick:
    """`root`: where it is; `name`: what it is called; `can_write`: that it is not locked.

    `answer`, `is_unread`: see `app.desktop.frame.carrier`. `enrolments`: the enrolment files on it, the newest first.
    """

    root: Path
    name: str
    can_write: bool
    answer: str = ""
    is_unread: bool = False
    enrolments: tuple[Path, ...] = ()


def sticks_now() -> tuple[Stick, ...]:
    """The sticks that are in, by name."""
    found = []
    for volume in QStorageInfo.mountedVolumes():
        root = volume.rootPath()
        device = bytes(volume.device().data()).decode("utf-8", "replace")
        if volume.isValid() and volume.isReady() and _is_stick(root, device):
            name = volume.name() or Path(root).name or root
            found.append(Stick(Path(root), name, not volume.isReadOnly()))
    return tuple(sorted(found, key=lambda stick: (stick.name, stick.root)))


def sticks_with_enrolments() -> tuple[Stick, ...]:
    """`sticks_now`, with what a center made for new computers, and for those whose center moved. Not on the screen's
    thread."""
    return tuple(_with_enrolments(stick) for stick in sticks_now())


def _with_enrolments(stick: Stick) -> Stick:
    try:
        return replace(stick, enrolments=enrolments_at(stick.root))
    except Environment:  # pulled out meanwhile: the next look says so
        return stick


def _is_stick(root: str, device: str) -> bool:
    """Whether it can be pulled out: as the system says, or because it is mounted where sticks are."""
    if sys.platform == "win32":
        import ctypes

        removable = 2
        return int(ctypes.windll.kernel32.GetDriveTypeW(root.replace("/", "\\"))) == removable
    if root.startswith(_MOUNTED_UNDER):
        return True
    name = Path(device).name.rstrip("0123456789")
    flag = Path("/sys/block") / name / "removable"
    try:
        return bool(name) and flag.read_text("ascii").strip() == "1"
    except OSError:
        return False


class Sticks(QObject):
    """Looks for sticks while it is asked to. `changed` carries all that are in whenever that is another answer."""

    changed = Signal(object)

    def __init__(self, work: Work, find: Callable[[], Sequence[Stick]], parent: QObject | None = None) -> None:
        """`find`: gives the sticks that are in; it may be slow."""
        super().__init__(parent)
        self._work, self._find = work, find
        self._looking = False
        self.now: tuple[Stick, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def watch(self) -> None:
        self._timer.start()
        self.look()

    def rest(self) -> None:
        self._timer.stop()

    def look(self) -> None:
        if not self._looking:
            self._looking = True
            self._work.run(self._find, self.take, self._failed)

    def take(self, sticks: Sequence[Stick]) -> None:
        """These are in."""
        self._looking = False
        if tuple(sticks) != self.now:
            self.now = tuple(sticks)
            self.changed.emit(self.now)

    def _failed(self, error: object) -> None:
        """A stick that went while it was looked at is no trouble: the next look says so."""
        self._looking = False
        if isinstance(error, Refused | Environment):
            self.take(())
