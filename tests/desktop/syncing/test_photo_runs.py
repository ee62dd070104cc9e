"""Turns of photos at the desktop: after a round, when one is opened, never while records are on their way."""

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.syncing.photo_runs import PhotoRuns
from app.desktop.work import Ticket
from app.sync.photos import PhotoReport
from tests.desktop.syncing.table import Table


def report(*, more: bool = False) -> PhotoReport:
    return PhotoReport(0, 0, 0, 0, 0, more, Changes())


class Point:
    """Notes its turns; `turns`: what each gives, `hold` waits in it until it is asked to stop."""

    def __init__(self) -> None:
        self.turns = 0
        self.more = 0
        self.hold = False
        self.stopped = False
        self.hung_up = 0

    def photos(self, ticket: Ticket, _write: Callable[[Callable[[], Any]], Any]) -> PhotoReport:
        self.turns += 1
        while self.hold and not ticket.cancelled:
            pass
        self.stopped = self.stopped or ticket.cancelled
        self.more -= 1
        return report(more=self.more >= 0)

    def hang_up_photos(self) -> None:
        self.hung_up += 1


@pytest.fixture
def desk(disputed: tuple[Table, object, str]) -> Desk:
    desk = disputed[0].desk
    desk.rounds.asked.disconnect()
    return desk


class Ended:
    def __init__(self, error: str = "") -> None:
        self.error = error


def test_a_turn_follows_a_round_that_ended_well(qtbot: QtBot, desk: Desk) -> None:
    runs, point = PhotoRuns(desk), Point()
    runs.sign_in(point)
    point.more = 2
    desk.rounds.begin()
    desk.rounds.end(Ended("no_network"))
    assert not runs.running
    desk.rounds.begin()
    desk.rounds.end(Ended())
    qtbot.waitUntil(lambda: point.turns == 3 and not runs.running, timeout=5000)
    runs.leave()


def test_records_go_first(qtbot: QtBot, desk: Desk) -> None:
    runs, point = PhotoRuns(desk), Point()
    runs.sign_in(point)
    point.hold = True
    desk.rounds.photo_wanted.emit()
    qtbot.waitUntil(lambda: point.turns == 1, timeout=5000)
    with qtbot.waitSignal(runs.ended, timeout=5000):
        desk.rounds.begin()
    assert point.stopped
    desk.rounds.photo_wanted.emit()
    assert not runs.running, "while records are on their way nothing else begins"
    point.hold = False
    desk.rounds.end(Ended())
    qtbot.waitUntil(lambda: point.turns == 2 and not runs.running, timeout=5000)
    runs.leave()


def test_leaving_hangs_up(qtbot: QtBot, desk: Desk) -> None:
    runs, point = PhotoRuns(desk), Point()
    runs.sign_in(point)
    point.hold = True
    runs.begin()
    qtbot.waitUntil(lambda: point.turns == 1, timeout=5000)
    with qtbot.waitSignal(runs.ended, timeout=5000):
        runs.leave()
    assert point.hung_up == 1
    runs.begin()
    assert not runs.running
