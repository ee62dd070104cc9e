"""What stands where there is nothing: a kind word, and what can be done."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column
from app.desktop.theme.theme import Theme


class EmptyState(QWidget):
    """A drawing, one line, one sentence, and perhaps a button (`button.clicked` is the page's to connect)."""

    def __init__(
        self, theme: Theme, icon: str, title: str, words: str = "", action: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        column = Column(theme, self, gap="s8", pad=("s24", "s24", "s24", "s24"))
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(2)
        column.addWidget(Icon(theme, icon, "quiet", "icon_large"), 0, centre)
        column.addWidget(Label(theme, title, "section"), 0, centre)
        if words:
            said = Label(theme, words, tone="quiet", wrap=True)
            said.setAlignment(centre)
            column.addWidget(said)
        self.button: Button | None = None
        if action:
            self.button = Button(theme, action, "plain")
            column.addSpacing(theme.sizes.s8)
            column.addWidget(self.button, 0, centre)
        column.addStretch(3)
