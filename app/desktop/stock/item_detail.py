"""One item opened: how it stands, its lots, its books; a wrong line is put right here."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.bars import StockBar
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label, Tag
from app.desktop.parts.section import Figure, Section
from app.desktop.stock.lot_list import LotList
from app.desktop.stock.set_aside import SetAside
from app.desktop.stock.statement import BookLine, Statement
from app.desktop.stock.take_back import TakeBack, can_take_back
from app.desktop.stock.words import StockWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.features.inventory.queries import ItemStock, LotStock
from app.features.inventory.queries_ledger import statement
from app.sync.tracing import Waiting

PAGE = 30
"""Lines of the books shown at first, and with every 更早."""


class ItemDetail(QWidget):
    """`acted` with what shall be done with the item: hand_out, receive, give_back, write_off, and a lot or None."""

    acted = Signal(str, object)

    def __init__(self, desk: Desk, words: StockWords, stock: ItemStock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._words, self.stock = desk, words, stock
        self._limit = PAGE
        self._waiting = Waiting()
        theme = desk.theme
        content = QWidget(self)
        Column(theme, self, gap="").addWidget(Scroller(theme, content, self))
        column = Column(theme, content, gap="s16", pad=("s24", "s4", "s24", "s24"))
        title = Row(theme, gap="s8")
        title.addWidget(Label(theme, stock.item.name, "title", parent=self))
        title.addWidget(Label(theme, stock.item.spec or "", tone="quiet", cut=True, parent=self), 1)
        column.addLayout(title)
        self._signs = QWidget(content)
        self._sign_flow = Flow(theme, self._signs)
        column.addWidget(self._signs)
        self._tags: list[Tag] = []
        self._figures = Row(theme, gap="s32")
        column.addLayout(self._figures)
        self._shown_figures: list[Figure] = []
        self._bar = StockBar(theme, parent=content)
        column.addWidget(self._bar)
        self._level = Label(theme, "", "small", "quiet", parent=content)
        column.addWidget(self._level)
        column.addWidget(self._acts(content))
        self._lots = LotList(theme, words, stock.item, content)
        self._lot_section = Section(theme, self.tr("Lots"), content)
        self._lot_section.body.addWidget(self._lots)
        self._aside = Button(theme, self.tr("Set aside"), "quiet", "lock", parent=content)
        self._spoilt = Button(theme, self.tr("Write off"), "quiet", "trash", parent=content)
        for button in (self._aside, self._spoilt):
            self._lot_section.beside.addWidget(button)
        self._lot_panel = Column(theme, gap="")
        self._lot_section.body.addLayout(self._lot_panel)
        column.addWidget(self._lot_section)
        self._books = Statement(desk, words, stock.item, content)
        section = Section(theme, self.tr("Books"), content)
        self._wrong = Button(theme, self.tr("Put right"), "quiet", "undo", parent=content)
        section.beside.addWidget(self._wrong)
        self._panel = Column(theme, gap="")
        section.body.addLayout(self._panel)
        section.body.addWidget(self._books)
        self._none = Label(theme, self.tr("Nothing has moved yet"), tone="quiet", parent=content)
        section.body.addWidget(self._none)
        self._older = Button(theme, self.tr("Show older"), "quiet", "chevron-down", parent=content)
        section.body.addWidget(self._older, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(section)
        column.addStretch(1)
        self._open: TakeBack | SetAside | None = None
        self._wire()
        self.show_stock(stock)
        self._ask()

    def show_stock(self, stock: ItemStock) -> None:
        """The same item as it stands now."""
        self.stock = stock
        words, item, theme = self._words, stock.item, self._desk.theme
        for tag in self._tags:
            self._sign_flow.removeWidget(tag)
            tag.deleteLater()
        self._tags = [Tag(theme, sign.text, sign.tone, sign.icon, self._signs) for sign in words.signs(stock)]
        for tag in self._tags:
            self._sign_flow.addWidget(tag)
        self._signs.setVisible(bool(self._tags))
        for figure in self._shown_figures:
            self._figures.removeWidget(figure)
            figure.deleteLater()
        while self._figures.count():
            self._figures.takeAt(0)
        tone = "danger" if stock.on_hand < 0 else "text"
        self._shown_figures = [Figure(theme, words.amount(stock.on_hand, item), self.tr("on hand"), tone, self)]
        if stock.days_of_cover is not None:
            days = self.tr("%n day(s)", "", stock.days_of_cover)
            self._shown_figures.append(Figure(theme, days, self.tr("at the pace of two weeks"), "text", self))
        for figure in self._shown_figures:
            self._figures.addWidget(figure)
        self._figures.addStretch(1)
        self._bar.show_stock(stock.usable, stock.min_level or 0, words.item_heard(stock))
        parts = []
        if stock.min_level is not None:
            parts.append(self.tr("at least {level}").format(level=words.amount(stock.min_level, item)))
        if stock.usable != stock.on_hand:
            parts.append(self.tr("to be given out {amount}").format(amount=words.amount(stock.usable, item)))
        if item.per_visit_limit is not None:
            limit = words.amount(item.per_visit_limit, item)
            parts.append(self.tr("{limit} each visit").format(limit=limit))
        if item.pack_factor:
            parts.append(
                self.tr("1 {pack} = {count} {unit}").format(
                    pack=words.unit(item.pack_unit), count=item.pack_factor, unit=words.unit(item.unit)
                )
            )
        self._level.setText(" · ".join(parts))
        self._lots.show_rows(stock.lots)
        self._lot_section.setVisible(bool(stock.lots))
        self._lot_chosen(self._lots.current_row())

    def _acts(self, parent: QWidget) -> QWidget:
        holder = QWidget(parent)
        flow = Flow(self._desk.theme, holder)
        self._keys: dict[object, str] = {}
        for word, key, icon, kind in (
            (self.tr("Hand out"), "hand_out", "issue", "soft"),
            (self.tr("Receive"), "receive", "receive", "soft"),
            (self.tr("Give back"), "give_back", "undo", "quiet"),
        ):
            button = Button(self._desk.theme, word, kind, icon, parent=holder)
            button.clicked.connect(self._act)
            self._keys[button] = key
            flow.addWidget(button)
        return holder

    def _wire(self) -> None:
        self._aside.clicked.connect(self._set_aside)
        self._spoilt.clicked.connect(self._write_off)
        self._wrong.clicked.connect(self._put_right)
        self._older.clicked.connect(self._more)
        self._books.current.connect(self._line_chosen)
        self._books.opened.connect(self._put_right)
        self._lots.current.connect(self._lot_chosen)
        self._lots.opened.connect(self._set_aside)
        self._desk.work.changed.connect(self._changed)
        self._desk.rounds.ended.connect(self._round_ended)
        self._wrong.setEnabled(False)

    def _act(self) -> None:
        self.acted.emit(self._keys[self.sender()], None)

    # the books

    def _ask(self) -> None:
        query = partial(self._read_books, item=self.stock.item.id, limit=self._limit + 1)
        self._desk.work.ask(query, self._books_came, slot=(id(self), "books"))

    def _read_books(self, conn: Any, item: str, limit: int) -> list[BookLine]:
        """On the reader's thread."""
        rows = statement(conn, self._desk.node, item, limit=limit)
        waiting = self._waiting.among(conn, [row.id for row in rows])
        return [BookLine(row, row.id in waiting) for row in rows]

    def _round_ended(self, _how: object) -> None:
        self._ask()

    def _changed(self, changes: Changes) -> None:
        if changes.touches("movement", "count_line", "answer"):
            self._ask()

    def _books_came(self, rows: Sequence[BookLine]) -> None:
        self._books.show_rows(rows[: self._limit])
        self._older.setVisible(len(rows) > self._limit)
        self._none.setVisible(not rows)
        self._line_chosen(self._books.current_row())

    def _more(self) -> None:
        self._limit += PAGE
        self._ask()

    def _line_chosen(self, line: BookLine | None) -> None:
        self._wrong.setEnabled(line is not None and can_take_back(line.row))

    def _put_right(self, _row: object = None) -> None:
        line = self._books.current_row()
        if line is not None and can_take_back(line.row):
            self._show_panel(self._panel, TakeBack(self._desk, self._words, self.stock.item, line.row, self))

    # the lots

    def _lot_chosen(self, lot: LotStock | None) -> None:
        self._aside.setEnabled(lot is not None)
        self._spoilt.setEnabled(lot is not None and lot.on_hand > 0)
        if lot is not None:
            words = self.tr("Give out again") if lot.quarantined else self.tr("Set aside")
            self._aside.say(words, "lock")

    def _set_aside(self, _row: object = None) -> None:
        lot = self._lots.current_row()
        if lot is not None:
            self._show_panel(self._lot_panel, SetAside(self._desk, self._words, lot, self))

    def _write_off(self) -> None:
        lot = self._lots.current_row()
        if lot is not None:
            self.acted.emit("write_off", lot.lot)

    # what is asked in between

    def _show_panel(self, where: Column, panel: TakeBack | SetAside) -> None:
        self._close_panel()
        self._open = panel
        panel.left.connect(self._close_panel)
        where.addWidget(panel)
        panel.show()
        panel.start()

    def _close_panel(self) -> None:
        if self._open is not None:
            had = isinstance(self._open, TakeBack)
            self._open.hide()
            self._open.deleteLater()
            self._open = None
            (self._books if had else self._lots).setFocus(Qt.FocusReason.OtherFocusReason)
