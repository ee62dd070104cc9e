"""The desktop put together: sign-in, the window with its pages, rounds of sync, locking, leaving.

What it needs of the world below comes through a `Door`; the composition file gives one. Not here: what pages do.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.base.clock import Clock
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.desktop.desk import Desk
from app.desktop.errors import Crashes, Errors
from app.desktop.finding import Finder, Indexing
from app.desktop.first_run.screen import FirstRun
from app.desktop.forms.form import Form
from app.desktop.frame.choices import Choices, Choosing
from app.desktop.frame.door import Door, Session
from app.desktop.frame.idle import IdleWatch
from app.desktop.frame.lock import SignInUser
from app.desktop.frame.pages import Action, GlobalKey, Page
from app.desktop.frame.sync_pill import SyncState, refused_in
from app.desktop.frame.way_out import WayOut
from app.desktop.language import Language
from app.desktop.pages import KEYS, build_pages
from app.desktop.syncing.farewell import Farewell
from app.desktop.syncing.photo_runs import PhotoRuns
from app.desktop.syncing.runs import Runs
from app.desktop.theme.theme import Theme
from app.desktop.today.asked import waiting
from app.desktop.window import Window
from app.desktop.work import Work

PILL_MS = 30_000


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
            QTimer.singleShot(int(for_seconds * 1000), desktop.quit)
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
        self._unsent = 0
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
        self.runs = Runs(self.desk, _ticks, Random().random, self)  # noqa: S311 (spreads rounds, guards nothing)
        self.photo_runs = PhotoRuns(self.desk, self)
        self.way_out = WayOut(self._open_page, self)
        self.farewell = Farewell(self.theme, self.window)
        self.farewell.hide()
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
        self.window.sync_asked.connect(self.runs.ask_now)
        self.window.sync_panel_asked.connect(self._show_sync)
        self.runs.began.connect(self._look_again)
        self.runs.ended.connect(self._round_ended)
        self.desk.rounds.moved.connect(self.farewell.show_progress)
        # leaving
        self.window.may_leave = self._may_leave
        self._app.commitDataRequest.connect(self._session_ends)
        self.farewell.quit_asked.connect(self.quit)
        self.farewell.stay_asked.connect(self._stay)
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
        self.runs.leave()
        self.photo_runs.leave()
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
            self.work.run(partial(self._open, user, password), self._opened, self._not_let_in)

    def _open(self, user: str, password: str) -> Session:
        """On a thread of the pool. What the one before wrote is saved under their own name first."""
        if self._session is not None:
            self.work.write_and_wait(_nothing)
        return self._door.open(user, password)

    def sign_in(self, user: str, password: str) -> None:
        """Come in without the screen before the door: the demo does."""
        self._opened(self._door.open(user, password))

    def _opened(self, session: Session) -> None:
        old, self._session = self._session, session
        self.window.drop_pages()
        self.photo_runs.sign_in(session)
        self._first = None
        self.desk.node, self.desk.actor_id, self.desk.role = session.node, session.actor_id, session.role
        self.desk.user_code, self.desk.office = session.user_code, session.office
        self.desk.carrier = session.carrier
        self._user = SignInUser(session.user_code, session.user_name, self.texts.code("ROLE", session.role))
        self.window.show_place(session.place_name)
        self.window.show_user(session.user_name)
        self.window.let_in()
        self.window.open_page("today")
        self._pill.start()
        self._look_again()
        self.runs.sign_in(session, first=old is None)
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
        """A round now; one at a time."""
        self.runs.ask_now()

    def _round_ended(self, how: Any, asked: bool) -> None:
        """Whoever pressed the button is told; a round that came by itself speaks through the pill alone."""
        changes = getattr(how, "changes", None)
        if changes:
            self.work.changed.emit(changes)
        if isinstance(how, Exception):
            if asked or not isinstance(how, Environment):
                self.errors.show(how)
        elif asked:
            self._say_how(how)
        self._look_again()
        if self.window.leaving_layer is self.farewell:
            self.quit()

    def _say_how(self, report: Any) -> None:
        if report.error:
            self._say(refused_in(self.texts, report.error, **report.facts), "warn", self.way_out.of(report.error))
        elif not report.sent and not report.received:
            self._say(self.tr("Up to date: nothing to send, nothing new"), "good", None)
        else:
            words = self.tr("Synced: %n sent", "", report.sent) + self.tr(", %n received", "", report.received)
            self._say(words, "good", None)

    # leaving

    def quit(self) -> None:
        """Close now; what was not sent is sent the next time."""
        self.window.may_leave = None
        self.window.close()

    def _may_leave(self) -> bool:
        """Whether the window may close at once: nothing waits, or there is nobody to send it to."""
        loop = self.runs.loop
        if self._session is None or not self._unsent or self._session.is_sample or loop is None:
            return True
        if not self.runs.network.is_there or (loop.failures and not self.runs.running):
            return True  # they stay here, and the pill has said so all along
        self.farewell.show_waiting(self._unsent)
        self.window.ask_to_wait(self.farewell)
        self.runs.ask_before_leaving()
        return False

    def _session_ends(self, _manager: object) -> None:
        """The computer shuts down or its user logs out: nobody is held up, and what is typed is kept."""
        self._rescue()
        self.window.may_leave = None

    def _stay(self) -> None:
        self.window.go_on()

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
        self._unsent = state.unsent
        self.window.show_sync(replace(state, running=self.runs.running))

    def _show_waiting(self, counts: dict[str, int]) -> None:
        self._waiting |= counts
        self.window.show_counts(self._waiting)

    def _rescue(self) -> None:
        """Keep what is typed: every form tells its draft now."""
        for form in self.window.findChildren(Form):
            form.flush_draft()


def _nothing() -> None:
    """Waits for its turn alone."""


def _ticks() -> int:
    """µs of a clock that nobody sets."""
    return time.monotonic_ns() // 1000
