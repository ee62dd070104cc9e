"""What the page of sync tells a person besides conflicts: values not taken, things to look at, what to take note of."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.base.clock import wall_clock
from app.cli.bootstrap import create_point
from app.cli.desktop import DeskSession, PointDoor
from app.desktop.lists.trace_line import TraceLine
from app.desktop.parts.button import Button
from app.desktop.syncing.dropped_card import DroppedCard
from app.desktop.syncing.overruled_card import OverruledCard
from app.desktop.syncing.panel import SyncPanel
from app.desktop.syncing.picture import read_picture
from app.desktop.theme.theme import Theme
from app.desktop.work import Ticket
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_undo import SettleDispute, UndoCommit
from app.features.cases.disputes import open_disputes
from app.features.org.queries import staff_by_code
from app.features.people.commands import AmendPerson, RegisterPerson
from app.journal.act import Actor
from app.journal.here import standing
from app.store.engine import reading, writing
from app.sync import tables
from app.sync.kept_apart import Drop, note_drop_read
from app.sync.overruled import Overruled, note_read, unread
from app.sync.protocol import Dropped
from app.sync.status import note_told
from app.sync.tracing import Stage, Trace, Waiting, trace
from app.sync.verdicts import note_dropped
from tests.cli.points import CHEAP, PASSWORD
from tests.desktop.conftest import put_on_screen
from tests.desktop.syncing.table import Table, sit_down
from tests.sync.town import Laptop, Town

MET: dict[str, Any] = {
    "name": "李四", "gender": "MALE", "age_est": 40, "place_text": "南门", "place_type": "BRIDGE",
    "health_obs": ("OK",), "disposition": "ON_SITE_AID",
}  # fmt: skip


def said(widget: Any) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def by_town(laptop: Laptop) -> Actor:
    """Somebody of the town above at this laptop."""
    with reading(laptop.engine) as conn:
        who = staff_by_code(conn, "u-T1")
    assert who is not None
    return Actor(who.id, who.role, who.node)


def settle(laptop: Laptop, actor: Actor, ending: str) -> None:
    """This person takes the value that ends so."""
    with reading(laptop.engine) as conn:
        (row,) = open_disputes(conn, wall_clock(), frozenset(d.id for d in laptop.disputes()))
    choice = next(v.write for v in row.versions if str(v.values["phone"]).endswith(ending))
    bases = tuple(version.write for version in row.versions)
    laptop.actor, own = actor, laptop.actor
    laptop.do(SettleDispute(kind=row.kind, id=row.id, group=row.group, bases=bases, choice=choice))
    laptop.actor = own


@pytest.fixture
def settled(town: Town) -> tuple[Laptop, Laptop, str]:
    """Two laptops that wrote different phones; at the second, somebody of the town took the second's."""
    one, two = town.laptop("V1"), town.laptop("V1")
    person = one.register("张建国", phone="13800001111")
    one.sync()
    two.sync()
    one.amend(person, phone="13800002222")
    two.amend(person, phone="13912345678")
    for laptop in (one, two, one, two):
        laptop.sync()
    settle(two, by_town(two), "5678")
    two.sync()
    one.sync()
    return one, two, person


def found_at(laptop: Laptop) -> list[Overruled]:
    with reading(laptop.engine) as conn:
        return unread(conn, laptop.actor.id)


def test_the_author_whose_value_was_not_taken_is_told_once(settled: tuple[Laptop, Laptop, str]) -> None:
    one, two, person = settled
    (lost,) = found_at(one)
    assert (lost.kind, lost.record) == ("person", person)
    assert found_at(one) == [lost]
    assert found_at(two) == [], "its value was taken"
    note_read(one.engine, [lost], wall_clock())
    assert found_at(one) == []


def test_nobody_is_told_of_a_settlement_of_their_own(town: Town) -> None:
    one, two = town.laptop("V1"), town.laptop("V1")
    person = one.register("张建国", phone="13800001111")
    one.sync()
    two.sync()
    one.amend(person, phone="13800002222")
    two.amend(person, phone="13912345678")
    for laptop in (one, two, one):
        laptop.sync()
    settle(one, one.actor, "5678")
    one.sync()
    assert found_at(one) == []


