"""Adding and correcting items, the standard catalogue, levels of a node."""

import sqlalchemy as sa

from app.features.inventory.catalogue import standard_items
from app.features.inventory.commands import HandOut, ReceivedGoods, ReceiveGoods
from app.features.inventory.commands_catalogue import (
    AddItem,
    AddStandardItems,
    AmendItem,
    SetItemLevel,
)
from app.features.inventory.queries import item_by_barcode, item_row, item_rows, stock_list
from app.features.org.amending import shown_heads
from app.features.org.history import history_of
from app.features.org.tables import amendment
from app.journal.heads import disputes
from app.store.engine import reading
from tests.features.inventory.conftest import NODE, TOWEL, WATER, Desk, exchange


def test_a_code_is_given_once(desk: Desk) -> None:
    again = AddItem(item_code="TOWEL", name="浴巾", category="HYGIENE", unit="STRIP")
    assert desk.refusal(again) == ("already_exists", "item_code")


def test_what_was_not_said_of_an_item_has_its_usual_value(desk: Desk) -> None:
    towel = desk.ask(item_row, TOWEL)
    assert (towel.piece_factor, towel.expiry_rule, towel.season, towel.active) == ("1", "NONE", "ALL", True)


def test_the_standard_catalogue_leaves_what_is_there(desk: Desk) -> None:
    there = {item.item_code for item in desk.ask(item_rows)}
    desk.do(AddStandardItems())
    items = {item.item_code: item for item in desk.ask(item_rows)}
    assert items.keys() == there | {item.item_code for item in standard_items()}
    first = standard_items()[0]
    taken = items[first.item_code]
    assert (taken.unit, taken.pack_factor, taken.expiry_rule) == (first.unit, first.pack_factor, first.expiry_rule)
    assert desk.do(AddStandardItems()).commit == ""


def test_an_item_is_corrected_with_a_reason_that_is_kept(desk: Desk) -> None:
    desk.do(AmendItem(item=WATER, per_visit_limit=4, barcodes=("690", "691"), reason="高温季"))
    desk.do(HandOut(item=WATER, quantity=4, head_count=1))
    assert desk.ask(item_by_barcode, "691").id == WATER
    changed = [event for event in desk.ask(history_of, "item", WATER) if event.group == "limits"]
    assert [(event.before["per_visit_limit"], event.after["per_visit_limit"]) for event in changed] == [(2, 4)]
    assert changed[0].reason == "高温季"
    desk.do(AmendItem(item=WATER, cleared=("per_visit_limit",), reason="放开"))
    desk.do(HandOut(item=WATER, quantity=9, head_count=1))
    with reading(desk.engine) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(amendment.table)).scalar() == 2


def test_two_corrections_of_different_groups_both_hold(desk: Desk, other: Desk) -> None:
    shown = desk.ask(shown_heads, "item", WATER)
    desk.do(AmendItem(item=WATER, name="饮用水", bases=shown, reason="改名"))
    other.do(AmendItem(item=WATER, pack_factor=12, bases=shown, reason="换包装"))
    exchange(desk, other)
    for each in (desk, other):
        water = each.ask(item_row, WATER)
        assert (water.name, water.pack_factor, water.pack_unit) == ("饮用水", 12, "CASE")
        assert each.ask(disputes) == []


def test_an_item_out_of_use_is_listed_while_it_lies_on_the_shelf(desk: Desk) -> None:
    desk.do(ReceiveGoods(lines=(ReceivedGoods(item=TOWEL, quantity=2),), source_type="CENTER"))
    for item in (TOWEL, WATER):
        desk.do(AmendItem(item=item, active=False, reason="停用"))
    listed = {stock.item.item_code: stock.on_hand for stock in desk.ask(stock_list, NODE, desk.now)}
    assert listed == {"NOODLES": 0, "TOWEL": 2}
    assert [item.item_code for item in desk.ask(item_rows)] == ["NOODLES"]


def test_a_node_has_levels_of_its_own(desk: Desk) -> None:
    desk.do(SetItemLevel(item=TOWEL, min_level=5, max_level=50, emergency_level=2))
    desk.do(SetItemLevel(item=TOWEL, min_level=6))
    (towel,) = [stock for stock in desk.ask(stock_list, NODE, desk.now) if stock.item.id == TOWEL]
    assert (towel.min_level, towel.max_level, towel.emergency_level, towel.low) == (6, None, None, True)
    above = SetItemLevel(item=TOWEL, min_level=6, max_level=5)
    assert desk.refusal(above) == ("min_above_max", "max_level")
