"""Processor time of other processes and all they started, where the system tells (Linux); else None."""

import os
from pathlib import Path

import sqlalchemy as sa

_PROC = Path("/proc")
_PARENT, _FIRST_TIME = 3, 13
"""Places in `/proc/<pid>/stat`; four times follow each other: own user and system, that of ended children."""


def processor_s(pid: int | None) -> float | None:
    """Seconds used so far by this process, those it started, and those it started that have ended."""
    if pid is None or not (_PROC / str(pid) / "stat").exists():
        return None
    found = _all()
    family = {pid}
    while more := {one for one, (parent, _) in found.items() if parent in family} - family:
        family |= more
    return sum(found[one][1] for one in family if one in found) / os.sysconf("SC_CLK_TCK")


def used(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(after - before, 2)


def database_pid(engine: sa.Engine) -> int | None:
    """The process of a PostgreSQL on this machine that all its others come from; None for a file."""
    if engine.dialect.name != "postgresql":
        return None
    with engine.connect() as conn:
        backend = conn.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    own = _all().get(backend)
    return own[0] if own else None


def _all() -> dict[int, tuple[int, int]]:
    """Process → (its parent, ticks)."""
    found = {}
    for folder in _PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            text = (folder / "stat").read_text("utf-8", "replace")
        except OSError:  # it has just ended
            continue
        # The name in brackets may hold anything; what follows it does not.
        words = [folder.name, "", *text.rpartition(")")[2].split()]
        found[int(folder.name)] = (int(words[_PARENT]), sum(map(int, words[_FIRST_TIME : _FIRST_TIME + 4])))
    return found
