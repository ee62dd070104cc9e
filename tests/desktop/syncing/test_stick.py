"""The stick on the sync page: found by itself, one button to pack, one to read; packed is never called received."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QStorageInfo, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.center.carrying import requests_at, take_into
from app.center.hub import Hub
from app.cli.stick import PointCarrier
from app.desktop.frame import sticks as frame_sticks
from app.desktop.frame.sticks import Stick
from app.desktop.frame.way_out import WayOut
from app.desktop.syncing import stick_card
from app.desktop.syncing.panel import SyncPanel
from app.desktop.syncing.stick_card import StickCard
from app.desktop.theme.theme import Theme
from app.features.people.tables import person
from app.store.engine import writing
from app.sync.folders import FOLDER, folder_at
from app.sync.state import change_state
from tests.desktop.conftest import put_on_screen
from tests.desktop.syncing.table import Table, sit_down
from tests.sync.town import Town

Plugs = Callable[..., Path]


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plugs:
    """`plug("KINGSTON")` puts a stick in; `plug()` pulls them all."""
    sticks: list[Stick] = []
    monkeypatch.setattr(stick_card, "sticks_now", lambda: tuple(sticks))
    monkeypatch.setattr(frame_sticks, "LOOK_MS", 20)

    def put(*names: str) -> Path:
        sticks.clear()
        for name in names:
            (tmp_path / name).mkdir(exist_ok=True)
            sticks.append(Stick(tmp_path / name, name, can_write=True))
        return tmp_path / (names[0] if names else "")

    return put


@pytest.fixture
def table(town: Town, theme: Theme) -> Iterator[Table]:
    laptop = town.laptop("V1", url="http://127.0.0.1:1")
    made, _ = sit_down(laptop, theme)
    made.desk.carrier = PointCarrier(laptop.engine, laptop.clock, None)
    yield made
    made.work.close()


@pytest.fixture
def card(qtbot: QtBot, plug: Plugs, table: Table) -> StickCard:
    made = StickCard(table.desk)
    made.resize(900, 300)
    put_on_screen(qtbot, made)
    return made


def take(town: Town, place: Path) -> None:
    """At the center."""
    hub = Hub(town.engine, town.clock)
    for path in requests_at(hub, place):
        take_into(hub, path, folder_at(place))


def seen(card: StickCard) -> tuple[bool, bool]:
    """Whether the buttons to read and to pack can be pressed."""
    return tuple(button.isVisible() and button.isEnabled() for button in (card.read, card.pack))  # type: ignore[return-value]


def test_a_stick_is_found_by_itself_and_missed_when_it_is_pulled(qtbot: QtBot, card: StickCard, plug: Plugs) -> None:
    qtbot.waitUntil(lambda: "插上优盘" in card.where.text())
    assert seen(card) == (False, False)
    plug("KINGSTON")
    qtbot.waitUntil(lambda: "KINGSTON" in card.where.text())
    assert seen(card) == (False, True)
    plug()
    qtbot.waitUntil(lambda: "插上优盘" in card.where.text())
    assert seen(card) == (False, False)


def test_there_and_back_with_one_button_each(
    qtbot: QtBot, card: StickCard, plug: Plugs, table: Table, town: Town
) -> None:
    laptop, other = table.laptop, town.laptop("V1")
    other.register("甲")
    other.sync()
    laptop.register("一")
    laptop.register("二")
    place = plug("KINGSTON")
    card.refresh()
    qtbot.waitUntil(lambda: card.pack.text() == "把 2 条记录装入优盘")
    card.pack.click()
    qtbot.waitUntil(lambda: card.told.isVisible())
    assert card.told.words.text() == "2 条已写进优盘，可以拔出了。"
    qtbot.waitUntil(lambda: "中心还没有收到" in card.way.words.text())
    assert card.way.isVisible()
    assert seen(card) == (False, True)
    take(town, place)
    qtbot.waitUntil(lambda: "回执" in card.where.text())
    qtbot.waitUntil(lambda: seen(card) == (True, True))
    with qtbot.waitSignal(table.work.changed):
        card.read.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(card.read, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: card.told.isVisible())
    assert card.told.words.text() == "中心已收到本机的 2 条。收到其他地方的 1 条。"
    qtbot.waitUntil(lambda: not card.way.isVisible())
    assert len(laptop.rows(person.table)) == 3
    assert laptop.status().digest == town.digest_of(laptop)
    # Read again it brings nothing, and says so.
    qtbot.waitUntil(lambda: card.read.isEnabled())
    assert "已插好" in card.where.text()
    card.read.click()
    qtbot.waitUntil(lambda: "没有新内容" in card.told.words.text())


def test_the_next_day_only_an_answer_to_what_was_packed_last_is_to_be_read(
    qtbot: QtBot, card: StickCard, plug: Plugs, table: Table, town: Town
) -> None:
    """The stick stays in with yesterday's answer on it; the program was started anew."""
    place = plug("KINGSTON")
    qtbot.waitUntil(lambda: seen(card) == (False, True))
    table.laptop.register("一")
    card.pack.click()
    qtbot.waitUntil(card.told.isVisible)
    take(town, place)
    qtbot.waitUntil(lambda: card.is_new and card.read.isEnabled())
    card.read.click()
    qtbot.waitUntil(card.told.isVisible)
    table.laptop.register("二")
    qtbot.waitUntil(card.pack.isEnabled)
    card.pack.click()
    qtbot.waitUntil(lambda: "1 条已写进优盘" in card.told.words.text())
    card.hide()
    next_day = StickCard(table.desk)
    put_on_screen(qtbot, next_day)
    qtbot.waitUntil(lambda: seen(next_day) == (True, True))
    qtbot.waitUntil(lambda: "中心还没有收到" in next_day.way.words.text())
    assert not next_day.is_new
    assert "请读" not in next_day.where.text()
    take(town, place)
    qtbot.waitUntil(lambda: next_day.is_new and next_day.read.isEnabled())
    assert not next_day.way.isVisible()
    next_day.read.click()
    qtbot.waitUntil(lambda: "中心已收到本机的 1 条" in next_day.told.words.text())
    next_day.hide()
    third_day = StickCard(table.desk)
    put_on_screen(qtbot, third_day)
    qtbot.waitUntil(lambda: seen(third_day) == (True, True))
    assert not third_day.is_new


