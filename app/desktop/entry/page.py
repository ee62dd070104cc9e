"""The page 登记 as the rail knows it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.entry.counter import Counter


class EntryPage(QObject):
    key = "entry"
    icon = "register"
    shortcut = "F2"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def title(self) -> str:
        return self.tr("Log an encounter")

    def make(self, parent: QWidget) -> QWidget:
        return Counter(self._desk, parent)
