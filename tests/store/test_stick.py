"""Files on a stick: whole or not there, what stood there stays, and trouble has words of its own."""

import errno
import os
import stat
from pathlib import Path

import pytest

from app.base.errors import Environment
from app.store.stick import on_stick, whole_file


def test_a_file_takes_its_place_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with whole_file(path) as file:
        file.write(b"after")
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_stood_there_stays_when_something_goes_wrong(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def cut() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut()
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_file_system_that_cannot_sync_folders_is_good_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def only_files(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no such thing")
        real(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    with whole_file(tmp_path / "file") as file:
        file.write(b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "stick_full"),
        (errno.EFBIG, "stick_full"),
        (errno.EROFS, "stick_locked"),
        (errno.EACCES, "stick_locked"),
        (errno.EIO, "stick_gone"),
        (errno.ENODEV, "stick_gone"),
        (errno.ENOENT, "stick_gone"),
    ],
)
def test_trouble_is_told_apart(tmp_path: Path, number: int, code: str) -> None:
    with pytest.raises(Environment, match=code), on_stick():
        raise OSError(number, "trouble")
    with pytest.raises(Environment, match=code), whole_file(tmp_path / "file"):
        raise OSError(number, "trouble")
    assert not list(tmp_path.iterdir())
