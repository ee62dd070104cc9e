"""What must outlive the center's database: lines in files that stand beside the photos.

A database that is put back from a backup has forgotten what was done since. Who was shut out, which enrolments were
used and what was erased by law must not be undone by that. Ids and codes alone, and no line is ever taken out. Where
nothing of the center stands in its folder yet nothing is kept: a folder made for this would look like that of the
photos; a center that serves has one. Not here: what the lines say (`revoked.py`, `erased.py`).
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import sqlalchemy as sa

from app.center.hub import Hub
from app.center.locks import pass_gate
from app.store.durable import on_disk, write_durably
from app.store.engine import writing


def lines_beside(hub: Hub, name: str) -> list[str]:
    """What was written down under this name, sorted. Raises `Environment`."""
    file = _file_of(hub, name)
    with on_disk():
        if file is None or not file.is_file():
            return []
        return file.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]


def keep_beside(hub: Hub, name: str, told: Callable[[sa.Connection], Iterable[str]]) -> None:
    """Write down what the database tells now, beside what was written down before. Raises `Environment`."""
    file = _file_of(hub, name)
    if file is None:
        return
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)  # of two that write at once one would be lost
        known = set(lines_beside(hub, name))
        now = known.union(told(conn))
        if now != known:
            write_durably(file, "".join(f"{line}\n" for line in sorted(now)).encode())


def is_elsewhere(hub: Hub) -> bool:
    """Whether the center's folder is not where this hub looks for it."""
    return not hub.content.root.is_dir()


def _file_of(hub: Hub, name: str) -> Path | None:
    """None where the folder is not there; a center in memory may have none."""
    try:
        root = hub.content.root
    except LookupError:
        return None
    return root / name if root.is_dir() else None
