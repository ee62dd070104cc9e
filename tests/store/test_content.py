"""Bytes named by their hash: kept whole or not at all, gathered in pieces, never mixed."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.base.errors import Environment
from app.store.content import ContentStore, Mismatch, NotThere, WrongOffset, name_of

BYTES = bytes(range(256)) * 40


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path / "files")


def test_kept_bytes_are_read_back_whole_and_in_part(store: ContentStore) -> None:
    name = store.keep(BYTES)
    assert name == name_of(BYTES)
    assert store.has(name)
    assert store.size(name) == len(BYTES)
    assert store.read(name) == BYTES
    assert store.read(name, 100, 7) == BYTES[100:107]
    assert store.read(name, len(BYTES) - 3, 50) == BYTES[-3:]
    assert list(store.names()) == [name]


def test_what_the_disk_spoilt_is_not_sound(store: ContentStore) -> None:
    name = store.keep(BYTES)
    assert store.is_sound(name)
    for spoilt in (BYTES[:-1] + b"?", BYTES[:-1], b""):
        (store.root / name[:2] / name).write_bytes(spoilt)
        assert not store.is_sound(name)
    store.remove(name)
    assert not store.is_sound(name)


def test_kept_twice_is_there_once(store: ContentStore) -> None:
    assert store.keep(BYTES) == store.keep(BYTES)
    assert [path.name for path in store.root.rglob("*") if path.is_file()] == [name_of(BYTES)]


def test_pieces_become_content_when_all_are_there(store: ContentStore) -> None:
    name = name_of(BYTES)
    assert store.partial_size(name) == 0
    for start in range(0, len(BYTES), 1000):
        assert store.append(name, start, BYTES[start : start + 1000]) == min(start + 1000, len(BYTES))
        assert not store.has(name)
    store.publish(name)
    assert store.read(name) == BYTES
    assert store.partial_size(name) == len(BYTES)
    assert list(store.parts()) == []


def test_a_piece_that_does_not_follow_is_told_where_to_go_on(store: ContentStore) -> None:
    name = name_of(BYTES)
    store.append(name, 0, BYTES[:500])
    with pytest.raises(WrongOffset) as wrong:
        store.append(name, 400, BYTES[400:800])
    assert wrong.value.at == 500
    assert store.partial_size(name) == 500


def test_bytes_that_do_not_answer_to_the_name_are_dropped(store: ContentStore) -> None:
    name = name_of(BYTES)
    store.append(name, 0, BYTES[:-1] + b"?")
    with pytest.raises(Mismatch):
        store.publish(name)
    assert not store.has(name)
    assert store.partial_size(name) == 0


def test_nobody_spoils_what_another_brings(store: ContentStore) -> None:
    name = name_of(BYTES)
    store.append(name, 0, b"nonsense", "a1")
    store.append(name, 0, BYTES, "b2")
    store.publish(name, "b2")
    assert store.read(name) == BYTES
    assert [(part[0], part[1], part[2]) for part in store.parts()] == [(name, "a1", 8)]
    store.publish(name, "a1")  # it is there: what is left of another's attempt goes
    assert list(store.parts()) == []


def test_what_is_not_there_is_said_so(store: ContentStore) -> None:
    name = name_of(BYTES)
    for ask in (lambda: store.size(name), lambda: store.read(name), lambda: store.publish(name)):
        with pytest.raises(NotThere):
            ask()
    store.remove(name)
    store.forget(name)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_a_hash_is_a_name(store: ContentStore, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        store.read(name)
    with pytest.raises(ValueError, match="name"):
        store.append(name_of(BYTES), 0, b"x", owner="../x")


def test_a_full_disk_is_said_in_words_and_leaves_nothing(store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Environment) as error:
        store.keep(BYTES)
    assert error.value.code == "disk_full"
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
    store.append(name_of(BYTES), 0, BYTES)
    with pytest.raises(Environment):
        store.publish(name_of(BYTES))
    assert not store.has(name_of(BYTES))
    monkeypatch.undo()
    store.publish(name_of(BYTES))  # what was gathered is still there
    assert store.read(name_of(BYTES)) == BYTES


def killed_while_keeping(root: Path) -> None:
    """Another process keeps `BYTES`, and the power goes before they are on the disk."""
    falls = "import os; from pathlib import Path; from app.store.content import ContentStore\n"
    falls += "os.fsync = lambda _handle: os._exit(9)\n"
    falls += f"ContentStore(Path({str(root)!r})).keep(bytes(range(256)) * 40)"
    assert subprocess.run([sys.executable, "-c", falls], check=False).returncode == 9


def files_in(store: ContentStore) -> list[str]:
    return sorted(path.name for path in store.root.rglob("*") if path.is_file())


def test_what_a_kill_left_while_it_was_kept_goes_at_the_next_start(store: ContentStore) -> None:
    name = store.keep(b"whole")
    killed_while_keeping(store.root)
    assert len(files_in(store)) == 2
    assert store.drop_unfinished() == 1
    assert files_in(store) == [name]
    assert store.keep(BYTES) == name_of(BYTES)


def test_what_an_older_program_left_beside_the_contents_goes_too(store: ContentStore) -> None:
    name = store.keep(BYTES)
    for ending in (".0123abcd", ".0123abcd.part"):
        (store.root / name[:2] / f"{name}{ending}").write_bytes(BYTES)
    store.append(name_of(b"begun"), 0, b"beg", "a1")
    assert store.drop_unfinished() == 2
    assert list(store.names()) == [name]
    assert len(list(store.parts())) == 1, "these are still to come"


def test_what_somebody_may_be_keeping_is_left_alone(store: ContentStore) -> None:
    killed_while_keeping(store.root)
    (path,) = [path for path in store.root.rglob("*") if path.is_file()]
    at = path.stat().st_mtime
    assert store.drop_unfinished(at) == 0
    assert store.drop_unfinished(at + 1) == 1
    assert files_in(store) == []
