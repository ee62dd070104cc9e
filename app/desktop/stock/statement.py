"""The books of an item, read like a bank statement: when, what, by whom, how much, and what it left on the shelf."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.lists.painted import PaintedList
from app.desktop.stock.words import StockWords
from app.features.inventory.queries import ItemRow
from app.features.inventory.queries_ledger import StatementRow
from app.features.inventory.rules import COUNT


@dataclass(frozen=True, slots=True)
class BookLine:
    """One line of the books. `waits`: the center does not have it, or has not taken it in."""

    row: StatementRow
    waits: bool = False


class Statement(PaintedList):
    """The newest first."""

    def __init__(self, desk: Desk, words: StockWords, item: ItemRow, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, self.tr("Books of {item}").format(item=item.name), grows=True, parent=parent)
        self._desk, self._words, self._item = desk, words, item

    def words(self, row: BookLine) -> str:
        one, way = row.row, self._way() if row.waits else ""
        parts = (self._when(one), *self._said(one), self._change(one), self._left(one), way)
        return self.tr(", ").join(filter(None, parts))

    def key(self, row: BookLine) -> object:
        return row.row.id

    def draw(self, painter: QPainter, room: QRect, place: int) -> None:
        line: BookLine = self.rows[place]
        row = line.row
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
        if line.waits:
            lower = lower.adjusted(self._draw_way(painter, lower), 0, 0, 0)
        lot = self._words.until(row.expires_on) if row.expires_on else ""
        who = " · ".join(filter(None, (self._when(row), row.staff_name, lot)))
        self.write(painter, lower, who, "small", "quiet")

    def _draw_way(self, painter: QPainter, room: QRect) -> int:
        """That it is not at the center, by icon and word; gives the width it took."""
        sizes = self.theme.sizes
        box = QRectF(room.left(), 0, sizes.icon_small, sizes.icon_small)
        box.moveTop(room.center().y() - sizes.icon_small / 2)
        self.theme.draw_icon(painter, "upload", "accent", box)
        beside = sizes.icon_small + sizes.s4
        return beside + self.write(painter, room.adjusted(beside, 0, 0, 0), self._way(), "small", "accent") + sizes.s8

    def _way(self) -> str:
        return self.tr("not synced")

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
