"""A stocktake by keyboard: begin, walk along the shelf, explain what differs, two names, done."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.desktop.lists.trace_line import TraceLine
from app.desktop.stock.count import Counting
from app.desktop.stock.count_end import CountEnd
from app.desktop.stock.count_sheet import CountSheet
from app.desktop.stock.room import StockRoom
from app.features.inventory.commands import HandOut
from app.features.inventory.commands_count import StartCount
from app.journal.drafts import drafts
from tests.desktop.conftest import focused
from tests.desktop.stock.conftest import open_room
from tests.desktop.stock.shop import GLOVES, QUILT, WATER, Shop, on_hand

ENTER = Qt.Key.Key_Return
CONTROL = Qt.KeyboardModifier.ControlModifier


def counting(room: StockRoom) -> Counting:
    room.intend("count")
    assert isinstance(room.sheet, Counting)
    return room.sheet


def sheet_of(qtbot: QtBot, room: StockRoom) -> CountSheet:
    """The sheet of the count that is open."""
    page = counting(room)
    qtbot.waitUntil(lambda: page.sheet is not None and bool(page.sheet.rows))
    assert page.sheet is not None
    return page.sheet


def start(shop: Shop, *, blind: bool = False, full: bool = False) -> str:
    begun = StartCount(take_type="MONTHLY", counter="王单洁", observer="李建国", blind=blind, full=full)
    return shop.point.make(begun, "count")


def row_of(sheet: CountSheet, item: str, place: int = 0) -> str:
    return [lot for lot, row in sheet.rows.items() if row.row.item == item][place]


def test_begin_by_keyboard(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    page = counting(room)
    qtbot.waitUntil(lambda: page.start_form is not None and page.start_form.counter.value() == "王单洁")
    QTest.keyClick(focused(), ENTER, CONTROL)
    qtbot.waitUntil(lambda: page.sheet is not None and bool(page.sheet.rows))
    (head,) = shop.point.rows("count", status="OPEN")
    assert (head["take_type"], head["blind"], head["counter"]) == ("MONTHLY", True, "王单洁")


def test_the_sheet_says_whether_the_center_has_it(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    start(shop)
    page = counting(room)
    qtbot.waitUntil(lambda: page.findChild(TraceLine) is not None)
    line = page.findChild(TraceLine)
    assert isinstance(line, TraceLine)
    qtbot.waitUntil(lambda: line.label.text().startswith("待上传"))


def test_enter_keeps_a_line_at_its_moment_and_goes_on(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    count = start(shop)
    sheet = sheet_of(qtbot, room)
    order = list(sheet.rows)
    first = row_of(sheet, QUILT)
    second = order[order.index(first) + 1]
    sheet.rows[first].quantity.go_to()
    QTest.keyClicks(focused(), "8")
    before = shop.point.clock()
    QTest.keyClick(focused(), ENTER)
    qtbot.waitUntil(lambda: sheet.rows[first].counted == 8)
    assert sheet.rows[second].isAncestorOf(focused())
    (line,) = shop.point.rows("count_line", count=count)
    assert before < line["entered_at"] <= shop.point.clock()
    moment = line["entered_at"]
    sheet.rows[first].quantity.go_to()
    QTest.keyClick(focused(), ENTER)  # passing over a counted line does not count it anew
    shop.point.do(HandOut(item=QUILT, quantity=1, head_count=1))
    qtbot.waitUntil(lambda: on_hand(shop, QUILT) == 7)
    assert shop.point.rows("count_line", count=count)[0]["entered_at"] == moment


def test_boxes_and_loose_side_by_side(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    count = start(shop)
    sheet = sheet_of(qtbot, room)
    lot = row_of(sheet, WATER)
    sheet.rows[lot].quantity.go_to()
    QTest.keyClicks(focused(), "1")
    QTest.keyClick(focused(), ENTER)
    QTest.keyClicks(focused(), "3")
    QTest.keyClick(focused(), ENTER)
    qtbot.waitUntil(lambda: sheet.rows[lot].counted == 27)
    assert shop.point.rows("count_line", count=count)[0]["quantity"] == 27


def test_a_blind_count_shows_no_books(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    start(shop, blind=True)
    sheet = sheet_of(qtbot, room)
    shown = " ".join(label.text() for label in sheet.findChildren(QLabel) if label.isVisible())
    assert "9 床" not in shown
    assert "1 箱 + 8 瓶" not in shown


def test_what_is_half_typed_survives_and_what_is_entered_is_in_the_books(
    qtbot: QtBot, room: StockRoom, shop: Shop, sit_again: Callable[[], Shop]
) -> None:
    start(shop)
    sheet = sheet_of(qtbot, room)
    first, second = row_of(sheet, QUILT), row_of(sheet, GLOVES)
    sheet.rows[first].quantity.go_to()
    QTest.keyClicks(focused(), "9")
    QTest.keyClick(focused(), ENTER)
    qtbot.waitUntil(lambda: sheet.rows[first].counted == 9)
    sheet.rows[second].quantity.loose.setFocus()
    QTest.keyClicks(focused(), "31")
    qtbot.waitUntil(lambda: any(second in draft.content for draft in shop.ask(drafts, "stock.count:")), timeout=4_000)
    again = sit_again()
    other = open_room(qtbot, again)
    fresh = sheet_of(qtbot, other)
    qtbot.waitUntil(lambda: fresh.rows[second].quantity.value() == 31)
    assert fresh.rows[first].counted == 9
    assert fresh.rows[second].counted is None


def test_differences_need_reasons_and_two_names(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    count = shop.point.make(StartCount(take_type="MONTHLY", counter="王单洁", blind=True), "count")
    sheet = sheet_of(qtbot, room)
    lot = row_of(sheet, QUILT)
    sheet.rows[lot].quantity.go_to()
    QTest.keyClicks(focused(), "8")
    QTest.keyClick(focused(), ENTER)
    qtbot.waitUntil(lambda: sheet.rows[lot].counted == 8)
    QTest.keyClick(focused(), ENTER, CONTROL)
    page = room.sheet
    assert isinstance(page, Counting)
    qtbot.waitUntil(lambda: page.end is not None and bool(page.end.lines))
    end = page.end
    assert isinstance(end, CountEnd)
    assert [line.row.variance for line in end.lines] == [-1]
    QTest.keyClick(focused(), ENTER, CONTROL)
    assert end.lines[0].reason.refusal
    assert end.observer.refusal
    QTest.keyClicks(focused(), "sh")  # 损坏
    QTest.keyClick(focused(), ENTER)
    end.observer.set_value("王单洁")
    end.ask_save()
    qtbot.waitUntil(lambda: "要是两个人" in end.observer.refusal)
    end.observer.set_value("李建国")
    end.ask_save()
    qtbot.waitUntil(lambda: shop.point.row("count", count)["status"] == "CLOSED")
    (line,) = shop.point.rows("count_line", count=count)
    assert line["diff_reason"] == "DAMAGE"
    qtbot.waitUntil(lambda: room.sheet is None)
    assert on_hand(shop, QUILT) == 8


def test_a_lot_the_books_do_not_have_is_written_down(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    count = start(shop)
    sheet = sheet_of(qtbot, room)
    sheet.scan.go_to()
    QTest.keyClicks(focused(), "RAIN02")  # the code of the item, as it stands on a list
    QTest.keyClick(focused(), ENTER)
    QTest.keyClick(focused(), ENTER)
    QTest.keyClicks(focused(), "4")
    QTest.keyClick(focused(), ENTER)
    QTest.keyClick(focused(), ENTER)
    qtbot.waitUntil(lambda: len(shop.point.rows("count_line", count=count)) == 1)
    assert shop.point.rows("count_line", count=count)[0]["quantity"] == 4
    qtbot.waitUntil(lambda: any(row.row.name == "雨伞" for row in sheet.rows.values()))


def scan(sheet: CountSheet, code: str) -> None:
    sheet.scan.go_to()
    QTest.keyClicks(focused(), code)
    QTest.keyClick(focused(), ENTER)


def test_what_was_found_and_not_entered_is_written_down_at_the_end(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    count = start(shop)
    sheet = sheet_of(qtbot, room)
    scan(sheet, "RAIN02")
    QTest.keyClicks(focused(), "7")
    QTest.keyClick(focused(), ENTER, CONTROL)
    page = room.sheet
    assert isinstance(page, Counting)
    qtbot.waitUntil(lambda: page.end is not None)
    (line,) = shop.point.rows("count_line", count=count)
    assert line["quantity"] == 7 * 50  # so many to a box


def test_what_was_found_and_is_not_whole_keeps_the_count_from_ending(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    start(shop)
    sheet = sheet_of(qtbot, room)
    scan(sheet, "RAIN02")
    assert sheet._found is not None
    QTest.keyClick(focused(), ENTER, CONTROL)
    assert sheet._found is not None
    assert sheet._found.quantity.refusal
    assert sheet._found.isAncestorOf(focused())
    ended: list[bool] = []
    sheet.finished.connect(lambda: ended.append(True))
    QTest.keyClicks(focused(), "7")
    qtbot.wait(50)
    assert not ended  # another press ends it, not the line
    sheet.ask_save()
    qtbot.waitUntil(lambda: bool(ended))


def test_the_next_find_keeps_the_one_before(qtbot: QtBot, room: StockRoom, shop: Shop) -> None:
    count = start(shop)
    sheet = sheet_of(qtbot, room)
    scan(sheet, "RAIN02")
    scan(sheet, "COLD03")
    assert sheet._found is not None
    assert sheet._found.quantity.refusal  # how many umbrellas?
    QTest.keyClicks(focused(), "2")
    scan(sheet, "COLD03")
    qtbot.waitUntil(lambda: len(shop.point.rows("count_line", count=count)) == 1)
    qtbot.waitUntil(lambda: sheet._found is not None and sheet._found.item.item_code == "COLD03")
    assert sheet._found.isAncestorOf(focused())
    assert sheet._found.amount is None


def test_what_was_found_and_not_entered_survives(
    qtbot: QtBot, room: StockRoom, shop: Shop, sit_again: Callable[[], Shop]
) -> None:
    start(shop)
    sheet = sheet_of(qtbot, room)
    scan(sheet, "RAIN02")
    QTest.keyClicks(focused(), "7")
    qtbot.waitUntil(lambda: bool(shop.ask(drafts, "stock.count:")), timeout=4_000)
    again = sit_again()
    other = open_room(qtbot, again)
    fresh = sheet_of(qtbot, other)
    qtbot.waitUntil(lambda: fresh._found is not None)
    assert fresh._found is not None
    assert fresh._found.item.item_code == "RAIN02"
    assert fresh._found.quantity.packs.text() == "7"
    fresh.ask_save()
    qtbot.waitUntil(lambda: not again.ask(drafts, "stock.count:"))
