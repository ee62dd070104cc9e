"""How many workers serve a center, with how many threads each, so that the database has a connection for everybody.

Not here: serving (`serve.py`), and how full one worker is (`load.py`).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.base.errors import Refused
from app.center.load import THREADS, Load
from app.center.metrics import FOLDER_VARIABLE
from app.store.engine import open_center, reading

THREADS_VARIABLE = "AIDPOINT_THREADS"
"""How the parent tells its workers how many threads each has."""
BESIDE = 2
"""Connections of a worker beside those of its threads: for its health, and for one that is being replaced."""
KEPT_FREE = 10
"""Connections of the database left to operators, backups and other programs."""


def workers_of(database: str, wanted: int | None) -> int:
    """How many workers: as asked, else one for each processor, but one alone where the database is a file."""
    if wanted is not None:
        return wanted
    return (os.cpu_count() or 1) if sa.make_url(database).drivername.startswith("postgresql") else 1


def threads_of(database: str, workers: int, wanted: int = THREADS) -> int:
    """How many threads each of so many workers may have. Raises `Refused("too_many_workers")`, `Environment`."""
    engine = open_center(database)
    try:
        if engine.dialect.name != "postgresql":
            return wanted
        with reading(engine) as conn:
            names = ("max_connections", "superuser_reserved_connections")
            most, reserved = (int(conn.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in names)
    finally:
        engine.dispose()
    free = most - reserved - KEPT_FREE
    threads = min(wanted, free // workers - BESIDE)
    if threads < 1:
        raise Refused("too_many_workers", "workers", most=max(1, free // (1 + BESIDE)), connections=most)
    return threads


@contextmanager
def told(threads: int, workers: int) -> Iterator[None]:
    """The environment of the workers, until left."""
    given = {THREADS_VARIABLE: str(threads)}
    with tempfile.TemporaryDirectory(prefix="aidpoint-figures-") as folder:
        if workers > 1:
            given[FOLDER_VARIABLE] = folder
        os.environ.update(given)
        try:
            yield
        finally:
            for name in given:
                del os.environ[name]


def own_load() -> Load:
    """A worker's, as its parent said."""
    return Load(int(os.environ.get(THREADS_VARIABLE, THREADS)))
