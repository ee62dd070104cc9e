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
        upper = QRect(room.left(), room.top(), room.width(), half)
        lower = upper.translated(0, half)
        kind, more = self._said(row)
        struck = row.taken_back or row.kind == "REVERSAL"
        tone = "quiet" if struck else "good" if row.change > 0 else "text"
        taken = self.write(painter, upper, self._change(row), "strong", tone, right=True, figures=True)
        upper = upper.adjusted(0, 0, -taken - sizes.s12, 0)
        tone = "danger" if row.balance < 0 else "quiet"
        taken = self.write(painter, lower, self._left(row), "small", tone, right=True, figures=True)
        lower = lower.adjusted(0, 0, -taken - sizes.s12, 0)
        taken = self.write(painter, upper, kind, "body", "quiet" if struck else "text")
        upper = upper.adjusted(taken + sizes.s8, 0, 0, 0)
        if more and upper.width() > 2 * sizes.icon:
            self.write(painter, upper, more, "small", "quiet")
        lot = self._words.until(row.expires_on) if row.expires_on else ""
        who = " · ".join(filter(None, (self._when(row), row.staff_name, lot)))
        self.write(painter, lower, who, "small", "quiet")

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
