"""What was typed is never lost: taken back, typed too early, kept from before, put aside in a hurry."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.desktop.entry.counter import Counter
from app.journal.drafts import KeepDraft, drafts
from tests.desktop.entry.conftest import opened
from tests.desktop.hands import Hands
from tests.desktop.stock.shop import Shop, busy


def fill(counter: Counter, hands: Hands, name: str) -> None:
    form = counter.form
    form.name.go_to()
    hands.type(name)
    form.gender.set_value("MALE")
    form.age.set_value(50)
    form.place_text.set_value("桥东第三个洞")
    form.health.set_value(("OK",))
    form.disposition.set_value("ON_SITE_AID")


def test_what_is_taken_back_is_put_aside_where_the_next_is_begun(counter: Counter, hands: Hands, shop: Shop) -> None:
    form = counter.form
    fill(counter, hands, "李小河")
    hands.save()
    hands.wait(lambda: shop.told)
    hands.type("王")
    counter.undo()
    hands.wait(lambda: len(shop.told) == 2)
    assert shop.told[-1][0] == "已撤销，填写的内容已存草稿；本表保存或清空后可以取回"
    assert form.name.value() == "王"
    (kept,) = shop.ask(drafts, "entry:")
    assert (kept.content["name"], kept.content["place_text"]) == ("李小河", "桥东第三个洞")
    hands.wait(counter.again_button.isVisible)
    counter._empty.click()
    counter.again_button.click()
    hands.wait(lambda: form.name.value() == "李小河")


def test_what_is_taken_back_is_what_was_saved_not_what_is_being_saved(
    counter: Counter, hands: Hands, shop: Shop
) -> None:
    fill(counter, hands, "李小河")
    hands.save()
    hands.wait(lambda: shop.told)
    counter.undo()
    fill(counter, hands, "王小二")
    hands.save()
    hands.wait(lambda: len(shop.told) == 3)
    hands.wait(lambda: shop.ask(drafts, "entry:"))
    assert [kept.content["name"] for kept in shop.ask(drafts, "entry:")] == ["李小河"]


@pytest.mark.parametrize("typed", ["王小二", "wxe"])
def test_a_name_typed_before_the_save_is_through_stands_in_the_next_form(
    counter: Counter, hands: Hands, shop: Shop, typed: str
) -> None:
    form = counter.form
    fill(counter, hands, "李小河")
    form.disposition.go_to()
    with busy(shop):
        hands.save()
        hands.type(typed)
        hands.save()  # once more: it is on its way already
        QTest.mouseClick(counter.lay_button, Qt.MouseButton.LeftButton)
    hands.wait(lambda: shop.told)
    assert form.name.value() == typed
    assert form.name.edit.hasFocus()
    assert form.dirty
    assert [row["name"] for row in shop.point.rows("person")][-1] == "李小河"
    hands.wait(lambda: [kept.content["name"] for kept in shop.ask(drafts, "entry")] == [typed])


def test_what_is_typed_before_a_refusal_goes_to_the_field_it_is_about(
    counter: Counter, hands: Hands, shop: Shop
) -> None:
    form = counter.form
    fill(counter, hands, "李小河")
    form.age.set_value(None)
    with busy(shop):
        hands.save()
        hands.type("50")
    hands.wait(lambda: form.age.value() == 50)
    assert form.name.value() == "李小河"
    hands.save()
    hands.wait(lambda: shop.told)


def test_the_power_may_go_while_it_is_being_saved(counter: Counter, hands: Hands, shop: Shop) -> None:
    fill(counter, hands, "李小河")
    hands.wait(lambda: shop.ask(drafts, "entry"))
    with busy(shop):
        hands.save()
        hands.type("王小二")
        (kept,) = shop.ask(drafts, "entry")
        assert kept.content["name"] == "李小河"
    hands.wait(lambda: shop.told)


def test_what_survived_a_kill_is_put_aside_when_the_page_is_first_opened_for_somebody(
    qtbot: QtBot, hands: Hands, shop: Shop
) -> None:
    content = {"name": "李小河", "place_text": "桥东第三个洞"}
    shop.point.do(KeepDraft(key="entry", content=msgspec.json.encode(content).decode()))
    (known,) = shop.point.rows("person", name="张大山")
    with busy(shop):  # so that the draft is found late
        counter = opened(qtbot, shop)
        counter.intend({"person": known["id"]})
        hands.wait(lambda: counter.form.who.known is not None)
    hands.wait(lambda: shop.ask(drafts, "entry:"))
    (kept,) = shop.ask(drafts, "entry:")
    assert kept.content == content
    hands.wait(counter.again_button.isVisible)
    hands.wait(
        lambda: (
            [kept.content.get("person") for kept in shop.ask(drafts, "entry") if kept.key == "entry"] == [known["id"]]
        )
    )


def test_what_survived_a_kill_is_put_aside_where_somebody_types_at_once(qtbot: QtBot, hands: Hands, shop: Shop) -> None:
    content = {"name": "李小河", "place_text": "桥东第三个洞"}
    shop.point.do(KeepDraft(key="entry", content=msgspec.json.encode(content).decode()))
    with busy(shop):
        counter = opened(qtbot, shop)
        hands.type("王")
    hands.wait(lambda: [draft.content["name"] for draft in shop.ask(drafts, "entry")] == ["王", "李小河"])
    assert [draft.key == "entry" for draft in shop.ask(drafts, "entry")] == [True, False]
    assert counter.form.name.value() == "王"


def test_two_presses_put_aside_once_and_what_is_typed_meanwhile_stays(
    counter: Counter, hands: Hands, shop: Shop
) -> None:
    form = counter.form
    met = len(shop.point.rows("encounter"))
    fill(counter, hands, "李小河")
    with busy(shop):
        counter.lay_button.click()
        counter.lay_button.click()
        hands.save()  # too late: it is put aside
        hands.type("王小二")
    hands.wait(lambda: form.name.value() == "王小二")
    hands.wait(counter.again_button.isVisible)
    assert [kept.content["name"] for kept in shop.ask(drafts, "entry:")] == ["李小河"]
    hands.wait(lambda: [kept.content["name"] for kept in shop.ask(drafts, "entry")] == ["王小二", "李小河"])
    assert len(shop.point.rows("encounter")) == met
    assert not shop.told
