"""The last rounds: when, how they ended, what went and came."""

from typing import Any

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.desktop.lists.painted import PaintedList
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.theme import Theme
from app.sync.status import PastRound


class RoundsList(PaintedList):
    def __init__(self, theme: Theme, words: SyncWords, parent: QWidget | None = None) -> None:
        super().__init__(theme, self.tr("The last rounds"), "row", grows=True, parent=parent)
        self._words = words

    def words(self, row: Any) -> str:
        said, _, _ = self._words.outcome(row.outcome)
        return self.tr(", ").join((self._words.when(row.at), said, self._counts(row), self._words.traffic(row)))

    def key(self, row: Any) -> object:
        return row.at

    def draw(self, painter: QPainter, room: QRect, place: int) -> None:
        row: PastRound = self.rows[place]
        sizes = self.theme.sizes
        said, tone, icon = self._words.outcome(row.outcome)
        square = QRectF(0, 0, sizes.icon_small, sizes.icon_small)
        square.moveCenter(room.toRectF().center())
        square.moveLeft(room.left())
        self.theme.draw_icon(painter, icon, tone, square)
        room = room.adjusted(sizes.icon_small + sizes.s8, 0, 0, 0)
        when = QRect(room.left(), room.top(), min(sizes.list_state + sizes.s12, room.width()), room.height())
        self.write(painter, when, self._words.when(row.at), figures=True)
        room = room.adjusted(when.width(), 0, 0, 0)
        right = min(sizes.field, room.width() // 2)
        side = QRect(room.right() - right, room.top(), right, room.height())
        self.write(painter, side, self._counts(row), tone="quiet", right=True, figures=True)
        self.write(painter, room.adjusted(0, 0, -right - sizes.s8, 0), said, tone="quiet" if tone == "good" else tone)

    def _counts(self, row: PastRound) -> str:
        return self.tr("{sent} sent, {received} received").format(sent=row.sent, received=row.received)
