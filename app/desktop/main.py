"""The desktop put together: sign-in, the window with its pages, rounds of sync, locking, leaving.

What it needs of the world below comes through a `Door`; the composition file gives one. Not here: what pages do.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.base.clock import Clock
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.desktop.desk import Desk
from app.desktop.errors import Crashes, Errors
from app.desktop.finding import Finder, Indexing
from app.desktop.first_run.facts import FileFacts
from app.desktop.first_run.screen import FirstRun
from app.desktop.forms.form import Form
from app.desktop.frame.choices import Choices, Choosing
from app.desktop.frame.idle import IdleWatch
from app.desktop.frame.lock import SignInUser
from app.desktop.frame.office import Office
from app.desktop.frame.pages import Action, GlobalKey, Page
from app.desktop.frame.sync_pill import SyncState
from app.desktop.language import Language
from app.desktop.pages import KEYS, build_pages
from app.desktop.theme.theme import Theme
from app.desktop.today.asked import waiting
from app.desktop.window import Window
from app.desktop.work import Ticket, Work

PILL_MS = 30_000
_MENDED_BY_CODE = frozenset({"not_admitted", "code_wrong", "code_used", "code_expired"})


class Session(Protocol):
    """An opened point and who is signed in. `is_sample`: everything in it is invented."""

    @property
    def node(self) -> str: ...
    @property
    def actor_id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def user_code(self) -> str: ...
    @property
    def user_name(self) -> str: ...
    @property
    def place_name(self) -> str: ...
    @property
    def is_sample(self) -> bool: ...
    @property
    def office(self) -> Office: ...

    def act(self, command: Any) -> Any: ...
    def ask(self, query: Callable[[Any], Any]) -> Any: ...
    def sync_state(self, conn: Any) -> SyncState: ...
    def begin_index(self) -> None: ...
    def index(self) -> bool: ...
    def sync(self, ticket: Ticket, write: Callable[[Callable[[], Any]], Any]) -> Any: ...
    def campaign(self, conn: Any) -> str: ...
    def close(self) -> None: ...


class Door(Protocol):
    """Who may come in, and the way in; before that, how a computer becomes a point. See `first_run.facts.FirstDoor`.

    What acts raises `Refused` or `Environment`. `keep` remembers choices for the next start.
    """

    def is_point(self) -> bool: ...
    def look_into(self, file: Path) -> FileFacts: ...
    def enrol(self, facts: FileFacts, user: str, password: str, code: str) -> None: ...
    def sample(self, report: Callable[[object], None], stopped: Callable[[], bool]) -> Session: ...
    def keep(self, choices: Choices) -> None: ...
    def users(self) -> Sequence[SignInUser]: ...
    def last_user(self) -> str: ...
    def open(self, user: str, password: str) -> Session: ...
    def unlock(self, user: str, password: str) -> None: ...


def run(
    door: Door,
    clock: Clock,
    choices: Choices,
    known: tuple[str, str] | None,
    for_seconds: float | None,
    ready: Callable[[], None],
) -> int:
    """Show the desktop until it is closed, or for so many seconds. `known`: a user and password to sign in with."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication([])
    desktop = Desktop(app, door, clock, choices, build_pages, KEYS)
    try:
        desktop.start()
        if known is not None:
            desktop.sign_in(*known)
        QTimer.singleShot(0, ready)
        if for_seconds is not None:
            QTimer.singleShot(int(for_seconds * 1000), desktop.window.close)
        return app.exec()
    finally:
        desktop.leave()


