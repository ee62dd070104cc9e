"""Layouts whose spaces are tokens and follow the user's scale."""

from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout, QWidget

from app.desktop.theme.theme import Theme

Pad = tuple[str, str, str, str]
"""Left, top, right, bottom, each the name of a size, or "" for none."""


def _length(theme: Theme, name: str) -> int:
    length: int = getattr(theme.sizes, name) if name else 0
    return length


def _set_margins(layout: QLayout, theme: Theme, pad: str | Pad) -> None:
    left, top, right, bottom = (pad,) * 4 if isinstance(pad, str) else pad
    layout.setContentsMargins(*(_length(theme, each) for each in (left, top, right, bottom)))


class Box(QBoxLayout):
    """A row or a column; `gap` and `pad` are names of sizes. `Row` and `Column` make it."""

    def __init__(
        self,
        theme: Theme,
        direction: QBoxLayout.Direction,
        parent: QWidget | None,
        gap: str,
        pad: str | Pad,
    ) -> None:
        if parent is None:
            super().__init__(direction)
        else:
            super().__init__(direction, parent)
        self._theme, self._gap, self._pad = theme, gap, pad
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        self.setSpacing(_length(self._theme, self._gap))
        _set_margins(self, self._theme, self._pad)


class Row(Box):
    def __init__(self, theme: Theme, parent: QWidget | None = None, gap: str = "s8", pad: str | Pad = "") -> None:
        super().__init__(theme, QBoxLayout.Direction.LeftToRight, parent, gap, pad)


class Column(Box):
    def __init__(self, theme: Theme, parent: QWidget | None = None, gap: str = "s8", pad: str | Pad = "") -> None:
        super().__init__(theme, QBoxLayout.Direction.TopToBottom, parent, gap, pad)


class Grid(QGridLayout):
    """A grid; `across` and `down` are the gaps between columns and rows."""

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        across: str = "s16",
        down: str = "s12",
        pad: str | Pad = "",
    ) -> None:
        if parent is None:
            super().__init__()
        else:
            super().__init__(parent)
        self._theme, self._across, self._down, self._pad = theme, across, down, pad
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        self.setHorizontalSpacing(_length(self._theme, self._across))
        self.setVerticalSpacing(_length(self._theme, self._down))
        _set_margins(self, self._theme, self._pad)
