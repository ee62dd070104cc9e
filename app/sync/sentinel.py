"""The sentinel: a mark outside the database of how far this device has ever offered its commits to anybody.

A database that was put back from a copy does not know what it wrote since; the mark does, and then a new epoch begins
before a number is given twice. Where the mark went back together with the database (an image of the whole disk), the
center's chain tells (`recovery.py`). Not here: beginning an epoch.
"""

from pathlib import Path
from typing import Protocol

import msgspec

from app.journal.here import Here
from app.store.durable import on_disk, write_durably


class Mark(msgspec.Struct, frozen=True):
    """Commits of `device` were offered up to `n` of the epoch with this serial, its latest."""

    device: str
    epoch: str
    serial: int
    n: int


class Sentinel(Protocol):
    """Keeps one mark, outside the database."""

    def read(self) -> Mark | None:
        """The mark; None where there is none, or none that can be read."""
        ...

    def write(self, mark: Mark) -> None:
        """Keep it durably. Raises `Environment` where that is not possible."""
        ...


class FileSentinel:
    """In a file beside the database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mark | None:
        with on_disk():
            content = self._path.read_bytes() if self._path.exists() else b""
        try:
            return msgspec.json.decode(content, type=Mark)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def write(self, mark: Mark) -> None:
        write_durably(self._path, msgspec.json.encode(mark))


def promise(sentinel: Sentinel | None, here: Here) -> None:
    """Say what is about to be offered, before anybody is offered it: every commit written so far."""
    if sentinel is None or not here.n:
        return
    mark, kept = Mark(here.device, here.epoch, here.serial, here.n), sentinel.read()
    if kept is None or kept.device != here.device or (kept.serial, kept.n) < (mark.serial, mark.n):
        sentinel.write(mark)


def is_behind(here: Here, mark: Mark | None) -> bool:
    """Whether more was offered than this database knows of: it was put back from a copy."""
    if mark is None or mark.device != here.device or mark.serial < here.serial:
        return False
    return mark.serial > here.serial or mark.epoch != here.epoch or mark.n > here.n