def counted(session: DeskSession) -> tuple[int, int, int]:
    """What the pill says is to be looked at; the conflicts and the values not taken that the page shows."""
    state = session.ask(session.sync_state)
    picture = session.ask(partial(read_picture, now=wall_clock(), in_full=frozenset(), actor=session.actor_id))
    return state.attention, len(picture.disputes), len(picture.overruled)


def test_what_cannot_be_shown_any_more_is_not_counted(town: Town, tmp_path: Path) -> None:
    """A conflict, and a value not taken, about records that were taken back afterwards."""
    file, code = town.enrolment("V1")
    create_point(tmp_path / "point", file, "u-V1", PASSWORD, code=code, cost=CHEAP)
    session = PointDoor(tmp_path / "point", wall_clock, CHEAP).open("u-V1", PASSWORD)
    other = town.laptop("V1")
    made = [session.act(RegisterPerson(name=name, gender="MALE", age_est=40)) for name in ("甲", "乙")]
    rounds: list[Callable[[], object]] = [partial(session.sync, Ticket(), _at_once), other.sync]

    def all_sync() -> None:
        for each in rounds * 2:
            each()

    all_sync()
    for outcome in made:
        person = dict(outcome.made)["person"]
        session.act(AmendPerson(person=person, reason="本人说", phone="13800002222"))
        other.amend(person, phone="13912345678")
    all_sync()
    assert counted(session) == (2, 2, 0)
    with reading(other.engine) as conn:
        row = next(row for row in open_disputes(conn, wall_clock()) if row.id == dict(made[0].made)["person"])
    theirs = next(v.write for v in row.versions if str(v.values["phone"]).endswith("5678"))
    bases = tuple(version.write for version in row.versions)
    other.actor = by_town(other)
    other.do(SettleDispute(kind=row.kind, id=row.id, group=row.group, bases=bases, choice=theirs))
    all_sync()
    assert counted(session) == (2, 1, 1)
    for outcome in made:
        session.act(UndoCommit(commit=outcome.commit, reason="登记错了"))
    assert counted(session) == (0, 0, 0)
    session.close()


def _at_once(job: Callable[[], object]) -> object:
    return job()


class Writes:
    """The part of an office that the page uses."""

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop

    def note_read(self, found: Overruled) -> None:
        note_read(self._laptop.engine, [found], wall_clock())

    def note_told(self) -> None:
        note_told(self._laptop.engine)

    def note_drop_read(self, found: Drop) -> None:
        note_drop_read(self._laptop.engine, found, wall_clock())


@pytest.fixture
def page(qtbot: QtBot, settled: tuple[Laptop, Laptop, str], theme: Theme) -> Iterator[tuple[SyncPanel, Table]]:
    one = settled[0]
    assert found_at(one)
    table, _courier = sit_down(one, theme)
    office: Any = Writes(one)
    table.desk.office = office
    made = SyncPanel(table.desk)
    made.resize(1100, 900)
    put_on_screen(qtbot, made)
    qtbot.waitUntil(lambda: len(made.overruled.cards) == 1)
    yield made, table
    table.work.close()


def test_both_values_stand_there_masked_and_reading_it_takes_the_card_away(
    qtbot: QtBot, page: tuple[SyncPanel, Table]
) -> None:
    panel, _ = page
    (card,) = panel.overruled.cards
    assert isinstance(card, OverruledCard)
    words = said(card)
    assert "138****2222" in words
    assert "139****5678" in words
    assert "T1救助点" in words
    assert "13800002222" not in words
    for _ in range(40):  # by keyboard alone
        if QApplication.focusWidget() is card.button:
            break
        QTest.keyClick(QApplication.focusWidget() or panel, Qt.Key.Key_Tab)
    QTest.keyClick(card.button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel.overruled.cards == [])
    assert not panel.overruled.isVisibleTo(panel)


