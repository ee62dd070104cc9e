"""The page 物资 as the rail knows it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.stock.room import StockRoom


class StockPage(QObject):
    key = "stock"
    icon = "supplies"
    shortcut = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def title(self) -> str:
        return self.tr("Supplies")

    def make(self, parent: QWidget) -> QWidget:
        return StockRoom(self._desk, parent)
