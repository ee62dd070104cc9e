"""Copies of the store: made in use, checked to the bit, put back whole or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Environment, Refused
from app.base.paths import program_root
from app.store.backup import backup, check, rekey, restore, verify
from app.store.engine import open_encrypted, open_plain, open_postgres, opens, reading, writing

Opened = Callable[[sa.Engine], sa.Engine]
Sized = Callable[[int, int], int]
OTHER = bytes(range(1, 33))


def fill(engine: sa.Engine, rows: int) -> None:
    with writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS issue (n BIGINT, note TEXT)"))
        connection.execute(
            sa.text("INSERT INTO issue VALUES (:n, :note)"),
            [{"n": number, "note": "棉被 " * 40} for number in range(rows)],
        )


def count(engine: sa.Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM issue")).scalar_one())


def folder_of(file: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(file.parent.iterdir())}


@pytest.fixture
def copy(encrypted: sa.Engine, file: Path, key: bytes, tmp_path: Path) -> Path:
    """A backup with 300 rows, half of its pages free, of a store that has grown to 500 since and is closed."""
    with writing(encrypted) as connection:
        connection.execute(sa.text("CREATE TABLE scrap (body BLOB)"))
        connection.execute(sa.text("INSERT INTO scrap VALUES (zeroblob(400000))"))
    fill(encrypted, 300)
    with writing(encrypted) as connection:
        connection.execute(sa.text("DROP TABLE scrap"))
    target = tmp_path / "stick" / "backup.db"
    target.parent.mkdir()
    backup(encrypted, key, target)
    fill(encrypted, 200)
    encrypted.dispose()
    return target


def test_a_backup_is_one_checked_file(copy: Path, key: bytes, opened: Opened) -> None:
    assert [path.name for path in copy.parent.iterdir()] == ["backup.db"]
    verify(copy, key)
    assert [path.name for path in copy.parent.iterdir()] == ["backup.db"]
    assert count(opened(open_encrypted(copy, key))) == 300


def test_a_backup_may_be_made_while_a_save_is_under_way(
    encrypted: sa.Engine, key: bytes, tmp_path: Path, opened: Opened
) -> None:
    fill(encrypted, 10)
    with writing(encrypted) as connection:
        connection.execute(sa.text("INSERT INTO issue VALUES (99, 'half')"))
        backup(encrypted, key, tmp_path / "b.db")
    assert count(opened(open_encrypted(tmp_path / "b.db", key))) == 10
    assert count(encrypted) == 11


def test_a_plain_store_is_backed_up_too(file: Path, tmp_path: Path, opened: Opened) -> None:
    fill(opened(open_plain(file)), 10)
    backup(opened(open_plain(file)), None, tmp_path / "b.db")
    verify(tmp_path / "b.db", None)
    assert count(opened(open_plain(tmp_path / "b.db"))) == 10


def test_a_backup_that_fails_leaves_the_last_one(encrypted: sa.Engine, key: bytes, tmp_path: Path) -> None:
    fill(encrypted, 10)
    backup(encrypted, key, tmp_path / "b.db")
    before = (tmp_path / "b.db").read_bytes()
    with pytest.raises(Environment, match="database_damaged"):
        backup(encrypted, OTHER, tmp_path / "b.db")
    assert (tmp_path / "b.db").read_bytes() == before
    with pytest.raises(Environment, match="disk_error"):
        backup(encrypted, key, tmp_path / "not there" / "b.db")
    assert not list(tmp_path.glob("*.part*"))


def test_restoring_puts_the_backup_in_place_and_keeps_the_replaced_file(
    copy: Path, file: Path, key: bytes, opened: Opened
) -> None:
    kept = restore(copy, key, file)
    assert kept == file.with_name("point.replaced-1.db")
    assert count(opened(open_encrypted(file, key))) == 300
    assert count(opened(open_encrypted(kept, key))) == 500


def test_restoring_where_nothing_is(copy: Path, file: Path, key: bytes, opened: Opened) -> None:
    target = file.with_name("new.db")
    assert restore(copy, key, target) is None
    assert count(opened(open_encrypted(target, key))) == 300


def test_a_journal_of_the_old_store_is_not_played_into_the_restored_one(
    copy: Path, file: Path, key: bytes, opened: Opened
) -> None:
    """The process died with saves only in the journal; they belong to the file kept aside."""
    subprocess.run([sys.executable, "-c", DIES_WITH_A_JOURNAL, str(file)], cwd=program_root(), timeout=60)
    assert file.with_name(file.name + "-wal").stat().st_size > 0
    kept = restore(copy, key, file)
    assert kept is not None
    assert count(opened(open_encrypted(file, key))) == 300
    assert count(opened(open_encrypted(kept, key))) == 501


def test_a_damaged_store_is_replaced_and_kept_with_its_journal(
    copy: Path, file: Path, key: bytes, opened: Opened
) -> None:
    subprocess.run([sys.executable, "-c", DIES_WITH_A_JOURNAL, str(file)], cwd=program_root(), timeout=60)
    journal = file.with_name(file.name + "-wal").read_bytes()
    assert journal
    file.write_bytes(b"\x00" * 12_288)
    kept = restore(copy, key, file)
    assert kept is not None
    assert kept.stat().st_size >= 12_288
    assert kept.with_name(kept.name + "-wal").read_bytes() == journal
    assert sorted(path.name for path in file.parent.iterdir() if "replaced" not in path.name) == ["point.db"]
    assert count(opened(open_encrypted(file, key))) == 300


def test_a_store_in_use_is_not_replaced(copy: Path, file: Path, key: bytes, opened: Opened) -> None:
    engine = opened(open_encrypted(file, key))
    with pytest.raises(Environment) as caught:
        restore(copy, key, file)
    assert caught.value.code == "database_locked"
    assert count(engine) == 500
    assert not list(file.parent.glob("*replaced*"))


def damage(body: bytes, kind: str, chance: random.Random) -> bytes:
    if kind == "flipped":
        spoiled = bytearray(body)
        spoiled[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        return bytes(spoiled)
    if kind == "truncated":
        return body[: chance.randrange(len(body))]
    if kind == "truncated between pages":
        return body[: 4096 * chance.randrange(len(body) // 4096)]
    return body + chance.randbytes(4096 * chance.randrange(1, 3))


@pytest.mark.parametrize("kind", ["flipped", "truncated", "truncated between pages", "longer"])
def test_a_damaged_backup_is_refused_and_nothing_changes(
    copy: Path, file: Path, key: bytes, kind: str, sized: Sized
) -> None:
    body = copy.read_bytes()
    before = folder_of(file)
    for seed in range(sized(25, 1_000)):
        copy.write_bytes(damage(body, kind, random.Random(f"{kind} {seed}")))
        with pytest.raises(Refused) as caught:
            restore(copy, key, file)
        assert caught.value.field == "source"
        assert caught.value.code in ("backup_damaged", "backup_wrong_key")
        assert folder_of(file) == before
    copy.write_bytes(body)
    restore(copy, key, file)


def test_a_plain_backup_with_something_behind_it_is_refused(file: Path, tmp_path: Path, opened: Opened) -> None:
    engine = opened(open_plain(file))
    fill(engine, 10)
    backup(engine, None, tmp_path / "b.db")
    with (tmp_path / "b.db").open("ab") as body:
        body.write(bytes(4096))
    with pytest.raises(Refused, match="backup_damaged"):
        verify(tmp_path / "b.db", None)


def test_the_wrong_key_and_a_missing_backup_are_refused(copy: Path, file: Path, key: bytes) -> None:
    before = folder_of(file)
    with pytest.raises(Refused) as caught:
        restore(copy, OTHER, file)
    assert (caught.value.code, caught.value.field) == ("backup_wrong_key", "source")
    with pytest.raises(Refused) as caught:
        restore(copy.with_name("nothing.db"), key, file)
    assert caught.value.code == "backup_missing"
    with pytest.raises(Refused) as caught:
        verify(copy.with_name("nothing.db"), key)
    assert caught.value.code == "backup_missing"
    assert folder_of(file) == before


def test_a_plain_file_is_no_backup_of_an_encrypted_store(copy: Path, file: Path, key: bytes, opened: Opened) -> None:
    copy.unlink()
    plain = opened(open_plain(copy))
    fill(plain, 3)
    plain.dispose()
    with pytest.raises(Refused):
        restore(copy, key, file)


def test_rekeying_leaves_nothing_that_opens_with_the_old_key(
    copy: Path, file: Path, key: bytes, opened: Opened
) -> None:
    rekey(file, key, OTHER)
    assert [path.name for path in file.parent.iterdir()] == ["point.db"]
    assert not opens(file, key)
    assert count(opened(open_encrypted(file, OTHER))) == 500
    verify(copy, key)


def test_a_store_in_use_is_not_rekeyed(encrypted: sa.Engine, file: Path, key: bytes) -> None:
    fill(encrypted, 3)
    with pytest.raises(Environment) as caught:
        rekey(file, key, OTHER)
    assert caught.value.code == "database_locked"
    assert count(encrypted) == 3


@pytest.mark.parametrize("act", ["backup", "restore", "rekey"])
def test_killed_at_any_moment_the_store_is_the_old_or_the_new_one(
    copy: Path, file: Path, key: bytes, opened: Opened, act: str, sized: Sized
) -> None:
    chance = random.Random(act)
    for _ in range(sized(8, 200)):
        child = subprocess.Popen(
            [sys.executable, "-c", ACTS_FOR_EVER, act, str(file), str(copy)],
            stdout=subprocess.PIPE, cwd=program_root(),
        )  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.random() * 0.15)
        child.send_signal(signal.SIGKILL)
        child.stdout.close()
        child.wait()
        used = key if opens(file, key) else OTHER
        engine = opened(open_encrypted(file, used))
        check(engine)
        assert count(engine) in (300, 500)
        engine.dispose()
        verify(copy, key)


def test_checking_finds_what_is_damaged(encrypted: sa.Engine, file: Path, key: bytes, opened: Opened) -> None:
    fill(encrypted, 500)
    check(encrypted)
    encrypted.dispose()
    with file.open("rb+") as body:
        body.seek(-3000, os.SEEK_END)
        body.write(b"\x00")
    with pytest.raises(Environment) as caught:
        check(opened(open_encrypted(file, key)))
    assert caught.value.code == "database_damaged"


def test_checking_leaves_postgres_to_itself(postgres_database: str, opened: Opened) -> None:
    engine = opened(open_postgres(postgres_database))
    check(engine)
    assert engine.pool.checkedin() == 0  # type: ignore[attr-defined]


DIES_WITH_A_JOURNAL = """
import os, signal, sys
from pathlib import Path
from app.store.engine import open_encrypted, writing

engine = open_encrypted(Path(sys.argv[1]), bytes(range(32)))
with writing(engine) as connection:
    connection.exec_driver_sql("INSERT INTO issue VALUES (1, 'only in the journal')")
os.kill(os.getpid(), signal.SIGKILL)
"""

ACTS_FOR_EVER = """
import sys
from pathlib import Path
from app.store.backup import backup, rekey, restore
from app.store.engine import open_encrypted, opens

act, file, copy = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
keys = [bytes(range(32)), bytes(range(1, 33))]
print("ready", flush=True)
while True:
    if act == "backup":
        engine = open_encrypted(file, keys[0])
        backup(engine, keys[0], copy)
        engine.dispose()
    elif act == "restore":
        kept = restore(copy, keys[0], file)
        kept.unlink()
    else:
        if not opens(file, keys[0]):
            keys.reverse()
        rekey(file, *keys)
        keys.reverse()
"""
