"""A movement with a typed time inside a count: a person says whether the count had seen it, and the books follow."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.base.clock import MINUTE
from app.desktop.stock.questions import Questions
from app.desktop.stock.room import StockRoom
from app.features.inventory.commands import HandOut
from app.features.inventory.commands_count import RecordCountLine, StartCount
from app.features.inventory.queries import lots_of
from tests.desktop.conftest import focused
from tests.desktop.stock.shop import QUILT, TOWEL, Shop, on_hand


def test_one_key_says_before_or_after(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    point = shop.point
    count = point.make(StartCount(take_type="SPOT", counter="王单洁"), "count")
    began = point.clock()
    point.clock.pass_by(10 * MINUTE)
    for item, quantity in ((QUILT, 9), (TOWEL, 100)):
        (lot,) = shop.ask(lots_of, point.node, item, point.clock())
        point.do(RecordCountLine(count=count, lot=lot.lot, quantity=quantity))
    point.clock.pass_by(MINUTE)
    shop.work.do(HandOut(item=QUILT, quantity=1, head_count=1, happened_at=began + 5 * MINUTE))
    qtbot.waitUntil(lambda: any(button.text() == "1 笔待判断：盘点前还是后" for button in room.shelf._begun))
    assert on_hand(shop, QUILT) == 9  # by its typed time the count had seen it
    room.shelf._begun[0].click()
    page = room.sheet
    assert isinstance(page, Questions)
    qtbot.waitUntil(lambda: len(page.cards) == 1)
    assert page.cards[0].isAncestorOf(focused())
    QTest.keyClick(focused(), Qt.Key.Key_2)
    qtbot.waitUntil(lambda: not page.cards)
    assert on_hand(shop, QUILT) == 8
    assert [row["verdict"] for row in point.rows("answer")] == ["AFTER"]
