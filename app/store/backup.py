"""Copies of the encrypted file: made while it is in use, checked, put back, and put under a new key.

A copy is always written beside its place and moved there whole. Nothing here opens a file that is in use
except through SQLite: closing a plain handle on it would drop SQLite's locks.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base.errors import Environment, Refused
from app.store.durable import copy_durably, move_durably, on_disk, part_of, reach_disk, remove
from app.store.engine import connect_beside, connect_file, reading
from app.store.trouble import translated

_PAGE = 4096


def check(engine: sa.Engine) -> None:
    """Read through the store in use; raises `Environment("database_damaged")`. PostgreSQL minds its own."""
    if engine.dialect.name != "sqlite":
        return
    with reading(engine) as connection:
        answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if answer != "ok":
        raise Environment("database_damaged")


def backup(engine: sa.Engine, key: bytes | None, target: Path) -> None:
    """A checked copy of the store as it is now, under the same key, in place of `target`; writers go on.

    `key` is None for plain SQLite.
    """
    part = part_of(target)
    try:
        copy_store(engine, part)
        if _fault(part, key) is not None:
            raise Environment("database_damaged")
        move_durably(part, target)
    finally:
        _remove_with_journals(part)


def copy_store(engine: sa.Engine, target: Path) -> None:
    """Copy the committed state through SQLite into a file of its own, under the engine's key; unchecked."""
    _remove_with_journals(target)
    with translated():
        source = engine.raw_connection()
        try:
            _copy(source.dbapi_connection, connect_beside(engine, target))
        finally:
            source.close()
    reach_disk(target)


def verify(path: Path, key: bytes | None) -> None:
    """Every page of a backup answers to the key and the tables are sound.

    Raises `Refused` under field "source": "backup_missing", "backup_wrong_key", "backup_damaged".
    """
    if not path.is_file():
        raise Refused("backup_missing", field="source")
    fault = _fault(path, key)
    if fault is not None:
        raise Refused(fault, field="source")


def restore(
    source: Path, key: bytes | None, target: Path, *, fits: Callable[[Path], None] | None = None
) -> Path | None:
    """Put a backup in place of the store, which nobody may have open; returns where the old file is kept.

    Refused as `verify`, and as `fits` does, which is given the sound copy before it is put in place;
    `Environment("database_locked")` when the store is open. The store is then as it was.
    """
    part = part_of(target)
    _remove_with_journals(part)
    try:
        if not source.is_file():
            raise Refused("backup_missing", field="source")
        # What was checked must be what is put in place: the copy is checked, not the stick it came from.
        copy_durably(source, part)
        verify(part, key)
        if fits is not None:
            fits(part)
        kept = _keep_aside(target, key) if target.exists() else None
        move_durably(part, target)
        return kept
    finally:
        _remove_with_journals(part)


def rekey(path: Path, old: bytes, new: bytes) -> None:
    """Put the file, which nobody may have open, under a new key. Cut short, it opens with one of the two."""
    part = part_of(path)
    _remove_with_journals(part)
    try:
        with translated():
            source = connect_file(path, old, "rw")
            try:
                _fold_journal(source)
                _copy(source, connect_file(part, new, "rwc"))
            finally:
                source.close()
        reach_disk(part)
        if _fault(part, new) is not None:
            raise Environment("database_damaged")
        move_durably(part, path)
    finally:
        _remove_with_journals(part)


def _copy(source: Any, target: Any) -> None:
    """One snapshot of `source` into the empty `target`, closed as a single file without a journal."""
    try:
        target.execute("PRAGMA synchronous = off")  # the file is made durable as a whole afterwards
        source.backup(target)
        # The copy inherits the journal mode; a backup must be one file.
        target.execute("PRAGMA journal_mode = delete").fetchone()
    finally:
        target.close()


def _fault(path: Path, key: bytes | None) -> str | None:
    size = path.stat().st_size
    if size == 0 or size % _PAGE:
        return "backup_damaged"
    try:
        with translated():
            connection = connect_file(path, key, "ro")
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                return _fault_within(connection, size, key is not None)
            finally:
                connection.close()
    except Environment as error:
        if error.code != "database_damaged":
            raise
        return "backup_wrong_key" if key is not None else "backup_damaged"


def _fault_within(connection: Any, size: int, encrypted: bool) -> str | None:
    try:
        with translated():
            # Every page carries its own seal, also pages that no table reaches.
            if encrypted and connection.execute("PRAGMA cipher_integrity_check").fetchone():
                return "backup_damaged"
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            sound = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    except Environment as error:
        if error.code != "database_damaged":
            raise
        return "backup_damaged"
    return None if sound and pages * _PAGE == size else "backup_damaged"


def _keep_aside(target: Path, key: bytes | None) -> Path:
    """Copy the store that is to be replaced; leaves no journal that could be played into its successor."""
    kept = _free_name(target)
    journal, kept_journal = _journals(target)[0], _journals(kept)[0]
    # Even a vain attempt to open a damaged file may make SQLite drop the journal: it is copied before.
    if journal.exists():
        copy_durably(journal, kept_journal)
    try:
        folded = _folded(target, key)
    except Environment:
        remove(kept_journal)
        raise
    copy_durably(target, kept)
    if folded:
        remove(kept_journal)
    remove(*_journals(target))
    return kept


def _folded(path: Path, key: bytes | None) -> bool:
    """Take the write-ahead journal into the file and remove it; False when the file is damaged."""
    try:
        with translated():
            connection = connect_file(path, key, "rw")
            try:
                _fold_journal(connection)
            finally:
                connection.close()
    except Environment as error:
        if error.code == "database_damaged":
            return False
        raise
    return True


def _fold_journal(connection: Any) -> None:
    connection.execute("PRAGMA busy_timeout = 500")
    mode = connection.execute("PRAGMA journal_mode = delete").fetchone()[0]
    if mode != "delete":
        raise Environment("database_locked")


def _free_name(path: Path) -> Path:
    number = 1
    while (name := path.with_name(f"{path.stem}.replaced-{number}{path.suffix}")).exists():
        number += 1
    return name


def _journals(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


def _remove_with_journals(path: Path) -> None:
    with on_disk():
        remove(path, *_journals(path))
