"""What every page is given, and nothing else: how to act and ask, who is at work, how to say something.

Made once by `main.py`; pages keep no other reference to the world. Who is at work is filled in at sign-in; every page
is made anew then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.frame.carrier import Carrier
from app.desktop.frame.choices import Choosing
from app.desktop.frame.office import Office
from app.desktop.frame.pages import Action
from app.desktop.theme.theme import Theme
from app.desktop.work import Work

Say = Callable[[str, str, Action | None], None]
"""(words, tone, action): a notice. Tones: good, accent, warn, danger."""

OpenPage = Callable[[str, object], None]
"""(page key, intent): go to a page for something."""


class Rounds(QObject):
    """The round of sync, as pages see it: `ask` for one, hear how far it is and how it ended.

    `moved` carries a `sync.rounds.Progress`, `ended` a `RoundReport` or what stopped it.
    """

    asked = Signal()
    stop_asked = Signal()
    moved = Signal(object)
    ended = Signal(object)
    photo_wanted = Signal()
    """Somebody opened a photo that is not here: fetch it now, if there is a line."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running = False
        self.held = False
        """An exchange is carried by hand at this moment: no round may begin."""

    def begin(self) -> None:
        """Told by whoever runs it."""
        self.running = True
        self.moved.emit(None)

    def end(self, how: object) -> None:
        self.running = False
        self.ended.emit(how)


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
