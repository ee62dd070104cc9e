"""Goods between two nodes: what leaves one shelf arrives on the other once, and shows as on its way in between."""

from collections.abc import Iterator

import pytest

from app.features.cases.commands_undo import UndoCommit
from app.features.inventory.commands import CorrectMovement, ReceivedGoods, ReceiveGoods, ReverseMovement
from app.features.inventory.commands_transfer import (
    AllotGoods,
    AllottedGoods,
    ApproveTransfer,
    AskedGoods,
    AskForGoods,
    CancelTransfer,
    LineAmount,
    ReceiveTransfer,
    RejectTransfer,
    SendTransfer,
    SentLine,
)
from app.features.inventory.queries import stock_by_code
from app.features.inventory.queries_transfer import TransferRow, in_transit, transfers
from app.features.inventory.rules import lot_id
from app.journal.here import found
from app.store.engine import open_plain, writing
from app.store.schema import create_tables
from tests.features.inventory.conftest import NODE, NOODLES, TOWEL, Desk, exchange

POINT = "b" * 32
SOON, LATE = "2026-09-01", "2027-01-31"


def point_desk(device: str) -> Desk:
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        found(conn, device=device, letter="A", node=POINT, city="city")
    return Desk(engine, device)


@pytest.fixture
def point(desk: Desk) -> Iterator[Desk]:
    """A point below the desk's node, which shares the catalogue with it."""
    made = point_desk("b" * 32)
    exchange(desk, made)
    yield made
    made.engine.dispose()


def stored(desk: Desk) -> None:
    lines = (
        ReceivedGoods(item=TOWEL, quantity=50),
        ReceivedGoods(item=NOODLES, quantity=4, expires_on=SOON),
        ReceivedGoods(item=NOODLES, quantity=20, expires_on=LATE),
    )
    desk.do(ReceiveGoods(lines=lines, source_type="CENTER"))
    desk.later()


def only(desk: Desk, node: str) -> TransferRow:
    (row,) = desk.ask(transfers, node)
    assert isinstance(row, TransferRow)
    return row


def at(desk: Desk, node: str) -> dict[str, int]:
    return dict(desk.ask(stock_by_code, node))


def asked(desk: Desk, point: Desk) -> TransferRow:
    stored(desk)
    lines = (AskedGoods(item=TOWEL, quantity=30), AskedGoods(item=NOODLES, quantity=10))
    point.do(AskForGoods(from_point=NODE, lines=lines, reason="入冬"))
    exchange(desk, point)
    return only(desk, NODE)


def test_asked_approved_sent_received(desk: Desk, point: Desk) -> None:
    transfer = asked(desk, point)
    towels = next(line.id for line in transfer.lines if line.item == TOWEL)
    approved = (LineAmount(line=towels, quantity=20),)
    desk.do(ApproveTransfer(transfer=transfer.id, approved_by="赵", lines=approved))
    desk.do(SendTransfer(transfer=transfer.id, sender="钱"))
    assert at(desk, NODE) == {"NOODLES": 14, "TOWEL": 30}
    exchange(desk, point)
    assert point.ask(in_transit, POINT) == {TOWEL: 20, NOODLES: 10}
    assert at(point, POINT) == {}
    sent = only(point, POINT)
    noodles = {line.expires_on: line.sent for line in sent.lines if line.item == NOODLES}
    assert noodles == {SOON: 4, LATE: 6}
    short = next(line.id for line in sent.lines if line.item == TOWEL)
    point.do(ReceiveTransfer(transfer=transfer.id, receiver="孙", lines=(LineAmount(line=short, quantity=18),)))
    assert at(point, POINT) == {"NOODLES": 10, "TOWEL": 18}
    assert point.ask(in_transit, POINT) == {}
    exchange(desk, point)
    received = only(desk, NODE)
    assert received.status == "RECEIVED"
    assert {line.item: line.short for line in received.lines if line.item == TOWEL} == {TOWEL: 2}


def test_two_laptops_receive_one_shipment_once(desk: Desk, point: Desk) -> None:
    stored(desk)
    desk.do(AllotGoods(to_point=POINT, lines=(AllottedGoods(item=TOWEL, quantity=5),), sender="钱"))
    second = point_desk("9" * 32)
    exchange(desk, point, second)
    transfer = only(point, POINT).id
    for laptop in (point, second):
        laptop.do(ReceiveTransfer(transfer=transfer, receiver="孙"))
    exchange(desk, point, second)
    assert [at(laptop, POINT) for laptop in (desk, point, second)] == [{"TOWEL": 5}] * 3
    assert point.refusal(ReceiveTransfer(transfer=transfer, receiver="孙")) == ("transfer_moved_on", "transfer")
    second.engine.dispose()


