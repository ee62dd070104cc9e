"""What the page of sync tells and what can be settled on it, by keyboard."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.desktop.forms.text import TextField
from app.desktop.parts.button import Button
from app.desktop.syncing.both_wrong import BothWrong
from app.desktop.syncing.panel import SyncPanel
from app.desktop.theme.theme import Theme
from app.features.org.tables import audit_entry
from app.features.people.tables import person
from app.journal.drafts import drafts
from app.store.engine import reading
from app.sync.status import PastRound
from tests.desktop.conftest import focused, put_on_screen
from tests.desktop.syncing.table import Courier, Table, sit_down
from tests.sync.town import Laptop, Town


def phone_of(table: Table, id_: str) -> Any:
    with reading(table.laptop.engine) as conn:
        return conn.execute(sa.select(person.c.phone).where(person.c.id == id_)).scalar()


def said(panel: SyncPanel) -> str:
    return " ".join(label.text() for label in panel.findChildren(QLabel))


def test_both_values_stand_there_masked_with_who_and_where(panel: SyncPanel) -> None:
    words = said(panel)
    assert all(part in words for part in ("138****2222", "139****5678", "138****1111", "V1救助点", "张三"))
    assert not any(part in words for part in ("13800002222", "建国"))


def test_one_key_settles_it(qtbot: QtBot, panel: SyncPanel, disputed: tuple[Table, Courier, str]) -> None:
    table, _, id_ = disputed
    right = next(
        at for at, version in enumerate(panel.cards[0].row.versions) if version.values["phone"] == "139****5678"
    )
    assert focused() is panel.cards[0]
    QTest.keyClicks(focused(), str(right + 1))
    qtbot.waitUntil(lambda: not panel.cards)
    assert phone_of(table, id_) == "13912345678"
    assert table.laptop.disputes() == []
    assert table.told == ["已处理，另一个值保留在历史中"]


def test_both_are_wrong(qtbot: QtBot, panel: SyncPanel, disputed: tuple[Table, Courier, str]) -> None:
    table, _, id_ = disputed
    QTest.keyClicks(focused(), "0")
    both = panel.cards[0].both
    assert both is not None
    QTest.keyClicks(focused(), "13700001234")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    QTest.keyClick(focused(), Qt.Key.Key_Return)  # no reason yet: it says so and nothing is written
    reason = both.field("reason")
    assert isinstance(reason, TextField)
    assert reason.refusal
    assert phone_of(table, id_) != "13700001234"
    QTest.keyClicks(focused(), "duizhe shouji kanguo")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not panel.cards)
    assert phone_of(table, id_) == "13700001234"


@pytest.fixture
def named(qtbot: QtBot, town: Town, theme: Theme) -> Iterator[tuple[SyncPanel, Laptop]]:
    """A page with one conflict, about what 张三丰 calls himself; nobody doubts his name."""
    one, two = town.laptop("V1"), town.laptop("V1")
    id_ = one.register("张三丰")
    one.sync()
    two.sync()
    one.amend(id_, alias="老张")
    two.amend(id_, alias="小张")
    for laptop in (one, two, one):
        laptop.sync()
    table, _ = sit_down(one, theme)
    panel = SyncPanel(table.desk)
    panel.resize(1100, 700)
    put_on_screen(qtbot, panel)
    panel.setFocus()
    qtbot.waitUntil(lambda: len(panel.cards) == 1)
    yield panel, one
    table.work.close()


def test_both_are_wrong_about_one_field_and_the_masked_ones_beside_it_stay(
    qtbot: QtBot, named: tuple[SyncPanel, Laptop], town: Town
) -> None:
    panel, one = named
    QTest.keyClicks(focused(), "0")
    for words in ("da zhang", "tingcuo le"):
        QTest.keyClicks(focused(), words)
        QTest.keyClick(focused(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not panel.cards)
    one.sync()
    assert [(row["name"], row["alias"]) for row in one.rows(person.table)] == [("张三丰", "da zhang")]
    with reading(town.engine) as conn:
        assert conn.execute(sa.select(person.c.name, person.c.alias)).all() == [("张三丰", "da zhang")]


def test_whom_it_is_about_stands_beside_masked_until_it_is_shown_in_full(
    qtbot: QtBot, named: tuple[SyncPanel, Laptop]
) -> None:
    panel, one = named
    assert "张*" in said(panel)
    assert "张三丰" not in said(panel)
    (show,) = [button for button in panel.cards[0].findChildren(Button) if button.text() == "显示完整内容"]
    show.click()
    qtbot.waitUntil(lambda: "张三丰" in said(panel))
    with reading(one.engine) as conn:
        assert conn.execute(sa.select(audit_entry.c.fields)).scalars().all() == ['["alias","name"]']


def test_showing_in_full_is_written_down(qtbot: QtBot, panel: SyncPanel, disputed: tuple[Table, Courier, str]) -> None:
    table, _, id_ = disputed
    panel.cards[0]._reveal()
    qtbot.waitUntil(lambda: "13912345678" in said(panel))
    with reading(table.laptop.engine) as conn:
        entries = conn.execute(sa.select(audit_entry.c.record, audit_entry.c.purpose)).all()
    assert [tuple(entry) for entry in entries] == [(id_, "VERIFY")]


def test_a_round_is_told_and_then_listed(qtbot: QtBot, panel: SyncPanel, disputed: tuple[Table, Courier, str]) -> None:
    table, _, _ = disputed
    table.laptop.register("王五")
    panel.refresh()
    qtbot.waitUntil(lambda: "1 条记录待上传" in said(panel))
    with qtbot.waitSignal(table.desk.rounds.ended, timeout=20_000):
        panel.action().run()
        assert table.desk.rounds.running
        assert panel.button.isVisible()  # it can be stopped
    qtbot.waitUntil(lambda: panel.rounds.rows[0].sent == 1)
    assert not panel.button.isVisible()
    qtbot.waitUntil(lambda: "已是最新" in said(panel))
    assert len(panel.rounds.rows) == 4


def test_what_is_typed_into_both_are_wrong_outlives_the_page(
    qtbot: QtBot, named: tuple[SyncPanel, Laptop], theme: Theme
) -> None:
    """The page is made anew for whoever signs in next, or where a value is shown in full."""
    panel, one = named
    QTest.keyClicks(focused(), "0")
    QTest.keyClicks(focused(), "da zhang")
    for form in panel.findChildren(BothWrong):
        form.flush_draft()
    panel.cards[0]._reveal()
    qtbot.waitUntil(lambda: "张三丰" in said(panel))
    panel.cards[0].setFocus()
    QTest.keyClicks(focused(), "0")
    both = panel.cards[0].both
    assert both is not None
    qtbot.waitUntil(lambda: both.right_values() == {"alias": "da zhang"})
    QTest.keyClicks(panel.cards[0], "1")
    qtbot.waitUntil(lambda: not panel.cards)
    with reading(one.engine) as conn:
        assert drafts(conn) == []


def test_the_headline_says_no_more_than_is_known(panel: SyncPanel) -> None:
    assert panel.picture is not None
    well = replace(panel.picture.standing, unsent=0, oldest_unsent_age_s=None, last_contact=1, behind=0, last_error="")
    for changed, words in (
        ({}, "已是最新"),
        ({"last_error": "cancelled"}, "这里没有待传的，但上一次同步没有完成"),
        ({"behind": 4_200, "last_error": "cancelled"}, "还有约 4200 条待接收"),
        ({"last_error": "revoked"}, "中心已停用这台电脑"),
        ({"unsent": 3, "last_error": "revoked"}, "中心已停用这台电脑"),
    ):
        panel.show_picture(replace(panel.picture, standing=replace(well, **changed)))
        assert panel._headline.text() == words


def test_the_last_rounds_are_told_in_few_words_and_the_chosen_one_in_full(panel: SyncPanel) -> None:
    assert panel.picture is not None
    ends = ("intercepted", "portal", "center_busy", "ok", "said_by_a_newer_center")
    rows = tuple(PastRound(at, 0, 3, 900, 70_000, end) for at, end in enumerate(ends, start=1))
    panel.show_picture(replace(panel.picture, rounds=rows))
    aloud = [panel.rounds.words(row) for row in rows]
    assert "网络被挡在中间" in aloud[0]
    assert "网络要先登录" in aloud[1]
    assert not panel.round.isVisible()
    panel.rounds.setFocus()
    for place, words in enumerate(("冒充中心", "要先登录才能上网", "中心当时正忙", "", "没有接受")):
        panel.rounds.setCurrentIndex(panel.rounds.model().index(place, 0))
        assert panel.round.isVisible()
        assert words in panel.round.text()
        assert not any(each in panel.round.text() for each in ("请", "…"))


def test_a_busy_center_is_told_without_a_gap(panel: SyncPanel) -> None:
    assert panel.picture is not None
    panel.show_picture(replace(panel.picture, standing=replace(panel.picture.standing, last_error="center_busy")))
    assert "中心当时正忙" in said(panel)
    assert "…" not in said(panel)


def test_a_center_that_does_not_answer_is_told_in_plain_words(
    qtbot: QtBot, panel: SyncPanel, disputed: tuple[Table, Courier, str]
) -> None:
    table, _, _ = disputed
    table.laptop.transport._url = "http://127.0.0.1:9"  # nobody listens there
    with qtbot.waitSignal(table.desk.rounds.ended, timeout=30_000):
        panel.action().run()
    qtbot.waitUntil(lambda: "中心没有开门" in said(panel))
    assert "center_away" not in said(panel)
