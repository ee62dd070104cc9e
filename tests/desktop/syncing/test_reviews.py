"""What a person should look at, on the page of sync: said in words, opened, settled by keyboard alone, once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.syncing.homes_card import HomesCard
from app.desktop.syncing.panel import SyncPanel
from app.desktop.syncing.review_card import ReviewCard
from app.desktop.theme.theme import Theme
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_case import AddNote, AmendCase
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.commands_undo import UndoCommit
from app.features.cases.queries import case_of
from app.features.cases.tables import case, encounter, note
from app.features.org.queries import node_rows
from app.features.org.reviews import open_reviews
from app.store.engine import reading
from tests.desktop.conftest import put_on_screen
from tests.desktop.syncing.table import Table, sit_down
from tests.sync.town import Laptop, Town

MET: dict[str, Any] = {
    "name": "李四", "gender": "MALE", "age_est": 40, "place_text": "南门", "place_type": "BRIDGE",
    "health_obs": ("OK",), "disposition": "ON_SITE_AID",
}  # fmt: skip


@pytest.fixture
def undone(town: Town) -> tuple[Laptop, dict[str, str]]:
    """A laptop where somebody took an encounter back who had not seen a note to it; kind → id of what was made."""
    one, two = town.laptop("V1"), town.laptop("V1")
    done = one.do(LogEncounter(**MET))
    one.sync()
    two.sync()
    made = dict(done.made)
    two.do(AddNote(encounter=made["encounter"], text="第二天又来过"))
    one.do(UndoCommit(commit=done.commit, reason="录错了"))
    for laptop in (one, two, one):
        laptop.sync()
    return two, made


@pytest.fixture
def page(qtbot: QtBot, undone: tuple[Laptop, dict[str, str]], theme: Theme) -> Iterator[tuple[SyncPanel, Table]]:
    table, _courier = sit_down(undone[0], theme)
    made = SyncPanel(table.desk)
    made.resize(1100, 900)
    put_on_screen(qtbot, made)
    qtbot.waitUntil(lambda: len(made.reviews.cards) == 1)
    yield made, table
    table.work.close()


def the_card(panel: SyncPanel) -> ReviewCard:
    (card,) = panel.reviews.cards
    assert isinstance(card, ReviewCard)
    return card


def walk_to(panel: SyncPanel, wanted: QWidget) -> None:
    """By Tab alone."""
    for _ in range(40):
        if QApplication.focusWidget() is wanted:
            return
        QTest.keyClick(QApplication.focusWidget() or panel, Qt.Key.Key_Tab)
    raise AssertionError("the keyboard does not come there")


def is_hidden(laptop: Laptop, entity: Any, id_: str) -> bool:
    with reading(laptop.engine) as conn:
        return bool(conn.execute(sa.select(entity.c.hidden).where(entity.c.id == id_)).scalar_one())


def test_it_says_about_what_why_and_who(page: tuple[SyncPanel, Table]) -> None:
    card = the_card(page[0])
    words = " ".join(label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card))
    assert "接触记录" in words
    assert "没有看到后来写的内容" in words
    assert "UNDONE" not in words
    for button in (card.look, card.stands, card.back):
        assert button.isVisibleTo(card)
        assert "接触记录" in button.accessibleName()


def test_the_case_it_hangs_on_is_one_key_away(
    page: tuple[SyncPanel, Table], undone: tuple[Laptop, dict[str, str]], qtbot: QtBot
) -> None:
    panel, table = page
    opened: list[tuple[str, object]] = []
    table.desk.open_page = lambda key, intent: opened.append((key, intent))
    card = the_card(panel)
    walk_to(panel, card.look)
    QTest.keyClick(card.look, Qt.Key.Key_Space)
    assert opened == [("cases", undone[1]["case"])]


@pytest.mark.parametrize("take_back", [True, False])
def test_one_key_settles_it(
    qtbot: QtBot, page: tuple[SyncPanel, Table], undone: tuple[Laptop, dict[str, str]], *, take_back: bool
) -> None:
    (panel, table), (laptop, made) = page, undone
    card = the_card(panel)
    button = card.back if take_back else card.stands
    walk_to(panel, button)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert not card.stands.isEnabled()
    assert not card.back.isEnabled()
    QTest.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel.reviews.cards == [])
    assert table.told == ["已处理，历史里都有记录"]
    assert not panel.reviews.isVisibleTo(panel)
    with reading(laptop.engine) as conn:
        assert open_reviews(conn) == []
    assert is_hidden(laptop, encounter, made["encounter"]) is take_back
    assert is_hidden(laptop, case, made["case"]) is take_back


def test_what_was_settled_elsewhere_meanwhile_is_told_in_words(
    qtbot: QtBot, page: tuple[SyncPanel, Table], undone: tuple[Laptop, dict[str, str]]
) -> None:
    panel, _ = page
    card = the_card(panel)
    card.row = replace(card.row, id="f" * 32)
    card.stands.click()
    qtbot.waitUntil(lambda: card.stands.isEnabled())
    words = [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card)]
    assert any("找不到" in each for each in words), words


def test_every_record_leads_to_its_case(undone: tuple[Laptop, dict[str, str]]) -> None:
    laptop, made = undone
    with reading(laptop.engine) as conn:
        note_id = conn.execute(sa.select(note.c.id)).scalar_one()
        assert case_of(conn, "case", made["case"]) == made["case"]
        assert case_of(conn, "encounter", made["encounter"]) == made["case"]
        assert case_of(conn, "note", note_id) == made["case"]
        assert case_of(conn, "item", "f" * 32) is None
        assert case_of(conn, "note", "f" * 32) is None


def test_what_was_written_late_is_shown_with_what_stood_there_before(qtbot: QtBot, town: Town, theme: Theme) -> None:
    one, two, heir = town.laptop("V1"), town.laptop("V1"), town.laptop("V2")
    made = dict(one.do(LogEncounter(**MET, story="等老乡来接")).made)
    for laptop in (one, two, heir):
        laptop.sync()
    one.do(HandOverCase(case=made["case"], point=heir.actor.node, reason="住到那边去了"))
    one.sync()
    two.do(AmendCase(case=made["case"], story="老乡不来了", reason="本人改口"))
    two.do(AddNote(encounter=made["encounter"], text="昨晚又见到"))
    for laptop in (two, heir):
        laptop.sync()
    table, _courier = sit_down(heir, theme)
    panel = SyncPanel(table.desk)
    panel.resize(1100, 900)
    put_on_screen(qtbot, panel)
    qtbot.waitUntil(lambda: len(panel.reviews.cards) == 2)
    words = [" ".join(label.text() for label in card.findChildren(QLabel)) for card in panel.reviews.cards]
    table.work.close()
    about_case, about_note = sorted(words, key=lambda each: "昨晚又见到" in each)
    for each in ("经过：老乡不来了", "原来：经过：等老乡来接"):
        assert each in about_case
    assert "昨晚又见到" in about_note
    assert all("别处的人" in each for each in words), "the staff of another point is not known here"


# given to two points at once


def homes_cards(panel: SyncPanel) -> list[HomesCard]:
    return [card for card in panel.reviews.cards if isinstance(card, HomesCard)]


@pytest.fixture
def shared(qtbot: QtBot, town: Town, theme: Theme) -> Iterator[tuple[SyncPanel, Table, str]]:
    """A case that two laptops gave to other points without knowing of each other, as the town sees it."""
    one, two, above = town.laptop("V1"), town.laptop("V1"), town.laptop("T1")
    made = dict(one.do(LogEncounter(**MET)).made)
    for laptop in (one, two, above):
        laptop.sync()
    with reading(town.engine) as conn:
        nodes = {row.code: row.id for row in node_rows(conn, above.actor.node)} | {"T1": above.actor.node}
    one.do(HandOverCase(case=made["case"], point=nodes["V2"], reason="住到那边去了"))
    two.do(HandOverCase(case=made["case"], point=nodes["T1"], reason="镇里接手"))
    for laptop in (one, two, above):
        laptop.sync()
    table, _courier = sit_down(above, theme)
    panel = SyncPanel(table.desk)
    panel.resize(1100, 900)
    put_on_screen(qtbot, panel)
    qtbot.waitUntil(lambda: len(homes_cards(panel)) == 1)
    yield panel, table, made["case"]
    table.work.close()


@pytest.mark.parametrize("digit", [1, 2])
def test_who_decides_sees_both_points_and_one_key_gives_it_to_one(
    qtbot: QtBot, shared: tuple[SyncPanel, Table, str], digit: int
) -> None:
    panel, table, case_id = shared
    (card,) = homes_cards(panel)
    words = " ".join(label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card))
    for each in ("V2救助点", "T1救助点", "今天"):
        assert each in words
    assert [button.text() for button in card.buttons] == ["归V2救助点", "归T1救助点"]
    walk_to(panel, card)
    home, word = card.row.homes[digit - 1], card.buttons[digit - 1].text()
    QTest.keyClick(card, Qt.Key(Qt.Key.Key_0 + digit))
    qtbot.waitUntil(lambda: homes_cards(panel) == [])
    assert table.told == [f"已定：{word}"]
    with reading(table.laptop.engine) as conn:
        assert conn.execute(sa.select(case.c.node).where(case.c.id == case_id)).scalar_one() == home.node
