"""The settings: worn at once and kept; passwords, users, the code and copies, by keyboard on a real point."""

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.base.clock import wall_clock
from app.base.errors import Refused
from app.cli.bootstrap import BACKUPS
from app.cli.desktop import read_choices
from app.cli.office import PointOffice
from app.desktop.frame.office import Standing
from app.desktop.parts.label import Label
from app.desktop.settings.board import SettingsBoard
from app.journal.act import Actor
from app.store import backup, keystore
from tests.cli.points import PASSWORD
from tests.desktop.conftest import focused
from tests.desktop.settings.conftest import OpenPoint

NEW = "another-password"


def opens(point: OpenPoint, user: str, password: str) -> bool:
    try:
        keystore.unlock(point.data, user, password, clock=wall_clock)
    except Refused:
        return False
    return True


def refused_with(act: Callable[[], None], code: str) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.code == code


def test_language_shade_and_scale_are_worn_at_once_and_kept(point: OpenPoint) -> None:
    hands, desktop = point.hands, point.desktop
    form = point.board.look.form
    form.start()
    hands.enter()
    hands.type("125")
    hands.wait(lambda: desktop.theme.look.scale == 125)
    hands.enter()
    hands.type("ss")
    assert desktop.theme.dark
    form.language.go_to()
    hands.press(Qt.Key.Key_Right)
    hands.press(Qt.Key.Key_Space)
    assert desktop.window.windowTitle() == "Aidpoint"
    assert desktop.desk.texts.language == "en"
    assert focused().accessibleName() == "Language English"
    assert point.board is not None
    assert isinstance(desktop.window.findChild(SettingsBoard), SettingsBoard)
    hands.wait(lambda: read_choices(point.data).language == "en")
    kept = read_choices(point.data)
    assert (kept.look.scale, kept.look.shade) == (125, "dark")


def test_the_lock_follows_what_is_chosen(point: OpenPoint) -> None:
    form = point.board.look.form
    choice = form.field("lock_after_s")
    choice.go_to()
    point.hands.type("bsp")
    point.hands.enter()
    assert point.desktop.choosing.now.lock_after_s == 0
    assert choice.value() == "0"
    point.hands.wait(lambda: read_choices(point.data).lock_after_s == 0)


def test_the_password_is_changed(point: OpenPoint) -> None:
    hands, card = point.hands, point.board.password
    card.open_button.setFocus()
    hands.enter()
    for words in ("not-my-password", NEW, NEW):
        hands.type(words)
        hands.enter()
    hands.wait(lambda: "密码不对" in card.form.old.refusal)
    card.form.old.set_value(None)
    card.form.old.go_to()
    hands.type(PASSWORD)
    hands.save()
    hands.wait(point.told("密码已更改"))
    assert not card.form.isVisible()
    assert card.form.values() == {"password": None, "new_password": None, "again": None}
    assert (opens(point, "u-V1", NEW), opens(point, "u-V1", PASSWORD)) == (True, False)
    point.desktop.lock()
    hands.type(NEW)
    hands.enter()
    hands.wait(lambda: not point.desktop.window.locked)


def test_a_colleague_gets_a_password_and_loses_it(point: OpenPoint) -> None:
    hands, card = point.hands, point.board.users
    assert [row.who.code for row in card.rows] == ["u-V1"]
    assert card.rows[0].button is None, "nobody removes themselves"
    card.open_button.setFocus()
    hands.enter()
    hands.press(Qt.Key.Key_Down)
    hands.enter()
    hands.type(NEW)
    hands.enter()
    hands.type(NEW)
    hands.enter()
    hands.wait(lambda: len(card.rows) == 2)
    added = next(row for row in card.rows if row.button is not None)
    assert opens(point, added.who.code, NEW)
    assert added.button is not None
    added.button.setFocus()
    hands.enter()
    assert added.button.text() == "确定移除"
    card.open_button.setFocus()
    assert added.button.text() == "移除", "going elsewhere takes it back"
    added.button.setFocus()
    hands.enter(2)
    hands.wait(lambda: len(card.rows) == 1)
    assert keystore.users(point.data) == ["u-V1"]
    assert not opens(point, added.who.code, NEW)


def test_only_staff_from_here_or_above_and_only_by_those_who_may(point: OpenPoint) -> None:
    office = point.desktop.desk.office
    assert isinstance(office, PointOffice)
    refused_with(partial(office.add_user, "u-V2", NEW), "no_such_user")
    refused_with(partial(office.add_user, "u-V1", NEW), "no_such_user")
    refused_with(partial(office.remove_user, "u-V1"), "not_yourself")
    refused_with(partial(office.remove_user, "nobody"), "no_such_user")
    actor = office.point.actor
    office.point.actor = Actor(actor.id, "ASSISTANT", actor.node)
    refused_with(partial(office.add_user, "u-T1", NEW), "not_allowed")
    refused_with(partial(office.remove_user, "u-T1"), "not_allowed")


def test_the_code_left_for_later_is_entered_and_used(point: OpenPoint) -> None:
    hands, card = point.hands, point.board.center
    hands.wait(lambda: card.tag.text() == "还没有接纳")
    point.desktop.window.open_page("settings", "code")
    hands.type(f"{point.code[:4]} {point.code[4:].lower()}")
    hands.enter()
    hands.wait(lambda: card.tag.text() == "已接纳")
    assert not card.form.isVisible()
    office = point.desktop.desk.office
    assert office is not None
    refused_with(partial(office.keep_code, "ABCD"), "admitted_already")


def test_a_wrong_code_is_said_and_may_be_entered_again(point: OpenPoint) -> None:
    hands, card = point.hands, point.board.center
    hands.wait(lambda: card.form.isVisible())
    card.go_to_code()
    hands.enter()
    assert card.form.code.refusal
    hands.type("WRONGCODE1")
    hands.enter()
    hands.wait(point.told("启用码不对"))
    hands.wait(lambda: card.tag.text() == "还没有接纳")
    assert card.form.isVisible()


def test_a_computer_the_center_shut_out_says_so(point: OpenPoint) -> None:
    card, now = point.board.center, Standing("杭州", "", "A", admitted_at=1, has_code=False, is_shut_out=True)
    point.hands.wait(lambda: card.tag.text() == "还没有接纳")
    card._show(now)
    assert card.tag.text() == "已停用"
    assert "已被中心停用" in card.words.text()


def test_a_copy_is_made_checked_and_shown(point: OpenPoint, tmp_path_factory: pytest.TempPathFactory) -> None:
    hands, card = point.hands, point.board.copies
    card.now.setFocus()
    hands.enter()
    hands.wait(point.told("已备份并核对"))
    hands.wait(lambda: any("共 1 份" in label.text() for label in card.findChildren(Label)))
    office = point.desktop.desk.office
    assert office is not None
    found = office.copies()
    assert found.folder == point.data / BACKUPS
    key = keystore.unlock(point.data, "u-V1", PASSWORD)
    backup.verify(found.copies[0].path, key)
    stick = tmp_path_factory.mktemp("stick")
    card.copy_to(str(stick))
    hands.wait(lambda: list(stick.glob("aidpoint-*.db")))
    hands.wait(lambda: card.now.isEnabled())
    card.copy_to(str(found.copies[0].path))
    hands.wait(point.told("读写磁盘出错"))
    assert QGuiApplication.overrideCursor() is None
