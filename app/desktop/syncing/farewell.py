"""Before the program closes: the last records go to the center, unless somebody would rather leave now."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.desktop.parts.button import Button
from app.desktop.parts.floating import Floating
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme
from app.sync.reports import Progress


class Farewell(QWidget):
    """`quit_asked` leaves at once, `stay_asked` goes back to work. Nothing is lost by either."""

    quit_asked = Signal()
    stay_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "ground")
        outer = Column(theme, self, gap="")
        self._theme = theme
        self._card = card = Floating(theme, self)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        reach = "shadow_reach"
        shell = Column(theme, card, gap="", pad=(reach, reach, reach, reach))
        column = Column(theme, gap="s12", pad=("s24", "s24", "s24", "s24"))
        shell.addLayout(column)
        head = Row(theme, gap="s12")
        head.addWidget(Icon(theme, "upload", "accent", "icon", card))
        self._title = Label(theme, "", "section", wrap=True, parent=card)
        head.addWidget(self._title, 1)
        column.addLayout(head)
        self._step = Label(theme, "", tone="quiet", tabular=True, parent=card)
        column.addWidget(self._step)
        words = self.tr("Everything is saved on this computer. Leaving now loses nothing: it is sent the next time.")
        column.addWidget(Label(theme, words, wrap=True, parent=card))
        foot = Row(theme, gap="s8")
        self.quit = Button(theme, self.tr("Quit anyway"), "primary", key="Enter", parent=card)
        self.quit.clicked.connect(self.quit_asked)
        self.stay = Button(theme, self.tr("Go on working"), "plain", key="Esc", parent=card)
        self.stay.clicked.connect(self.stay_asked)
        foot.addWidget(self.quit)
        foot.addWidget(self.stay)
        foot.addStretch(1)
        column.addLayout(foot)
        self.setFocusProxy(self.quit)
        self._dress()
        theme.changed.connect(self._dress)

    def show_waiting(self, unsent: int) -> None:
        self._title.setText(self.tr("Sending the last %n record(s)…", "", unsent))
        self._step.setText(self.tr("Calling the center…"))
        self.setAccessibleName(self._title.text())

    def show_progress(self, moved: Progress | None) -> None:
        if moved is not None and moved.step != "admitting":
            self._step.setText(self.tr("%n sent", "", moved.sent))

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self._card.setFixedWidth(sizes.wide_field + sizes.field)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.quit_asked.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.stay_asked.emit()
        else:
            super().keyPressEvent(event)
