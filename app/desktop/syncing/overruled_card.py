"""One value that somebody else did not take: what its author wrote, what stands there now, who decided and when."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.parts.section import Card
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Grid
from app.features.cases.overruled import OverruledRow
from app.sync.overruled import Overruled


class OverruledCard(Card):
    """`read` once its author has taken note; the record itself keeps both values in its history."""

    read = Signal(object)

    def __init__(
        self,
        desk: Desk,
        words: SyncWords,
        found: Overruled,
        row: OverruledRow,
        case: str,
        parent: QWidget | None = None,
    ) -> None:
        """`case`: on whose page the record is to be seen; empty where there is none."""
        super().__init__(desk.theme, "s12", parent)
        self._desk, self.found, self.row, self._case = desk, found, row, case
        theme, texts = desk.theme, desk.texts
        title = " · ".join(filter(None, (texts.kind(row.kind), row.subject)))
        self.body.addWidget(Label(theme, title, "strong", cut=True, parent=self))
        grid = Grid(theme, across="s24", down="s4")
        who = row.taken.staff_name or self.tr("somebody")
        when = words.when(found.at)
        heads = (
            (self.tr("You wrote"), words.when(row.mine.at) if row.mine.at is not None else "", "quiet"),
            (self.tr("Taken"), " · ".join(filter(None, (who, row.taken.place, when))), "accent"),
        )
        for at, (head, below, tone) in enumerate(heads, start=1):
            grid.setColumnStretch(at, 1)
            holder = Column(theme, gap="")
            holder.addWidget(Label(theme, head, "strong", tone, parent=self))
            holder.addWidget(Label(theme, below, "small", "quiet", cut=True, parent=self))
            grid.addLayout(holder, 0, at)
        for line, name in enumerate(row.fields, start=1):
            label = Label(theme, texts.field(name, row.kind), tone="quiet", parent=self)
            grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            for at, (values, tone) in enumerate(((row.mine.values, "quiet"), (row.taken.values, "text")), start=1):
                said = words.values.value(row.kind, name, values.get(name), row.names)
                shown = Label(theme, said, "body", tone, wrap=True, parent=self)
                grid.addWidget(shown, line, at, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(grid)
        buttons = QWidget(self)
        foot = Flow(theme, buttons)
        self.look = Button(theme, self.tr("Open the case"), "plain", parent=buttons)
        self.look.setAccessibleName(f"{self.look.text()} {title}")
        self.look.clicked.connect(self._open)
        self.look.setVisible(bool(case))
        foot.addWidget(self.look)
        self.button = Button(theme, self.tr("I have read it"), "soft", parent=buttons)
        self.button.setAccessibleName(f"{self.button.text()} {title}")
        self.button.clicked.connect(self._pressed)
        foot.addWidget(self.button)
        self.body.addWidget(buttons)
        self.setAccessibleName(self.tr("Not taken: {title}").format(title=title))

    def _open(self) -> None:
        self._desk.open_page("cases", self._case)

    def _pressed(self) -> None:
        self.button.setEnabled(False)
        self.read.emit(self.found)
