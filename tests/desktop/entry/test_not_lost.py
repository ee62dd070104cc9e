"""What was typed is never lost: taken back, typed too early, kept from before, put aside in a hurry."""

from app.desktop.entry.counter import Counter
from app.journal.drafts import drafts
from tests.desktop.hands import Hands
from tests.desktop.stock.shop import Shop


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
