"""Power cuts: a database whose process dies at one of its COMMITs, just before it or just after.

After the cut nothing more is read or written until the machine is started again, as whoever runs a world must say.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


class PowerCut(Exception):
    """The process is gone. What was committed stays, nothing else does."""

    def __init__(self, disk: "Disk") -> None:
        super().__init__("the power went")
        self.disk = disk


@dataclass
class Disk:
    """`cut_in`: at which of the next commits the power goes, counted from 1; None for never."""

    cut_in: int | None = None
    after: bool = False
    is_dead: bool = False
    commits: int = 0
    _is_reading: bool = False
    _engine: sa.Engine | None = None

    def cut(self, at: int, *, after: bool) -> None:
        """The power goes at the `at`-th commit from now."""
        self.cut_in, self.after = at, after

    def start(self) -> None:
        """The machine runs again, and stays up."""
        self.cut_in, self.is_dead = None, False

    def watch(self, engine: sa.Engine) -> None:
        """Let the power go at commits of this engine, and of no other any more."""
        self.let_go()
        self._engine = engine
        dialect: Any = engine.dialect
        really_commit = dialect.do_commit

        def do_commit(connection: Any) -> None:
            if self._is_reading:
                really_commit(connection)
                return
            self.commits += 1
            dies = self.cut_in == 1
            if self.cut_in is not None:
                self.cut_in -= 1
            if dies:
                self.is_dead = True
                if self.after:
                    really_commit(connection)
                raise PowerCut(self)
            really_commit(connection)

        dialect.do_commit = do_commit
        sa.event.listen(engine, "begin", self._begins)

    def let_go(self) -> None:
        """The engine is as it was."""
        if self._engine is not None:
            del self._engine.dialect.do_commit
            sa.event.remove(self._engine, "begin", self._begins)
            self._engine = None

    def _begins(self, connection: sa.Connection) -> None:
        if self.is_dead:
            raise PowerCut(self)
        options = connection.get_execution_options()
        self._is_reading = bool(options.get("store_reading") or options.get("postgresql_readonly"))
