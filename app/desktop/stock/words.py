"""How goods are said: so many 箱 and so many loose, the day a lot ends, and the signs of what needs a hand."""

from dataclasses import dataclass

from PySide6.QtCore import QObject

from app.base.clock import Clock, local
from app.base.texts import Texts
from app.features.inventory.catalogue import quantity_words
from app.features.inventory.queries import ItemRow, ItemStock, LotStock


@dataclass(frozen=True, slots=True)
class Sign:
    """A state in a word, with its icon and tone."""

    text: str
    tone: str
    icon: str


class StockWords(QObject):
    """Says goods in the user's language."""

    def __init__(self, texts: Texts, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.texts, self._clock = texts, clock

    def unit(self, code: str | None) -> str:
        return self.texts.code("UNIT", code) if code else ""

    def amount(self, quantity: int, item: ItemRow) -> str:
        """2箱 + 5瓶, or 5瓶."""
        return self.packed(quantity, item.unit, item.pack_unit, item.pack_factor)

    def packed(self, quantity: int, unit: str, pack_unit: str | None, pack_factor: int | None) -> str:
        return quantity_words(quantity, pack_factor, self.unit(pack_unit) or None, self.unit(unit))

    def change(self, quantity: int, unit: str) -> str:
        """With its sign: +24 瓶, −2 瓶."""
        sign = "+" if quantity > 0 else "−" if quantity < 0 else ""
        return f"{sign}{abs(quantity)} {self.unit(unit)}"

    def day(self, day: str) -> str:
        """Without the year while it is this one."""
        return day.removeprefix(f"{local(self._clock()).year}-")

    def until(self, day: str) -> str:
        return self.tr("good until {day}").format(day=self.day(day))

    def lot(self, batch: str | None, expires_on: str | None) -> str:
        """What tells a lot from the others of its item."""
        parts = (self.until(expires_on) if expires_on else "", self.batch(batch))
        return " · ".join(filter(None, parts)) or self.tr("no end date")

    def batch(self, batch: str | None) -> str:
        return self.tr("batch {batch}").format(batch=batch) if batch else ""

    def ended(self) -> str:
        return self.tr("has expired")

    def cover(self, stock: ItemStock) -> str:
        """How long it lasts at the pace of the last days."""
        if stock.days_of_cover is None:
            return self.tr("none given lately") if stock.on_hand else self.tr("none on the shelf")
        return self.tr("lasts %n day(s)", "", stock.days_of_cover)

    def signs(self, stock: ItemStock) -> list[Sign]:
        """The worst first."""
        found = []
        if stock.negative:
            found.append(Sign(self.tr("below zero, count it"), "danger", "danger"))
        if stock.expired:
            found.append(Sign(self.tr("has expired"), "danger", "calendar"))
        if stock.low and not stock.negative:
            empty = stock.usable <= 0
            words = self.tr("none to give out") if empty else self.tr("low")
            found.append(Sign(words, "danger" if empty else "warn", "warning"))
        if stock.soon:
            found.append(Sign(self.tr("expires soon"), "warn", "clock"))
        return found

    def lot_sign(self, lot: LotStock) -> Sign | None:
        if lot.on_hand < 0:
            return Sign(self.tr("below zero, count it"), "danger", "danger")
        if lot.expired:
            return Sign(self.tr("has expired"), "danger", "calendar")
        if lot.quarantined:
            return Sign(self.tr("set aside"), "warn", "lock")
        if lot.soon:
            return Sign(self.tr("expires soon"), "warn", "clock")
        return None

    def item_heard(self, stock: ItemStock) -> str:
        """An item as those hear it who do not see the bar."""
        parts = [stock.item.name, stock.item.spec or "", self.amount(stock.on_hand, stock.item)]
        if stock.min_level is not None:
            parts.append(self.tr("at least {level}").format(level=self.amount(stock.min_level, stock.item)))
        parts.append(self.cover(stock))
        parts += [sign.text for sign in self.signs(stock)]
        return self.tr(", ").join(filter(None, parts))
