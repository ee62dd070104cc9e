"""What is looked at in the gallery, looked at by a test too: nothing cut, nothing foreign, nothing without a name."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.forms.check import CheckBox
from app.desktop.parts.button import Button, Chip, Pressable
from app.desktop.parts.label import Label
from app.desktop.theme.theme import Look, Theme
from app.desktop.work import Work
from tests.desktop.conftest import put_on_screen
from tests.desktop.gallery import SCENES, SCREENS, Screen, stage
from tests.desktop.looking import has_latin, outside, seen, too_small, words_of


@pytest.fixture(params=list(SCENES))
def scene(request: pytest.FixtureRequest, theme: Theme) -> Iterator[tuple[Theme, str]]:
    yield theme, request.param
    theme.wear(Look("light", still=True))


def close(root: QWidget) -> None:
    for work in root.findChildren(Work):
        work.close()
    root.close()
    root.deleteLater()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen.height}-{screen.scale}")
def test_nothing_is_cut(scene: tuple[Theme, str], screen: Screen) -> None:
    theme, name = scene
    root = stage(theme, name, screen, "light")
    covered = name == "notices"  # what floats may cover what is under it
    cut = [words for widget in seen(root) if (words := too_small(widget) or ("" if covered else outside(widget)))]
    close(root)
    assert not cut, "\n".join(cut)


def test_nothing_is_foreign_nameless_or_markup(scene: tuple[Theme, str]) -> None:
    theme, name = scene
    root = stage(theme, name, SCREENS[0], "light")
    foreign = {word for widget in seen(root) for word in words_of(widget) if has_latin(word)}
    nameless = [
        type(widget).__name__
        for widget in seen(root)
        if isinstance(widget, Pressable | QLineEdit | QTableView) and not widget.accessibleName()
    ]
    markup = [label.text() for label in root.findChildren(QLabel) if label.textFormat() != Qt.TextFormat.PlainText]
    close(root)
    assert not foreign
    assert not nameless
    assert not markup


def test_everything_is_reached_by_tab(qtbot: QtBot, theme: Theme) -> None:
    root = stage(theme, "fields", SCREENS[0], "light")
    put_on_screen(qtbot, root)
    reached: set[QWidget] = set()
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget() or root, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
    missing = [
        widget
        for widget in seen(root)
        if isinstance(widget, Button | QLineEdit | CheckBox)
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget not in reached
    ]
    rows = {chip.parentWidget() for chip in root.findChildren(Chip) if chip in reached}
    assert not missing, [words_of(widget) for widget in missing]
    assert rows


def test_a_tip_shows_markup_as_text(theme: Theme) -> None:
    label = Label(theme, "<b>王</b><img src='http://x/y.png'>" * 4, cut=True)
    label.resize(40, 20)
    label.grab()
    assert "&lt;img" in label.toolTip()
    assert "<img" not in label.toolTip()
