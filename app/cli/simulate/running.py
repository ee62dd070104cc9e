"""Running worlds by their seeds, and saying what was found: the seed, what led to it, how to see it again."""

import shlex
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.cli.simulate.bugs import planted
from app.cli.simulate.ends import MakeEnd, in_files, in_memory, on_postgres
from app.cli.simulate.invariants import Broken
from app.cli.simulate.world import opened

MEMORY, FILES, POSTGRES = "memory", "files", "postgres"
_NOTICED = (sqlite3.IntegrityError, sa.exc.IntegrityError)


@dataclass(frozen=True, slots=True)
class Found:
    """A world in which something does not hold. `which`: I1 to I6, or the name of an error. `trail`: what happened."""

    seed: int
    which: str
    words: str
    trail: tuple[str, ...]
    replay: str

    def __str__(self) -> str:
        return "\n".join([*self.trail, f"seed {self.seed}: {self.words}", f"again: {self.replay}"])


@contextmanager
def ends(kind: str, database: str = "") -> Iterator[MakeEnd]:
    """Where the databases of the worlds live. `database`: URL of a PostgreSQL server's database, for that kind."""
    if kind == FILES:
        with tempfile.TemporaryDirectory(prefix="aidpoint-simulate-") as folder:
            yield in_files(Path(folder))
    elif kind == POSTGRES:
        yield on_postgres(database)
    else:
        yield in_memory


@dataclass
class Tally:
    """How many shelves worlds had in the end, and of how many the books were compared with what lay there: where a
    clock was set between writing and sending, nobody can say what the books should be."""

    shelves: int = 0
    compared: int = 0


def run(
    seed: int,
    steps: int,
    make_end: MakeEnd,
    *,
    kind: str = MEMORY,
    database: str = "",
    bug: str = "",
    tally: Tally | None = None,
) -> Found | None:
    """One world: so many steps, healing, the invariants. None where all of them hold. `kind`, `database`: of the ends,
    to say how it is seen again."""
    with opened(seed, make_end) as world, planted(bug) if bug else nullcontext():
        try:
            for _ in range(steps):
                world.step()
            world.heal()
            world.check()
            if tally is not None:
                tally.shelves += len(world.shelves.lying)
                tally.compared += len(world.shelves.sure())
        except Exception as error:
            which = error.which if isinstance(error, Broken) else type(error).__name__
            found = Found(seed, which, str(error), tuple(world.trail), again(seed, steps, kind, database, bug))
            # The database itself may notice a planted mistake first; any other error is one of this program.
            if isinstance(error, Broken) or (bug and isinstance(error, _NOTICED)):
                return found
            error.add_note(str(found))
            raise
    return None


def again(seed: int, steps: int, kind: str, database: str, bug: str) -> str:
    """The command that shows this world again."""
    words = ["aidpoint", "simulate", "--seeds", f"{seed}:{seed + 1}", "--steps", str(steps)]
    words += ["--ends", kind] if kind != MEMORY else []
    words += ["--database", database] if database else []
    words += ["--bug", bug] if bug else []
    return shlex.join(words)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
