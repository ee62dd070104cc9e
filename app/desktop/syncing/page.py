"""The page of sync as the window knows it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.syncing.panel import SyncPanel


class SyncingPage(QObject):
    key = "syncing"
    icon = "sync"
    shortcut = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def title(self) -> str:
        return self.tr("Sync")

    def make(self, parent: QWidget) -> QWidget:
        return SyncPanel(self._desk, parent)
