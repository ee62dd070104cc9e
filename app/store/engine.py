"""Opening the store, and its two kinds of transaction.

A point keeps an SQLCipher file, the center PostgreSQL; simulation and trial centers use plain SQLite. The
key never stands in a URL, a message or a repr: it lives in the opener that makes connections.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool, StaticPool
from sqlcipher3 import dbapi2 as sqlcipher

from app.base.errors import Environment, Refused
from app.store.durable import check_place
from app.store.trouble import translated

BUSY_MS = 5_000
KEY_SIZE = 32
_READING = "store_reading"
_CACHE_KIB = 8 * 1024
"""What a connection keeps of its file. With SQLite's own 2 MB, ids that come in no order have the same pages of an
index read, and deciphered, again and again: a tenth of what a first push costs at both ends."""
_DRIVEN: Mapping[str, Any] = {"isolation_level": None, "check_same_thread": False, "cached_statements": 512}
"""How both drivers are opened. A round runs some 200 different statements; those that are not kept ready are parsed
anew each time, which costs more than most of them do."""

for _driver in (sqlite3, sqlcipher):
    # Both drivers look long for an adapter of these types before they bind them as they are: 1 µs for each null of a
    # row, more than all its texts together. One that gives the value back is found at once.
    _driver.register_adapter(type(None), {None: None}.get)
    _driver.register_adapter(bool, int)
    _driver.register_adapter(bytes, bytes)


class _Opener(Protocol):
    """Makes driver connections to one kind of SQLite file; keeps the key out of sight."""

    def connect(self, path: Path, mode: str) -> Any: ...


class _EncryptedOpener:
    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError("the data key has 32 bytes")
        self._key = key

    def connect(self, path: Path, mode: str) -> Any:
        connection = sqlcipher.connect(_uri(path, mode), uri=True, timeout=BUSY_MS / 1000, **_DRIVEN)
        try:
            connection.execute("PRAGMA cipher_log_level = none")
            # A raw key skips the quarter second that a passphrase costs at every connection.
            connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
        except BaseException:
            connection.close()
            raise
        return connection


class _PlainOpener:
    def connect(self, path: Path, mode: str) -> Any:
        return sqlite3.connect(_uri(path, mode), uri=True, timeout=BUSY_MS / 1000, **_DRIVEN)


_openers: WeakKeyDictionary[sa.Engine, _Opener] = WeakKeyDictionary()


def open_encrypted(path: Path, key: bytes, *, read_only: bool = False) -> sa.Engine:
    """The encrypted file at `path`, made when missing unless `read_only`.

    Raises `Environment`: "wrong_key" (or a damaged first page, which cannot be told apart), "disk_full",
    "database_locked", "disk_error".
    """
    return _open_file(path, _EncryptedOpener(key), sqlcipher, read_only)


def open_plain(path: Path | None) -> sa.Engine:
    """A plain SQLite file for simulation and trial; None is one in memory, for one thread at a time."""
    if path is not None:
        return _open_file(path, _PlainOpener(), sqlite3, read_only=False)
    connection = sqlite3.connect(":memory:", **_DRIVEN)
    _set_up(connection, read_only=False)
    engine = sa.create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool, hide_parameters=True)
    sa.event.listen(engine, "begin", _begin)
    return engine


CONNECTIONS = 8
_OVER = 2


def open_postgres(url: str, connections: int = CONNECTIONS) -> sa.Engine:
    """The center's PostgreSQL through psycopg 3. Connects at first use, keeps so many connections."""
    parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(
        parsed,
        pool_size=connections,
        max_overflow=_OVER,
        pool_use_lifo=True,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10},
    )


