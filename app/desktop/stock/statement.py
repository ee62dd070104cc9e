"""The books of an item, read like a bank statement: when, what, by whom, how much, and what it left on the shelf."""

from typing import Any

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.lists.painted import PaintedList
from app.desktop.stock.words import StockWords
from app.features.inventory.queries import ItemRow
from app.features.inventory.queries_ledger import StatementRow
from app.features.inventory.rules import COUNT


class Statement(PaintedList):
    """The newest first."""

    def __init__(self, desk: Desk, words: StockWords, item: ItemRow, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, self.tr("Books of {item}").format(item=item.name), grows=True, parent=parent)
        self._desk, self._words, self._item = desk, words, item

    def words(self, row: Any) -> str:
        return self.tr(", ").join(filter(None, (self._when(row), *self._said(row), self._change(row), self._left(row))))

    def key(self, row: Any) -> object:
        return row.id

    def draw(self, painter: QPainter, room: QRect, place: int) -> None:
        row: StatementRow = self.rows[place]
        sizes = self.theme.sizes
        half = room.height() // 2
        right = min(sizes.field, room.width() // 2)
        left = QRect(room.left(), room.top(), room.width() - right - sizes.s8, half)
        side = QRect(room.right() - right, room.top(), right, half)
        kind, more = self._said(row)
        struck = row.taken_back or row.kind == "REVERSAL"
        taken = self.write(painter, left, kind, "body", "quiet" if struck else "text")
        rest = left.adjusted(taken + sizes.s8, 0, 0, 0)
        if more and rest.width() > 2 * sizes.icon:
            self.write(painter, rest, more, "small", "quiet")
        who = " · ".join(filter(None, (self._when(row), row.staff_name, self._words.lot(row.batch, row.expires_on))))
        self.write(painter, left.translated(0, half), who, "small", "quiet")
        tone = "quiet" if struck else "good" if row.change > 0 else "text"
        self.write(painter, side, self._change(row), "strong", tone, right=True, figures=True)
        tone = "danger" if row.balance < 0 else "quiet"
        self.write(painter, side.translated(0, half), self._left(row), "small", tone, right=True, figures=True)

    def _said(self, row: StatementRow) -> tuple[str, str]:
        """What it was, and what is said of it."""
        kind = self._desk.texts.code("MOVEMENT", row.kind)
        if row.kind == COUNT:
            counted = self.tr("counted {amount}").format(amount=self._words.amount(row.counted or 0, self._item))
            cause = self._desk.texts.code("DIFF_REASON", row.cause) if row.cause else ""
            return kind, " · ".join(filter(None, (counted, cause, row.reason)))
        more = [self.tr("taken back")] if row.taken_back else []
        if row.cause:
            more.append(self._desk.texts.code("DIFF_REASON", row.cause))
        return kind, " · ".join(filter(None, (*more, row.reason)))

    def _when(self, row: StatementRow) -> str:
        return self._desk.texts.day_words(row.at, self._desk.clock())

    def _change(self, row: StatementRow) -> str:
        if row.kind == COUNT and row.change == 0:
            return self.tr("agrees")
        return self._words.change(row.change, self._item.unit)

    def _left(self, row: StatementRow) -> str:
        return self.tr("left {amount}").format(amount=self._words.amount(row.balance, self._item))
