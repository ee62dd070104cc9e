"""The cards of the settings: a title, what stands under it, and how a refusal is said where no field takes it."""

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.parts.label import Label
from app.desktop.parts.section import Card


class TitledCard(Card):
    """A card that knows the desk."""

    def __init__(self, desk: Desk, title: str, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, "s12", parent)
        self.desk = desk
        self.body.addWidget(Label(desk.theme, title, "section", parent=self))
        if words:
            self.body.addWidget(Label(desk.theme, words, "small", "quiet", wrap=True, parent=self))
