"""便民发放: an item, how many, for how many people, done."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.lines import Lines
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.number import NumberField, QuantityField
from app.desktop.forms.text import TextField
from app.desktop.parts.label import Label
from app.desktop.stock.item_field import ItemField
from app.desktop.stock.sheet import SheetForm
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.layouts import Column
from app.features.inventory.commands import HandOut
from app.features.inventory.queries import PlannedIssue, preview_issue
from app.journal.commands import Command


class HandOutForm(SheetForm):
    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._data, self._words = data, data.words
        theme = desk.theme
        column = Column(theme, self, gap="s16", pad=("s24", "s4", "s24", "s16"))
        lines = Lines(theme, self)
        column.addWidget(lines)
        column.addStretch(1)
        self.item = ItemField(
            theme,
            "item",
            self.label("item"),
            data,
            placeholder=self.tr("Scan, or type its initials"),
            required=True,
            parent=self,
        )
        self.quantity = QuantityField(
            theme, "quantity", self.label("quantity"), unit="", most=10_000_000, required=True, parent=self
        )
        self.head_count = NumberField(
            theme,
            "head_count",
            self.label("head_count"),
            unit=self.tr("people"),
            least=1,
            most=100_000,
            required=True,
            width="date_field",
            parent=self,
        )
        self.over = TextField(
            theme, "over_limit_reason", self.label("over_limit_reason"), longest=200, width="wide_field", parent=self
        )
        self.place = TextField(theme, "place", self.tr("Where"), longest=120, width="wide_field", parent=self)
        self.happened_at = DateTimeField(
            theme, "happened_at", self.label("happened_at"), self.texts, desk.clock, parent=self
        )
        self.happened_at.set_hint(self.tr("empty: now"))
        lines.add(self.tr("What"), self.item, self.quantity, self.head_count)
        self._shelf = Label(theme, "", tone="quiet", wrap=True, parent=self)
        lines.add(self.tr("Shelf"), self._shelf)
        self._why = lines
        lines.add(self.tr("More"), self.over, self.place, self.happened_at)
        for field in (self.item, self.quantity, self.head_count, self.over, self.place, self.happened_at):
            self.add(field)
        self.item.item_changed.connect(self._item_changed)
        self.quantity.changed.connect(self._look)
        self.head_count.changed.connect(self._show_limit)
        self.head_count.entered.disconnect(self._next)
        self.head_count.entered.connect(self._after_heads)

    def begin_with(self, item: str) -> None:
        self.item.set_value(item)
        self.quantity.go_to()

    def command(self) -> Command:
        return HandOut(
            item=str(self.item.value() or ""),
            quantity=self.quantity.value(),
            head_count=self.head_count.value() or 0,
            place=self.place.value(),
            over_limit_reason=self.over.value() if self._is_over() else None,
            happened_at=self.happened_at.value(),
        )

    def said(self) -> str:
        stock = self.item.stock
        if stock is None:
            return ""
        amount = self._words.amount(self.quantity.value() or 0, stock.item)
        heads = self.tr("for %n people", "", self.head_count.value() or 0)
        return self.tr("Handed out: {item} {amount}, {heads}").format(item=stock.item.name, amount=amount, heads=heads)

    def set_values(self, values: object) -> None:
        super().set_values(values)  # type: ignore[arg-type]
        self._show_limit()

    def load_draft(self, kept: object) -> None:
        super().load_draft(kept)  # type: ignore[arg-type]
        self._look()

    def _item_changed(self) -> None:
        stock = self.item.stock
        if stock is None:
            self.quantity.set_units("", "", 1)
        else:
            item = stock.item
            self.quantity.set_units(
                self._words.unit(item.unit), self._words.unit(item.pack_unit), item.pack_factor or 1
            )
        self._look()

    def _look(self) -> None:
        """What giving so much does to the shelf, and which lots it comes from."""
        self._show_limit()
        stock, quantity = self.item.stock, self.quantity.value()
        slot = (id(self), "plan")
        if stock is None:
            self._shelf.setText("")
            self.desk.work.forget(slot)
            return
        if not quantity:
            self._shelf.setText(
                self.tr("On hand {amount}").format(amount=self._words.amount(stock.on_hand, stock.item))
            )
            self._shelf.set_tone("quiet")
            self.desk.work.forget(slot)
            return
        query = partial(
            preview_issue, node=self.desk.node, item=stock.item.id, quantity=quantity, now=self.desk.clock()
        )
        self.desk.work.ask(query, self._show_plan, slot=slot)

    def _show_plan(self, plan: Sequence[PlannedIssue]) -> None:
        stock, quantity = self.item.stock, self.quantity.value() or 0
        if stock is None:
            return
        left = stock.on_hand - quantity
        before, after = self._words.amount(stock.on_hand, stock.item), self._words.amount(left, stock.item)
        words = [self.tr("On hand {before} → {after}").format(before=before, after=after)]
        for lot in plan:
            if lot.expires_on:
                words.append(f"{self._words.until(lot.expires_on)} ×{lot.quantity}")
        if left < 0:
            words.append(self.tr("fewer than none by the books: count soon"))
        self._shelf.setText(" · ".join(words))
        self._shelf.set_tone("warn" if left < 0 else "quiet")

    def _is_over(self) -> bool:
        stock = self.item.stock
        limit = stock.item.per_visit_limit if stock else None
        heads = self.head_count.value()
        return limit is not None and heads is not None and (self.quantity.value() or 0) > limit * heads

    def _show_limit(self) -> None:
        over = self._is_over()
        self.over.setVisible(over)
        self.over.set_required(over)
        stock = self.item.stock
        if over and stock is not None:
            limit = self._words.amount(stock.item.per_visit_limit or 0, stock.item)
            self.over.set_hint(self.tr("more than {limit} each").format(limit=limit))

    def _after_heads(self) -> None:
        """Three entries are enough; only what a rule makes necessary is asked for before it is done."""
        if self._is_over() and not self.over.value():
            self.over.go_to()
        else:
            self.ask_save()
