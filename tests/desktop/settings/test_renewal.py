"""A new enrolment file at a point that works: chosen, or found on a stick; wrong ones change nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.center import admin, tls
from app.cli.office import PointOffice
from app.desktop.frame import sticks
from app.desktop.frame.sticks import Stick
from app.desktop.syncing.panel import SyncPanel
from app.store.engine import open_plain, reading
from app.store.upgrade import upgrade
from app.sync.state import SyncState, enrolled
from tests.desktop.conftest import focused
from tests.desktop.settings.conftest import OpenPoint
from tests.sync.town import Town, found_city

ELSEWHERE = "http://127.0.0.1:1"


def state_of(point: OpenPoint) -> SyncState:
    office = point.desktop.desk.office
    assert isinstance(office, PointOffice)
    with reading(office.point.engine) as conn:
        return enrolled(conn)


def take_in(point: OpenPoint) -> None:
    """Enter the code that was left for later, and wait until the center has taken the computer in."""
    point.desktop.window.open_page("settings", "code")
    point.hands.type(point.code)
    point.hands.enter()
    point.hands.wait(lambda: point.board.center.tag.text() == "已接纳")
    point.hands.wait(lambda: not point.desktop.runs.running)


def file_for(town: Town, node: str, place: Path, name: str = "启用.json") -> Path:
    file = place / name
    file.write_bytes(town.enrolment(node)[0])
    return file


def test_a_new_file_says_where_the_center_is_now(point: OpenPoint, town: Town, tmp_path: Path) -> None:
    take_in(point)
    tls.move_to(town.engine, ELSEWHERE)
    file = file_for(town, "V1", tmp_path)
    point.desktop.window.open_page("settings", "file")
    card = point.board.center.renewal
    assert focused() is card.choose
    card.take(str(file))
    point.hands.wait(point.told("中心没有开门"))  # it was looked for at the new address at once
    assert (state_of(point).url, state_of(point).admitted_at is not None) == (ELSEWHERE, True)
    card.take(str(file))
    point.hands.wait(point.told("没有本机不知道的内容"))


def test_a_file_of_another_city_or_point_is_refused_and_changes_nothing(
    point: OpenPoint, town: Town, tmp_path: Path
) -> None:
    before = state_of(point)
    other = open_plain(tmp_path / "other.db")
    upgrade(other, None)
    found_city(other, ELSEWHERE)
    foreign, broken = tmp_path / "foreign.json", tmp_path / "broken.json"
    foreign.write_bytes(admin.enroll(other, "V1")[0])
    other.dispose()
    broken.write_bytes(b"{}")
    card = point.board.center.renewal
    for file, words in (
        (foreign, "另一个城市"),
        (file_for(town, "V2", tmp_path), "另一个点位"),
        (broken, "读不出来"),
        (tmp_path / "nowhere.json", "找不到这个文件"),
    ):
        card.take(str(file))
        point.hands.wait(point.told(words))
    assert state_of(point) == before


def test_before_the_center_took_it_in_a_new_file_asks_for_its_code(
    point: OpenPoint, town: Town, tmp_path: Path
) -> None:
    content, code = town.enrolment("V1")
    (tmp_path / "new.json").write_bytes(content)
    card = point.board.center
    card.renewal.take(str(tmp_path / "new.json"))
    point.hands.wait(point.told("请填写随它一起给的启用码"))
    point.hands.wait(lambda: card.form.code.isAncestorOf(focused()))
    point.hands.type(code)
    point.hands.enter()
    point.hands.wait(lambda: card.tag.text() == "已接纳")


def test_the_file_for_this_point_is_found_on_a_stick(
    point: OpenPoint, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "KINGSTON"
    stick.mkdir()
    monkeypatch.setattr(sticks, "LOOK_MS", 20)
    monkeypatch.setattr(sticks, "sticks_now", lambda: (Stick(stick, "KINGSTON", can_write=True),))
    take_in(point)
    card = point.board.center.renewal
    (stick / "notes.json").write_text("{}", encoding="utf-8")
    file_for(town, "V2", stick, "v2.json")
    card.sticks.look()
    point.hands.wait(lambda: card.sticks.now)
    assert not card.from_stick.isVisible(), "none of these is for this point"
    tls.move_to(town.engine, ELSEWHERE)
    file_for(town, "V1", stick, "v1.json")
    card.sticks.look()
    point.hands.wait(lambda: card.from_stick.isVisible())
    assert card.words.text().endswith("v1")
    card.go_to()
    point.hands.enter()
    point.hands.wait(lambda: state_of(point).url == ELSEWHERE)
    point.hands.wait(lambda: not card.from_stick.isVisible())


def test_the_page_of_sync_leads_there(point: OpenPoint) -> None:
    panel = point.desktop.window.open_page("syncing")
    assert isinstance(panel, SyncPanel)
    point.hands.wait(lambda: panel.picture)
    picture = panel.picture
    assert picture is not None
    for trouble, words in (("center_away", ""), ("authority_unknown", "读入新的启用文件…")):
        panel.show_picture(replace(picture, standing=replace(picture.standing, last_error=trouble)))
        assert panel.mend.isVisibleTo(panel) == bool(words)
        assert panel.mend.text() == words
    panel.mend.click()
    assert focused() is point.board.center.renewal.choose
