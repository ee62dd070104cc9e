"""Receiving, handing out and writing off by keyboard alone; refusals stand under the field; a draft survives."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.base.clock import DAY
from app.desktop.frame.pages import Action
from app.desktop.stock.hand_out import HandOutForm
from app.desktop.stock.receive import ReceiveForm
from app.desktop.stock.room import StockRoom
from app.desktop.stock.sheet import Sheet
from app.desktop.stock.write_off import WriteOffForm
from app.journal.drafts import drafts
from tests.desktop.conftest import focused
from tests.desktop.stock.conftest import open_room
from tests.desktop.stock.shop import BREAD, NOODLES, QUILT, WATER, Shop, busy, on_hand

ENTER = Qt.Key.Key_Return


def keys(*typed: str) -> None:
    """Each word and Enter, wherever the keyboard is."""
    for word in typed:
        QTest.keyClicks(focused(), word)
        QTest.keyClick(focused(), ENTER)


def receive(room: StockRoom) -> ReceiveForm:
    room.intend("receive")
    assert isinstance(room.sheet, Sheet)
    assert isinstance(room.sheet.form, ReceiveForm)
    return room.sheet.form


def hand_out(room: StockRoom) -> HandOutForm:
    room.intend("hand_out")
    assert isinstance(room.sheet, Sheet)
    assert isinstance(room.sheet.form, HandOutForm)
    return room.sheet.form


def test_receiving_by_scanner_and_keys(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    receive(room)
    keys("6901234567892")  # the scanner: its line opens with the keyboard in it
    keys("2", "5", "b2611", "20271231", "A1")
    keys("mb", "3", "")  # 棉被: no lots, so only the quantity and the place
    QTest.keyClick(focused(), ENTER, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(shop.told))
    assert shop.told[-1][0] == "已入库：饮用水 2 箱 + 5 瓶，棉被 3 床"
    assert on_hand(shop, WATER) == 128 + 53
    assert on_hand(shop, QUILT) == 12
    (paper,) = shop.point.rows("stock_in", ref_no=None)
    assert paper["source_type"] == "CENTER"
    (lot,) = shop.point.rows("lot", expires_on="2027-12-31")
    assert lot["batch"] == "B2611"
    assert room.sheet is None


def test_what_is_missing_stands_under_its_field(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    form = receive(room)
    before = shop.point.commits()
    keys("fbm")
    QTest.keyClick(focused(), ENTER, Qt.KeyboardModifier.ControlModifier)
    line = form.goods.lines[0]
    assert line.quantity.refusal
    assert line.expires.refusal == "照包装填写"
    assert shop.point.commits() == before


def test_a_refusal_of_the_store_stands_under_the_line(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    form = receive(room)
    form.goods.take(NOODLES)
    keys("1", "0", "K9", "20270101", "")
    form.happened_at.set_value(shop.point.clock() + DAY)
    form.ask_save()
    qtbot.waitUntil(lambda: bool(form.happened_at.refusal))
    assert form.happened_at.refusal == "时间晚于现在，请核对。"
    assert form.goods.lines[0].quantity.value() == 12  # what was typed is there


def test_a_half_typed_sheet_survives_a_kill(
    qtbot: QtBot, room: StockRoom, shop: Shop, sit_again: Callable[[], Shop]
) -> None:
    form = receive(room)
    keys("6901234567892")
    QTest.keyClicks(focused(), "7")
    qtbot.waitUntil(lambda: bool(shop.ask(drafts, "stock.receive")), timeout=4_000)
    again = sit_again()
    fresh = open_room(qtbot, again)
    qtbot.waitUntil(lambda: bool(fresh.shelf._begun))
    assert fresh.shelf._begun[0].text().startswith("继续填写：收货")
    fresh.shelf._begun[0].click()
    assert isinstance(fresh.sheet, Sheet)
    restored = fresh.sheet.form
    assert isinstance(restored, ReceiveForm)
    qtbot.waitUntil(lambda: bool(restored.goods.lines))
    assert restored.goods.lines[0].item.id == WATER
    assert restored.goods.lines[0].quantity.value() == 7 * 24
    restored.goods.lines[0].expires.set_value("2027-01-01")
    restored.ask_save()
    qtbot.waitUntil(lambda: bool(again.told))
    assert again.ask(drafts, "stock.receive") == []
    assert form is not restored


def test_three_keys_and_enter_hand_out(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    form = hand_out(room)
    keys("6901234567892")
    keys("", "30", "10")
    qtbot.waitUntil(lambda: bool(shop.told))
    words, tone, action = shop.told[-1]
    assert (words, tone) == ("已发放：饮用水 1 箱 + 6 瓶，10 人", "good")
    assert on_hand(shop, WATER) == 98
    given = shop.point.rows("hand_out")[-1]
    assert (given["quantity"], given["head_count"]) == (30, 10)
    assert form.item.value() is None  # ready for the next
    assert focused() is form.item.edit
    assert action is not None
    action.run()
    qtbot.waitUntil(lambda: on_hand(shop, WATER) == 128)


def test_more_than_the_limit_asks_why(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    form = hand_out(room)
    before = shop.point.commits()
    keys("6901234567892")
    keys("1", "0", "2")
    assert focused() is form.over.edit
    assert shop.point.commits() == before
    keys("gaowen")
    form.ask_save()
    qtbot.waitUntil(lambda: bool(shop.told))
    assert shop.point.rows("movement", of_kind="hand_out")[-1]["over_limit_reason"] == "gaowen"


def test_the_shelf_after_it_is_shown_before_it_is_done(qtbot: QtBot, room: StockRoom) -> None:
    form = hand_out(room)
    keys("6901234567892", "")
    QTest.keyClicks(focused(), "40")
    qtbot.waitUntil(lambda: "→" in form._shelf.text())
    assert "5 箱 + 8 瓶 → 3 箱 + 16 瓶" in form._shelf.text()
    assert "12-11 ×32" in form._shelf.text()  # the lot that ends first, and then the next


def test_expired_goods_are_written_off(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    room.intend("write_off")
    assert isinstance(room.sheet, Sheet)
    form = room.sheet.form
    assert isinstance(form, WriteOffForm)
    form.lots.item.set_value(BREAD)
    QTest.keyClick(form.lots.item.edit, ENTER)
    keys("", "14")
    form.cause.set_value("EXPIRED")
    form.reason.set_value("过期两天")
    form.ask_save()
    qtbot.waitUntil(lambda: bool(shop.told))
    assert on_hand(shop, BREAD) == 0
    (gone,) = shop.point.rows("movement", cause="EXPIRED", item=BREAD)
    assert (gone["cause"], gone["reason"]) == ("EXPIRED", "过期两天")


def test_what_was_begun_is_not_lost_when_the_sheet_opens_from_an_item(
    qtbot: QtBot, room: StockRoom, shop: Shop
) -> None:
    receive(room)
    keys("6901234567892")
    QTest.keyClicks(focused(), "7")
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "receive" in room._kept)
    room.shelf.open_item(QUILT)
    assert room.shelf.detail is not None
    room.shelf.detail.acted.emit("receive", None)
    assert isinstance(room.sheet, Sheet)
    form = room.sheet.form
    assert isinstance(form, ReceiveForm)
    qtbot.waitUntil(lambda: len(form.goods.lines) == 2)
    assert [line.item.id for line in form.goods.lines] == [WATER, QUILT]
    assert form.goods.lines[0].quantity.value() == 7 * 24


def receive_water(qtbot: QtBot, room: StockRoom, shop: Shop) -> Action:
    """A delivery that is saved; gives the way back."""
    receive(room)
    keys("6901234567892")
    keys("2", "5", "b2611", "20271231", "A1")
    QTest.keyClick(focused(), ENTER, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(shop.told))
    assert room.sheet is None
    action = shop.told[-1][2]
    assert action is not None
    return action


def test_a_delivery_that_is_taken_back_stands_on_its_sheet_again(
    qtbot: QtBot, room: StockRoom, shop: Shop, sit_again: Callable[[], Shop]
) -> None:
    undo = receive_water(qtbot, room, shop)
    qtbot.wait(10)  # the sheet is gone
    undo.run()
    qtbot.waitUntil(lambda: len(shop.told) == 2)
    assert shop.told[-1][0] == "已撤销，填写的内容还在表上"
    assert on_hand(shop, WATER) == 128
    qtbot.waitUntil(lambda: isinstance(room.sheet, Sheet) and bool(room.sheet.form.field("lines").value()))
    again = sit_again()  # the power goes
    fresh = open_room(qtbot, again)
    qtbot.waitUntil(lambda: bool(fresh.shelf._begun))
    fresh.shelf._begun[0].click()
    assert isinstance(fresh.sheet, Sheet)
    form = fresh.sheet.form
    assert isinstance(form, ReceiveForm)
    qtbot.waitUntil(lambda: bool(form.goods.lines))
    assert (form.goods.lines[0].quantity.value(), form.goods.lines[0].batch.value()) == (53, "b2611")
    form.ask_save()
    qtbot.waitUntil(lambda: bool(again.told))
    assert again.ask(drafts, "stock.") == []


def test_a_delivery_that_is_taken_back_does_not_disturb_the_sheet_that_is_open(
    qtbot: QtBot, room: StockRoom, shop: Shop
) -> None:
    undo = receive_water(qtbot, room, shop)
    form = receive(room)
    keys("mb")
    QTest.keyClicks(focused(), "3")
    undo.run()
    qtbot.waitUntil(lambda: len(shop.told) == 2)
    assert shop.told[-1][0] == "已撤销，填写的内容已存草稿；回到货架点“继续填写”"
    assert [line.item.id for line in form.goods.lines] == [QUILT]
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(room.shelf._begun) == 2)
    later, earlier = room.shelf._begun
    assert later.text().startswith("继续填写：收货")
    assert earlier.text().startswith("继续填写：收货")
    assert sorted(line["item"] for draft in shop.ask(drafts, "stock.") for line in draft.content["lines"]) == sorted(
        [WATER, QUILT]
    )


def test_what_was_handed_out_and_is_taken_back_is_kept_beside_the_next(
    qtbot: QtBot, room: StockRoom, shop: Shop
) -> None:
    form = hand_out(room)
    keys("6901234567892")
    keys("", "30", "10")
    qtbot.waitUntil(lambda: bool(shop.told))
    action = shop.told[-1][2]
    assert action is not None
    QTest.keyClicks(focused(), "mb")
    action.run()
    qtbot.waitUntil(lambda: len(shop.told) == 2)
    assert form.item.edit.text() == "mb"
    assert shop.told[-1][0] == "已撤销，填写的内容已存草稿；回到货架点“继续填写”"
    assert [draft.content["head_count"] for draft in shop.ask(drafts, "stock.hand_out:")] == [10]


def test_the_next_code_scanned_before_the_hand_out_is_through_is_taken(
    qtbot: QtBot, room: StockRoom, shop: Shop
) -> None:
    form = hand_out(room)
    keys("6901234567892")
    keys("", "30")
    with busy(shop):
        keys("10", "6901234567892")
    qtbot.waitUntil(lambda: bool(shop.told))
    assert form.item.value() == WATER
    assert form.quantity.isAncestorOf(focused())
    keys("", "12", "4")
    qtbot.waitUntil(lambda: len(shop.told) == 2)
    assert on_hand(shop, WATER) == 128 - 30 - 12


def test_keys_after_the_last_save_of_a_sheet_do_nothing(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    receive(room)
    keys("6901234567892")
    keys("2", "5", "b2611", "20271231", "A1")
    with busy(shop):
        QTest.keyClick(focused(), ENTER, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(focused(), "mb")
        QTest.keyClick(focused(), ENTER)
    qtbot.waitUntil(lambda: room.sheet is None)
    assert on_hand(shop, WATER) == 128 + 53
    qtbot.wait(1_600)  # so long after the first key a draft is told
    assert shop.ask(drafts, "stock.") == []


def test_what_was_begun_is_not_lost_when_it_is_found_after_the_sheet_was_opened_from_an_item(
    qtbot: QtBot, room: StockRoom, shop: Shop
) -> None:
    receive(room)
    keys("6901234567892")
    QTest.keyClicks(focused(), "7")
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(shop.ask(drafts, "stock.receive")))
    with busy(shop):
        fresh = open_room(qtbot, shop)
        fresh.open_sheet("receive", QUILT)
        assert isinstance(fresh.sheet, Sheet)
        assert fresh.sheet.form.dirty

    def begun() -> list[str]:
        return [draft.content["lines"][0]["item"] for draft in shop.ask(drafts, "stock.receive")]

    qtbot.waitUntil(lambda: begun() == [QUILT, WATER])


def test_what_was_just_typed_is_kept_when_another_sheet_is_opened(room: StockRoom, shop: Shop, qtbot: QtBot) -> None:
    receive(room)
    keys("6901234567892")
    QTest.keyClicks(focused(), "7")
    room.intend("count")  # at once, by its key
    qtbot.waitUntil(lambda: bool(shop.ask(drafts, "stock.receive")))
    (kept,) = shop.ask(drafts, "stock.receive")
    assert kept.content["lines"][0]["quantity"] == [7, None]
