"""When rounds come by themselves at the desktop, that there is one at a time, and leaving while something waits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.base.clock import SECOND, wall_clock
from app.base.errors import Environment
from app.center import admin
from app.cli.bootstrap import create_point
from app.cli.desktop import PointDoor
from app.desktop.entry.counter import Counter
from app.desktop.frame.carrier import Carrier, Write
from app.desktop.frame.choices import Choices
from app.desktop.main import Desktop
from app.desktop.pages import build_pages
from app.desktop.syncing.network import Network
from app.desktop.syncing.panel import SyncPanel
from app.desktop.syncing.runs import Runs
from app.desktop.work import Ticket
from app.features.people.commands import RegisterPerson
from app.journal.tables import journal
from app.store.engine import reading
from app.store.sealing import Cost
from app.sync.carrying import Packed
from app.sync.loop import BEGIN_WITHIN_S, Trigger
from app.sync.outbox import unsent
from tests.desktop.syncing.table import Table
from tests.sync.town import Laptop, Town

PASSWORD = "a door that holds"
CHEAP = Cost(8, 1, 1)


class Line(QObject):
    """The laptop's rounds as the desktop's session gives them; counts how many run at once."""

    def __init__(self, laptop: Laptop) -> None:
        super().__init__()
        self.laptop = laptop
        self.device = "a laptop"
        """Who begins at a second of its own, and not at the first."""
        self.rounds = self.inside = self.most = self.hung_up = 0

    def sync(self, ticket: Ticket, write: Callable[[Callable[[], Any]], Any]) -> Any:
        self.rounds += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            return self.laptop.try_sync(write=write, cancelled=lambda: ticket.cancelled)
        finally:
            self.inside -= 1

    def hang_up(self) -> None:
        self.hung_up += 1


@pytest.fixture
def ticking() -> list[int]:
    return [0]


@pytest.fixture
def runs(disputed: tuple[Table, object, str], ticking: list[int]) -> Iterator[tuple[Runs, Line]]:
    table = disputed[0]
    table.desk.rounds.asked.disconnect()  # the courier of other tests
    table.desk.rounds.stop_asked.disconnect()
    made = Runs(table.desk, lambda: ticking[0], lambda: 0.5)
    made.network.leave()  # the machine's own network may come at any moment
    yield made, Line(table.laptop)
    made.leave()


def test_the_first_round_comes_by_itself_and_the_next_when_the_center_says(
    qtbot: QtBot, runs: tuple[Runs, Line], ticking: list[int]
) -> None:
    made, line = runs
    made.sign_in(line, first=True)
    assert line.rounds == 0
    ticking[0] = BEGIN_WITHIN_S * SECOND
    with qtbot.waitSignal(made.ended) as heard:
        made._due()
    assert heard.args is not None
    assert heard.args[1] is False
    assert made.loop is not None
    wait = made.loop.wait(ticking[0])
    assert wait is not None
    assert wait >= 60 * SECOND


def test_rounds_asked_for_again_and_again_run_one_at_a_time(qtbot: QtBot, runs: tuple[Runs, Line]) -> None:
    made, line = runs
    made.sign_in(line, first=False)
    with qtbot.waitSignal(made.ended) as heard:
        for _ in range(20):
            made.ask_now()
            made._due()
            made.network.came.emit()
    assert heard.args is not None
    assert (heard.args[1], line.rounds, line.most) == (True, 1, 1)


def test_stopping_hangs_up(qtbot: QtBot, runs: tuple[Runs, Line]) -> None:
    made, line = runs
    made.sign_in(line, first=False)
    with qtbot.waitSignal(made.ended):
        made.ask_now()
        made.stop()
    assert line.hung_up == 1


def test_a_network_that_comes_asks_for_a_round(runs: tuple[Runs, Line], ticking: list[int]) -> None:
    made, line = runs
    made.sign_in(line, first=False)
    assert made.loop is not None
    made.loop.due = 10**12
    made.network.came.emit()
    assert (made.loop.wait(0) or 0) <= 10 * SECOND
    assert made.loop.ask(Trigger.INTERVAL, 10 * SECOND)


def test_the_network_is_looked_at_by_itself_where_the_system_is_silent(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desktop.syncing.network._system", lambda: None)
    cards: list[Any] = []
    monkeypatch.setattr("app.desktop.syncing.network.QNetworkInterface.allInterfaces", lambda: cards)
    monkeypatch.setattr("app.desktop.syncing.network._carries", lambda _card: True)
    network = Network()
    before = network.is_there
    cards.append(object())
    with qtbot.waitSignal(network.came):
        network.look()
    assert (before, network.is_there) == (False, True)
    network.leave()


# leaving


@pytest.fixture
def desktop(qtbot: QtBot, qapp: QApplication, town: Town, tmp_path: Path) -> Iterator[Desktop]:
    """Signed in at a point of the town."""
    file, code = town.enrolment("V1")
    data = tmp_path / "point"
    create_point(data, file, "u-V1", PASSWORD, code=code, cost=CHEAP)
    made = Desktop(qapp, PointDoor(data, wall_clock, CHEAP), wall_clock, Choices(), build_pages)
    made.start()
    made.sign_in("u-V1", PASSWORD)
    # The second at which this device begins by itself may be the first, or come while a test goes on.
    qtbot.waitUntil(lambda: not made.runs.running, timeout=20_000)
    made.runs._timer.stop()
    yield made
    made.quit()
    made.leave()
    made.window.deleteLater()


def write_one(qtbot: QtBot, desktop: Desktop) -> None:
    desktop.work.do(RegisterPerson(name="甲", gender="MALE", age_est=40))
    qtbot.waitUntil(lambda: desktop._unsent == 1)


def test_with_nothing_waiting_the_window_closes_at_once(qtbot: QtBot, desktop: Desktop) -> None:
    assert desktop.window.close()


def test_before_leaving_what_waits_is_sent(qtbot: QtBot, desktop: Desktop, town: Town) -> None:
    write_one(qtbot, desktop)
    assert not desktop.window.close()
    assert desktop.window.leaving_layer is desktop.farewell
    qtbot.waitUntil(lambda: not desktop.window.isVisible(), timeout=20_000)
    assert [device["acked_n"] for device in admin.status(town.engine)["devices"]] == [1]


def test_quit_anyway_leaves_at_once_and_loses_nothing(
    qtbot: QtBot, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The center takes its time; Enter leaves, Esc would have gone back."""
    write_one(qtbot, desktop)
    session = desktop._session
    assert session is not None
    engine = session._point.engine  # type: ignore[attr-defined]
    real = type(session).sync

    def slow(self: Any, ticket: Ticket, write: Any) -> Any:
        while not ticket.cancelled:
            QTest.qSleep(5)
        return real(self, ticket, write)

    monkeypatch.setattr(type(session), "sync", slow)
    assert not desktop.window.close()
    QTest.keyClick(desktop.farewell, Qt.Key.Key_Escape)
    assert desktop.window.leaving_layer is None
    assert desktop.window.isVisible()
    assert not desktop.window.close()
    QTest.keyClick(desktop.farewell, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not desktop.window.isVisible())
    desktop.work.close()
    with reading(engine) as conn:
        assert unsent(conn) == 1


