"""Trouble is shown in one place; a crash is logged without what people typed, and nothing is lost."""

import sys

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.base.crashes import describe
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.desktop.errors import Crashes, Errors
from app.desktop.frame.notices import Notices
from app.desktop.theme.theme import Theme
from tests.desktop.conftest import Heard


@pytest.fixture
def notices(qtbot: QtBot, theme: Theme) -> Notices:
    home = QWidget()
    qtbot.addWidget(home)
    home.resize(800, 600)
    home.show()
    made = Notices(theme, home)
    made.home = home  # type: ignore[attr-defined]
    return made


def test_trouble_becomes_a_notice(notices: Notices) -> None:
    errors = Errors(notices, Texts("zh_CN"))
    errors.show(Refused("this_is_not_known"))
    assert [card.words.text() for card in notices.shown] == ["this_is_not_known"]
    errors.show(Environment("nor_is_this"))  # the refusal gives way to it
    errors.show(ValueError("a bug is not shown here"))
    assert [card.words.text() for card in notices.shown] == ["nor_is_this"]


def fail(name: str) -> None:
    try:
        int(name)
    except ValueError as error:
        raise KeyError(name) from error


@pytest.mark.expects_log(r"crash: KeyError at .*test_errors.py:\d+.*; from ValueError at")
def test_a_crash_keeps_drafts_and_tells_no_names(
    notices: Notices, caplog: pytest.LogCaptureFixture, heard: Heard
) -> None:
    rescued: list[bool] = []
    crashes = Crashes(notices, lambda: rescued.append(True))
    before = sys.excepthook
    crashes.watch()
    try:
        fail("张三丰")
    except KeyError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    crashes.leave()
    assert sys.excepthook is before
    assert rescued == [True]
    assert "已经填写的内容都在" in notices.shown[0].words.text()
    assert "张三丰" not in caplog.text


def test_the_end_of_the_program_is_no_crash(notices: Notices, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[type] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _trace: ended.append(kind))
    crashes = Crashes(notices, lambda: None)
    crashes.take(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert ended == [KeyboardInterrupt]
    assert notices.shown == []


def test_a_description_has_no_values() -> None:
    try:
        fail("18 岁")
    except KeyError as error:
        said = describe(error)
    assert "18" not in said.replace("test_errors.py:", "").split(" at ")[0]
    assert "岁" not in said
