"""Files are whole or not there, and the disk's complaints have names."""

import errno
import os
import stat
from pathlib import Path

import pytest

from app.base.errors import Environment
from app.store.durable import copy_durably, part_of, write_durably


def test_a_file_is_replaced_whole_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EIO, "disk_error")],
)
def test_a_write_that_does_not_reach_the_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def fails(_: int) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "keys.json"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(Environment) as caught:
            write_durably(path, b"new")
    assert caught.value.code == code
    assert path.read_bytes() == b"old"
    write_durably(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert not part_of(path).exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Environment, match="disk_error"):
        write_durably(tmp_path / "gone" / "x", b"")
    with pytest.raises(Environment, match="disk_error"):
        copy_durably(tmp_path / "gone", tmp_path / "x")
