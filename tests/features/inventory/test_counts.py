"""Counting as the desk does it: two names, blind sheets, full counts, reasons, and goods that move meanwhile."""

import pytest

from app.base.clock import HOUR, MINUTE
from app.base.errors import Refused
from app.features.inventory.commands import (
    CorrectMovement,
    HandOut,
    PlaceLot,
    ReceivedGoods,
    ReceiveGoods,
    UndoHandOut,
)
from app.features.inventory.commands_count import (
    AnswerBeforeAfter,
    CancelCount,
    Difference,
    FinishCount,
    OpeningCount,
    RecordCountLine,
    StartCount,
)
from app.features.inventory.goods import Goods
from app.features.inventory.queries import lots_of
from app.features.inventory.queries_count import (
    CountRow,
    count_differences,
    count_row,
    count_sheet,
    counts,
    open_questions,
)
from app.features.inventory.rules import lot_id
from tests.features.inventory.conftest import NODE, NOODLES, TOWEL, WATER, Desk, exchange

LATE, LATER = "2027-01-31", "2027-02-28"
TOWELS, BOTTLES = lot_id(TOWEL, None, None), lot_id(WATER, None, None)


def opened(desk: Desk, **quantities: int) -> None:
    items = {"towel": TOWEL, "water": WATER}
    lines = tuple(Goods(item=items[name], quantity=quantity) for name, quantity in quantities.items())
    desk.do(OpeningCount(lines=lines, counter="王"))
    desk.later()


def started(desk: Desk, **options: bool) -> str:
    command = StartCount(take_type="MONTHLY", counter="王", observer="李", **options)
    return desk.do(command).made[0][1]


def given(desk: Desk, quantity: int, happened_at: int | None = None) -> str:
    outcome = desk.do(HandOut(item=TOWEL, quantity=quantity, head_count=quantity, happened_at=happened_at))
    return outcome.made[0][1]


def row(desk: Desk, count: str) -> CountRow:
    found = desk.ask(count_row, count)
    assert isinstance(found, CountRow)
    return found


def test_the_opening_count_makes_lots_without_a_delivery(desk: Desk) -> None:
    lines = (
        Goods(item=WATER, packs=2, loose=3, shelf="A1"),
        Goods(item=WATER, loose=4),
        Goods(item=NOODLES, quantity=6, expires_on=LATE, batch="7"),
    )
    desk.do(OpeningCount(lines=lines, counter="王", observer="李"))
    assert desk.stock() == {"NOODLES": 6, "WATER": 55}
    (count,) = desk.ask(counts, NODE)
    assert (count.take_type, count.status, count.lines) == ("OPENING", "CLOSED", 2)
    (bottles,) = desk.ask(lots_of, NODE, WATER, desk.now)
    assert bottles.shelf == "A1"


def test_food_is_counted_by_its_end_date(desk: Desk) -> None:
    command = OpeningCount(lines=(Goods(item=NOODLES, quantity=6),), counter="王")
    assert desk.refusal(command) == ("expiry_missing", "lines.0.expires_on")


def test_goods_given_out_during_the_count_stay_given(desk: Desk) -> None:
    opened(desk, towel=50, water=30)
    count = started(desk)
    given(desk, 2)
    desk.later(MINUTE)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=48))
    desk.later(MINUTE)
    given(desk, 3)
    desk.do(RecordCountLine(count=count, lot=BOTTLES, packs=1, loose=6))
    desk.do(FinishCount(count=count))
    assert desk.stock() == {"TOWEL": 45, "WATER": 30}
    assert row(desk, count).status == "CLOSED"


def test_issued_before_the_count_and_typed_in_after_it_changes_the_variance_not_the_shelf(desk: Desk) -> None:
    opened(desk, towel=50)
    before = desk.now
    desk.later()
    count = started(desk)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=48))
    assert [one.variance for one in desk.ask(count_differences, count)] == [-2]
    desk.later()
    given(desk, 2, happened_at=before)
    assert desk.stock() == {"TOWEL": 48}
    assert desk.ask(count_differences, count) == []
    desk.do(FinishCount(count=count))


def test_the_reversal_of_a_wrong_issue_leaves_what_was_counted_after_it(desk: Desk) -> None:
    opened(desk, towel=50)
    wrong = given(desk, 2)
    desk.later()
    count = started(desk)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=48))
    desk.later()
    desk.do(UndoHandOut(hand_out=wrong, reason="没有发"))
    assert desk.stock() == {"TOWEL": 48}
    assert [one.variance for one in desk.ask(count_differences, count)] == [-2]