def test_without_a_network_nobody_is_kept(qtbot: QtBot, desktop: Desktop) -> None:
    write_one(qtbot, desktop)
    desktop.runs.network.is_there = False
    assert desktop.window.close()


def test_a_job_by_hand_lets_go_by_itself_and_what_was_asked_meanwhile_begins(
    qtbot: QtBot, runs: tuple[Runs, Line]
) -> None:
    """Nobody who asked for the job is there any more: its page was made anew."""
    made, line = runs
    made.sign_in(line, first=False)
    rounds, gate, told = made._desk.rounds, Event(), []
    made._desk.say = lambda words, _tone, _action: told.append(words)
    made._desk.work.run(rounds.hold(lambda: gate.wait(20)))
    made.ask_now()
    made._due()
    assert rounds.held
    assert (line.rounds, len(told)) == (0, 1)
    with qtbot.waitSignal(made.ended) as heard:
        gate.set()
    assert heard.args is not None
    assert (heard.args[1], line.rounds, rounds.held) == (True, 1, False)


def test_what_goes_wrong_by_hand_lets_go_too(qtbot: QtBot, runs: tuple[Runs, Line]) -> None:
    made, line = runs
    made.sign_in(line, first=False)

    def pulled_out() -> None:
        raise Environment("stick_gone")

    with qtbot.waitSignal(made._desk.rounds.let_go):
        made._desk.work.run(made._desk.rounds.hold(pulled_out))
    with qtbot.waitSignal(made.ended):
        made.ask_now()
    assert line.rounds == 1


