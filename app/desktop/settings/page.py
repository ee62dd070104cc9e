"""The page 设置 as the rail knows it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.settings.board import SettingsBoard


class SettingsPage(QObject):
    key = "settings"
    icon = "settings"
    shortcut = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def title(self) -> str:
        return self.tr("Settings")

    def make(self, parent: QWidget) -> QWidget:
        return SettingsBoard(self._desk, parent)