def test_what_is_put_right_stands_where_the_wrong_one_stood(desk: Desk) -> None:
    outcome = desk.do(ReceiveGoods(lines=(ReceivedGoods(item=TOWEL, quantity=70),), source_type="CENTER"))
    (movement,) = [id_ for kind, id_ in outcome.made if kind == "movement"]
    desk.later()
    count = started(desk)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=50))
    desk.later()
    desk.do(CorrectMovement(movement=movement, quantity=50, reason="点错"))
    assert desk.stock() == {"TOWEL": 50}
    assert desk.ask(count_differences, count) == []


def test_a_difference_needs_a_reason(desk: Desk) -> None:
    opened(desk, towel=50)
    count = started(desk)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=47))
    assert desk.refusal(FinishCount(count=count)) == ("difference_needs_reason", "lines")
    why = Difference(lot=TOWELS, diff_reason="DAMAGE", note="水浸")
    desk.do(FinishCount(count=count, lines=(why,), action="报损"))
    (difference,) = desk.ask(count_differences, count)
    assert (difference.book, difference.counted, difference.variance) == (50, 47, -3)
    assert (difference.diff_reason, difference.note) == ("DAMAGE", "水浸")
    assert desk.stock() == {"TOWEL": 47}


def test_the_reason_given_later_does_not_move_the_line(desk: Desk) -> None:
    opened(desk, towel=50)
    count = started(desk)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=47))
    desk.later()
    given(desk, 5)
    desk.later()
    desk.do(FinishCount(count=count, lines=(Difference(lot=TOWELS, diff_reason="LOST"),)))
    assert desk.stock() == {"TOWEL": 42}


def test_a_line_counted_again_stands_at_the_new_moment(desk: Desk) -> None:
    opened(desk, towel=50)
    count = started(desk)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=49))
    desk.later()
    given(desk, 5)
    desk.later()
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=45))
    assert desk.stock() == {"TOWEL": 45}
    assert desk.ask(count_differences, count) == []
    assert row(desk, count).lines == 1


def test_a_full_count_writes_zero_for_what_is_not_there(desk: Desk) -> None:
    opened(desk, towel=50, water=30)
    count = started(desk, full=True)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=50))
    (missing,) = desk.ask(count_differences, count)
    assert (missing.name, missing.book, missing.counted, missing.missing) == ("矿泉水", 30, 0, True)
    assert desk.refusal(FinishCount(count=count)) == ("difference_needs_reason", "lines")
    desk.do(FinishCount(count=count, lines=(Difference(lot=BOTTLES, diff_reason="LOST"),)))
    assert desk.stock() == {"TOWEL": 50, "WATER": 0}
    (difference,) = desk.ask(count_differences, count)
    assert (difference.variance, difference.diff_reason, difference.missing) == (-30, "LOST", False)


def test_a_lot_the_books_do_not_have_is_found(desk: Desk) -> None:
    count = started(desk)
    desk.do(RecordCountLine(count=count, item=NOODLES, batch="7", expires_on=LATE, quantity=4, shelf="C3"))
    assert desk.refusal(RecordCountLine(count=count, item=NOODLES, quantity=4)) == ("expiry_missing", "expires_on")
    assert desk.refusal(RecordCountLine(count=count, quantity=4)) == ("missing", "lot")
    assert desk.stock() == {"NOODLES": 4}


def test_those_who_count_blind_do_not_see_the_books_until_the_end(desk: Desk) -> None:
    opened(desk, towel=50, water=30)
    desk.do(PlaceLot(lot=TOWELS, shelf="A2"))
    count = started(desk, blind=True)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=50))
    sheet = desk.ask(count_sheet, count, desk.now)
    assert [(line.name, line.book, line.counted) for line in sheet] == [("毛巾", None, 50), ("矿泉水", None, None)]
    assert sheet[0].shelf == "A2"
    desk.do(FinishCount(count=count))
    assert [line.book for line in desk.ask(count_sheet, count, desk.now)] == [50, 30]


