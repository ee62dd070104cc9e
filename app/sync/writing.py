"""How syncing writes: each transaction is handed to whoever writes, and none is open while the network is waited for.

At the desktop that is the database thread, at the command line nobody but the caller. Not here: how a transaction is
opened (`app.store.engine`).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

from app.store.engine import writing
from app.sync.state import change_state

T = TypeVar("T")
Write = Callable[[Callable[[], Any]], Any]
"""Runs database work where it belongs, one job after the other, and gives what it gives."""


def inline(job: Callable[[], T]) -> T:
    """A `Write` where nobody else writes."""
    return job()


def unwatched(*_progress: object) -> None:
    """Progress where nobody watches."""


def never() -> bool:
    """Whether to stop, where nobody can ask for it."""
    return False


def write_state(engine: sa.Engine, **values: Any) -> None:
    """`change_state` in a transaction of its own."""
    with writing(engine) as conn:
        change_state(conn, **values)
