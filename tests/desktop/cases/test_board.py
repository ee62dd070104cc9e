"""Finding a case, correcting, closing, following and undoing it by keyboard; what then stands in the store."""

from types import SimpleNamespace

from PySide6.QtCore import Qt

from app.desktop.cases.board import CaseBoard
from app.desktop.lists.history import History
from app.desktop.parts.label import Label
from app.features.cases.queries import CaseFilter, case_ids
from app.journal.drafts import drafts
from tests.desktop.cases.board import find, press_button, sheet
from tests.desktop.cases.conftest import view_of
from tests.desktop.hands import Hands
from tests.desktop.stock.shop import WATER, Shop, all_arrives, on_hand

ALL = CaseFilter()


def said_below(board: CaseBoard) -> list[Label]:
    """The words beside the verb of the form, if the clerk can see them without scrolling."""
    view = view_of(board)
    assert view.sheet is not None
    foot = view.sheet.foot
    return [label for label in foot.findChildren(Label) if label.visibleRegion().boundingRect() == label.rect()]


def past(board: CaseBoard) -> str:
    history = view_of(board).findChild(History)
    assert isinstance(history, History)
    return "\n".join(label.text() for label in history.findChildren(Label))


def test_pinyin_finds_and_filters_narrow(board: CaseBoard, hands: Hands) -> None:
    hands.wait(lambda: board.model.rowCount() == 3)
    find(board, hands, "zds", "张*")
    board.search.set_value(None)
    board.filters.go_to()
    hands.type("yja")
    hands.wait(lambda: board.filters.value() == "closed" and board.model.rowCount() == 1)
    hands.wait(lambda: view_of(board).detail.row.called == "孙*")  # type: ignore[union-attr]


def test_a_row_says_in_a_word_that_the_center_does_not_have_it(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    def places() -> list[str]:
        return [str(board.model.index(row, 1).data() or "") for row in range(board.model.rowCount())]

    hands.wait(lambda: len(places()) == 3 and all(place.startswith("未同步") for place in places()))
    all_arrives(shop.point)
    shop.desk.rounds.ended.emit(SimpleNamespace(sent=1))
    hands.wait(lambda: not any(place.startswith("未同步") for place in places()))


def test_nothing_found_says_so(board: CaseBoard, hands: Hands) -> None:
    hands.type("nobody")
    hands.wait(lambda: board.model.rowCount() == 0)
    hands.wait(lambda: any(label.text() == "这里没有个案" for label in board.list.findChildren(Label)))


def test_a_contact_is_corrected_with_its_reason(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "zds", "张*")
    press_button(board, hands, "更正 今天")
    form = sheet(board, hands)
    assert form.field("disposition").value() == "ON_SITE_AID"
    form.field("place_text").go_to()
    hands.type("汽车站北门")
    hands.save()
    assert form.field("amend_reason").refusal
    hands.type("听错了")
    hands.save()
    hands.wait(lambda: shop.told)
    corrected = shop.point.rows("encounter", place_text="汽车站北门")
    assert [row["disposition"] for row in corrected] == ["ON_SITE_AID"]
    assert [row["reason"] for row in shop.point.rows("amendment")][-1] == "听错了"
    hands.wait(lambda: "地点描述：汽车站北门" in past(board) and "原因：听错了" in past(board))


def test_a_name_is_replaced_and_never_read_out(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "zds", "张*")
    press_button(board, hands, "更正 人员")
    form = sheet(board, hands)
    assert form.field("name").value() is None
    form.field("amend_reason").go_to()
    hands.type("补充电话")
    form.field("phone").go_to()
    hands.type("13900001111")
    hands.save()
    hands.wait(lambda: shop.told)
    (person,) = shop.point.rows("person", phone="13900001111")
    assert person["name"] == "张大山"
    hands.wait(lambda: "139****1111" in past(board))
    assert "13900001111" not in past(board)


def test_a_case_is_closed_and_says_what_is_missing(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "wms", shop.point.rows("person", identity_status="UNKNOWN")[0]["alias"])
    press_button(board, hands, "结案")
    form = sheet(board, hands)
    form.field("close_type").go_to()
    hands.type("xqymzlk")
    hands.save()
    hands.wait(lambda: any("结案前还缺" in label.text() for label in said_below(board)))
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: view_of(board).sheet is None)
    find(board, hands, "zds", "张*")
    press_button(board, hands, "结案")
    form = sheet(board, hands)
    hands.type("xqymzlk")
    hands.save()
    hands.wait(lambda: shop.told)
    closed = shop.point.rows("case", case_status="CLOSED", close_type="NEED_MET")
    assert len(closed) == 2


def test_a_visit_is_recorded(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "lxh", "李*")
    press_button(board, hands, "登记结果")
    form = sheet(board, hands)
    hands.save()
    assert form.field("follow_result").refusal
    hands.type("pw")
    hands.save()
    hands.wait(lambda: shop.told)
    (visit,) = shop.point.rows("follow_up")
    assert (visit["follow_result"], visit["method"]) == ("STABLE", "VISIT")


def test_an_act_is_taken_back_as_a_whole(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    water = on_hand(shop, WATER)
    find(board, hands, "zds", "张*")
    press_button(board, hands, "整次撤销")
    sheet(board, hands)
    hands.type("登错了人")
    hands.save()
    hands.wait(lambda: shop.told)
    assert on_hand(shop, WATER) == water + 2
    assert len(shop.ask(case_ids, ALL)) == 3
    hands.wait(lambda: board.model.rowCount() == 0)


def test_a_correction_in_progress_survives(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "zds", "张*")
    press_button(board, hands, "更正 个案")
    form = sheet(board, hands)
    form.field("belongings").go_to()
    hands.type("黑色双肩包")
    hands.wait(lambda: shop.ask(drafts, "amend:"))
    kept = shop.ask(drafts, "amend:")[0].content
    assert kept["opened"]["bases"]  # what was shown, so that a later write of somebody else is not lost
    find(board, hands, "lxh", "李*")
    find(board, hands, "zds", "张*")
    press_button(board, hands, "更正 个案")
    again = sheet(board, hands)
    hands.wait(lambda: again.field("belongings").value() == "黑色双肩包")
    again.field("amend_reason").go_to()
    hands.type("本人补充")
    hands.save()
    hands.wait(lambda: shop.told)
    assert len(shop.point.rows("case", belongings="黑色双肩包")) == 1
    assert shop.ask(drafts, "amend:") == []


def test_met_again_goes_to_the_counter(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "zds", "张*")
    press_button(board, hands, "再次登记")
    (person,) = shop.point.rows("person", name="张大山")
    assert shop.opened == [("entry", {"person": person["id"]})]
