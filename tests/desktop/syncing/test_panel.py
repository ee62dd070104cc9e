"""What the page of sync tells and what can be settled on it, by keyboard."""

from typing import Any

import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.desktop.forms.text import TextField
from app.desktop.syncing.panel import SyncPanel
from app.features.org.tables import audit_entry
from app.features.people.tables import person
from app.store.engine import reading
from tests.desktop.conftest import focused
from tests.desktop.syncing.table import Courier, Table


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


def test_a_center_that_does_not_answer_is_told_in_plain_words(
    qtbot: QtBot, panel: SyncPanel, disputed: tuple[Table, Courier, str]
) -> None:
    table, _, _ = disputed
    table.laptop.transport._url = "http://127.0.0.1:9"  # nobody listens there
    with qtbot.waitSignal(table.desk.rounds.ended, timeout=30_000):
        panel.action().run()
    qtbot.waitUntil(lambda: "中心没有开门" in said(panel))
    assert "center_away" not in said(panel)
