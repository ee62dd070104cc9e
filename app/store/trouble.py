"""Which database errors are the machine's doing: disk, lock, damage, network. The rest are bugs."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.base.errors import Environment

# SQLite's primary result codes. Drivers are told apart by the attribute that carries the code, because the
# exceptions of sqlcipher3 do not derive from those of sqlite3.
_SQLITE = {
    3: "disk_error",  # PERM
    5: "database_locked",  # BUSY
    6: "database_locked",  # LOCKED
    8: "disk_error",  # READONLY: the file or folder cannot be written
    10: "disk_error",  # IOERR
    11: "database_damaged",  # CORRUPT
    13: "disk_full",  # FULL
    14: "disk_error",  # CANTOPEN
    26: "database_damaged",  # NOTADB
}
_POSTGRES = {
    "53100": "disk_full",
    "58030": "disk_error",
    "55P03": "database_locked",
    "40P01": "database_locked",
    "40001": "database_locked",
    "XX001": "database_damaged",
    "XX002": "database_damaged",
}
AWAY = "database_unreachable"
_POSTGRES_AWAY = ("08", "57P", "53300")


def environment_of(error: BaseException) -> Environment | None:
    """What an exception of a driver (bare or wrapped by SQLAlchemy) stands for; None for a bug."""
    cause: BaseException = error
    if isinstance(error, sa.exc.DBAPIError) and error.orig is not None:
        cause = error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        name = _SQLITE.get(code & 0xFF)
        return None if name is None else Environment(name, driver=str(cause))
    if type(cause).__module__.partition(".")[0] == "psycopg":
        name = _postgres_trouble(cause)
        return None if name is None else Environment(name)
    return None


def _postgres_trouble(cause: BaseException) -> str | None:
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # Without a state there was no answer: the connection could not be made or broke.
        return AWAY if type(cause).__name__ == "OperationalError" else None
    if str(state).startswith(_POSTGRES_AWAY):
        return AWAY
    return _POSTGRES.get(str(state))


def raise_trouble(error: BaseException) -> None:
    """Raise the `Environment` that this error is or came of, if any: for who goes on after the errors of one commit.

    A full disk makes SQLite give up the whole transaction, and what is seen first is that the savepoint is gone.
    Whoever went on then would write each further row by itself.
    """
    if isinstance(error, Environment):
        raise error
    cause: BaseException | None = error
    while cause is not None:
        trouble = environment_of(cause)
        if trouble is not None:
            raise trouble from error
        cause = cause.__cause__ or cause.__context__


@contextmanager
def translated() -> Iterator[None]:
    """Database work inside raises `Environment` where the machine stands in the way."""
    try:
        yield
    except Exception as error:
        trouble = environment_of(error)
        if trouble is None:
            raise
        raise trouble from error
