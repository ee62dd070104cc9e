"""What of a screen is seen, cut off, or written in words that are not the users'."""

import re
from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QLineEdit, QTableView, QWidget

from app.desktop.forms.check import CheckBox
from app.desktop.frame.rail import RailItem
from app.desktop.parts.button import Button, Chip, Pressable
from app.desktop.parts.label import Label, Tag

LATIN_ALLOWED = re.compile(r"\bCtrl\+(K|L|Enter)\b|\bF\d\b|\bzj\b")
SETS_ITS_WIDTH = (Button, Chip, CheckBox, Tag, RailItem)


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


def has_latin(word: str) -> bool:
    """Letters that are neither the name of a key nor initials to type."""
    word = re.sub(r"</?qt>", "", word)
    initials = re.fullmatch(r"[a-z]+\d*", word)
    return not initials and re.search(r"[A-Za-z]", LATIN_ALLOWED.sub("", word)) is not None
