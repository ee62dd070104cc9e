"""What the page knows of the shelf, asked once for all its parts and again when something moved."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.forms.initials import initials, matches
from app.desktop.parts.suggestions import Suggestion
from app.desktop.stock.words import StockWords
from app.features.codes import ITEM_CATEGORY
from app.features.inventory.queries import ItemStock, stock_list

MOST_OFFERED = 12
KINDS = ("movement", "item", "item_level", "count_line", "lot", "lot_state", "shelf")


class ShelfData(QObject):
    """`came` whenever the rows are new."""

    came = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.words = StockWords(desk.texts, desk.clock, self)
        self.rows: dict[str, ItemStock] = {}
        self.known = False
        desk.work.changed.connect(self._changed)
        self.refresh()

    def refresh(self) -> None:
        query = partial(stock_list, node=self._desk.node, now=self._desk.clock())
        self._desk.work.ask(query, self._take, slot=(id(self), "shelf"))

    def suggestions(self, text: str) -> list[Suggestion]:
        """Items that fit what is typed; what lies on the shelf first."""
        fitting = self._fitting(text)
        wanted = text.casefold()
        fitting.sort(key=lambda row: (not initials(row.item.name).startswith(wanted), row.usable <= 0))
        return [self._suggestion(row) for row in fitting[:MOST_OFFERED]]

    def found(self, code: str) -> ItemStock | None:
        """The item that carries the code, or the only one that fits the words."""
        by_code = next((row for row in self.rows.values() if code in row.item.barcodes), None)
        if by_code is not None:
            return by_code
        fitting = self._fitting(code)
        return fitting[0] if len(fitting) == 1 else None

    def _fitting(self, text: str) -> list[ItemStock]:
        wanted = text.strip().casefold()
        return [row for row in self.rows.values() if wanted and _fits(wanted, row)]

    def _suggestion(self, row: ItemStock) -> Suggestion:
        amount = self.tr("on hand {amount}").format(amount=self.words.amount(row.usable, row.item))
        return Suggestion(row.item.id, row.item.name, "  ".join(filter(None, (row.item.spec, amount))), "supplies")

    def _changed(self, changes: Changes) -> None:
        if changes.touches(*KINDS):
            self.refresh()

    def _take(self, rows: Iterable[ItemStock]) -> None:
        order = {code: place for place, code in enumerate(ITEM_CATEGORY)}
        known = sorted(rows, key=lambda row: (order.get(row.item.category, len(order)), row.item.item_code))
        self.rows = {row.item.id: row for row in known}
        self.known = True
        self.came.emit()


def _fits(wanted: str, row: ItemStock) -> bool:
    item = row.item
    return (
        matches(wanted, item.name)
        or item.item_code.casefold().startswith(wanted)
        or any(code.startswith(wanted) for code in item.barcodes)
    )
