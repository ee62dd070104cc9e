"""Runs the turns of photos at this desktop: after a round that ended well, and when somebody opens one that is away.

A round of records always goes first: when one begins, a turn that is under way ends within a piece. Not here: what a
turn does (`app.sync.photos`), and when rounds come (`runs.py`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from app.desktop.desk import Desk
from app.desktop.work import Ticket


class Photographs(Protocol):
    """The opened point, as far as photos need it."""

    def photos(self, ticket: Ticket, write: Callable[[Callable[[], Any]], Any]) -> Any: ...
    def hang_up_photos(self) -> None: ...


class PhotoRuns(QObject):
    """`ended` with the report of a turn, or what stopped it."""

    ended = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._point: Photographs | None = None
        self._ticket: Ticket | None = None
        self._again = False
        """Something was asked for while a turn was ending."""
        desk.rounds.moved.connect(self._round_moved)
        desk.rounds.ended.connect(self._round_ended)
        desk.rounds.photo_wanted.connect(self.begin)

    @property
    def running(self) -> bool:
        return self._ticket is not None

    def sign_in(self, point: Photographs) -> None:
        self.leave()
        self._point = point

    def leave(self) -> None:
        """No more turns; one that is under way ends as soon as its line lets go."""
        self._again = False
        if self._ticket is not None:
            self._ticket.cancel()
            if self._point is not None:
                self._point.hang_up_photos()
        self._point = None

    def begin(self) -> None:
        """Carry photos now, unless records are on their way: then after them."""
        if self._point is None or self._desk.rounds.running:
            return
        if self._ticket is not None:
            self._again = True
            return
        self._again = False
        self._ticket = self._desk.work.run_long(partial(self._turn, self._point), self._over, self._over)

    def _turn(self, point: Photographs, ticket: Ticket) -> Any:
        return point.photos(ticket, self._desk.work.write_and_wait)

    def _round_moved(self, _progress: object) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def _round_ended(self, how: object) -> None:
        if getattr(how, "error", "unexpected") == "":
            self.begin()

    def _over(self, how: object) -> None:
        self._ticket = None
        self.ended.emit(how)
        if self._again or getattr(how, "more", False):
            self.begin()
