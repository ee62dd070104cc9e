"""收货 and 退回: goods that come onto the shelf, line by line, with the paper they came with."""

from PySide6.QtWidgets import QWidget

from app.base.errors import Refused
from app.desktop.desk import Desk
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.coded import coded
from app.desktop.forms.lines import Lines
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.text import TextField
from app.desktop.stock.goods_lines import GoodsLines
from app.desktop.stock.sheet import SheetForm
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.layouts import Column
from app.features import codes
from app.features.inventory.commands import ReceivedGoods, ReceiveGoods, ReturnedGoods, ReturnGoods
from app.features.inventory.commands_count import OpeningCount
from app.features.inventory.goods import Goods
from app.journal.commands import Command


class GoodsForm(SheetForm):
    """A form around a list of goods; the paper's facts stand over it."""

    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        column = Column(desk.theme, self, gap="s16", pad=("s24", "s4", "s24", "s16"))
        self.goods = GoodsLines(desk, data, self)
        self.paper = Lines(desk.theme, self)
        self._first(self.paper)
        self.paper.add(desk.texts.field("item"), self.goods)
        column.addWidget(self.paper)
        column.addStretch(1)
        self.add(self.goods)
        self._then(self.paper)

    def begin_with(self, item: str) -> None:
        """Opened from an item: its line stands there already."""
        self.goods.take(item)

    def start(self) -> None:
        self.goods.go_to()

    def check(self) -> bool:
        if not super().check() or not self.goods.check():
            return False
        if not self.goods.lines:
            self.goods.refuse(self.tr("Nothing is listed yet: scan or type an item"))
            self.goods.go_to()
            return False
        return True

    def show_refusal(self, error: Exception) -> bool:
        if isinstance(error, Refused) and (error.field or "").startswith("lines."):
            _, place, part = (error.field or "").split(".", 2)
            self.goods.refuse_line(int(place), part, self.texts.refusal(error.code, **error.facts))
            return True
        return super().show_refusal(error)

    def _first(self, paper: Lines) -> None:
        """What stands over the goods."""

    def _then(self, paper: Lines) -> None:
        """What stands under the goods."""

    def _text(self, name: str, longest: int, width: str = "field", *, latin: bool = False) -> TextField:
        return TextField(self.theme, name, self.label(name), longest=longest, width=width, latin=latin, parent=self)

    def _moment(self) -> DateTimeField:
        return DateTimeField(
            self.theme, "happened_at", self.label("happened_at"), self.texts, self.desk.clock, parent=self
        )


class ReceiveForm(GoodsForm):
    """A delivery."""

    def start_anew(self) -> None:
        self.set_values(dict.fromkeys(self.values()) | {"source_type": "CENTER"})

    def command(self) -> Command:
        return ReceiveGoods(
            lines=tuple(ReceivedGoods(**line) for line in self.goods.value()),
            source_type=str(self.source.value() or ""),
            ref_no=self.ref_no.value(),
            donor=self.donor.value() if self.source.value() == "DONATION" else None,
            checked_by=self.checked_by.value(),
            note=self.note.value(),
            happened_at=self.happened_at.value(),
        )

    def said(self) -> str:
        return self.tr("Received: {goods}").format(goods=self.goods.said())

    def set_values(self, values: object) -> None:
        super().set_values(values)  # type: ignore[arg-type]
        self._show_donor()

    def _first(self, paper: Lines) -> None:
        self.source = ChipRow(
            self.theme,
            "source_type",
            self.label("source_type"),
            coded(self.texts, codes.STOCK_SOURCE, [code for code in codes.STOCK_SOURCE if code != "RETURN"]),
            single=True,
            required=True,
            bare=True,
            parent=self,
        )
        self.donor = self._text("donor", 60, "wide_field")
        paper.add(self.tr("From"), self.source)
        self.source.changed.connect(self._show_donor)

    def _then(self, paper: Lines) -> None:
        self.ref_no = self._text("ref_no", 40, latin=True)
        self.checked_by = self._text("checked_by", 30)
        self.happened_at = self._moment()
        self.happened_at.set_hint(self.tr("empty: now"))
        self.note = self._text("note", 500, "wide_field")
        paper.add(self.tr("Bill"), self.donor, self.ref_no, self.checked_by, self.happened_at, self.note)
        for field in (self.source, self.donor, self.ref_no, self.checked_by, self.happened_at, self.note):
            self.add(field)

    def _show_donor(self) -> None:
        self.donor.setVisible(self.source.value() == "DONATION")
        self.donor.set_required(self.source.value() == "DONATION")


class ReturnForm(GoodsForm):
    """Goods that were given out and really come back."""

    def command(self) -> Command:
        return ReturnGoods(
            lines=tuple(ReturnedGoods(**line) for line in self.goods.value()),
            reason=self.reason.value(),
            happened_at=self.happened_at.value(),
        )

    def said(self) -> str:
        return self.tr("Back on the shelf: {goods}").format(goods=self.goods.said())

    def _then(self, paper: Lines) -> None:
        self.reason = self._text("reason", 500, "wide_field")
        self.happened_at = self._moment()
        self.happened_at.set_hint(self.tr("empty: now"))
        paper.add(self.tr("Why"), self.reason, self.happened_at)
        self.add(self.reason)
        self.add(self.happened_at)


class OpeningForm(GoodsForm):
    """期初: what lies on the shelves on the first day."""

    def command(self) -> Command:
        return OpeningCount(
            lines=tuple(Goods(**line) for line in self.goods.value()),
            counter=str(self.counter.value() or ""),
            observer=self.observer.value(),
        )

    def said(self) -> str:
        return self.tr("Written down: {goods}").format(goods=self.goods.said())

    def _then(self, paper: Lines) -> None:
        self.counter = TextField(self.theme, "counter", self.label("counter"), longest=30, required=True, parent=self)
        self.observer = self._text("observer", 30)
        paper.add(self.tr("Who"), self.counter, self.observer)
        self.add(self.counter)
        self.add(self.observer)
