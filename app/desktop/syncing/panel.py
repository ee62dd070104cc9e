"""The widget of the page of sync."""

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk


class SyncPanel(QWidget):
    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
