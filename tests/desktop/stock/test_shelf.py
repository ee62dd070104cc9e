"""The shelf tells what is there and what needs a hand; a wrong line of the books is put right on it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.desktop.stock.item_detail import ItemDetail
from app.desktop.stock.room import StockRoom
from app.desktop.stock.take_back import TakeBack
from tests.desktop.conftest import focused
from tests.desktop.stock.shop import BREAD, GLOVES, QUILT, TOWEL, WATER, Shop, all_arrives, on_hand


def words_of(room: StockRoom, item: str) -> str:
    return next(room.shelf.list.words(row) for row in room.shelf.list.rows if row.item.id == item)


def opened(qtbot: QtBot, room: StockRoom, item: str) -> ItemDetail:
    room.shelf.open_item(item)
    detail = room.shelf.detail
    assert detail is not None
    qtbot.waitUntil(lambda: bool(detail._books.rows))
    return detail


def test_every_sign_is_a_word(room: StockRoom) -> None:
    assert "5 箱 + 8 瓶" in words_of(room, WATER)
    assert "临期" in words_of(room, WATER)
    assert "够用" in words_of(room, WATER)
    assert "已过期" in words_of(room, BREAD)
    assert "不足" in words_of(room, QUILT)
    assert "账面为负" in words_of(room, GLOVES)


def test_filters_and_search_by_initials(room: StockRoom) -> None:
    chips = {chip.text().rpartition(" ")[0]: chip for chip in room.shelf._chips}
    chips["账面为负"].click()
    assert [row.item.id for row in room.shelf.list.rows] == [GLOVES]
    chips["全部目录"].click()
    room.shelf._to_search()
    QTest.keyClicks(focused(), "mj")
    assert TOWEL in [row.item.id for row in room.shelf.list.rows]
    assert WATER not in [row.item.id for row in room.shelf.list.rows]


def test_a_delivery_typed_wrongly_is_put_right(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    detail = opened(qtbot, room, QUILT)
    assert on_hand(shop, QUILT) == 9
    detail._books.setFocus()
    detail._books.setCurrentIndex(detail._books.model().index(0, 0))
    QTest.keyClick(detail._books, Qt.Key.Key_Return)
    assert isinstance(detail._open, TakeBack)
    QTest.keyClicks(focused(), "5")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    QTest.keyClick(focused(), Qt.Key.Key_Return)  # without a reason it stays
    assert detail._open.reason.refusal
    QTest.keyClicks(focused(), "songhuodan xie 5")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(detail._books.rows) == 4)
    assert on_hand(shop, QUILT) == 12
    assert [row["quantity"] for row in shop.point.rows("movement", item=QUILT)] == [2, 2, 5]


def test_a_line_of_the_books_says_whether_the_center_has_it(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    books = opened(qtbot, room, WATER)._books
    assert all("未同步" in books.words(row) for row in books.rows)
    all_arrives(shop.point)
    shop.desk.rounds.ended.emit(None)
    qtbot.waitUntil(lambda: not any("未同步" in books.words(row) for row in books.rows))


def test_a_hand_out_is_taken_back_whole(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    detail = opened(qtbot, room, TOWEL)
    detail._books.setFocus()
    detail._books.setCurrentIndex(detail._books.model().index(0, 0))
    QTest.keyClick(detail._books, Qt.Key.Key_Return)
    QTest.keyClicks(focused(), "meiyou faguo")
    QTest.keyClick(focused(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: detail.stock.on_hand == 126)
    assert shop.point.rows("hand_out", item=TOWEL) == []


def test_a_lot_is_set_aside_with_a_reason(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    detail = opened(qtbot, room, WATER)
    detail._lots.setFocus()
    detail._lots.setCurrentIndex(detail._lots.model().index(0, 0))
    QTest.keyClick(detail._lots, Qt.Key.Key_Return)
    QTest.keyClicks(focused(), "baozhuang loushui")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: detail.stock.usable == 96)
    (state,) = shop.point.rows("lot_state", state="QUARANTINED")
    assert state["reason"] == "baozhuang loushui"
