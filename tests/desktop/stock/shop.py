"""A point with a shelf: the standard catalogue, an opening count, a delivery, things handed out; and a desk at it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base.clock import CHINA, DAY, HOUR
from app.base.ids import meaning_id
from app.base.texts import Texts
from app.desktop.desk import Desk
from app.desktop.frame.pages import Action
from app.desktop.theme.theme import Theme
from app.desktop.work import Work
from app.features.inventory.commands import HandOut, LotAmount, ReceivedGoods, ReceiveGoods, WriteOff
from app.features.inventory.commands_catalogue import AddStandardItems, AmendItem
from app.features.inventory.commands_count import OpeningCount
from app.features.inventory.goods import Goods
from app.features.inventory.queries import lots_of
from app.journal.here import save_here, standing
from app.store.engine import open_plain, reading, writing
from tests.clocks import FakeClock
from tests.features.conftest import Point, found_point, settle_in

WATER, NOODLES, QUILT, TOWEL, GLOVES, BREAD, MASKS = (
    meaning_id("item", code) for code in ("WATER01", "FOOD01", "BED01", "HYG01", "COLD02", "FOOD03", "HYG03")
)


def day_away(days: int) -> str:
    today = datetime.fromtimestamp(FakeClock().now / 1e6, CHINA).date()
    return (today + timedelta(days=days)).isoformat()


@dataclass
class Shop:
    """A point, the desk at it, and what was said to the clerk."""

    point: Point
    work: Work
    desk: Desk
    told: list[tuple[str, str, Action | None]] = field(default_factory=list)
    opened: list[tuple[str, object]] = field(default_factory=list)

    def ask(self, query: Any, *given: Any, **named: Any) -> Any:
        with reading(self.point.engine) as conn:
            return query(conn, *given, **named)

    def close(self) -> None:
        self.work.close()
        self.point.engine.dispose()


def all_arrives(point: Point) -> None:
    """As if the center had acknowledged all that was written."""
    with writing(point.engine) as conn:
        here = standing(conn)
        save_here(conn, replace(here, acked_n=here.n))


def new_point(file: Path, clock: FakeClock) -> Point:
    point = found_point(open_plain(file), clock, "a" * 32, "A", "village")
    settle_in(point)
    return point


def fill(point: Point) -> None:
    """Three weeks of a shelf; ends at the clock's 14:20."""
    clock = point.clock
    point.do(AddStandardItems())
    for item, least in ((WATER, 96), (NOODLES, 36), (QUILT, 10), (TOWEL, 40), (GLOVES, 20), (BREAD, 20)):
        point.do(AmendItem(item=item, min_level=least, reason="本点下限"))
    point.do(AmendItem(item=WATER, barcodes=("6901234567892",), reason="包装上的条码"))
    point.do(
        OpeningCount(
            counter="王单洁",
            observer="李建国",
            lines=(
                Goods(item=WATER, packs=3, loose=8, batch="B2605", expires_on=day_away(20), shelf="A1"),
                Goods(item=NOODLES, packs=2, loose=3, batch="K77", expires_on=day_away(150), shelf="A2"),
                Goods(item=QUILT, quantity=7, shelf="C1"),
                Goods(item=TOWEL, quantity=130, shelf="B1"),
                Goods(item=GLOVES, quantity=26, shelf="B2"),
                Goods(item=BREAD, quantity=14, batch="M1", expires_on=day_away(-2), shelf="A3"),
                Goods(item=MASKS, packs=6),
            ),
        )
    )
    clock.pass_by(10 * DAY)
    point.do(
        ReceiveGoods(
            source_type="CENTER",
            ref_no="PS-2026-118",
            checked_by="李建国",
            lines=(
                ReceivedGoods(item=WATER, packs=4, batch="B2610", expires_on=day_away(320), shelf="A1"),
                ReceivedGoods(item=QUILT, quantity=2),
            ),
        )
    )
    for days, item, quantity, heads in ((3, WATER, 36, 18), (2, NOODLES, 6, 3), (2, WATER, 12, 6), (2, GLOVES, 28, 28)):
        clock.pass_by(days * DAY)
        point.do(HandOut(item=item, quantity=quantity, head_count=heads, place="社区门口"))
    lots = _lots(point, TOWEL)
    point.do(
        WriteOff(lines=(LotAmount(lot=lots[0].lot, quantity=4),), cause="DAMAGE", reason="受潮发霉", witness="李建国")
    )
    clock.pass_by(2 * DAY - 4 * HOUR)
    point.do(HandOut(item=TOWEL, quantity=20, head_count=20))
    clock.pass_by(4 * HOUR)


def _lots(point: Point, item: str) -> Any:
    with reading(point.engine) as conn:
        return lots_of(conn, point.node, item, point.clock())


def open_shop(file: Path, theme: Theme, clock: FakeClock | None = None) -> Shop:
    """A filled point in this file and a desk at it."""
    clock = clock or FakeClock()
    clock.pass_by(-21 * DAY)
    point = new_point(file, clock)
    fill(point)
    return sit_down(point, theme)


def sit_down(point: Point, theme: Theme) -> Shop:
    """A desk at a point; another one on the same store is another start of the program."""
    told: list[tuple[str, str, Action | None]] = []
    opened: list[tuple[str, object]] = []

    def say(words: str, tone: str, action: Action | None) -> None:
        told.append((words, tone, action))

    def open_page(key: str, intent: object) -> None:
        opened.append((key, intent))

    def ask(query: Any) -> Any:
        with reading(point.engine) as conn:
            return query(conn)

    def act(command: Any) -> Any:
        return point.runner.do(command, point.actor)

    work = Work(act, ask)
    desk = Desk(work, theme, Texts("zh_CN"), point.clock, say, open_page, point.node, point.actor.id, "SPECIALIST")
    return Shop(point, work, desk, told, opened)


@contextmanager
def busy(shop: Shop) -> Iterator[None]:
    """The writer is at a page from the center: what the clerk does waits."""
    begun, end = threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        end.wait(10)

    shop.work.write_behind(write)
    begun.wait(10)
    try:
        yield
    finally:
        end.set()


def on_hand(shop: Shop, item: str) -> int:
    return sum(lot.on_hand for lot in shop.ask(lots_of, shop.point.node, item, shop.point.clock()))


__all__ = [
    "BREAD",
    "GLOVES",
    "MASKS",
    "NOODLES",
    "QUILT",
    "TOWEL",
    "WATER",
    "Shop",
    "busy",
    "day_away",
    "fill",
    "new_point",
    "on_hand",
    "open_shop",
    "sa",
    "sit_down",
]