def open_center(url: str, connections: int = CONNECTIONS, *, make: bool = True) -> sa.Engine:
    """The center's database as named in its settings: `postgresql://…` or, for trials, `sqlite:///path`.

    `make`: whether a file that is not there is made. Raises `Refused`: "bad_database_url", "database_missing",
    "folder_missing", "names_a_folder"; `Environment`: "not_a_database" and what files do.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        # The text may hold a password: neither it nor the parser's complaint goes into the error.
        raise Refused("bad_database_url", field="database") from None
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return open_postgres(url, connections)
    if parsed.drivername == "sqlite" and parsed.database:
        return _open_trial(Path(parsed.database), make)
    raise Refused("bad_database_url", field="database")


def _open_trial(path: Path, make: bool) -> sa.Engine:
    if not path.is_file():
        check_place(path)
        if not make:
            raise Refused("database_missing", field="database", file=str(path))
    try:
        return open_plain(path)
    except Environment as error:
        if error.code == "database_damaged":
            raise Environment("not_a_database", file=str(path)) from error
        raise


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that may write: committed at the end, undone by any error."""
    with translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing_lightly(engine: sa.Engine) -> Iterator[sa.Connection]:
    """`writing` on SQLite for what is cheap to do again: whole or not at all after a power cut, but perhaps not.

    It reaches the disk with the next `writing` at the latest, for both stand in one log.
    """
    with translated(), engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA synchronous = normal")
        try:
            with connection.begin():
                yield connection
        finally:
            if not connection.invalidated:
                if driver.in_transaction:  # the COMMIT itself failed
                    driver.rollback()
                driver.execute("PRAGMA synchronous = full")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that sees one moment of the store and writes nothing; never waits for the writer."""
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        else:
            connection.execution_options(**{_READING: True})
        with connection.begin():
            yield connection


def is_reading(conn: sa.Connection) -> bool:
    """Whether this is a transaction of `reading`: what it sees is committed."""
    options = conn.get_execution_options()
    return bool(options.get(_READING) or options.get("postgresql_readonly"))


def file_of(engine: sa.Engine) -> Path | None:
    """The SQLite file behind the engine; None in memory and on PostgreSQL."""
    if engine not in _openers:  # asked without a transaction: one in memory has a single connection
        return None
    with reading(engine) as connection:
        name = connection.exec_driver_sql("PRAGMA database_list").first()
    return Path(name[2]) if name and name[2] else None


def connect_beside(engine: sa.Engine, path: Path, mode: str = "rwc") -> Any:
    """A driver connection to another file with the engine's driver and key. `mode`: ro, rw, rwc."""
    return _openers[engine].connect(path, mode)


def connect_file(path: Path, key: bytes | None, mode: str) -> Any:
    """A bare driver connection to a file (plain where there is no key), nothing of it read or set yet."""
    return (_PlainOpener() if key is None else _EncryptedOpener(key)).connect(path, mode)


def opens(path: Path, key: bytes) -> bool:
    """Whether the file exists and its first page answers to the key."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with translated():
            connection = connect_file(path, key, "rw")
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            finally:
                connection.close()
    except Environment as error:
        if error.code == "database_damaged":
            return False
        raise
    return True


def _open_file(path: Path, opener: _Opener, module: Any, read_only: bool) -> sa.Engine:
    mode = "rw" if read_only else "rwc"

    def connect() -> Any:
        with translated():
            connection = opener.connect(path, mode)
            try:
                _set_up(connection, read_only)
            except BaseException:
                connection.close()
                raise
        return connection

    engine = sa.create_engine(
        "sqlite://",
        module=module,
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        pool_use_lifo=True,  # the connection used last has the warmest cache
        hide_parameters=True,
    )
    sa.event.listen(engine, "begin", _begin)
    _openers[engine] = opener
    try:
        # The first connection shows at once whether key and file fit; it stays in the pool.
        engine.connect().close()
    except Environment as error:
        engine.dispose()
        if error.code == "database_damaged" and isinstance(opener, _EncryptedOpener):
            raise Environment("wrong_key", **error.facts) from error
        raise
    return engine


def _set_up(connection: Any, read_only: bool) -> None:
    connection.execute("PRAGMA journal_mode = wal").fetchone()
    connection.execute("PRAGMA synchronous = full")
    connection.execute("PRAGMA temp_store = memory")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA foreign_keys = on")
    if read_only:
        connection.execute("PRAGMA query_only = on")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _begin(connection: sa.Connection) -> None:
    # Writers take the lock at once: a transaction that starts reading and writes later fails without waiting
    # when another writer came between. Straight to the driver, since this runs before every save.
    reads = connection.get_execution_options().get(_READING, False)
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN" if reads else "BEGIN IMMEDIATE")


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"
