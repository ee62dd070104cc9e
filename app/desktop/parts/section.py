"""Sections of a page, and facts in them: the label quiet, the value beside it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.desktop.parts.label import Label
from app.desktop.theme.layouts import Column, Grid, Row
from app.desktop.theme.theme import Theme


class Section(QWidget):
    """A heading and what stands under it; `body` takes the widgets, `beside` the head's right end."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = Column(theme, self, gap="s12")
        head = Row(theme, gap="s8")
        head.addWidget(Label(theme, title, "section", parent=self))
        head.addStretch(1)
        self.beside = Row(theme, gap="s8")
        head.addLayout(self.beside)
        column.addLayout(head)
        self.body = Column(theme, gap="s8")
        column.addLayout(self.body)


class Card(QWidget):
    """A surface with a hairline round it; `body` takes the widgets."""

    def __init__(self, theme: Theme, gap: str = "s8", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "card")
        self.body = Column(theme, self, gap=gap, pad=("s16", "s16", "s16", "s16"))


class Facts(QWidget):
    """Pairs of label and value in two columns."""

    def __init__(self, theme: Theme, facts: Sequence[tuple[str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grid = Grid(theme, self, across="s16", down="s8")
        self._grid.setColumnStretch(1, 1)
        self._shown: list[Label] = []
        self.show_facts(facts)
        self._dress()
        theme.changed.connect(self._dress)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        for label in self._shown:
            self._grid.removeWidget(label)
            label.deleteLater()
        self._shown = []
        for line, (name, value) in enumerate(facts):
            left = Label(self._theme, name, tone="quiet", parent=self)
            right = Label(self._theme, value, wrap=True, parent=self)
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(left, line, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, line, 1)
            self._shown += [left, right]

    def _dress(self) -> None:
        """The values of one page stand under each other, from section to section."""
        self._grid.setColumnMinimumWidth(0, self._theme.sizes.fact_column)


class Figure(QWidget):
    """One large number with what it counts."""

    def __init__(
        self, theme: Theme, number: str, words: str, tone: str = "text", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = Column(theme, self, gap="")
        self.number = Label(theme, number, "figure", tone, tabular=True, parent=self)
        column.addWidget(self.number)
        column.addWidget(Label(theme, words, "small", "quiet", parent=self))
