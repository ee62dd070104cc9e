"""Files on a stick or another folder outside the data: whole or not there, and trouble in words of their own.

A stick is pulled, full, or locked at any moment; whatever happens there, nothing in the data is touched.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from app.base.errors import Environment
from app.store.durable import part_of

_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_LOCKED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def on_stick() -> Iterator[None]:
    """File work inside raises `Environment`: "stick_full", "stick_locked", "stick_gone"."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            code = "stick_full"
        elif error.errno in _LOCKED:
            code = "stick_locked"
        else:
            code = "stick_gone"
        raise Environment(code, reason=error.strerror) from error


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes its place at the end of the `with`, on the disk; after an error it is not there, and
    what stood at `path` stays. Raises `Environment` as `on_stick`."""
    part = part_of(path)
    try:
        with on_stick(), part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with on_stick():
            part.replace(path)
        _reach_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _reach_folder(folder: Path) -> None:
    """As far as the stick's file system can: some have no such thing, and the file is whole in any case."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
