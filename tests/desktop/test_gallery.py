"""What is looked at in the gallery, looked at by a test too: nothing cut, nothing foreign, nothing without a name."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLabel, QLineEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.forms.check import CheckBox
from app.desktop.frame.rail import RailItem
from app.desktop.parts.button import Button, Chip, Pressable
from app.desktop.parts.label import Label, Tag
from app.desktop.theme.theme import Look, Theme
from app.desktop.work import Work
from tests.desktop.conftest import put_on_screen
from tests.desktop.gallery import SCENES, SCREENS, Screen, stage

LATIN_ALLOWED = re.compile(r"\bCtrl\+(K|L|Enter)\b|\bF\d\b|\bzj\b")
SETS_ITS_WIDTH = (Button, Chip, CheckBox, Tag, RailItem)


@pytest.fixture(params=list(SCENES))
def scene(request: pytest.FixtureRequest, theme: Theme) -> Iterator[tuple[Theme, str]]:
    yield theme, request.param
    theme.wear(Look("light", still=True))


def seen(root: QWidget) -> Iterator[QWidget]:
    """The widgets that are to be seen, without those in a part that scrolls out of sight."""
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget


def in_scrolling(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def words_of(widget: QWidget) -> list[str]:
    found = [widget.accessibleName(), widget.toolTip()]
    if isinstance(widget, QLabel | QLineEdit | Pressable | Tag):
        found.append(widget.text())
    if isinstance(widget, QLineEdit):
        found.append(widget.placeholderText())
    if isinstance(widget, QTableView):
        model = widget.model()
        found += [str(model.headerData(place, Qt.Orientation.Horizontal)) for place in range(model.columnCount())]
        found += [str(model.index(0, place).data()) for place in range(model.columnCount())]
    return [word for word in found if word]


def too_small(widget: QWidget) -> str:
    """What is cut off of a widget's words, or nothing."""
    room = widget.contentsRect()
    metrics = widget.fontMetrics()
    if isinstance(widget, Label) and not widget.wordWrap():
        if widget.cuts:
            return ""
        fits = metrics.horizontalAdvance(widget.text()) <= room.width() and metrics.height() <= room.height()
        return "" if fits else f"label {widget.text()!r} in {room.width()} x {room.height()}"
    if isinstance(widget, QLabel) and widget.wordWrap():
        wanted = widget.heightForWidth(widget.width())
        return "" if wanted <= widget.height() else f"label {widget.text()!r}: {wanted} high in {widget.height()}"
    if isinstance(widget, SETS_ITS_WIDTH):
        hint = widget.minimumSizeHint()
        fits = hint.width() <= widget.width() and hint.height() <= widget.height()
        return "" if fits else f"{type(widget).__name__} {widget.text()!r}: {hint} in {widget.size()}"
    if isinstance(widget, QLineEdit):
        margins = widget.textMargins()
        free = widget.width() - margins.left() - margins.right() - 2 * metrics.averageCharWidth()
        wanted = metrics.horizontalAdvance(widget.text() or widget.placeholderText())
        return "" if wanted <= free else f"field {widget.accessibleName()!r}: {wanted} in {free}"
    return ""


def outside(widget: QWidget) -> str:
    """Whether a widget's edge is hidden by what holds it."""
    if in_scrolling(widget) or not isinstance(widget, (*SETS_ITS_WIDTH, QLabel, QLineEdit)):
        return ""
    shown = widget.visibleRegion().boundingRect()
    if QRect(widget.rect()).width() - shown.width() > 1 or widget.rect().height() - shown.height() > 1:
        return f"{type(widget).__name__} {words_of(widget)}: {shown} of {widget.rect()}"
    return ""


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


def has_latin(word: str) -> bool:
    """Letters that are neither the name of a key nor initials to type."""
    word = re.sub(r"</?qt>", "", word)
    initials = re.fullmatch(r"[a-z]+\d*", word)
    return not initials and re.search(r"[A-Za-z]", LATIN_ALLOWED.sub("", word)) is not None


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
