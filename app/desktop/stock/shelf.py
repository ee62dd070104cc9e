"""The shelf: what needs a hand as filters, a search, the items, and the one that is opened beside them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.initials import matches
from app.desktop.lists.empty import EmptyState
from app.desktop.lists.list_detail import ListDetail
from app.desktop.parts.button import Button, Chip
from app.desktop.parts.search import SearchEdit
from app.desktop.stock.item_detail import ItemDetail
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.stock.shelf_list import ShelfList
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features.inventory.queries import ItemStock

Test = Callable[[ItemStock], bool]


def _any(_row: ItemStock) -> bool:
    return True


def _there(row: ItemStock) -> bool:
    """On the shelf, or missed there."""
    return row.on_hand != 0 or row.low


def _low(row: ItemStock) -> bool:
    return row.low


def _ending(row: ItemStock) -> bool:
    return row.soon or row.expired


def _negative(row: ItemStock) -> bool:
    return row.negative


class Shelf(QWidget):
    """`asked` for a sheet: its key, the item it begins with or None, a lot or None."""

    asked = Signal(str, object, object)

    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._data = desk, data
        theme = desk.theme
        column = Column(theme, self, gap="")
        self._begun: list[Button] = []
        self._keys: dict[object, str] = {}
        column.addWidget(self._bar())
        self.list = ShelfList(theme, data.words, self.tr("Supplies"), self)
        self.list.set_empty(
            EmptyState(
                theme,
                "supplies",
                self.tr("Nothing here"),
                self.tr("What comes in is received with F6. Other filters show more."),
            )
        )
        nothing = EmptyState(theme, "supplies", self.tr("Choose an item"), self.tr("Its lots and books open here."))
        self._split = ListDetail(theme, self._filters(), self.list, nothing, self)
        column.addWidget(self._split, 1)
        self.detail: ItemDetail | None = None
        self.list.current.connect(self._open)
        self.list.opened.connect(self._into_detail)
        data.came.connect(self._show)
        self.setFocusProxy(self.list)
        find = QShortcut(QKeySequence("Ctrl+F"), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._to_search)
        if data.known:
            self._show()

    def open_item(self, item: str) -> None:
        """Show this item, whatever the filters say."""
        self._split.go_in()
        if not self.list.choose(item):
            self._search.clear()
            self._take_filter(1)
            self.list.choose(item)

    def offer_drafts(self, buttons: Sequence[Button]) -> None:
        """Sheets that were begun and not saved: one press goes on with them."""
        for old in self._begun:
            self._flow.removeWidget(old)
            old.deleteLater()
        self._begun = list(buttons)
        for button in buttons:
            self._flow.addWidget(button)
            button.show()

    def _bar(self) -> QWidget:
        theme = self._desk.theme
        bar = QWidget(self)
        holder = Column(theme, bar, gap="", pad=("s24", "", "s24", "s8"))
        inner = QWidget(bar)
        holder.addWidget(inner)
        self._flow = Flow(theme, inner)
        for word, key, icon, shortcut, kind in (
            (self.tr("Hand out"), "hand_out", "issue", "F3", "primary"),
            (self.tr("Receive"), "receive", "receive", "F6", "plain"),
            (self.tr("Count"), "count", "count", "F4", "plain"),
            (self.tr("Give back"), "give_back", "undo", "", "quiet"),
            (self.tr("Write off"), "write_off", "trash", "", "quiet"),
            (self.tr("Opening stock"), "opening", "edit", "", "quiet"),
        ):
            button = Button(theme, word, kind, icon, shortcut, inner)
            button.clicked.connect(self._pressed)
            self._keys[button] = key
            self._flow.addWidget(button)
        receive = QShortcut(QKeySequence("F6"), self)
        receive.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        receive.activated.connect(self._ask_receive)
        return bar

    def _filters(self) -> QWidget:
        theme = self._desk.theme
        over = QWidget(self)
        column = Column(theme, over, gap="s8")
        self._search = SearchEdit(theme, self.tr("Find an item"), self.tr("Find an item: name, initials, code"), over)
        self._search.textEdited.connect(self._show)
        self._search.returnPressed.connect(self._to_list)
        column.addWidget(self._search)
        row = QWidget(over)
        flow = Flow(theme, row)
        self._tests: list[tuple[str, Test]] = [
            (self.tr("On the shelf"), _there),
            (self.tr("Whole catalogue"), _any),
            (self.tr("Low"), _low),
            (self.tr("Ending"), _ending),
            (self.tr("Below zero"), _negative),
        ]
        self._chips: list[Chip] = []
        for word, _ in self._tests:
            chip = Chip(theme, word, parent=row)
            chip.clicked.connect(self._filter_pressed)
            flow.addWidget(chip)
            self._chips.append(chip)
        self._filter = 0
        self._chips[0].setChecked(True)
        column.addWidget(row)
        return over

    def _pressed(self) -> None:
        self.asked.emit(self._keys[self.sender()], None, None)

    def _ask_receive(self) -> None:
        self.asked.emit("receive", None, None)

    def _detail_asked(self, key: str, lot: object) -> None:
        self.asked.emit(key, self.detail.stock.item.id if self.detail else None, lot)

    def _filter_pressed(self) -> None:
        self._take_filter(next(place for place, chip in enumerate(self._chips) if chip is self.sender()))

    def _take_filter(self, place: int) -> None:
        self._filter = place
        for at, chip in enumerate(self._chips):
            chip.setChecked(at == place)
        self._show()

    def _show(self) -> None:
        rows = list(self._data.rows.values())
        for place, (word, test) in enumerate(self._tests):
            count = sum(map(test, rows))
            self._chips[place].setText(f"{word} {count}")
            self._chips[place].setAccessibleName(f"{word} {count}")
            self._chips[place].setVisible(bool(count) or place < 2 or place == self._filter)
            self._chips[place].updateGeometry()
        test, text = self._tests[self._filter][1], self._search.text().strip()
        shown = [row for row in rows if test(row) and (not text or _fits(text, row))]
        self.list.show_rows(shown)
        if self.list.current_row() is None and shown:
            self.list.choose(shown[0].item.id)
        elif self.detail is not None and self.detail.stock.item.id in self._data.rows:
            self.detail.show_stock(self._data.rows[self.detail.stock.item.id])

    def _open(self, row: ItemStock | None) -> None:
        if row is None:
            return
        if self.detail is not None and self.detail.stock.item.id == row.item.id:
            self.detail.show_stock(row)
            return
        self.detail = ItemDetail(self._desk, self._data.words, row, self)
        self.detail.acted.connect(self._detail_asked)
        self._split.show_detail(self.detail)

    def _into_detail(self, _row: object) -> None:
        if self.detail is not None:
            self.detail.setFocus(Qt.FocusReason.TabFocusReason)
            self.detail.focusNextChild()

    def _to_search(self) -> None:
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def _to_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)


def _fits(text: str, row: ItemStock) -> bool:
    item = row.item
    return matches(text, item.name) or item.item_code.casefold().startswith(text.casefold()) or text in item.barcodes
