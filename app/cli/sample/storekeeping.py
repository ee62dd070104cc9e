"""The supplies of a sample point: what is there on the first day, deliveries, hand-outs, monthly counts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import sqlalchemy as sa

from app.base.clock import local
from app.cli.sample.stories import GIVEN
from app.features.inventory import tables
from app.features.inventory.catalogue import StandardItem, standard_items
from app.features.inventory.commands import HandOut, ReceivedGoods, ReceiveGoods
from app.features.inventory.commands_catalogue import SetItemLevel
from app.features.inventory.commands_count import Difference, FinishCount, OpeningCount, RecordCountLine, StartCount
from app.features.inventory.goods import Goods
from app.features.inventory.ids import item_id
from app.features.inventory.queries import stock_by_code
from app.journal.commands import Command
from app.journal.runner import Outcome
from app.store.engine import reading

Do = Callable[[Command], Outcome]

_LEVELS = {"WATER01": (48, 240), "FOOD01": (24, 96), "FOOD03": (10, 40), "FOOD04": (50, 150), "CARD01": (50, 300)}
_USUAL_LEVEL = (4, 16)
_SHELF_LIFE_DAYS = {"WATER01": 540, "FOOD01": 170, "FOOD03": 26, "FOOD04": 150, "FOOD08": 240, "HEAT01": 700}
_LEFT_LOW = frozenset({"BED01", "FOOD08"})
"""Not filled up before the last day, so that a sample shows what running low looks like."""
_DONORS = ("渡口便利店", "暖粥志愿服务队", "一位不愿留名的居民")
_CAUSES = ("MISCOUNT", "MISSED_ENTRY", "DAMAGE")


@dataclass(slots=True)
class Storekeeper:
    """Keeps one point's shelf; `on_hand` is its own rough idea by item code, the books are elsewhere."""

    engine: sa.Engine
    rng: Random
    node: str
    names: list[str]
    """Of those who count."""
    on_hand: dict[str, int] = field(default_factory=dict)
    deliveries: int = 0

    def open(self, do: Do, today: date) -> None:
        """The first day: levels, and an opening count of all that lies there."""
        lines = []
        for item in _kept():
            least, most = _LEVELS.get(item.item_code, _USUAL_LEVEL)
            do(SetItemLevel(item=item_id(item.item_code), min_level=least, max_level=most, emergency_level=least // 2))
            amount = self.rng.randint(most // 2, most)
            self.on_hand[item.item_code] = amount
            lines.append(self._goods(item, amount, today))
        do(OpeningCount(lines=tuple(lines), counter=self.names[0], observer=self.names[-1]))

    def fill_up(self, do: Do, today: date, *, is_last: bool) -> None:
        """A delivery of what is short; nothing where nothing is."""
        self.look()
        lines = []
        for item in _kept():
            least, most = _LEVELS.get(item.item_code, _USUAL_LEVEL)
            short = self.on_hand.get(item.item_code, 0) < least * 1.5
            if short and not (is_last and item.item_code in _LEFT_LOW):
                pack = item.pack_factor or 1
                amount = -(-(most - self.on_hand.get(item.item_code, 0)) // pack) * pack if pack <= most else most
                self.on_hand[item.item_code] = self.on_hand.get(item.item_code, 0) + amount
                lines.append(ReceivedGoods(**self._goods(item, amount, today).__dict__))
        if not lines:
            return
        self.deliveries += 1
        donated = self.deliveries % 4 == 0
        do(
            ReceiveGoods(
                lines=tuple(lines),
                source_type="DONATION" if donated else self.rng.choice(("CENTER", "DISTRICT")),
                donor=self.rng.choice(_DONORS) if donated else None,
                ref_no=f"PS{today:%y%m%d}{self.deliveries:02}",
                checked_by=self.rng.choice(self.names),
            )
        )

    def hand_out(self, do: Do, code: str, each: int, heads: int, place: str) -> None:
        """便民发放 to people nobody asks for a name, as far as it goes round."""
        heads = min(heads, self.on_hand.get(code, 0) // each)
        if heads < 1:
            return
        self.on_hand[code] = self.on_hand.get(code, 0) - each * heads
        do(
            HandOut(
                item=item_id(code), quantity=each * heads, head_count=heads, place=place, receipt_mode="NONE_PATROL"
            )
        )

    def count(self, do: Do) -> None:
        """A monthly stocktake in which one or two lots are a little off."""
        counter, observer = self.names[0], self.names[-1]
        made = do(StartCount(take_type="MONTHLY", counter=counter, observer=observer, blind=False)).made
        count = next(id_ for kind, id_ in made if kind == "count")
        lots = self._lots()
        off = {lot for lot, amount in self.rng.sample(lots, min(2, len(lots))) if amount > 1}
        for lot, amount in lots:
            do(RecordCountLine(count=count, lot=lot, quantity=max(0, amount - (lot in off))))
        reasons = tuple(
            Difference(lot=lot, diff_reason=self.rng.choice(_CAUSES))
            for lot, amount in lots
            if lot in off or amount < 0
        )
        do(FinishCount(count=count, lines=reasons))

    def look(self) -> None:
        """See what the books say is there."""
        with reading(self.engine) as conn:
            self.on_hand = stock_by_code(conn, self.node)

    def given(self, lines: Iterable[tuple[str, int]]) -> None:
        for code, quantity in lines:
            self.on_hand[code] = self.on_hand.get(code, 0) - quantity

    def _lots(self) -> list[tuple[str, int]]:
        s = tables.shelf.c
        with reading(self.engine) as conn:
            rows = conn.execute(sa.select(s.lot, s.on_hand).where(s.node == self.node).order_by(s.lot))
            return [(row.lot, row.on_hand) for row in rows if row.on_hand]

    def _goods(self, item: StandardItem, amount: int, today: date) -> Goods:
        life = _SHELF_LIFE_DAYS.get(item.item_code, 400)
        made = today - timedelta(days=self.rng.randint(2, max(3, life // 5)))
        dated = item.expiry_rule == "REQUIRED"
        return Goods(
            item=item_id(item.item_code),
            quantity=amount,
            batch=f"{made:%Y%m%d}" if dated else None,
            made_on=made.isoformat() if dated else None,
            expires_on=(made + timedelta(days=life)).isoformat() if dated else None,
        )


def day_of(instant: int) -> date:
    return local(instant).date()


def _kept() -> list[StandardItem]:
    """The items a small point keeps."""
    wanted = {code for lines in GIVEN.values() for code, _ in lines} | {"CARD01"}
    return [item for item in standard_items() if item.item_code in wanted]
