"""Files that are either there whole or not there at all, whatever moment the power goes."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.base.errors import Environment, Refused


@contextmanager
def on_disk() -> Iterator[None]:
    """File work inside raises `Environment` ("disk_full", "disk_error") instead of OSError."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        raise Environment("disk_full" if full else "disk_error", reason=error.strerror) from error


def check_place(path: Path) -> None:
    """Whether a file may be made there, asked before there is anything to put into it.

    Raises `Refused`: "names_a_folder", "folder_missing".
    """
    with on_disk():
        if path.is_dir():
            raise Refused("names_a_folder", "to", folder=str(path))
        if not path.parent.is_dir():
            raise Refused("folder_missing", "to", folder=str(path.parent))


def write_durably(path: Path, content: bytes) -> None:
    """Replace the file, readable by its owner only, in one step."""
    part = part_of(path)
    with on_disk():
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    move_durably(part, path)


def copy_durably(source: Path, target: Path) -> None:
    """A byte copy that has reached the disk when this returns; `target` may be half there if it does not."""
    with on_disk():
        shutil.copyfile(source, target)
        target.chmod(0o600)
    reach_disk(target)
    _sync_folder(target.parent)


def move_durably(part: Path, path: Path) -> None:
    """Put a finished file in its place. `part` must have reached the disk."""
    with on_disk():
        part.replace(path)
    _sync_folder(path.parent)


def reach_disk(path: Path) -> None:
    with on_disk(), path.open("rb+") as file:
        os.fsync(file.fileno())


def remove(*paths: Path) -> None:
    with on_disk():
        for path in paths:
            path.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """Where a file is made before it takes its place: the same folder, so that moving is one step."""
    return path.with_name(path.name + ".part")


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders; NTFS journals the rename itself
        return
    with on_disk():
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