def test_the_sheet_shows_each_end_date_in_order(desk: Desk) -> None:
    lines = tuple(Goods(item=NOODLES, quantity=3, expires_on=day) for day in (LATER, LATE))
    desk.do(OpeningCount(lines=lines, counter="王"))
    sheet = desk.ask(count_sheet, started(desk), desk.now)
    assert [(line.expires_on, line.book) for line in sheet] == [(LATE, 3), (LATER, 3)]


def test_two_people_count(desk: Desk) -> None:
    same = StartCount(take_type="MONTHLY", counter="王", observer=" 王")
    assert desk.refusal(same) == ("same_counter_and_observer", "observer")
    count = desk.do(StartCount(take_type="MONTHLY", counter="王")).made[0][1]
    assert desk.refusal(FinishCount(count=count)) == ("missing", "observer")
    desk.do(FinishCount(count=count, observer="李"))
    alone = desk.do(StartCount(take_type="SPOT", counter="王")).made[0][1]
    desk.do(FinishCount(count=alone))
    assert row(desk, count).observer == "李"


def test_a_count_that_ended_is_not_touched(desk: Desk) -> None:
    opened(desk, towel=5)
    count = started(desk)
    desk.do(FinishCount(count=count))
    assert desk.refusal(RecordCountLine(count=count, lot=TOWELS, quantity=5)) == ("count_closed", "count")
    assert desk.refusal(FinishCount(count=count)) == ("count_closed", "count")


def test_only_a_count_without_lines_is_cancelled(desk: Desk) -> None:
    opened(desk, towel=5)
    begun, counted = started(desk), started(desk)
    desk.do(RecordCountLine(count=counted, lot=TOWELS, quantity=5))
    assert desk.refusal(CancelCount(count=counted, reason="误点")) == ("count_has_lines", "count")
    desk.do(CancelCount(count=begun, reason="误点"))
    assert row(desk, begun).status == "CANCELLED"
    assert [one.id for one in desk.ask(counts, NODE, open_only=True)] == [counted]


def test_what_was_not_yet_counted_cannot_be_typed_in(desk: Desk) -> None:
    count = started(desk)
    ahead = RecordCountLine(count=count, item=TOWEL, quantity=1, entered_at=desk.now + HOUR)
    with pytest.raises(Refused, match="time_in_future"):
        desk.do(ahead)


@pytest.mark.parametrize(
    ("verdict", "on_shelf", "variance"), [("BEFORE", 48, 0), ("AFTER", 46, -2), ("DISMISSED", 46, -2)]
)
def test_a_movement_of_another_laptop_during_the_count_is_asked_about(
    desk: Desk, other: Desk, verdict: str, on_shelf: int, variance: int
) -> None:
    opened(desk, towel=50)
    exchange(desk, other)
    other.now = desk.now
    count = started(desk)
    desk.later(MINUTE)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=48))
    other.now = desk.now + MINUTE
    given(other, 2)
    desk.later(2 * MINUTE)
    exchange(desk, other)
    assert desk.stock() == other.stock() == {"TOWEL": 46}
    assert desk.ask(open_questions, NODE) == []
    desk.do(RecordCountLine(count=count, item=WATER, quantity=0))
    (question,) = desk.ask(open_questions, NODE)
    assert (question.kind, question.amount, question.counted, question.other_device) == ("HAND_OUT", -2, 48, True)
    desk.do(AnswerBeforeAfter(movement=question.movement, line=question.line, verdict=verdict))
    exchange(desk, other)
    assert desk.stock()["TOWEL"] == other.stock()["TOWEL"] == on_shelf
    assert desk.ask(open_questions, NODE) == []
    assert sum(one.variance for one in other.ask(count_differences, count)) == variance


def test_an_answer_can_be_changed(desk: Desk) -> None:
    opened(desk, towel=50)
    count = started(desk)
    desk.later(MINUTE)
    moment = desk.now
    desk.later(MINUTE)
    desk.do(RecordCountLine(count=count, lot=TOWELS, quantity=48))
    desk.later()
    given(desk, 2, happened_at=moment)
    (question,) = desk.ask(open_questions, NODE)
    assert question.typed
    assert desk.stock() == {"TOWEL": 48}
    for verdict, on_shelf in (("AFTER", 46), ("BEFORE", 48)):
        desk.do(AnswerBeforeAfter(movement=question.movement, line=question.line, verdict=verdict))
        assert desk.stock() == {"TOWEL": on_shelf}
