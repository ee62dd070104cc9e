"""Runs the rounds of sync at this desktop: when they come by themselves, one at a time, and one before leaving.

`app.sync.loop` decides when. Not here: what a round does, and how its end is told to a person.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.desk import Desk
from app.desktop.syncing.network import Network
from app.desktop.work import Ticket
from app.sync.loop import AT_ONCE, Ended, Loop, Trigger

_LONGEST_MS = 3_600_000


class Runner(Protocol):
    """The opened point, as far as rounds need it. `device`: its id. `hang_up`: a round that waits for the line ends."""

    @property
    def device(self) -> str: ...
    def sync(self, ticket: Ticket, write: Callable[[Callable[[], Any]], Any]) -> Any: ...
    def hang_up(self) -> None: ...


class Runs(QObject):
    """`began`, then `ended` with the report or what stopped it, and whether a person asked for that round.

    `ticks`: µs of a clock that is never set; `chance`: 0 ≤ x < 1.
    """

    began = Signal()
    ended = Signal(object, bool)

    def __init__(
        self, desk: Desk, ticks: Callable[[], int], chance: Callable[[], float], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._ticks, self._chance = desk, ticks, chance
        self._point: Runner | None = None
        self._ticket: Ticket | None = None
        self._on: Runner | None = None
        """Whose round is under way: somebody else may have signed in since it began."""
        self._held_back: Trigger | None = None
        """What asked while an exchange was carried by hand."""
        self._asked = False
        self.resting = False
        """No round begins, whoever asks."""
        self.loop: Loop | None = None
        self.network = Network(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._due)
        self.network.came.connect(self._network_came)
        desk.rounds.asked.connect(self.ask_now)
        desk.rounds.stop_asked.connect(self.stop)
        desk.rounds.let_go.connect(self._let_go)

    @property
    def running(self) -> bool:
        return self._ticket is not None

    def sign_in(self, point: Runner, *, first: bool) -> None:
        """Somebody is at work at this point; `first`: since the program was started."""
        same = self.loop is not None and self.loop.device == point.device
        self._point = point
        if self.loop is None or not same:
            self.loop = Loop(point.device, self._chance)
        self._ask(Trigger.START if first else Trigger.LOGIN)

    def leave(self) -> None:
        """No more rounds; one that runs ends as soon as its line lets go."""
        self._timer.stop()
        self.network.leave()
        self.stop()
        self._point = None

    def ask_now(self) -> None:
        """The button: at once, or once nothing is carried by hand any more."""
        self._asked = True
        if self._desk.rounds.held:
            self._desk.say(self.tr("The stick is being worked with; the round begins right after it"), "accent", None)
        self._ask(Trigger.BUTTON)

    def ask_before_leaving(self) -> None:
        self._ask(Trigger.QUITTING)

    def stop(self) -> None:
        """What came until now stays."""
        if self._ticket is not None:
            self._ticket.cancel()
            if self._on is not None:
                self._on.hang_up()

    def _network_came(self) -> None:
        self._ask(Trigger.NETWORK)

    def _due(self) -> None:
        self._ask(Trigger.INTERVAL)

    def _ask(self, trigger: Trigger) -> None:
        if self._point is None or self.loop is None or self.resting:
            return
        if self._desk.rounds.held:
            if trigger in AT_ONCE or self._held_back not in AT_ONCE:
                self._held_back = trigger
            return
        if self.loop.ask(trigger, self._ticks()):
            self._begin(self._point)
        self._set_timer()

    def _let_go(self) -> None:
        trigger, self._held_back = self._held_back, None
        if trigger is not None:
            self._ask(trigger)

    def _begin(self, point: Runner) -> None:
        if self.loop is not None:
            self.loop.begun()
        self._on = point
        self._desk.rounds.begin()
        moved = self._desk.rounds.moved.emit
        self._ticket = self._desk.work.run_long(partial(self._round, point), self._came, self._failed, moved)
        self.began.emit()

    def _round(self, point: Runner, ticket: Ticket) -> Any:
        return point.sync(ticket, self._desk.work.write_and_wait)

    def _came(self, report: Any) -> None:
        self._over(report, Ended(report.error, report.next_in_s, dict(report.facts)))

    def _failed(self, error: Exception) -> None:
        self._over(error, Ended(getattr(error, "code", "unexpected")))

    def _over(self, how: object, ended: Ended) -> None:
        asked, self._asked = self._asked, False
        self._ticket = self._on = None
        if self.loop is not None:
            self.loop.ended(ended, self._ticks())
        self._set_timer()
        self.ended.emit(how, asked)
        self._desk.rounds.end(how)

    def _set_timer(self) -> None:
        wait = self.loop.wait(self._ticks()) if self.loop is not None else None
        if wait is None:
            self._timer.stop()
        else:
            self._timer.start(min(_LONGEST_MS, -(-wait // 1000)))
