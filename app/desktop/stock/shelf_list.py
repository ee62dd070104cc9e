"""The shelf as a list: an item a row, what is on hand against its minimum, how long it lasts, what needs a hand."""

from typing import Any

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.desktop.lists.painted import PaintedList
from app.desktop.parts.bars import paint_stock
from app.desktop.stock.words import StockWords
from app.desktop.theme.theme import Theme
from app.features.inventory.queries import ItemStock


class ShelfList(PaintedList):
    def __init__(self, theme: Theme, words: StockWords, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent=parent)
        self._words = words

    def words(self, row: Any) -> str:
        return self._words.item_heard(row)

    def key(self, row: Any) -> object:
        return row.item.id

    def draw(self, painter: QPainter, room: QRect, place: int) -> None:
        stock: ItemStock = self.rows[place]
        sizes = self.theme.sizes
        half = room.height() // 2
        right = min(sizes.field, room.width() * 2 // 5)
        upper = QRect(room.left(), room.top(), room.width() - right - sizes.s12, half)
        lower = upper.translated(0, half)
        amount = QRect(room.right() - right, room.top(), right, half)
        tone = "danger" if stock.on_hand < 0 else "text"
        self.write(
            painter, amount, self._words.amount(stock.on_hand, stock.item), "strong", tone, right=True, figures=True
        )
        bar = QRectF(amount.translated(0, half)).adjusted(0, sizes.s2, 0, 0)
        paint_stock(painter, self.theme, bar, stock.usable, stock.min_level or 0)
        taken = self.write(painter, upper, stock.item.name, "strong")
        spec = upper.adjusted(taken + sizes.s8, 0, 0, 0)
        if stock.item.spec and spec.width() > 2 * sizes.s16:
            self.write(painter, spec, stock.item.spec, "small", "quiet")
        self._draw_state(painter, lower, stock)

    def _draw_state(self, painter: QPainter, room: QRect, stock: ItemStock) -> None:
        sizes = self.theme.sizes
        for sign in self._words.signs(stock):
            if room.width() < 3 * sizes.icon:
                return
            side = sizes.icon_small
            square = QRectF(room.left(), room.center().y() - side / 2 + 1, side, side)
            self.theme.draw_icon(painter, sign.icon, sign.tone, square)
            room = room.adjusted(side + sizes.s4, 0, 0, 0)
            room = room.adjusted(self.write(painter, room, sign.text, "small", sign.tone) + sizes.s12, 0, 0, 0)
        parts = [self._words.cover(stock)] if stock.usable > 0 or not self._words.signs(stock) else []
        if stock.next_expiry:
            parts.append(self._words.until(stock.next_expiry))
        if room.width() > 3 * sizes.icon:
            self.write(painter, room, " · ".join(parts), "small", "quiet")
