"""Which program this is and which computer."""

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.frame.office import Standing
from app.desktop.parts.section import Facts
from app.desktop.settings.titled import TitledCard


class AboutCard(TitledCard):
    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, self.tr("About"), parent=parent)
        self.facts = Facts(desk.theme, parent=self)
        self.body.addWidget(self.facts)
        if desk.office is not None:
            desk.work.ask(desk.office.standing, self._show, slot=(id(self), "standing"))

    def _show(self, now: Standing) -> None:
        version = self.desk.office.version() if self.desk.office is not None else ""
        self.facts.show_facts(
            [
                (self.tr("Version"), version),
                (self.tr("Point"), now.place),
                (
                    self.tr("This computer"),
                    self.tr("Letter {letter} in the numbers of records").format(letter=now.letter),
                ),
            ]
        )
