"""Rotating the data key: needs nobody present, shuts out the old key, survives a kill."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.base.paths import program_root
from app.store import keyfile, keystore
from app.store.engine import open_encrypted, opens, reading, writing
from tests.store.keys import CHEAP, RIGHT, WRONG, Now

Sized = Callable[[int, int], int]
Opened = Callable[[sa.Engine], sa.Engine]


@pytest.fixture
def file(folder: Path, data_key: bytes) -> Path:
    """The encrypted file of these keys, with one row, closed."""
    path = folder / "point.db"
    engine = open_encrypted(path, data_key)
    with writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))
        connection.execute(sa.text("INSERT INTO issue VALUES (7)"))
    engine.dispose()
    return path


def rows(engine: sa.Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.execute(sa.text("SELECT n FROM issue")).scalars())


def test_rotating_needs_nobody_and_shuts_out_the_old_key(
    folder: Path, data_key: bytes, file: Path, city: tuple[bytes, bytes], clock: Now, opened: Opened
) -> None:
    keystore.add_user(folder, data_key, "wang", WRONG, cost=CHEAP)
    new = keystore.rotate(folder, file, data_key)
    assert new != data_key
    assert not opens(file, data_key)
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == new
    assert keystore.unlock(folder, "wang", WRONG, clock=clock) == new
    assert keystore.recover(folder, city[0]) == [new]
    assert rows(opened(open_encrypted(file, new))) == [7]
    with pytest.raises(ValueError, match="not the data key"):
        keystore.rotate(folder, file, data_key)


def test_a_store_in_use_is_not_rotated(folder: Path, data_key: bytes, file: Path, clock: Now, opened: Opened) -> None:
    engine = opened(open_encrypted(file, data_key))
    with pytest.raises(Environment, match="database_locked"):
        keystore.rotate(folder, file, data_key)
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key
    assert rows(engine) == [7]


def test_killed_while_rotating_the_password_still_opens_the_file(
    folder: Path, data_key: bytes, file: Path, clock: Now, opened: Opened, sized: Sized
) -> None:
    chance = random.Random(1)
    unfinished = 0
    for _ in range(sized(10, 300)):
        child = subprocess.Popen(
            [sys.executable, "-c", ROTATES_FOR_EVER, str(folder), RIGHT],
            stdout=subprocess.PIPE, cwd=program_root(),
        )  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.random() * 0.1)
        child.send_signal(signal.SIGKILL)
        child.stdout.close()
        child.wait()
        unfinished += len(keyfile.read(folder).data_keys) - 1
        key = keystore.unlock(folder, "li", RIGHT, file=file, clock=clock)
        assert len(keyfile.read(folder).data_keys) == 1
        engine = opened(open_encrypted(file, key))
        assert rows(engine) == [7]
        engine.dispose()
    assert unfinished > 0


def test_an_unfinished_rotation_needs_the_file_to_be_named(
    folder: Path, data_key: bytes, file: Path, clock: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("app.store.backup.rekey", dies)
        with pytest.raises(KeyboardInterrupt):
            keystore.rotate(folder, file, data_key)
    with pytest.raises(Environment, match="rotation_unfinished"):
        keystore.unlock(folder, "li", RIGHT, clock=clock)
    assert keystore.unlock(folder, "li", RIGHT, file=file, clock=clock) == data_key
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key


ROTATES_FOR_EVER = """
import sys
from pathlib import Path
from app.store import keystore

folder = Path(sys.argv[1])
file = folder / "point.db"
key = keystore.unlock(folder, "li", sys.argv[2], file=file)
print("ready", flush=True)
while True:
    key = keystore.rotate(folder, file, key)
"""