class Desktop(QObject):
    """One running desktop. `start` shows the door; `leave` closes all and joins the threads."""

    def __init__(
        self,
        app: QApplication,
        door: Door,
        clock: Clock,
        choices: Choices,
        build_pages: Callable[[Desk], Sequence[Page]],
        keys: Sequence[GlobalKey] = (),
    ) -> None:
        super().__init__()
        self._app, self._door = app, door
        self._session: Session | None = None
        self._user: SignInUser | None = None
        self._ticket: Ticket | None = None
        self._first: FirstRun | None = None
        self._waiting: dict[str, int] = {}
        self._kept, self._keeping = choices, False
        self.choosing = Choosing(choices, self)
        self.texts = Texts(choices.language)
        self.language = Language(app)
        self.language.speak(choices.language)
        self.theme = Theme(app, choices.look, self)
        self.work = Work(self._act, self._ask, self)
        self.desk = Desk(
            work=self.work,
            theme=self.theme,
            texts=self.texts,
            clock=clock,
            say=self._say,
            open_page=self._open_page,
            choosing=self.choosing,
        )
        self.window = Window(self.theme, self.texts, clock, build_pages(self.desk), keys)
        self.errors = Errors(self.window.notices, self.texts, self)
        self.crashes = Crashes(self.window.notices, self._rescue, self)
        self.idle = IdleWatch(app, choices.lock_after_s, self)
        self.finder = Finder(self.window.top_bar.search, self.desk, self.texts, clock, self)
        self.indexing = Indexing(self.desk, self._index, self)
        self._pill = QTimer(self)
        self._pill.setInterval(PILL_MS)
        self._wire()

    def _wire(self) -> None:
        # the door
        self.window.lock_screen.submitted.connect(self._try)
        self.window.lock_screen.other_asked.connect(self._ask_who)
        self.window.lock_asked.connect(self.lock)
        self.idle.expired.connect(self.lock)
        self.choosing.changed.connect(self._wear)
        # what changes
        self.work.changed.connect(self._look_again)
        self.work.changed.connect(self.indexing.go_on)
        self.work.trouble.connect(self.errors.show)
        self._pill.timeout.connect(self._look_again)
        # sync
        self.window.sync_asked.connect(self.sync)
        self.window.sync_panel_asked.connect(self._show_sync)
        self.desk.rounds.asked.connect(self.sync)
        self.desk.rounds.stop_asked.connect(self.stop_sync)
        # leaving
        self.window.leaving.connect(self.leave)

    @property
    def signed_in(self) -> bool:
        return self._session is not None

    def start(self) -> None:
        self.crashes.watch()
        if self._door.is_point():
            self._ask_who()
        else:
            self._first = FirstRun(self.theme, self.texts, self.desk.clock, self.work, self._door, self.choosing)
            self._first.opened.connect(self._opened)
            self.window.begin_with(self._first)
        self.window.show()

    def leave(self) -> None:
        """Close everything; safe to call twice."""
        self._pill.stop()
        self._rescue()
        self.work.close()
        if self._session is not None:
            self._session.close()
            self._session = None
        self.crashes.leave()
        self.language.leave()

    # the door

    def _ask_who(self) -> None:
        self.window.ask_sign_in(self._door.users(), self._door.last_user())

    def _try(self, user: str, password: str) -> None:
        self.window.lock_screen.set_busy(busy=True)
        if self._session is not None and self._user is not None and user == self._user.code:
            self.work.run(partial(self._door.unlock, user, password), self._unlocked, self._not_let_in)
        else:
            self.work.run(partial(self._door.open, user, password), self._opened, self._not_let_in)

    def sign_in(self, user: str, password: str) -> None:
        """Come in without the screen before the door: the demo does."""
        self._opened(self._door.open(user, password))

    def _opened(self, session: Session) -> None:
        old, self._session = self._session, session
        self.window.drop_pages()
        if old is not None:
            old.close()
        self._first = None
        self.desk.node, self.desk.actor_id, self.desk.role = session.node, session.actor_id, session.role
        self.desk.user_code, self.desk.office = session.user_code, session.office
        self._user = SignInUser(session.user_code, session.user_name, self.texts.code("ROLE", session.role))
        self.window.show_place(session.place_name)
        self.window.show_user(session.user_name)
        self.window.let_in()
        self.window.open_page("today")
        self._pill.start()
        self._look_again()
        self.work.write_behind(session.begin_index)
        self.indexing.go_on()

    def _unlocked(self, _nothing: object) -> None:
        self.window.let_in()

    def _not_let_in(self, error: Exception) -> None:
        if not isinstance(error, Refused | Environment):
            self.window.lock_screen.set_busy(busy=False)
            return
        self.window.lock_screen.refuse(self.texts.refusal(error.code, **error.facts))
        wait = error.facts.get("wait_s")
        if isinstance(wait, int) and wait > 0:
            self.window.lock_screen.hold(wait)

    def lock(self) -> None:
        if self._session is None or self._user is None or self.window.locked:
            return
        if self._session.is_sample:  # nobody knows its password, and there is nothing to hide
            self._say(self.tr("The sample city is not locked: everything in it is invented"), "accent", None)
            return
        self._rescue()
        self.window.lock(self._user)

    # how it looks

    def _wear(self, choices: Choices) -> None:
        """Everything on the screen at once in what was chosen; kept for the next start."""
        self.idle.set_seconds(choices.lock_after_s)
        if choices.language != self.texts.language:
            self._rescue()
            self.language.speak(choices.language)
            self.texts = self.desk.texts = Texts(choices.language)
            self.errors.speak(self.texts)
            self.finder.speak(self.texts)
            self.window.speak(self.texts)
            if self._first is not None:
                self._first.speak(self.texts)
            self._look_again()
        self.theme.wear(choices.look)
        self._keep()

    def _keep(self) -> None:
        """One write at a time, the last choice last."""
        if not self._keeping and self._kept != self.choosing.now:
            self._keeping, self._kept = True, self.choosing.now
            self.work.run(partial(self._door.keep, self._kept), self._was_kept, self._not_kept)

    def _was_kept(self, _nothing: object) -> None:
        self._keeping = False
        self._keep()

    def _not_kept(self, error: object) -> None:
        self._keeping = False
        self.errors.show(error)

    # what pages ask of us

    def _act(self, command: Any) -> Any:
        return self._open_session().act(command)

    def _ask(self, query: Callable[[Any], Any]) -> Any:
        return self._open_session().ask(query)

    def _index(self) -> bool:
        return self._open_session().index()

    def _open_session(self) -> Session:
        if self._session is None:
            raise RuntimeError("nobody is signed in")
        return self._session

    def _say(self, words: str, tone: str, action: Action | None) -> None:
        self.window.notices.tell(words, tone, action)

    def _open_page(self, key: str, intent: object) -> None:
        self.window.open_page(key, intent)

    # sync

    def sync(self) -> None:
        """A round; one at a time."""
        if self._session is None or self._ticket is not None:
            return
        session = self._session
        self.desk.rounds.begin()
        moved = self.desk.rounds.moved.emit
        self._ticket = self.work.run_long(partial(self._round, session), self._synced, self._not_synced, moved)
        self._look_again()

    def stop_sync(self) -> None:
        """What came until now stays."""
        if self._ticket is not None:
            self._ticket.cancel()

    def _round(self, session: Session, ticket: Ticket) -> Any:
        return session.sync(ticket, self._write_and_wait)

    def _write_and_wait(self, job: Callable[[], Any]) -> Any:
        return self.work.write_behind(job).result()

    def _synced(self, report: Any) -> None:
        self._ticket = None
        if report.changes:
            self.work.changed.emit(report.changes)
        if report.error:
            self._say(self.texts.refusal(report.error, **report.facts), "warn", self._way_out(report.error))
        elif not report.sent and not report.received:
            self._say(self.tr("Up to date: nothing to send, nothing new"), "good", None)
        else:
            words = self.tr("Synced: %n sent", "", report.sent) + self.tr(", %n received", "", report.received)
            self._say(words, "good", None)
        self._look_again()
        self.desk.rounds.end(report)

    def _way_out(self, error: str) -> Action | None:
        """What the user can do about it, one press away."""
        if error not in _MENDED_BY_CODE:
            return None
        return Action(self.tr("Enter the code"), partial(self._open_page, "settings", "code"), "", "settings")

    def _not_synced(self, error: Exception) -> None:
        self._ticket = None
        self.errors.show(error)
        self._look_again()
        self.desk.rounds.end(error)

    def _show_sync(self) -> None:
        self.window.open_page("syncing")

    # what is shown round the pages

    def _look_again(self, _changes: object = None) -> None:
        if self._session is not None:
            self.work.ask(self._session.sync_state, self._show_pill, slot="pill")
            self.work.ask(self._session.campaign, self.window.show_campaign, slot="campaign")
            counts = partial(waiting, node=self._session.node, now=self.desk.clock())
            self.work.ask(counts, self._show_waiting, slot="waiting")

    def _show_pill(self, state: SyncState) -> None:
        self._show_waiting({"syncing": state.attention})
        running = self._ticket is not None
        self.window.show_sync(
            SyncState(
                state.unsent, state.oldest_unsent_age_s, state.last_contact, running, state.attention, state.words
            )
        )

    def _show_waiting(self, counts: dict[str, int]) -> None:
        self._waiting |= counts
        self.window.show_counts(self._waiting)

    def _rescue(self) -> None:
        """Keep what is typed: every form tells its draft now."""
        for form in self.window.findChildren(Form):
            form.flush_draft()
