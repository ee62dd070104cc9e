"""The lots of an item: which ends when, how much of it there is, where it lies."""

from typing import Any

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.desktop.lists.painted import PaintedList
from app.desktop.stock.words import StockWords
from app.desktop.theme.theme import Theme
from app.features.inventory.queries import ItemRow, LotStock


class LotList(PaintedList):
    def __init__(self, theme: Theme, words: StockWords, item: ItemRow, parent: QWidget | None = None) -> None:
        name = self.tr("Lots of {item}").format(item=item.name)
        super().__init__(theme, name, "row", grows=True, parent=parent)
        self._words, self._item = words, item

    def words(self, row: Any) -> str:
        sign = self._words.lot_sign(row)
        return self.tr(", ").join(
            filter(
                None,
                (
                    self._words.lot(row.batch, row.expires_on),
                    row.shelf or "",
                    self._words.amount(row.on_hand, self._item),
                    sign.text if sign else "",
                ),
            )
        )

    def key(self, row: Any) -> object:
        return row.lot

    def draw(self, painter: QPainter, room: QRect, place: int) -> None:
        lot: LotStock = self.rows[place]
        sizes = self.theme.sizes
        tone = "danger" if lot.on_hand < 0 else "text"
        amount = self._words.amount(lot.on_hand, self._item)
        taken = self.write(painter, room, amount, "body", tone, right=True, figures=True)
        left = room.adjusted(0, 0, -taken - sizes.s12, 0)
        until = self._words.lot(None, lot.expires_on)
        left = left.adjusted(self.write(painter, left, until) + sizes.s12, 0, 0, 0)
        sign = self._words.lot_sign(lot)
        if sign is not None and left.width() > 2 * sizes.icon:
            square = QRectF(0, 0, sizes.icon_small, sizes.icon_small)
            square.moveCenter(left.toRectF().center())
            square.moveLeft(left.left())
            self.theme.draw_icon(painter, sign.icon, sign.tone, square)
            left = left.adjusted(sizes.icon_small + sizes.s4, 0, 0, 0)
            left = left.adjusted(self.write(painter, left, sign.text, "small", sign.tone) + sizes.s12, 0, 0, 0)
        more = " · ".join(filter(None, (self._words.batch(lot.batch), lot.shelf)))
        if more and left.width() > 2 * sizes.icon:
            self.write(painter, left, more, "small", "quiet")
