"""All settings on one page: two columns of cards where there is room, one where there is not."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from app.desktop.desk import Desk
from app.desktop.lists.list_detail import Scroller
from app.desktop.settings.about_card import AboutCard
from app.desktop.settings.center_card import CenterCard
from app.desktop.settings.copies_card import CopiesCard
from app.desktop.settings.look_card import LookCard
from app.desktop.settings.password_card import PasswordCard
from app.desktop.settings.users_card import UsersCard
from app.desktop.theme.layouts import Column, Row


class SettingsBoard(QWidget):
    """Opened with the name of a setting ("language") it goes there."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        content = QWidget(self)
        self._columns = Row(desk.theme, content, gap="s16", pad=("s24", "s4", "s24", "s24"))
        self.look = LookCard(desk)
        self.password = PasswordCard(desk)
        self.users = UsersCard(desk)
        self.center = CenterCard(desk)
        self.copies = CopiesCard(desk)
        self.about = AboutCard(desk)
        for cards in ((self.look, self.password, self.about), (self.users, self.center, self.copies)):
            column = Column(desk.theme, gap="s16")
            for card in cards:
                column.addWidget(card)
            column.addStretch(1)
            self._columns.addLayout(column, 1)
        Column(desk.theme, self, gap="").addWidget(Scroller(desk.theme, content, self))
        self.setFocusProxy(self.look.language)
        self._fold()

    def intend(self, intent: object) -> None:
        if intent == "language":
            self.look.language.go_to()
        elif intent == "code":
            self.center.go_to_code()
        elif intent == "file":
            self.center.renewal.go_to()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        sizes = self._desk.theme.sizes
        side_by_side = self.width() >= 2 * sizes.panel + sizes.s16 + 2 * sizes.s24
        way = QBoxLayout.Direction.LeftToRight if side_by_side else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(way)
        for place in range(2):
            self._columns.setStretch(place, 1 if side_by_side else 0)
        self._columns.setAlignment(Qt.AlignmentFlag(0))
