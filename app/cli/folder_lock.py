"""One writer per data folder: a lock the system itself drops when its holder dies, however it dies."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.base.errors import Environment
from app.store.durable import on_disk

_LOOK_AGAIN_S = 0.05


class FolderLock:
    """Held from its making until `release`. Raises `Environment("database_locked")` where another has it."""

    def __init__(self, path: Path, wait_s: float = 0.0) -> None:
        """`wait_s`: how long to wait for the other, seconds."""
        with on_disk():
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + wait_s
        while not _lock(self._handle):
            if time.monotonic() >= until:
                os.close(self._handle)
                raise Environment("database_locked")
            time.sleep(_LOOK_AGAIN_S)

    @property
    def is_held(self) -> bool:
        return self._handle >= 0

    def release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


@contextmanager
def locked(path: Path, wait_s: float = 0.0) -> Iterator[None]:
    lock = FolderLock(path, wait_s)
    try:
        yield
    finally:
        lock.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
