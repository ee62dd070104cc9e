"""A case that goes while it is looked at: its page says why, in words, and that nothing was lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.base.texts import Texts
from app.desktop.cases.view import CaseView
from app.desktop.cases.words import CaseWords
from app.desktop.theme.theme import Theme
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.commands_undo import UndoCommit
from app.journal.runner import Outcome
from tests.desktop.conftest import put_on_screen
from tests.desktop.syncing.table import Courier, Table, sit_down
from tests.sync.conftest import town
from tests.sync.town import Town

__all__ = ["town"]
MET: dict[str, Any] = {
    "name": "李四", "gender": "MALE", "age_est": 40, "place_text": "南门", "place_type": "BRIDGE",
    "health_obs": ("OK",), "disposition": "ON_SITE_AID",
}  # fmt: skip


@pytest.fixture
def table(town: Town, theme: Theme) -> Iterator[tuple[Table, Courier]]:
    made = sit_down(town.laptop("V1"), theme)
    yield made
    made[0].work.close()


def open_case(qtbot: QtBot, table: Table) -> tuple[CaseView, Outcome]:
    done = table.laptop.do(LogEncounter(**MET))
    holder = QWidget()
    view = CaseView(table.desk, CaseWords(Texts("zh_CN"), table.work), holder)
    view.setParent(None)
    view.resize(600, 700)
    put_on_screen(qtbot, view)
    view.show_case(dict(done.made)["case"])
    qtbot.waitUntil(lambda: view.detail is not None)
    return view, done


def said(view: CaseView) -> str:
    return " ".join(label.text() for label in view.findChildren(QLabel) if label.isVisibleTo(view))


def test_a_case_given_to_another_point_is_said_to_go_on_there(
    qtbot: QtBot, table: tuple[Table, Courier], town: Town
) -> None:
    (desk, courier), heir = table, town.laptop("V2")
    view, done = open_case(qtbot, desk)
    desk.laptop.sync()
    heir.sync()
    desk.work.do(HandOverCase(case=dict(done.made)["case"], point=heir.actor.node, reason="住到那边去了"))
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    view.refresh()
    qtbot.waitUntil(lambda: "由别的点位接着办" in said(view))
    assert "撤销" not in said(view)


def test_a_case_that_was_taken_back_is_said_to_be(qtbot: QtBot, table: tuple[Table, Courier]) -> None:
    desk, _ = table
    view, done = open_case(qtbot, desk)
    desk.work.do(UndoCommit(commit=done.commit, reason="录错了"))
    qtbot.waitUntil(lambda: view.detail is None and "已撤销" in said(view))
    assert "别的点位" not in said(view)