def test_the_record_whose_value_was_not_taken_is_one_key_away(
    qtbot: QtBot, settled: tuple[Laptop, Laptop, str], theme: Theme
) -> None:
    one, _, person = settled
    met = LogEncounter(person=person, place_type="POINT", health_obs=("OK",), disposition="CONSULT_ONLY")
    case = dict(one.do(met).made)["case"]
    assert found_at(one)
    table, _courier = sit_down(one, theme)
    opened: list[tuple[str, object]] = []
    table.desk.open_page = lambda key, intent: opened.append((key, intent))
    panel = SyncPanel(table.desk)
    put_on_screen(qtbot, panel)
    qtbot.waitUntil(lambda: len(panel.overruled.cards) == 1)
    (card,) = panel.overruled.cards
    assert isinstance(card, OverruledCard)
    assert card.look.isVisibleTo(card)
    QTest.keyClick(card.look, Qt.Key.Key_Space)
    assert opened == [("cases", case)]
    table.work.close()


def test_what_to_take_note_of_is_said_in_words(qtbot: QtBot, page: tuple[SyncPanel, Table]) -> None:
    panel, table = page
    assert not panel.lines.isVisibleTo(panel)
    with writing(table.laptop.engine) as conn:
        conn.execute(tables.sync_state.update().values(twin=True, told="told_forked", told_at=table.laptop.clock()))
        conn.execute(tables.verdict.insert(), {"epoch": "e" * 16, "n": 3, "code": "not_allowed", "at": 1})
    panel.refresh()
    qtbot.waitUntil(lambda: "另有一台电脑" in said(panel.lines))
    words = said(panel.lines)
    assert "中心有这台电脑的另一份记录" in words
    assert "本机写下" in words
    assert "told" not in words


def test_why_this_computer_began_anew_is_said_until_somebody_has_read_it(
    qtbot: QtBot, page: tuple[SyncPanel, Table]
) -> None:
    panel, table = page
    with writing(table.laptop.engine) as conn:
        conn.execute(tables.sync_state.update().values(twin=True, told="told_forked", told_at=table.laptop.clock()))
    panel.refresh()
    qtbot.waitUntil(lambda: "中心有这台电脑的另一份记录" in said(panel.lines))
    (button,) = panel.lines.findChildren(Button)
    QTest.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "中心有这台电脑的另一份记录" not in said(panel.lines))
    assert "另有一台电脑" in said(panel.lines), "that is so still"


def test_photos_that_wait_are_a_fact_and_no_matter_of_attention(qtbot: QtBot, page: tuple[SyncPanel, Table]) -> None:
    panel, _ = page
    assert panel.picture is not None
    standing = replace(panel.picture.standing, photos_waiting=3, photo_trouble="line_broken")
    panel.show_picture(replace(panel.picture, standing=standing))
    qtbot.waitUntil(lambda: "3 张等待上传" in said(panel._facts))
    assert "线路中途断了" in said(panel._facts)
    assert not panel.lines.isVisibleTo(panel)


def test_only_what_somebody_can_do_something_about_is_counted(town: Town, tmp_path: Path) -> None:
    file, code = town.enrolment("V1")
    create_point(tmp_path / "point", file, "u-V1", PASSWORD, code=code, cost=CHEAP)
    session = PointDoor(tmp_path / "point", wall_clock, CHEAP).open("u-V1", PASSWORD)
    assert counted(session) == (0, 0, 0)
    codes = ("waits", "newer", "actor_unknown", "not_allowed", "malformed")
    held = [{"epoch": "e" * 16, "n": n, "code": each, "at": 1} for n, each in enumerate(codes, start=1)]
    came = {"device": "d" * 32, "epoch": "e" * 16, "n": 1, "seq": 7, "code": "newer", "raw": b"", "at": 1}
    with writing(session._point.engine) as conn:
        conn.execute(tables.verdict.insert(), held)
        conn.execute(tables.set_aside.insert(), came)
    assert counted(session) == (2, 0, 0)
    session.close()


def keep_apart(laptop: Laptop, code: str = "not_allowed") -> tuple[str, int]:
    """As if the center had not taken what was written here last; which commit that is."""
    with writing(laptop.engine) as conn:
        here = standing(conn)
        row = {"epoch": here.epoch, "n": here.n, "code": code, "at": laptop.clock()}
        conn.execute(tables.verdict.insert(), row)
    return here.epoch, here.n


