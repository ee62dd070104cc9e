"""The look of a quick form: a short heading at the left of each line, the fields of the line beside it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.parts.label import Label
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Grid, Row
from app.desktop.theme.theme import Theme


class Lines(QWidget):
    """Lines of fields. Fields that do not fit beside each other go on the next line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grid = Grid(theme, self, across="s12", down="s12")
        self._grid.setColumnStretch(1, 1)
        self._headings: list[Label] = []
        self._dress()
        theme.changed.connect(self._dress)

    def add(self, heading: str, *fields: QWidget) -> None:
        """One line; a single field that takes all the width stands alone."""
        place = self._grid.rowCount()
        label = Label(self._theme, heading, tone="quiet", parent=self)
        label.setFixedHeight(self._theme.sizes.control)
        self._headings.append(label)
        self._grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
        if len(fields) == 1:
            fixed = fields[0].minimumWidth() == fields[0].maximumWidth()  # it must not hold the column narrow
            side = Qt.AlignmentFlag.AlignLeft if fixed else Qt.AlignmentFlag(0)
            self._grid.addWidget(fields[0], place, 1, side)
            return
        holder = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        holder.setSizePolicy(policy)
        flow = Flow(self._theme, holder)
        for field in fields:
            flow.addWidget(field)
        self._grid.addWidget(holder, place, 1)

    def called(self, field: QWidget, word: str) -> QWidget:
        """A field with its word before it; the two stay together where the line breaks."""
        holder = QWidget(self)
        row = Row(self._theme, holder, gap="s4")
        label = Label(self._theme, word, tone="quiet", parent=holder)
        label.setFixedHeight(self._theme.sizes.control)
        self._headings.append(label)
        row.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(field)
        return holder

    def _dress(self) -> None:
        self._grid.setColumnMinimumWidth(0, self._theme.sizes.heading_column)
        for label in self._headings:
            label.setFixedHeight(self._theme.sizes.control)
