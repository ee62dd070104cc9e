"""The master seed is whole and in the words of the field; 箱 + 散 and 件 count exactly."""

import re
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base.errors import Refused
from app.features.codes import EXPIRY_RULE, ITEM_CATEGORY, SEASON, UNIT
from app.features.inventory.catalogue import (
    StandardItem,
    join,
    pieces,
    pieces_words,
    quantity_words,
    split,
    standard_items,
)

ITEMS = standard_items()


def test_every_category_of_the_domain_has_items() -> None:
    assert {item.category for item in ITEMS} == set(ITEM_CATEGORY)
    assert len(ITEMS) >= 45


def test_the_items_the_reports_name_are_there() -> None:
    names = {item.name for item in ITEMS}
    named = (
        "饮用水 面包 火腿肠 八宝粥 棉大衣 保暖套装 棉鞋 毛毯 凉席 简易帐篷 清凉油 风油精 "
        "创可贴 碘伏 毛巾 洗漱包 口罩 雨衣 雨伞 暖宝宝 求助引导卡 宣传资料"
    )
    assert set(re.findall(r"\w+", named)) <= names


@pytest.mark.parametrize("row", ITEMS, ids=[item.item_code for item in ITEMS])
def test_each_row_is_sound(row: StandardItem) -> None:
    assert re.fullmatch(r"[A-Z]{3,5}\d{2}", row.item_code)
    assert 0 < len(row.name) <= 40
    assert row.unit in UNIT
    assert row.season in SEASON
    assert row.expiry_rule in EXPIRY_RULE
    assert (row.pack_unit is None) == (row.pack_factor is None)
    if row.pack_factor is not None:
        assert row.pack_unit in UNIT
        assert row.pack_unit != row.unit
        assert row.pack_factor > 1
    assert re.fullmatch(r"\d{1,9}(\.\d{1,6})?", row.piece_factor)
    assert row.per_visit_limit is None or row.per_visit_limit > 0


def test_codes_and_names_are_each_once() -> None:
    assert Counter(item.item_code for item in ITEMS).most_common(1)[0][1] == 1
    assert Counter(item.name for item in ITEMS).most_common(1)[0][1] == 1


def test_food_and_medicine_always_carry_their_expiry_date() -> None:
    for item in ITEMS:
        if item.category in ("WATER", "FOOD", "HEAT_MED", "FIRST_AID"):
            assert item.expiry_rule == "REQUIRED", item.name
    assert not next(item for item in ITEMS if item.item_code == "TENT01").has_expiry
    assert next(item for item in ITEMS if item.item_code == "HYG03").has_expiry


def test_cards_leaflets_and_kit_are_not_counted_as_goods() -> None:
    for item in ITEMS:
        assert (Decimal(item.piece_factor) == 0) == (item.category in ("CARD", "LEAFLET", "KIT")), item.name


@pytest.mark.parametrize(
    ("quantity", "factor", "parts"),
    [(77, 24, (3, 5)), (24, 24, (1, 0)), (0, 24, (0, 0)), (5, None, (0, 5)), (-29, 24, (-1, -5)), (7, 0, (0, 7))],
)
def test_split(quantity: int, factor: int | None, parts: tuple[int, int]) -> None:
    assert split(quantity, factor) == parts


@given(st.integers(-(10**9), 10**9), st.none() | st.integers(1, 5000))
def test_split_and_join_lose_nothing(quantity: int, factor: int | None) -> None:
    packs, loose = split(quantity, factor)
    assert join(packs, loose, factor) == quantity
    assert abs(loose) < (factor or abs(quantity) + 1)


def test_loose_units_may_exceed_a_pack() -> None:
    assert join(2, 30, 24) == 78


def test_packs_of_unknown_size_are_refused() -> None:
    assert join(0, 7, None) == 7
    for factor in (None, 0):
        with pytest.raises(Refused) as caught:
            join(1, 0, factor)
        assert (caught.value.code, caught.value.field) == ("pack_factor_missing", "packs")


@pytest.mark.parametrize(
    ("quantity", "factor", "pack_word", "words"),
    [
        (77, 24, "箱", "3 箱 + 5 瓶"),
        (72, 24, "箱", "3 箱"),
        (5, 24, "箱", "5 瓶"),
        (0, 24, "箱", "0 瓶"),
        (77, None, None, "77 瓶"),
        (77, 24, None, "77 瓶"),
        (-29, 24, "箱", "−1 箱 + 5 瓶"),
    ],
)
def test_words(quantity: int, factor: int | None, pack_word: str | None, words: str) -> None:
    assert quantity_words(quantity, factor, pack_word, "瓶") == words


def test_pieces_are_exact() -> None:
    assert pieces(3, "0.1") == Decimal("0.3")
    assert sum((pieces(1, "0.1") for _ in range(10)), Decimal(0)) == 1
    assert pieces(48, "1") == 48
    assert pieces(500, "0") == 0


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("12", "12"),
        ("12.0", "12"),
        ("0.5", "0.5"),
        ("1000", "1000"),
        ("0", "0"),
        ("2.04", "2"),
        ("0.25", "0.3"),
        ("1E+3", "1000"),
    ],
)
def test_pieces_are_shown_plainly(amount: str, words: str) -> None:
    assert pieces_words(Decimal(amount)) == words
