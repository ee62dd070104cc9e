"""The threads: answers come back where they were asked for, in the right order, or not at all."""

import sys
import threading
import time
from functools import partial
from typing import Any

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from app.base.changes import Changes
from app.base.errors import Environment, Refused
from app.desktop.work import Ticket, Work
from tests.desktop.conftest import Heard
from tests.desktop.invented import Outcome, act, ask


def test_an_act_runs_apart_and_is_told_once(qtbot: QtBot, work: Work, heard: Heard) -> None:
    told = Heard()
    work.changed.connect(told.take)
    with qtbot.waitSignal(work.changed):
        work.do("one", heard.take)
    assert [outcome.changes.ids for outcome in heard.all if isinstance(outcome, Outcome)] == [
        {"case": frozenset({"one"})}
    ]
    assert len(told.all) == 1


@pytest.mark.parametrize("error", [Refused("missing", "name"), Environment("disk_full")])
def test_what_keeps_an_act_from_happening_comes_to_the_form(qtbot: QtBot, heard: Heard, error: Exception) -> None:
    def fail(_command: object) -> None:
        raise error

    work = Work(fail, ask)
    with qtbot.waitSignal(heard.came):
        work.do("one", None, heard.take)
    with qtbot.waitSignal(work.trouble) as trouble:
        work.do("two")
    work.close()
    assert heard.all == [error]
    assert trouble.args == [error]


def test_a_bug_goes_to_the_owner_of_crashes(
    qtbot: QtBot, work: Work, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: owner.append(error))

    def wrong(_connection: object) -> None:
        raise ZeroDivisionError

    with qtbot.waitSignal(heard.came):
        work.ask(wrong, Heard().take, failed=heard.take)
    assert isinstance(owner[0], ZeroDivisionError)
    assert heard.all == owner


def test_an_answer_for_a_widget_that_is_gone_is_dropped(qtbot: QtBot, work: Work, heard: Heard) -> None:
    gone, deleted = Heard(), Heard()
    kept = gone.all
    work.do("one", gone.take)
    work.do("two", deleted.take)
    del gone
    shiboken6.delete(deleted)
    with qtbot.waitSignal(heard.came):
        work.do("three", heard.take)
    assert kept == []
    assert deleted.all == []


def test_only_bound_methods_are_answered(work: Work) -> None:
    with pytest.raises(TypeError):
        work.ask(ask, lambda rows: None)


def test_more_can_be_said_to_the_method_beforehand(qtbot: QtBot, work: Work) -> None:
    class Two(Heard):
        def both(self, known: str, value: object) -> None:
            self.take((known, value))

    two = Two()
    with qtbot.waitSignal(two.came):
        work.ask(lambda _connection: 7, partial(two.both, "known"))
    assert two.all == [("known", 7)]


def test_a_later_question_voids_the_earlier_answer(qtbot: QtBot, work: Work, heard: Heard) -> None:
    def slow(answer: str, _connection: object) -> str:
        time.sleep(0.05)
        return answer

    for typed in ("z", "zh", "zhang"):
        work.ask(partial(slow, typed), heard.take, slot="search")
    with qtbot.waitSignal(heard.came):
        pass
    qtbot.wait(200)
    assert heard.all == ["zhang"]
    work.ask(partial(slow, "late"), heard.take, slot="search")
    work.forget("search")
    qtbot.wait(150)
    assert heard.all == ["zhang"]


def test_what_the_user_does_goes_before_pages_from_the_center(qtbot: QtBot, heard: Heard) -> None:
    order: list[str] = []
    gate = threading.Event()

    def note(command: str) -> Outcome:
        if command == "gate":
            gate.wait()
        order.append(command)
        return act(command)

    work = Work(note, ask)
    work.do("gate")
    pages = [work.write_behind(partial(note, f"page {number}")) for number in range(3)]
    work.do("user", heard.take)
    with qtbot.waitSignal(heard.came):
        gate.set()
    assert [page.result(10).changes.ids for page in pages] == [{"case": frozenset({f"page {n}"})} for n in range(3)]
    work.close()
    assert order == ["gate", "user", "page 0", "page 1", "page 2"]


def test_pages_tell_their_changes(qtbot: QtBot, work: Work) -> None:
    with qtbot.waitSignal(work.changed) as changed:
        work.write_behind(partial(act, "page"))
    assert changed.args == [Changes.of([("case", "page")])]


def test_reading_does_not_wait_for_writing(qtbot: QtBot, heard: Heard) -> None:
    gate = threading.Event()

    def stuck(command: object) -> Outcome:
        gate.wait(5)
        return act(command)

    work = Work(stuck, ask)
    work.do("long")
    with qtbot.waitSignal(heard.came, timeout=1_000):
        work.ask(lambda _connection: "rows", heard.take)
    gate.set()
    work.close()


def test_a_question_can_wait_for_what_was_done_before(qtbot: QtBot, heard: Heard) -> None:
    free = threading.Event()
    written: list[object] = []

    def slow(command: object) -> Outcome:
        free.wait(5)
        written.append(command)
        return act(command)

    work = Work(slow, ask)
    try:
        work.do("draft")
        work.ask(lambda _connection: list(written), heard.take, after_writes=True)
        with qtbot.waitSignal(heard.came):
            free.set()
    finally:
        work.close()
    assert heard.all == [["draft"]]


def test_closing_finishes_acts_and_cancels_pages(qtbot: QtBot) -> None:
    done: list[object] = []
    gate = threading.Event()

    def note(command: Any) -> Outcome:
        gate.wait(5)
        done.append(command)
        return act(command)

    work = Work(note, ask)
    work.do("first")
    page = work.write_behind(partial(note, "page"))
    work.do("second")
    threading.Timer(0.05, gate.set).start()
    work.close()
    work.close()
    assert done == ["first", "second"]
    assert page.cancelled()
    assert work.write_behind(partial(note, "too late")).cancelled()


def test_a_long_job_reports_and_can_be_stopped(qtbot: QtBot, work: Work, heard: Heard) -> None:
    steps = Heard()

    def walk(ticket: Ticket) -> str:
        ticket.report("on the way")
        while not ticket.cancelled:
            time.sleep(0.005)
        return "stopped"

    ticket = work.run_long(walk, heard.take, progress=steps.take)
    with qtbot.waitSignal(steps.came):
        pass
    with qtbot.waitSignal(heard.came):
        ticket.cancel()
    assert steps.all == ["on the way"]
    assert heard.all == ["stopped"]


def test_the_network_runs_apart(qtbot: QtBot, work: Work, heard: Heard) -> None:
    def offline() -> None:
        raise Environment("offline")

    failed = Heard()
    with qtbot.waitSignals([heard.came, failed.came]):
        work.run(threading.get_ident, heard.take)
        work.run(offline, None, failed.take)
    assert heard.all[0] != threading.get_ident()
    assert isinstance(failed.all[0], Environment)
