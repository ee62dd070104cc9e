"""The field for a list of goods: scan or type an item, and a line for it opens; Enter leads through and back."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.field import Field
from app.desktop.forms.scan import ScanField
from app.desktop.parts.label import Label
from app.desktop.stock.goods_line import GoodsLine
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.layouts import Column, Row


class GoodsLines(Field):
    """The value is a tuple of mappings with the fields of `Goods`. An empty scan field and Enter: on."""

    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, "lines", desk.texts.field("lines"), bare=True, width="", parent=parent)
        self._desk, self._data = desk, data
        self.lines: list[GoodsLine] = []
        self._waiting: list[dict[str, Any]] = []
        theme = desk.theme
        shown = QWidget(self)
        column = Column(theme, shown, gap="s4")
        self.scan = ScanField(
            theme,
            "scan",
            desk.texts.field("item"),
            placeholder=self.tr("Scan a package, or type an item's initials"),
            bare=True,
            parent=shown,
        )
        column.addWidget(self.scan, 0, Qt.AlignmentFlag.AlignLeft)
        self._heads = QWidget(shown)
        heads = Row(theme, self._heads, gap="s8", pad=("", "s12", "", ""))
        self._item_head = Label(theme, desk.texts.field("item"), "small", "quiet", cut=True, parent=self._heads)
        heads.addWidget(self._item_head, 1)
        self._sized: list[tuple[Label, str]] = []
        for name, size in (
            ("quantity", "wide_field"),
            ("batch", "narrow_field"),
            ("expires_on", "date_field"),
            ("shelf", "narrow_field"),
        ):
            label = Label(theme, desk.texts.field(name), "small", "quiet", parent=self._heads)
            self._sized.append((label, size))
            heads.addWidget(label)
        self._gap = QWidget(self._heads)
        heads.addWidget(self._gap)
        heads.addStretch(0)
        column.addWidget(self._heads)
        self._list = Column(theme, gap="")
        column.addLayout(self._list)
        self._heads.hide()
        self.scan.typed.connect(self._offer)
        self.scan.chosen.connect(self._take)
        self.scan.scanned.connect(self._scanned)
        self._put(shown, self.scan.edit)
        data.came.connect(self._put_waiting)
        self._fit_heads()
        theme.changed.connect(self._fit_heads)

    # the value

    def value(self) -> tuple[dict[str, Any], ...]:
        return tuple(line.facts() for line in self.lines)

    def set_value(self, value: object) -> None:
        for line in list(self.lines):
            self._drop(line)
        self._waiting = []
        self.scan.set_value(None)
        if isinstance(value, list | tuple):
            self._waiting = [dict(each) for each in value]
            self._put_waiting()

    def draft(self) -> object:
        return [line.draft() for line in self.lines] + self._waiting

    def load_draft(self, kept: object) -> None:
        self.set_value(kept)

    def mistake(self) -> str:
        left = self.scan.value()
        if left:
            return self.tr("“{words}” is no item; choose one or empty the field").format(words=left)
        return ""

    def check(self) -> bool:
        """Whether every line is complete; what is not says so under itself."""
        told = [line.check() for line in reversed(self.lines)]  # every line says its own
        return all(told)

    def refuse_line(self, place: int, part: str, words: str) -> None:
        self.lines[place].refuse(part, words)

    def said(self) -> str:
        return self.tr(", ").join(line.said() for line in self.lines)

    # keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        typed = watched is self.scan.edit and bool(self.scan.edit.text().strip())
        if typed and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return False  # the scan field takes it
        return super().eventFilter(watched, event)

    # lines

    def take(self, item: str) -> GoodsLine | None:
        """A line for this item, with the keyboard in it."""
        row = self._data.rows.get(item)
        if row is None:
            self._waiting.append({"item": item})
            return None
        one_lot = row.item.expiry_rule == "NONE"  # such goods have no batches to keep apart
        line = next((each for each in self.lines if one_lot and each.item.id == item), None) or self._add(item)
        if line is not None:
            self._touched()
            line.go_to()
        return line

    def _offer(self, text: str) -> None:
        self.scan.offer(self._data.suggestions(text))

    def _take(self, item: object) -> None:
        self.take(str(item))

    def _scanned(self, code: str) -> None:
        row = self._data.found(code)
        if row is None:
            self.scan.set_value(code)
            self.refuse(self.tr("No item is called “{words}” and none carries this code").format(words=code))
            return
        self.take(row.item.id)

    def _add(self, item: str) -> GoodsLine | None:
        row = self._data.rows.get(item)
        if row is None:
            return None
        line = GoodsLine(self._desk, self._data.words, row.item, self)
        line.changed.connect(self._touched)
        line.done.connect(self.go_to)
        line.struck.connect(self._struck)
        self.lines.append(line)
        self._list.addWidget(line)
        self._heads.show()
        line.show()
        return line

    def _struck(self) -> None:
        line = self.sender()
        if isinstance(line, GoodsLine):
            self._drop(line)
            self._touched()
            self.go_to()

    def _drop(self, line: GoodsLine) -> None:
        self.lines.remove(line)
        self._list.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._heads.setVisible(bool(self.lines))

    def _put_waiting(self) -> None:
        if not self._data.known:
            return
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            line = self._add(str(each.get("item")))
            if line is not None:
                line.load_draft(each)

    def _fit_heads(self) -> None:
        sizes = self._desk.theme.sizes
        self._item_head.setMaximumWidth(sizes.name_column)
        for label, size in self._sized:
            label.setFixedWidth(getattr(sizes, size))
        self._gap.setFixedWidth(sizes.control)