def test_what_is_wrong_is_said_on_the_card(
    qtbot: QtBot, card: StickCard, plug: Plugs, table: Table, town: Town
) -> None:
    table.laptop.register("一")
    place = plug("KINGSTON")
    qtbot.waitUntil(lambda: seen(card) == (False, True))
    card.pack.click()
    qtbot.waitUntil(lambda: card.told.isVisible())
    take(town, place)
    (answer,) = (place / FOLDER).glob("to-point-*")
    answer.write_bytes(answer.read_bytes()[:-10])
    qtbot.waitUntil(lambda: seen(card) == (True, True))
    card.read.click()
    qtbot.waitUntil(lambda: "损坏" in card.told.words.text())
    assert card.way.isVisible()
    assert seen(card) == (True, True)


def test_a_computer_that_is_not_let_in_yet_is_led_to_where_the_code_goes(
    qtbot: QtBot, card: StickCard, plug: Plugs, table: Table
) -> None:
    with writing(table.laptop.engine) as conn:
        change_state(conn, admitted_at=None, code="")
    opened: list[tuple[str, object]] = []
    card._way_out = WayOut(lambda key, intent: opened.append((key, intent)), card)
    plug("KINGSTON")
    qtbot.waitUntil(card.pack.isVisible)
    assert not card.mend.isVisible()
    card.pack.click()
    qtbot.waitUntil(card.mend.isVisible)
    assert "请填写启用码" in card.told.words.text()
    card.mend.click()
    assert opened == [("settings", "code")]


