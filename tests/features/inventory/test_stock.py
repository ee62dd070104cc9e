"""Receiving, giving out, taking back and writing off, as the desk does it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR
from app.base.ids import meaning_id
from app.features.inventory import tables
from app.features.inventory.commands import (
    CorrectMovement,
    HandOut,
    LotAmount,
    PlaceLot,
    QuarantineLot,
    ReceivedGoods,
    ReceiveGoods,
    ReleaseLot,
    ReturnedGoods,
    ReturnGoods,
    ReverseMovement,
    UndoHandOut,
    WriteOff,
)
from app.features.inventory.commands_count import OpeningCount
from app.features.inventory.goods import Goods
from app.features.inventory.issue import StockLot, issue_lines, plan_issue, reverse_movements
from app.features.inventory.queries import (
    expiring,
    goods_given,
    lots_of,
    preview_issue,
    stock_list,
)
from app.features.inventory.queries_ledger import statement
from app.features.inventory.rules import lot_id
from app.journal.act import Act
from app.journal.apply import apply
from app.journal.commands import MOST_LINES, Command, handles
from app.store.engine import reading, writing
from tests.apart import apart, put_back
from tests.features.inventory.conftest import NODE, NOODLES, TOWEL, WATER, Desk, exchange

SOON, LATE, PAST = "2026-07-10", "2027-01-31", "2026-06-30"


def receive(desk: Desk, *lines: ReceivedGoods) -> None:
    desk.do(ReceiveGoods(lines=lines, source_type="CENTER", ref_no="PS-1"))


def noodles(quantity: int, expires_on: str, batch: str | None = None) -> ReceivedGoods:
    return ReceivedGoods(item=NOODLES, quantity=quantity, expires_on=expires_on, batch=batch)


def movements(desk: Desk) -> list[sa.RowMapping]:
    c = tables.movement.c
    with reading(desk.engine) as conn:
        return list(conn.execute(sa.select(tables.movement.table).order_by(c.born_n, c.born_op)).mappings())


def test_packs_and_loose_become_base_units(desk: Desk) -> None:
    receive(desk, ReceivedGoods(item=WATER, packs=2, loose=5), ReceivedGoods(item=TOWEL, quantity=7))
    assert desk.stock() == {"TOWEL": 7, "WATER": 53}


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (ReceivedGoods(item=TOWEL, packs=1), "pack_factor_missing", "lines.0.packs"),
        (ReceivedGoods(item=TOWEL), "missing", "lines.0.quantity"),
        (ReceivedGoods(item=TOWEL, quantity=0), "quantity_not_positive", "lines.0.quantity"),
        (ReceivedGoods(item=NOODLES, quantity=1), "expiry_missing", "lines.0.expires_on"),
        (ReceivedGoods(item="9" * 32, quantity=1), "unknown_record", "lines.0.item"),
        (
            ReceivedGoods(item=NOODLES, quantity=1, expires_on=SOON, made_on=LATE),
            "made_after_expiry",
            "lines.0.made_on",
        ),
    ],
)
def test_what_a_delivery_must_say(desk: Desk, line: ReceivedGoods, code: str, field: str) -> None:
    assert desk.refusal(ReceiveGoods(lines=(line,), source_type="CENTER")) == (code, field)
    assert desk.stock() == {}


def test_a_donation_names_its_donor(desk: Desk) -> None:
    command = ReceiveGoods(lines=(ReceivedGoods(item=TOWEL, quantity=1),), source_type="DONATION")
    assert desk.refusal(command) == ("missing", "donor")


def test_one_batch_typed_in_two_ways_is_one_lot(desk: Desk) -> None:
    receive(desk, noodles(3, LATE, "a 1"), noodles(4, LATE, "Ａ  1"), noodles(5, LATE, "A2"))
    lots = desk.ask(lots_of, NODE, NOODLES, desk.now)
    assert sorted((lot.batch, lot.on_hand) for lot in lots) == [("A 1", 7), ("A2", 5)]


def test_first_to_expire_goes_first_and_expired_and_set_aside_never() -> None:
    lots = [
        StockLot("late", 5, LATE),
        StockLot("past", 9, PAST),
        StockLot("soon", 2, SOON),
        StockLot("aside", 9, SOON, quarantined=True),
    ]
    assert plan_issue(lots, 4, "2026-07-01") == [("soon", 2), ("late", 2)]
    assert plan_issue(lots, 9, "2026-07-01") == [("soon", 2), ("late", 7)]
    assert plan_issue(lots[1:2], 1, "2026-07-01") == []
    assert plan_issue(lots[1:2], 1, PAST) == [("past", 1)]


def test_what_is_lacking_goes_on_the_undated_lot_if_there_is_one() -> None:
    dated, undated = StockLot("dated", 3, LATE), StockLot("undated", 0)
    assert plan_issue([undated, dated], 5, "2026-07-01") == [("dated", 3), ("undated", 2)]
    assert plan_issue([StockLot("a", 0, SOON), StockLot("b", 0, LATE)], 5, "2026-07-01") == [("b", 5)]


def test_handing_out_counts_heads_and_takes_from_the_shelf(desk: Desk) -> None:
    receive(desk, ReceivedGoods(item=WATER, packs=3))
    outcome = desk.do(HandOut(item=WATER, quantity=60, head_count=50, place="车站广场"))
    assert desk.stock() == {"WATER": 12}
    assert [kind for kind, _ in outcome.made] == ["hand_out", "movement"]


def test_more_than_the_books_have_is_given_all_the_same_and_shown(desk: Desk) -> None:
    receive(desk, ReceivedGoods(item=WATER, quantity=1))
    desk.do(HandOut(item=WATER, quantity=4, head_count=2))
    (water,) = [each for each in desk.ask(stock_list, NODE, desk.now) if each.item.id == WATER]
    assert (water.on_hand, water.negative, water.low) == (-3, True, True)


def test_something_never_received_can_be_given(desk: Desk) -> None:
    desk.do(HandOut(item=NOODLES, quantity=2, head_count=2))
    (lot,) = desk.ask(lots_of, NODE, NOODLES, desk.now)
    assert (lot.lot, lot.on_hand, lot.expires_on) == (lot_id(NOODLES, None, None), -2, None)


def test_over_the_limit_of_a_visit_a_reason_is_asked_and_is_enough(desk: Desk) -> None:
    assert desk.refusal(HandOut(item=WATER, quantity=5, head_count=2)) == (
        "over_limit_needs_reason",
        "over_limit_reason",
    )
    desk.do(HandOut(item=WATER, quantity=5, head_count=2, over_limit_reason="高温"))
    assert desk.stock() == {"WATER": -5}


def test_a_chosen_lot_must_be_fit_to_give(desk: Desk) -> None:
    receive(desk, noodles(5, LATE), noodles(5, PAST), ReceivedGoods(item=TOWEL, quantity=1))
    late, past = lot_id(NOODLES, None, LATE), lot_id(NOODLES, None, PAST)
    assert desk.refusal(HandOut(item=NOODLES, quantity=1, head_count=1, lot=past)) == ("lot_expired", "lot")
    assert desk.refusal(HandOut(item=TOWEL, quantity=1, head_count=1, lot=late)) == ("lot_of_other_item", "lot")
    desk.do(QuarantineLot(lot=late, reason="包装破损"))
    assert desk.refusal(HandOut(item=NOODLES, quantity=1, head_count=1, lot=late)) == ("lot_quarantined", "lot")
    assert desk.ask(preview_issue, NODE, NOODLES, 1, desk.now) == []
    desk.do(ReleaseLot(lot=late, reason="已查验"))
    desk.do(HandOut(item=NOODLES, quantity=1, head_count=1, lot=late))
    assert desk.stock()["NOODLES"] == 9


def test_what_was_given_days_ago_may_have_expired_since(desk: Desk) -> None:
    receive(desk, noodles(5, PAST), noodles(5, LATE))
    desk.do(HandOut(item=NOODLES, quantity=2, head_count=1, happened_at=desk.now - 2 * DAY))
    assert {lot.expires_on: lot.on_hand for lot in desk.ask(lots_of, NODE, NOODLES, desk.now)} == {PAST: 3, LATE: 5}


def test_a_hand_out_is_undone_whole_and_once(desk: Desk) -> None:
    receive(desk, noodles(1, SOON), noodles(5, LATE))
    outcome = desk.do(HandOut(item=NOODLES, quantity=3, head_count=3))
    (given,) = [id_ for kind, id_ in outcome.made if kind == "hand_out"]
    (first, _) = [id_ for kind, id_ in outcome.made if kind == "movement"]
    assert desk.refusal(ReverseMovement(movement=first, reason="误录")) == ("undo_as_a_whole", "movement")
    desk.do(UndoHandOut(hand_out=given, reason="误录"))
    assert desk.stock() == {"NOODLES": 6}
    assert desk.refusal(UndoHandOut(hand_out=given, reason="误录"))[0] == "unknown_record"


def test_what_is_left_of_a_hand_out_that_was_lost_can_be_taken_back(desk: Desk, other: Desk) -> None:
    receive(desk, noodles(5, LATE))
    exchange(desk, other)
    outcome = desk.do(HandOut(item=NOODLES, quantity=3, head_count=3))
    (given,) = [id_ for kind, id_ in outcome.made if kind == "hand_out"]
    brought = desk.commits()[-1]
    brought.parts = [part for part in brought.parts if b'"movement"' in bytes(part.raw)]
    brought.seq, brought.eff = 1_000, brought.wall
    with writing(other.engine) as conn:
        apply(conn, [brought])
    undo = UndoHandOut(hand_out=given, reason="误录")
    assert other.stock()["NOODLES"] == 2
    other.do(undo)
    assert other.stock()["NOODLES"] == 5
    assert other.refusal(undo) == ("unknown_record", "hand_out")
    exchange(desk, other)  # its author has it still
    other.do(undo)
    assert (other.stock()["NOODLES"], other.refusal(undo)[0]) == (5, "unknown_record")


def test_a_movement_is_taken_back_once(desk: Desk) -> None:
    receive(desk, ReceivedGoods(item=TOWEL, quantity=7))
    (received,) = movements(desk)
    desk.do(ReverseMovement(movement=received["id"], reason="点错"))
    assert desk.stock() == {"TOWEL": 0}
    again = ReverseMovement(movement=received["id"], reason="点错")
    assert desk.refusal(again) == ("already_undone", "movement")
    reversal = meaning_id("reversal", received["id"])
    assert desk.refusal(ReverseMovement(movement=reversal, reason="点错")) == ("nothing_to_undo", "movement")


def test_two_laptops_that_undo_the_same_do_it_once(desk: Desk, other: Desk) -> None:
    receive(desk, ReceivedGoods(item=TOWEL, quantity=7))
    exchange(desk, other)
    (received,) = movements(desk)
    desk.do(CorrectMovement(movement=received["id"], quantity=5, reason="点错"))
    other.do(CorrectMovement(movement=received["id"], quantity=5, reason="点错了"))
    exchange(desk, other)
    assert desk.stock() == other.stock() == {"TOWEL": 5}


def test_a_corrected_movement_may_be_of_another_lot(desk: Desk) -> None:
    receive(desk, noodles(5, SOON), noodles(5, LATE))
    wrong = movements(desk)[0]["id"]
    desk.do(CorrectMovement(movement=wrong, lot=lot_id(NOODLES, None, LATE), reason="看错日期"))
    lots = {lot.expires_on: lot.on_hand for lot in desk.ask(lots_of, NODE, NOODLES, desk.now)}
    assert lots == {SOON: 0, LATE: 10}
    assert desk.refusal(CorrectMovement(movement=wrong, quantity=1, reason="再改")) == ("already_undone", "movement")
    desk.do(CorrectMovement(movement=meaning_id("correction", wrong), quantity=4, reason="再改"))
    assert desk.stock() == {"NOODLES": 9}


def test_goods_that_come_back_go_to_the_lot_they_were_given_from(desk: Desk) -> None:
    receive(desk, noodles(5, SOON), noodles(5, LATE))
    outcome = desk.do(HandOut(item=NOODLES, quantity=3, head_count=3))
    (given,) = [id_ for kind, id_ in outcome.made if kind == "hand_out"]
    back = ReturnedGoods(item=NOODLES, quantity=2)
    desk.do(ReturnGoods(lines=(back,), of_kind="hand_out", of_id=given))
    assert {lot.expires_on: lot.on_hand for lot in desk.ask(lots_of, NODE, NOODLES, desk.now)} == {SOON: 4, LATE: 5}
    assert desk.refusal(ReturnGoods(lines=(back,))) == ("expiry_missing", "lines.0.expires_on")


def test_what_is_spoilt_leaves_the_books(desk: Desk) -> None:
    receive(desk, noodles(5, PAST))
    assert [lot.expired for lot in desk.ask(expiring, NODE, desk.now)] == [True]
    lot = lot_id(NOODLES, None, PAST)
    desk.do(WriteOff(lines=(LotAmount(lot=lot, quantity=5),), cause="EXPIRED", reason="过期销毁", witness="李"))
    assert desk.stock() == {"NOODLES": 0}
    assert desk.ask(expiring, NODE, desk.now) == []
    newest = desk.ask(statement, NODE, NOODLES)[0]
    assert (newest.kind, newest.change, newest.balance, newest.cause) == ("WRITE_OFF", -5, 0, "EXPIRED")


def test_the_list_says_what_runs_low_and_for_how_long_it_will_do(desk: Desk) -> None:
    receive(desk, ReceivedGoods(item=WATER, packs=3), noodles(4, SOON))
    desk.do(PlaceLot(lot=lot_id(NOODLES, None, SOON), shelf="B2"))
    for _ in range(2):
        desk.later(DAY)
        desk.do(HandOut(item=WATER, quantity=14, head_count=7))
    outcome = desk.do(HandOut(item=WATER, quantity=2, head_count=1))
    desk.do(UndoHandOut(hand_out=outcome.made[0][1], reason="误录"))
    water, food, towel = (
        next(each for each in desk.ask(stock_list, NODE, desk.now) if each.item.id == item)
        for item in (WATER, NOODLES, TOWEL)
    )
    assert (water.on_hand, water.low, water.given_lately, water.days_of_cover) == (44, True, 28, 22)
    assert (food.soon, food.next_expiry, food.lots[0].shelf, food.days_of_cover) == (True, SOON, "B2", None)
    assert (towel.on_hand, towel.low, towel.lots) == (0, False, ())
    later = desk.now + 30 * DAY
    assert [each.given_lately for each in desk.ask(stock_list, NODE, later) if each.item.id == WATER] == [0]


def test_the_statement_runs_like_a_bank_statement(desk: Desk) -> None:
    desk.do(OpeningCount(lines=(Goods(item=TOWEL, quantity=10),), counter="王"))
    desk.later()
    desk.do(HandOut(item=TOWEL, quantity=3, head_count=3))
    desk.later()
    receive(desk, ReceivedGoods(item=TOWEL, quantity=5))
    rows = desk.ask(statement, NODE, TOWEL)
    assert [(row.kind, row.change, row.balance) for row in rows] == [
        ("RECEIVE", 5, 12),
        ("HAND_OUT", -3, 7),
        ("COUNT", 10, 10),
    ]
    assert [row.balance for row in desk.ask(statement, NODE, TOWEL, limit=1, before=1)] == [7]


@dataclass(frozen=True)
class _Line:
    item: str
    quantity: int
    lot: str | None = None
    over_limit_reason: str | None = None
    receipt_mode: str | None = "SIGN"
    witness: str | None = None


@dataclass(frozen=True, kw_only=True)
class GiveInOneAct(Command):
    """Stands for the encounter, which gives goods in an act of its own."""


@dataclass(frozen=True, kw_only=True)
class TakeBackLastAct(Command):
    """Stands for the undo of an encounter."""


@handles(GiveInOneAct)
def give_in_one_act(act: Act, _: GiveInOneAct) -> None:
    """Twice from one lot, so that the second plan has to see the first."""
    issue_lines(act, [_Line(NOODLES, 2), _Line(NOODLES, 2), _Line(TOWEL, 1)], "encounter", "c" * 32)


@handles(TakeBackLastAct)
def take_back_last_act(act: Act, _: TakeBackLastAct) -> None:
    reverse_movements(act, f"{act.here.device}.{act.here.epoch}.{act.here.n}", "误录")


apart(GiveInOneAct, TakeBackLastAct)


@pytest.fixture(autouse=True)
def own_declarations(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with put_back(monkeypatch):
        yield


def test_an_act_sees_what_it_has_already_taken(desk: Desk) -> None:
    receive(desk, noodles(3, SOON), noodles(5, LATE))
    desk.later(HOUR)
    desk.do(GiveInOneAct())
    lots = {lot.expires_on: lot.on_hand for lot in desk.ask(lots_of, NODE, NOODLES, desk.now)}
    assert lots == {SOON: 0, LATE: 4}
    given = desk.ask(goods_given, ["c" * 32])
    assert [(one.name, one.quantity, one.expires_on) for one in given] == [
        ("方便面", 2, SOON),
        ("方便面", 1, SOON),
        ("方便面", 1, LATE),
        ("毛巾", 1, None),
    ]
    desk.do(TakeBackLastAct())
    assert desk.stock() == {"NOODLES": 8, "TOWEL": 0}
    assert all(one.taken_back for one in desk.ask(goods_given, ["c" * 32]))


def test_the_longest_delivery_can_be_sent_and_a_longer_act_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tuple(
        ReceivedGoods(item=NOODLES, quantity=1, batch=f"{number}", expires_on=LATE, shelf=f"{number}")
        for number in range(MOST_LINES)
    )
    desk.do(ReceiveGoods(lines=lines, source_type="CENTER"))
    assert len(desk.commits()[-1].parts) > MOST_LINES
    monkeypatch.setattr("app.journal.authoring.MOST_OPS", 3)
    assert desk.refusal(ReceiveGoods(lines=lines[:3], source_type="CENTER")) == ("too_many", None)