class SlowStick:
    """The carrier of the point, which packs once it may."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier, self.may = carrier, Event()

    def pack(self, place: Path, write: Write) -> Packed:
        self.may.wait(20)
        return self._carrier.pack(place, write)

    def unpack(self, place: Path, write: Write) -> Any:
        return self._carrier.unpack(place, write)

    def answer_at(self, place: Path) -> str:
        return self._carrier.answer_at(place)

    def is_unread(self, place: Path) -> bool:
        return self._carrier.is_unread(place)


@pytest.fixture
def packing(qtbot: QtBot, desktop: Desktop, tmp_path: Path) -> SlowStick:
    """Something waits, and a stick is at work on it."""
    write_one(qtbot, desktop)
    assert desktop.desk.carrier is not None
    made = SlowStick(desktop.desk.carrier)
    desktop.desk.carrier = made
    panel = desktop.window.open_page("syncing")
    assert isinstance(panel, SyncPanel)
    (tmp_path / "stick").mkdir()
    panel.stick.use_folder(str(tmp_path / "stick"))
    qtbot.waitUntil(panel.stick.pack.isVisible)
    panel.stick.pack.click()
    assert desktop.desk.rounds.held
    return made


def test_a_page_that_goes_while_its_stick_is_at_work_takes_no_round_with_it(
    qtbot: QtBot, desktop: Desktop, packing: SlowStick, town: Town, tmp_path: Path
) -> None:
    desktop._wear(replace(desktop.choosing.now, language="en"))
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    panel = desktop.window.open_page("syncing")
    assert isinstance(panel, SyncPanel)
    assert not panel.stick.choose.isEnabled(), "the stick is still at work"
    packing.may.set()
    qtbot.waitUntil(panel.stick.choose.isEnabled)
    assert list((tmp_path / "stick").rglob("to-center-*"))
    with qtbot.waitSignal(desktop.runs.ended, timeout=20_000):
        desktop.runs.ask_now()
    assert [device["acked_n"] for device in admin.status(town.engine)["devices"]] == [1]


def test_who_leaves_while_a_stick_is_at_work_waits_for_it_and_for_the_round(
    qtbot: QtBot, desktop: Desktop, packing: SlowStick, town: Town
) -> None:
    assert not desktop.window.close()
    assert not desktop.runs.running
    packing.may.set()
    qtbot.waitUntil(lambda: not desktop.window.isVisible(), timeout=20_000)
    assert [device["acked_n"] for device in admin.status(town.engine)["devices"]] == [1]


# somebody else


def submit(qtbot: QtBot, desktop: Desktop, user: str, password: str) -> bool:
    """Whether the window opens."""
    desktop.window.lock_screen.submitted.emit(user, password)
    assert not desktop.window.lock_screen._enter.isEnabled()
    qtbot.waitUntil(desktop.window.lock_screen._enter.isEnabled, timeout=20_000)
    return not desktop.window.locked


def typed_at(desktop: Desktop) -> QLineEdit:
    page = desktop.window.open_page("entry")
    assert isinstance(page, Counter)
    return page.form.name.edit


def test_someone_else_signs_in_at_the_opened_point_and_the_first_comes_back(
    qtbot: QtBot, desktop: Desktop, town: Town
) -> None:
    assert desktop.desk.office is not None
    desktop.desk.office.add_user("u-T1", "another-password")
    first = desktop.desk.actor_id
    QTest.keyClicks(typed_at(desktop), "zhang")
    desktop.lock()
    desktop.window.lock_screen.other_asked.emit()
    assert not submit(qtbot, desktop, "u-T1", "wrong-password")
    desktop.work.do(RegisterPerson(name="甲", gender="MALE", age_est=40))
    assert submit(qtbot, desktop, "u-T1", "another-password")
    second = desktop.desk.actor_id
    assert desktop.desk.user_code == "u-T1"
    qtbot.waitUntil(lambda: typed_at(desktop).text() == "zhang")
    desktop.work.do(RegisterPerson(name="乙", gender="MALE", age_est=40))
    desktop.lock()
    desktop.window.lock_screen.other_asked.emit()
    assert submit(qtbot, desktop, "u-V1", PASSWORD)
    assert desktop.desk.actor_id == first
    desktop.runs.ask_now()
    qtbot.waitUntil(
        lambda: [device["acked_n"] for device in admin.status(town.engine)["devices"]] == [2], timeout=20_000
    )
    assert desktop.runs.loop is not None
    own = sa.select(journal.c.actor).where(journal.c.device == desktop.runs.loop.device).order_by(journal.c.n)
    with reading(town.engine) as conn:
        assert conn.execute(own).scalars().all() == [first, second]


def test_a_round_of_the_one_before_is_still_stopped(qtbot: QtBot, runs: tuple[Runs, Line]) -> None:
    made, line = runs
    made.sign_in(line, first=False)
    with qtbot.waitSignal(made.ended):
        made.ask_now()
        made.sign_in(Line(line.laptop), first=False)
        made.stop()
    assert line.hung_up == 1


def test_a_no_this_program_has_no_words_for_is_said_in_words(desktop: Desktop) -> None:
    desktop._say_how(SimpleNamespace(error="said_by_a_newer_center", facts={}))
    assert desktop.window.notices.shown[-1].words.text() == desktop.texts.refusal("center_refused")
