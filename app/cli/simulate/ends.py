"""Where the databases of a world live: in memory, in files (encrypted at devices), the center's on PostgreSQL.

An end can be copied as it is, and an older copy put in its place, as people do with disks and backups.
"""

import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from app.store.engine import open_encrypted, open_plain, open_postgres

_KEY = bytes(range(32))
Copy = Any
"""A whole database as it was: a connection to one in memory, a file's bytes, the name of another one."""


class End(Protocol):
    """One database. `engine` is another one after `put_back` and `reopen`."""

    engine: sa.Engine

    def copy(self) -> Copy: ...
    def put_back(self, copy: Copy) -> None: ...
    def reopen(self) -> None: ...
    def close(self) -> None: ...


_SPARE: list[sa.Engine] = []
"""Engines of databases in memory that a world is done with: the next world need not compile its statements again."""


class MemoryEnd:
    """A database in memory."""

    def __init__(self) -> None:
        self.engine = _SPARE.pop() if _SPARE else open_plain(None)

    def copy(self) -> Copy:
        copied = sqlite3.connect(":memory:")
        self._driver().backup(copied)
        return copied

    def put_back(self, copy: Copy) -> None:
        copy.backup(self._driver())

    def reopen(self) -> None:
        """Nothing of a process is kept here but the database itself."""

    def close(self) -> None:
        """Whoever watches the engine has let go of it."""
        empty = sqlite3.connect(":memory:")
        self.put_back(empty)
        empty.close()
        _SPARE.append(self.engine)

    def _driver(self) -> Any:
        with self.engine.connect() as connection:
            return connection.connection.driver_connection


class FileEnd:
    """A database file of its own: a point's encrypted one, or a trial center's."""

    def __init__(self, file: Path, *, encrypted: bool) -> None:
        self._file, self._encrypted = file, encrypted
        self.engine = self._open()

    def copy(self) -> Copy:
        self.engine.dispose()  # the last to close brings the log into the file
        copied = self._file.read_bytes()
        self.engine = self._open()
        return copied

    def put_back(self, copy: Copy) -> None:
        self.engine.dispose()
        for beside in self._file.parent.glob(f"{self._file.name}-*"):
            beside.unlink()
        self._file.write_bytes(copy)
        self.engine = self._open()

    def reopen(self) -> None:
        self.engine.dispose()
        self.engine = self._open()

    def close(self) -> None:
        self.engine.dispose()

    def _open(self) -> sa.Engine:
        return open_encrypted(self._file, _KEY) if self._encrypted else open_plain(self._file)


class PostgresEnd:
    """A database of its own on a PostgreSQL server; `url` names the server and a database to speak to it by."""

    def __init__(self, url: str) -> None:
        self._server = sa.create_engine(
            sa.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        self._name = f"simulated_{uuid.uuid4().hex[:12]}"
        self._copies: list[str] = []
        self._lines: list[Any] = []
        """Connections of the engine; one that an act was cut off in is in no pool any more."""
        self._tell(f"CREATE DATABASE {self._name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        self.engine = self._open()

    def copy(self) -> Copy:
        self._shut()
        name = f"{self._name}_{len(self._copies)}"
        self._tell(f"CREATE DATABASE {name} TEMPLATE {self._name}")
        self._copies.append(name)
        self.engine = self._open()
        return name

    def put_back(self, copy: Copy) -> None:
        self._shut()
        self._tell(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._tell(f"CREATE DATABASE {self._name} TEMPLATE {copy}")
        self.engine = self._open()

    def reopen(self) -> None:
        self._shut()
        self.engine = self._open()

    def close(self) -> None:
        self._shut()
        for name in (self._name, *self._copies):
            self._tell(f"DROP DATABASE {name} WITH (FORCE)")
        self._copies.clear()

    def _open(self) -> sa.Engine:
        engine = open_postgres(self._server.url.set(database=self._name).render_as_string(hide_password=False))
        sa.event.listen(engine, "connect", self._keep)
        return engine

    def _keep(self, line: Any, _record: object) -> None:
        self._lines.append(line)

    def _shut(self) -> None:
        self.engine.dispose()
        for line in self._lines:
            line.close()
        self._lines.clear()

    def _tell(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.exec_driver_sql(statement)


MakeEnd = Callable[[str], End]
"""Makes a new, empty end; takes a name for it ("hub", or a device's)."""
HUB = "hub"


def in_memory(_name: str) -> End:
    return MemoryEnd()


def in_files(folder: Path) -> MakeEnd:
    """Each end a file of its own in this folder."""
    return lambda name: FileEnd(folder / f"{name}-{uuid.uuid4().hex[:8]}.db", encrypted=name != HUB)


def on_postgres(url: str) -> MakeEnd:
    """The center on PostgreSQL, devices in memory."""
    return lambda name: PostgresEnd(url) if name == HUB else MemoryEnd()
