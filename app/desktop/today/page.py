"""The page 今日 as the rail knows it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.today.day import Day


class TodayPage(QObject):
    key = "today"
    icon = "today"
    shortcut = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def title(self) -> str:
        return self.tr("This day")

    def make(self, parent: QWidget) -> QWidget:
        return Day(self._desk, parent)
