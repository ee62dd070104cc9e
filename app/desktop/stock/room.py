"""The widget of the page 物资: the shelf, and the sheets that are opened over it."""

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk


class StockRoom(QWidget):
    """Opened for "receive", "hand_out", "count", or an item's id."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
