"""The order in which Tab goes through a page whose parts come, go and change places.

Qt goes by when a widget was made; people go by what they see.
"""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QWidget


def tab_as_seen(start: QWidget, parts: QLayout) -> None:
    """After `start`, Tab goes through these parts as their layouts have them."""
    before = start
    for widget in _stops(parts):
        QWidget.setTabOrder(before, widget)
        before = widget


def _stops(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget = item.widget() if item is not None else None
        inner = item.layout() if item is not None else None
        if widget is not None:
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                yield widget
            inner = widget.layout()
        if inner is not None:
            yield from _stops(inner)
