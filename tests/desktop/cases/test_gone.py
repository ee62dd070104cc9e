"""A case that goes while it is looked at: its page says why, in words, and that nothing was lost. A form that was open
on what goes closes, and keeps nothing of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.base.texts import Texts
from app.center.erase import erase
from app.center.hub import Hub
from app.desktop.cases.view import CaseView
from app.desktop.cases.words import CaseWords
from app.desktop.forms.form import DRAFT_MS
from app.desktop.parts.button import Button
from app.desktop.theme.theme import Theme
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.commands_undo import UndoCommit
from app.journal.drafts import drafts
from app.journal.runner import Outcome
from app.store.engine import reading
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


def begin(qtbot: QtBot, view: CaseView, form: str, field: str, words: str, desk: Table) -> str:
    """Open a form by its button and type into it; the key of its draft, which is kept by then."""
    button = next(each for each in view.findChildren(Button) if each.accessibleName().startswith(form))
    button.click()
    qtbot.waitUntil(lambda: view.sheet is not None)
    assert view.sheet is not None
    QTest.keyClicks(view.sheet.field(field).editors[0], words)
    qtbot.waitUntil(lambda: kept(desk) == [view.sheet.keeper.key])  # type: ignore[union-attr]
    return view.sheet.keeper.key


def kept(desk: Table) -> list[str]:
    with reading(desk.laptop.engine) as conn:
        return [draft.key for draft in drafts(conn)]


def test_a_form_on_a_case_that_goes_closes_and_keeps_nothing(
    qtbot: QtBot, table: tuple[Table, Courier], town: Town
) -> None:
    (desk, courier), heir = table, town.laptop("V2")
    view, done = open_case(qtbot, desk)
    desk.laptop.sync()
    begin(qtbot, view, "更正 个案", "story", "abc", desk)
    assert view.sheet is not None
    desk.work.do(HandOverCase(case=dict(done.made)["case"], point=heir.actor.node, reason="住到那边去了"))
    QTest.keyClicks(view.sheet.field("story").editors[0], "def")
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    qtbot.waitUntil(lambda: view.sheet is None)
    assert any("没有保存" in words for words in desk.told)
    qtbot.wait(DRAFT_MS + 200)
    assert kept(desk) == []


def test_a_form_on_somebody_erased_closes_and_keeps_nothing(
    qtbot: QtBot, table: tuple[Table, Courier], town: Town, tmp_path: Path
) -> None:
    desk, courier = table
    view, done = open_case(qtbot, desk)
    desk.laptop.sync()
    begin(qtbot, view, "更正 人员", "alias", "abc", desk)
    erase(Hub(town.engine, town.clock, files=tmp_path / "files"), "person", dict(done.made)["person"])
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    qtbot.waitUntil(lambda: view.sheet is None)
    qtbot.wait(DRAFT_MS + 200)
    assert kept(desk) == []


def test_an_act_begun_to_be_taken_back_goes_with_its_case(
    qtbot: QtBot, table: tuple[Table, Courier], town: Town
) -> None:
    (desk, courier), heir = table, town.laptop("V2")
    view, done = open_case(qtbot, desk)
    desk.laptop.sync()
    begin(qtbot, view, "整次撤销", "reason", "abc", desk)
    view.show_case("")
    desk.work.do(HandOverCase(case=dict(done.made)["case"], point=heir.actor.node, reason="住到那边去了"))
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    assert kept(desk) == []