def test_what_is_sent_may_be_another_lot_or_nothing_at_all(desk: Desk, point: Desk) -> None:
    transfer = asked(desk, point)
    by_item = {line.item: line.id for line in transfer.lines}
    lines = (
        SentLine(line=by_item[NOODLES], quantity=3, lot=lot_id(NOODLES, None, LATE)),
        SentLine(line=by_item[TOWEL], quantity=0),
    )
    desk.do(SendTransfer(transfer=transfer.id, sender="钱", lines=lines))
    sent = {(line.item, line.expires_on): line.sent for line in only(desk, NODE).lines}
    assert sent == {(TOWEL, None): None, (NOODLES, LATE): 3}
    assert at(desk, NODE) == {"NOODLES": 21, "TOWEL": 50}


def test_each_side_does_its_own_part(desk: Desk, point: Desk) -> None:
    transfer = asked(desk, point).id
    assert point.refusal(SendTransfer(transfer=transfer, sender="孙")) == ("not_this_point", "transfer")
    assert desk.refusal(CancelTransfer(transfer=transfer, reason="误")) == ("not_this_point", "transfer")
    assert point.refusal(ReceiveTransfer(transfer=transfer, receiver="孙")) == ("transfer_moved_on", "transfer")
    nothing = tuple(LineAmount(line=line.id, quantity=0) for line in only(desk, NODE).lines)
    desk.do(ApproveTransfer(transfer=transfer, approved_by="赵", lines=nothing))
    assert desk.refusal(SendTransfer(transfer=transfer, sender="钱")) == ("missing", "lines")
    desk.do(RejectTransfer(transfer=transfer, reason="没有库存"))
    assert (only(desk, NODE).status, only(desk, NODE).status_reason) == ("REJECTED", "没有库存")
    assert desk.ask(transfers, NODE, waiting_only=True) == []


def test_goods_do_not_go_to_where_they_are(desk: Desk, point: Desk) -> None:
    lines = (AllottedGoods(item=TOWEL, quantity=5),)
    assert desk.refusal(AllotGoods(to_point=NODE, lines=lines, sender="钱")) == ("transfer_to_itself", "to_point")
    asking = AskForGoods(from_point=POINT, lines=(AskedGoods(item=TOWEL, quantity=5),), reason="缺")
    assert point.refusal(asking) == ("transfer_to_itself", "from_point")


def test_what_was_taken_back_can_be_sent_and_received_after_all(desk: Desk, point: Desk) -> None:
    transfer = asked(desk, point)
    for _ in range(2):
        desk.later()
        sent = desk.do(SendTransfer(transfer=transfer.id, sender="钱"))
        assert at(desk, NODE) == {"NOODLES": 14, "TOWEL": 20}
        desk.do(UndoCommit(commit=sent.commit, reason="还没有发"))
        assert at(desk, NODE) == {"NOODLES": 24, "TOWEL": 50}
    desk.do(SendTransfer(transfer=transfer.id, sender="钱"))
    assert at(desk, NODE) == {"NOODLES": 14, "TOWEL": 20}
    exchange(desk, point)
    assert point.ask(in_transit, POINT) == {TOWEL: 30, NOODLES: 10}
    received = point.do(ReceiveTransfer(transfer=transfer.id, receiver="孙"))
    point.do(UndoCommit(commit=received.commit, reason="还没有到"))
    assert not any(at(point, POINT).values())
    point.do(ReceiveTransfer(transfer=transfer.id, receiver="孙"))
    exchange(desk, point)
    assert [at(laptop, POINT) for laptop in (desk, point)] == [{"NOODLES": 10, "TOWEL": 30}] * 2


def test_goods_that_went_on_are_not_called_back_and_no_half_of_a_transfer_is(desk: Desk, point: Desk) -> None:
    transfer = asked(desk, point)
    sent = desk.do(SendTransfer(transfer=transfer.id, sender="钱"))
    out = next(id_ for kind, id_ in sent.made if kind == "movement")
    for half in (ReverseMovement(movement=out, reason="x"), CorrectMovement(movement=out, quantity=1, reason="x")):
        assert desk.refusal(half) == ("undo_as_a_whole", "movement")
    exchange(desk, point)
    assert point.refusal(UndoCommit(commit=sent.commit, reason="x")) == ("not_this_point", "commit")
    point.do(ReceiveTransfer(transfer=transfer.id, receiver="孙"))
    exchange(desk, point)
    assert desk.refusal(UndoCommit(commit=sent.commit, reason="x")) == ("transfer_moved_on", "commit")
    assert [at(laptop, NODE)["TOWEL"] for laptop in (desk, point)] == [20, 20]


def test_two_laptops_send_one_shipment_once(desk: Desk, other: Desk, point: Desk) -> None:
    transfer = asked(desk, point)
    exchange(desk, other, point)
    for laptop in (desk, other):
        laptop.do(SendTransfer(transfer=transfer.id, sender="钱"))
    exchange(desk, other, point)
    assert [at(laptop, NODE) for laptop in (desk, other)] == [{"NOODLES": 14, "TOWEL": 20}] * 2
    assert point.ask(in_transit, POINT) == {TOWEL: 30, NOODLES: 10}
