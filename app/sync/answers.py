"""The center's answers at hand: is there one that is still to be read, and reading them all.

One is to be read where it answers what was packed last and nobody has read an answer to that yet. A file that cannot be
read keeps none of the others back. The id that answers are compared with is kept across starts, beside what was packed,
and goes once the answer was read. Not here: finding files (`folders.py`), taking what they say (`unpacking.py`).
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from app.base.errors import Environment, Refused
from app.store.engine import reading, writing
from app.store.stick import on_stick
from app.sync import tables
from app.sync.carried import MOST_OPENING, opening_in
from app.sync.sealed import Opened, Way
from app.sync.state import enrolled
from app.sync.unpacking import Unpacked

_UNREADABLE = "?"
"""No id of a file."""
Unread = Refused | Environment
"""Why a file could not be read."""


def read_each(answers: Iterable[Path], take: Callable[[BinaryIO], Unpacked]) -> list[tuple[Path, Unpacked | Unread]]:
    """What became of each of these files, in their order. Raises what kept the last from being read where that is true
    of all of them."""
    told: list[tuple[Path, Unpacked | Unread]] = []
    for path in answers:
        try:
            with on_stick(), path.open("rb") as file:
                told.append((path, take(file)))
        except (Refused, Environment) as why:
            told.append((path, why))
    last = told[-1][1] if told else None
    if isinstance(last, Unread) and not any(isinstance(got, Unpacked) for _, got in told):
        raise last
    return told


def is_any_unread(engine: sa.Engine, answers: Iterable[Path]) -> bool:
    """Whether one of these files is to be read; also one that cannot be, so that its reader hears why.

    Raises `Environment` as sticks do.
    """
    with reading(engine) as conn:
        seal_key = enrolled(conn).seal_key
        latest = conn.execute(sa.select(tables.carried.c.file)).scalar()
    return any(_asked(path, seal_key) in (latest or None, _UNREADABLE) for path in answers)


def note_answered(engine: sa.Engine, got: Unpacked) -> None:
    """Remember that the answer to what was packed last was read, and that the center declined nothing of it."""
    if got.is_latest and not got.error:
        with writing(engine) as conn:
            conn.execute(tables.carried.update().values(file=""))


def _asked(path: Path, seal_key: bytes) -> str:
    """The id of the file that this one answers."""
    try:
        with on_stick(), path.open("rb") as file:
            return opening_in(Opened(file, Way.TO_POINT, seal_key).first(MOST_OPENING)).asked
    except (Refused, Environment):
        return _UNREADABLE
