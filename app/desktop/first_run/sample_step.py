"""Instead of enrolling: what the sample city is, and how far its making is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.base.texts import Texts
from app.desktop.first_run.step import Step
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Row
from app.desktop.theme.theme import Theme


class SampleStep(Step):
    """Says what will be there; nothing is asked."""

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(theme, texts, parent)
        self.title = self.tr("Look round a sample city")
        self.sentence = self.tr("A city with its center and a point that has been at work for three months.")
        for icon, words in (
            ("people", self.tr("Everybody and everything in it is invented; try whatever you like.")),
            ("lock", self.tr("It stays on this computer. Nothing is sent anywhere.")),
            ("clock", self.tr("It takes about half a minute the first time, a few seconds later on.")),
            ("history", self.tr("Close the window to leave it; setting up this computer begins as before.")),
        ):
            line = Row(theme, gap="s12")
            line.addWidget(Icon(theme, icon, "accent", "icon", self), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(Label(theme, words, wrap=True, parent=self), 1)
            self.column.addLayout(line)
        self.finish()

    def words_of(self, where: str) -> str:
        """What is being done, for a place on the way."""
        words = {
            "city": self.tr("Building the city…"),
            "point": self.tr("Three months at the point go by…"),
            "open": self.tr("Opening the point…"),
        }
        return words.get(where, "")
