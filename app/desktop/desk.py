"""What every page is given, and nothing else: how to act and ask, who is at work, how to say something.

Made once by `main.py`; pages keep no other reference to the world. Who is at work is filled in at sign-in; every page
is made anew then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.frame.carrier import Carrier
from app.desktop.frame.choices import Choosing
from app.desktop.frame.office import Office
from app.desktop.frame.pages import Action, OpenPage
from app.desktop.theme.theme import Theme
from app.desktop.work import Work

Say = Callable[[str, str, Action | None], None]
"""(words, tone, action): a notice. Tones: good, accent, warn, danger."""


class Rounds(QObject):
    """The round of sync, as pages see it: `ask` for one, hear how far it is and how it ended.

    `moved` carries a `sync.reports.Progress`, `ended` a `RoundReport` or what stopped it.
    """

    asked = Signal()
    stop_asked = Signal()
    moved = Signal(object)
    ended = Signal(object)
    photo_wanted = Signal()
    """Somebody opened a photo that is not here: fetch it now, if there is a line."""
    let_go = Signal()
    """What was carried by hand is done with: a round may begin."""
    _carried = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running = False
        self.held = False
        """An exchange is carried by hand at this moment: no round may begin."""
        self._carried.connect(self._let_go, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """Told by whoever runs it."""
        self.running = True
        self.moved.emit(None)

    def end(self, how: object) -> None:
        self.running = False
        self.ended.emit(how)

    def hold(self, job: Callable[[], Any]) -> Callable[[], Any]:
        """The job, to be run on a thread: until it has ended nothing else exchanges, whoever asked for it is gone or
        not."""
        self.held = True
        return partial(self._carry, job)

    def _carry(self, job: Callable[[], Any]) -> Any:
        try:
            return job()
        finally:
            self._carried.emit()

    def _let_go(self) -> None:
        self.held = False
        self.let_go.emit()


@dataclass(slots=True)
class Desk:
    """`node`: the org node of this device; `actor_id`, `role`: the staff record and role code of who is signed in.

    `user_code`: what they sign in with. `office`: what settings do besides records; None before anybody is signed in.
    `carrier`: exchanges on sticks, likewise.
    """

    work: Work
    theme: Theme
    texts: Texts
    clock: Clock
    say: Say
    open_page: OpenPage
    node: str = ""
    actor_id: str = ""
    role: str = ""
    user_code: str = ""
    office: Office | None = None
    choosing: Choosing = field(default_factory=Choosing)
    rounds: Rounds = field(default_factory=Rounds)
    carrier: Carrier | None = None