def test_what_is_kept_apart_is_named_and_leads_to_its_page(qtbot: QtBot, page: tuple[SyncPanel, Table]) -> None:
    panel, table = page
    laptop = table.laptop
    made = dict(laptop.do(LogEncounter(**MET)).made)
    keep_apart(laptop)
    opened: list[tuple[str, object]] = []
    table.desk.open_page = lambda key, intent: opened.append((key, intent))
    panel.refresh()
    qtbot.waitUntil(lambda: "李*" in said(panel.lines))
    words = said(panel.lines)
    assert "李四" not in words
    assert "张三" in words, "who wrote it"
    (button,) = panel.lines.findChildren(Button)
    assert "李*" in button.accessibleName()
    button.click()
    assert opened == [("cases", made["case"])]


@pytest.mark.parametrize(("code", "icon"), [("waits", "clock"), ("not_allowed", "warning")])
def test_what_settles_by_itself_does_not_warn(
    qtbot: QtBot, page: tuple[SyncPanel, Table], code: str, icon: str
) -> None:
    panel, table = page
    table.laptop.register("王五")
    keep_apart(table.laptop, code)
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.lines._said) == 1)
    (line,) = panel.lines._said
    assert line.icon == icon


def test_what_the_center_drops_is_told_with_its_reason_until_it_is_read(
    qtbot: QtBot, page: tuple[SyncPanel, Table]
) -> None:
    panel, table = page
    laptop = table.laptop
    laptop.register("王五")
    which = keep_apart(laptop)
    with writing(laptop.engine) as conn:
        note_dropped(conn, [Dropped(*which, laptop.clock(), "同一人已登记过")])
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.dropped.cards) == 1)
    (card,) = panel.dropped.cards
    assert isinstance(card, DroppedCard)
    assert "理由：同一人已登记过" in said(card)
    assert "王*" in said(card)
    assert not card.look.isVisibleTo(card), "nobody was met yet: there is no page of theirs"
    assert not panel.lines.isVisibleTo(panel)
    card.button.click()
    qtbot.waitUntil(lambda: panel.dropped.cards == [])
    assert not panel.dropped.isVisibleTo(panel)


# how far a record has come


def far(laptop: Laptop, *ids: str) -> Trace:
    with reading(laptop.engine) as conn:
        return trace(conn, ids)


def test_a_record_is_followed_from_here_to_everybody(town: Town) -> None:
    laptop = town.laptop("V1")
    person = laptop.register("张建国")
    other = laptop.register("李秀英")
    waits = Waiting()
    assert (far(laptop, person).stage, far(laptop, person).commits) == (Stage.WAITING, 1)
    laptop.amend(person, alias="老张")
    assert far(laptop, person).commits == 2
    assert far(laptop, other).commits == 1
    assert far(laptop, "f" * 32).stage is Stage.MERGED
    with reading(laptop.engine) as conn:
        assert waits.among(conn, [person, "f" * 32]) == {person}
    with writing(laptop.engine) as conn:
        epoch = standing(conn).epoch
        conn.execute(tables.carried.insert(), {"one": 1, "file": "a" * 32, "epoch": epoch, "n": 2, "at": 1})
    assert far(laptop, other).stage is Stage.SENT
    assert far(laptop, person).stage is Stage.WAITING, "its second change is in no file"
    laptop.sync()
    assert far(laptop, person) == Trace(Stage.MERGED)
    with reading(laptop.engine) as conn:
        assert waits.among(conn, [person, other]) == frozenset()


def test_the_line_on_a_record_keeps_up(qtbot: QtBot, town: Town, theme: Theme) -> None:
    laptop = town.laptop("V1")
    person = laptop.register("张建国")
    table, courier = sit_down(laptop, theme)
    line = TraceLine(table.desk, [person])
    put_on_screen(qtbot, line)
    qtbot.waitUntil(lambda: line.label.text().startswith("待上传，1 处改动"))
    with qtbot.waitSignal(table.desk.rounds.ended):
        courier.start()
    qtbot.waitUntil(lambda: line.label.text() == "已合并到中心，有关点位都能看到")
    table.work.do(RegisterPerson(name="别人", gender="MALE", age_est=40))
    QTest.qWait(100)
    assert line.label.text() == "已合并到中心，有关点位都能看到"
    table.work.close()
