"""The page 个案 as the rail knows it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desktop.cases.board import CaseBoard
from app.desktop.desk import Desk


class CasesPage(QObject):
    key = "cases"
    icon = "case"
    shortcut = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def title(self) -> str:
        return self.tr("Cases")

    def make(self, parent: QWidget) -> QWidget:
        return CaseBoard(self._desk, parent)
