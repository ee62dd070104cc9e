"""Somebody whose record leaves, or is erased, while they are met again: the form goes on without them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.center.erase import erase
from app.center.hub import Hub
from app.desktop.entry.counter import Counter
from app.desktop.theme.theme import Theme
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.tables import case
from app.features.people.tables import person
from app.journal.drafts import drafts
from app.store.engine import reading
from tests.desktop.hands import open_page
from tests.desktop.syncing.table import Courier, Table, sit_down
from tests.features.cases.givens import nameless
from tests.sync.conftest import town
from tests.sync.town import Laptop, Town

__all__ = ["town"]
NAME = "欧阳慕容"


@pytest.fixture
def owner(town: Town) -> Laptop:
    return town.laptop("V1")


@pytest.fixture
def table(town: Town, owner: Laptop, theme: Theme) -> Iterator[tuple[Table, Courier]]:
    """At another point, which a case of somebody was granted to."""
    guest = town.laptop("V2")
    made = dict(owner.do(nameless(name=NAME)).made)
    owner.do(GrantCase(case=made["case"], point=guest.actor.node, reason="请协助"))
    owner.sync()
    guest.sync()
    sat = sit_down(guest, theme)
    yield sat
    sat[0].work.close()


def met_again(qtbot: QtBot, desk: Table, who: str) -> Counter:
    """The form with the person taken, and something typed."""
    holder = QWidget()
    page = Counter(desk.desk, holder)
    page.setParent(None)
    open_page(qtbot, page)
    page.intend({"person": who})
    qtbot.waitUntil(lambda: page.form.who.known is not None)
    page.form.field("place_text").set_value("南门")
    qtbot.waitUntil(lambda: [each.content["person"] for each in kept(desk)] == [who])
    holder.deleteLater()
    return page


def kept(desk: Table) -> list:  # type: ignore[type-arg]
    with reading(desk.laptop.engine) as conn:
        return drafts(conn, "entry")


def test_who_left_is_not_in_the_form_and_what_was_typed_is(
    qtbot: QtBot, table: tuple[Table, Courier], owner: Laptop
) -> None:
    desk, courier = table
    (known,) = owner.rows(case.table)
    page = met_again(qtbot, desk, known["person"])
    owner.do(RevokeCase(case=known["id"], point=desk.laptop.actor.node, reason="已完成"))
    owner.sync()
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    qtbot.waitUntil(lambda: page.form.who.known is None)
    assert any("已不在本点" in words for words in desk.told)
    assert page.form.field("place_text").value() == "南门"
    qtbot.waitUntil(lambda: [each.content["person"] for each in kept(desk)] == [None])


def test_who_was_erased_is_not_in_the_form_and_what_was_typed_is(
    qtbot: QtBot, table: tuple[Table, Courier], owner: Laptop, town: Town, tmp_path: Path
) -> None:
    desk, courier = table
    (known,) = owner.rows(case.table)
    page = met_again(qtbot, desk, known["person"])
    form = page.form
    form.field("id_no").set_value("11010519491231002X")
    erase(Hub(town.engine, town.clock, files=tmp_path / "files"), "person", known["person"])
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    qtbot.waitUntil(lambda: form.who.known is None)
    assert any("已不在本点" in words for words in desk.told)
    assert not any("欧" in label.text() for label in form.findChildren(QLabel))
    qtbot.waitUntil(lambda: [each.content["person"] for each in kept(desk)] == [None])
    said = {"name": "来人", "gender": "MALE", "age_est": 40, "health_obs": ("OK",), "disposition": "ON_SITE_AID"}
    for name, value in said.items():
        form.field(name).set_value(value)
    page.save()
    qtbot.waitUntil(lambda: not kept(desk))
    made = next(row for row in desk.laptop.rows(person.table) if row["name"] == "来人")
    assert made["id_no"] == "11010519491231002X"
    assert made["id"] != known["person"]


def test_who_was_erased_is_not_offered_any_more(
    qtbot: QtBot, table: tuple[Table, Courier], owner: Laptop, town: Town, tmp_path: Path
) -> None:
    desk, courier = table
    (known,) = owner.rows(case.table)
    holder = QWidget()
    page = Counter(desk.desk, holder)
    page.setParent(None)
    open_page(qtbot, page)
    form = page.form
    form.name.edit.setText(NAME)
    form.perhaps.typed(NAME)
    qtbot.waitUntil(lambda: bool(form.perhaps.buttons))
    erase(Hub(town.engine, town.clock, files=tmp_path / "files"), "person", known["person"])
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    qtbot.waitUntil(lambda: not form.perhaps.buttons)
    assert form.name.value() == NAME
    holder.deleteLater()


def test_what_was_put_aside_comes_back_without_who_left(
    qtbot: QtBot, table: tuple[Table, Courier], owner: Laptop
) -> None:
    desk, courier = table
    (known,) = owner.rows(case.table)
    page = met_again(qtbot, desk, known["person"])
    page.lay_button.click()
    qtbot.waitUntil(page.again_button.isVisible)
    owner.do(RevokeCase(case=known["id"], point=desk.laptop.actor.node, reason="已完成"))
    owner.sync()
    with qtbot.waitSignal(desk.desk.rounds.ended):
        courier.start()
    page.again_button.click()
    qtbot.waitUntil(lambda: any("已不在本点" in words for words in desk.told))
    assert page.form.who.known is None
    assert page.form.field("place_text").value() == "南门"
    qtbot.waitUntil(lambda: [(each.key, each.content["person"]) for each in kept(desk)] == [("entry", None)])