def test_a_torn_copy_beside_the_answer_is_named_and_the_answer_read(
    qtbot: QtBot, card: StickCard, plug: Plugs, table: Table, town: Town
) -> None:
    table.laptop.register("一")
    place = plug("KINGSTON")
    qtbot.waitUntil(lambda: seen(card) == (False, True))
    card.pack.click()
    qtbot.waitUntil(lambda: card.told.isVisible())
    take(town, place)
    (answer,) = (place / FOLDER).glob("to-point-*")
    (place / answer.name).write_bytes(answer.read_bytes()[:-10])
    os.utime(place / answer.name, (1, 1))
    qtbot.waitUntil(lambda: seen(card) == (True, True))
    card.read.click()
    qtbot.waitUntil(lambda: "中心已收到本机的 1 条" in card.told.words.text())
    assert "另有 1 个文件没能读出" in card.told.words.text()
    qtbot.waitUntil(lambda: not card.way.isVisible())


def test_a_round_and_a_stick_do_not_meet(qtbot: QtBot, card: StickCard, plug: Plugs, table: Table) -> None:
    plug("KINGSTON")
    qtbot.waitUntil(lambda: seen(card) == (False, True))
    table.desk.rounds.begin()
    qtbot.waitUntil(lambda: seen(card) == (False, False))
    table.desk.rounds.end(None)
    qtbot.waitUntil(lambda: seen(card) == (False, True))
    card.pack.click()
    assert table.desk.rounds.held
    assert seen(card) == (False, False)
    qtbot.waitUntil(lambda: not table.desk.rounds.held)


def test_the_stick_with_an_answer_comes_first_and_a_chosen_folder_before_all(
    qtbot: QtBot, card: StickCard, plug: Plugs, table: Table, town: Town, tmp_path: Path
) -> None:
    table.laptop.register("一")
    place = plug("B", "A")
    qtbot.waitUntil(lambda: seen(card) == (False, True))
    assert card.stick is not None
    table.desk.carrier.pack(place, lambda job: job())  # type: ignore[union-attr]
    take(town, place)
    qtbot.waitUntil(lambda: card.stick is not None and card.stick.name == "B")
    folder = tmp_path / "桌面"
    folder.mkdir()
    card.use_folder(str(folder))
    qtbot.waitUntil(lambda: card.stick is not None and card.stick.name == "桌面")


def test_a_volume_of_this_machine_is_a_stick_where_it_is_mounted_where_sticks_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = Path(QStorageInfo.root().rootPath())
    assert system not in {found.root for found in frame_sticks.sticks_now()}
    monkeypatch.setattr(frame_sticks, "_MOUNTED_UNDER", (str(system),))
    (found,) = (each for each in frame_sticks.sticks_now() if each.root == system)
    assert found.can_write is not QStorageInfo.root().isReadOnly()
    assert found.name


def test_no_look_goes_on_while_the_page_is_away(qtbot: QtBot, card: StickCard, plug: Plugs) -> None:
    card.hide()
    qtbot.wait(100)  # a look that was on ends
    plug("KINGSTON")
    qtbot.wait(100)
    assert "插上优盘" in card.where.text()
    card.show()
    qtbot.waitUntil(lambda: "KINGSTON" in card.where.text())


def test_a_stick_that_is_in_stands_first_and_the_keyboard_finds_it_there(
    qtbot: QtBot, plug: Plugs, table: Table
) -> None:
    panel = SyncPanel(table.desk)
    panel.resize(1100, 900)
    put_on_screen(qtbot, panel)
    qtbot.waitUntil(lambda: panel.picture is not None)

    def above(upper: QWidget, lower: QWidget) -> bool:
        content = panel.scroller.widget()
        assert content is not None
        return upper.mapTo(content, QPoint()).y() < lower.mapTo(content, QPoint()).y()

    assert above(panel.rounds, panel.stick), "who has a network needs no stick"
    plug("KINGSTON")
    qtbot.waitUntil(lambda: panel.stick.pack.isVisible() and above(panel.stick, panel.rounds))
    table.desk.rounds.running = False
    panel.stick.pack.setFocus()
    QTest.keyClick(panel.stick.pack, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.stick.choose
    QTest.keyClick(panel.stick.choose, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.rounds
    plug()
    qtbot.waitUntil(lambda: above(panel.rounds, panel.stick))
    panel.rounds.setFocus()
    QTest.keyClick(panel.rounds, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is panel.stick.choose
