"""What every request at the center works with, and how one is declined."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.base.clock import Clock, wall_clock
from app.base.errors import Refused
from app.base.paths import center_data
from app.center.load import Load
from app.center.publisher import CenterPublisher, CenterRunner
from app.center.sums import Sums
from app.center.tables import city
from app.center.trees import Trees
from app.journal.act import Actor
from app.journal.here import load_here
from app.store.bulk import Kept
from app.store.content import ContentStore
from app.store.engine import file_of

if TYPE_CHECKING:
    from app.center.quarantine import SetAside


class Declined(Exception):
    """An answer other than 200. `code` is one of `app.sync.protocol.Problem`."""

    def __init__(self, status: int, code: str, *, retry_after: int | None = None, **facts: object) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.facts = facts


@dataclass(slots=True)
class Owed:
    """What one worker has not come to yet. Should the worker end, the next start does it (`starting.py`), but for what
    was refused: an operator may try that again."""

    rerun: bool = False
    """Commits set aside that could be tried again now."""
    refused: "dict[SetAside, None]" = field(default_factory=dict)
    """Those that were not allowed, upon records given to their nodes since; the oldest first."""


@dataclass(frozen=True, slots=True)
class Hub:
    """One worker's view of the center. Nothing in it outlives the worker; all that counts is in the database."""

    engine: sa.Engine
    clock: Clock = wall_clock
    trees: Trees = field(default_factory=Trees)
    random: Random = field(default_factory=Random)
    files: Path | None = None
    """Where the bytes of photos and snapshots stand; by default where `files_of` says."""
    load: Load = field(default_factory=Load)
    sums: Sums = field(default_factory=Sums)
    owed: Owed = field(default_factory=Owed)
    snapshot_behind: int = 5_000
    """A device that is more commits behind than this is given a snapshot instead of them."""
    most_photo_bytes: int | None = None
    """How many bytes all photos may have together; None: as long as the disk has room."""

    @property
    def content(self) -> ContentStore:
        return ContentStore(self.files or files_of(self.engine))

    @property
    def publisher(self) -> CenterPublisher:
        return CenterPublisher(self.trees)

    def runner(self) -> CenterRunner:
        return CenterRunner(self.engine, self.clock, publisher=self.publisher)


FILES_VARIABLE = "AIDPOINT_FILES"
"""Every command of a center must look for its photos in the same place."""


def files_of(engine: sa.Engine) -> Path:
    """The folder of a center's bytes where none is given: the one the environment names, else beside the center's file,
    for PostgreSQL among the user's data."""
    named = os.environ.get(FILES_VARIABLE)
    if named:
        return Path(named)
    if engine.dialect.name == "postgresql":
        return center_data() / (engine.url.database or "postgres")
    file = file_of(engine)
    if file is None:
        raise LookupError("a center in memory has its bytes in a folder that is named")
    return file.with_name(f"{file.name}.files")


def center_runner(engine: sa.Engine, clock: Clock = wall_clock) -> CenterRunner:
    """Runs commands at the center: found nodes, engage staff, add items."""
    return Hub(engine, clock).runner()


def center_actor(conn: sa.Connection) -> Actor:
    """The center acting by its administrators, from the command line."""
    here = load_here(conn)
    if here is None:
        raise Refused("center_missing", "database")
    return Actor(here.device, "SYS_ADMIN", here.node)


_CITY = Kept(sa.select(city))


def standing_city(conn: sa.Connection) -> Mapping[str, Any]:
    """The city's row. Raises `Refused` where the database is no center's yet."""
    row = _CITY.first(conn)
    if row is None:
        raise Refused("center_missing", "database")
    return row
