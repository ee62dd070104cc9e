"""`point check` where a journal does not hold everything: it neither cries wolf nor overlooks what is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.cli.point_check import check_point
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_case import AddNote, AmendCase
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.tables import case
from app.features.inventory.commands import HandOut, PlaceLot
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.inventory.commands_count import OpeningCount
from app.features.inventory.goods import Goods
from app.features.inventory.ids import item_id
from app.features.inventory.rules import lot_id
from app.features.inventory.tables import ledger, movement, shelf
from app.journal.moving import leave
from app.store.engine import reading, writing
from tests.features.cases.givens import complete
from tests.sync.fragile import Fragile, fragile
from tests.sync.in_memory import Device, sync
from tests.sync.town import Laptop, Town

WATER = item_id("WATER01")
LOT = lot_id(WATER, "B1", "2027-06-30")
MET: dict[str, Any] = {
    "name": "李四", "gender": "MALE", "age_est": 40, "place_type": "BRIDGE", "health_obs": ("OK",),
    "disposition": "ON_SITE_AID",
}  # fmt: skip


def open_shelf(laptop: Laptop, bottles: int) -> None:
    line = Goods(item=WATER, quantity=bottles, batch="B1", expires_on="2027-06-30")
    laptop.do(OpeningCount(lines=(line,), counter="张三"))


def wrong(laptop: Laptop | Device) -> dict[str, str]:
    return {what: told for what, told in check_point(laptop.engine).items() if told != "ok"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        yield made


@pytest.fixture
def stocked(town: Town) -> Town:
    town.do(AddStandardItems())
    return town


def test_a_lot_that_two_points_made_is_nobodys_fault(stocked: Town) -> None:
    one, other, above = (stocked.laptop(code) for code in ("V1", "V2", "T1"))
    for laptop, bottles in ((one, 30), (other, 40), (above, 50)):
        laptop.sync()
        open_shelf(laptop, bottles)
    for laptop in (other, one, above, other, one):
        laptop.sync()
    assert [wrong(laptop) for laptop in (one, other, above)] == [{}, {}, {}]
    with writing(one.engine) as conn:
        conn.exec_driver_sql("UPDATE lot_row SET batch = 'B2'")
    assert wrong(one) == {"records": "lot_row: 2"}


def test_what_was_written_to_a_record_that_left_since_is_nobodys_fault(town: Town) -> None:
    one, two, heir = town.laptop("V1"), town.laptop("V1"), town.laptop("V2")
    made = dict(one.do(LogEncounter(**MET)).made)
    one.do(LogEncounter(**{**MET, "name": "王五"}))
    for laptop in (one, two, heir):
        laptop.sync()
    one.do(AddNote(encounter=made["encounter"], text="第二天又来过"))
    two.do(HandOverCase(case=made["case"], point=heir.actor.node, reason="住到那边去了"))
    for laptop in (one, two, heir, one, two):
        laptop.sync()
    for laptop in (one, two):
        with reading(laptop.engine) as conn:
            assert len(conn.execute(sa.select(case.c.id)).all()) == 1
    assert [wrong(laptop) for laptop in (one, two, heir)] == [{}, {}, {}]
    with writing(heir.engine) as conn:
        conn.exec_driver_sql("DELETE FROM note_row")
    assert wrong(heir) == {"records": "note_row: 1"}


def test_movements_that_leave_take_their_lines_in_the_books_along(stocked: Town) -> None:
    laptop = stocked.laptop("V1")
    laptop.sync()
    open_shelf(laptop, 30)
    done = laptop.do(HandOut(item=WATER, quantity=4, head_count=4, lot=LOT, over_limit_reason="天冷"))
    laptop.sync()
    gone = [key for key in done.made if key[0] == movement.kind]
    assert gone
    with writing(laptop.engine) as conn:
        leave(conn, gone, is_offered=False)
    with reading(laptop.engine) as conn:
        assert conn.execute(sa.select(ledger.c.kind)).scalars().all() == ["COUNT"]
        assert conn.execute(sa.select(shelf.c.on_hand)).scalars().all() == [30]


def test_what_was_made_again_after_it_left_is_nobodys_fault(stocked: Town) -> None:
    """Many may make a lot's place on the shelf. Of one that left only what was written here is known."""
    laptop = stocked.laptop("V1")
    laptop.sync()
    open_shelf(laptop, 30)
    first = laptop.do(PlaceLot(lot=LOT, shelf="B2"))
    laptop.sync()
    with writing(laptop.engine) as conn:
        leave(conn, first.made, is_offered=False)
    again = laptop.do(PlaceLot(lot=LOT, shelf="C1"))
    assert again.made == first.made
    assert wrong(laptop) == {}
    with writing(laptop.engine) as conn:
        conn.exec_driver_sql("UPDATE lot_row SET batch = 'B2'")
    assert wrong(laptop) == {"records": "lot_row: 2"}


@pytest.mark.parametrize("needs", [("SHELTER",), ("FOOD",)], ids=["said otherwise", "taken off"])
def test_what_a_snapshot_says_of_a_case_that_is_numbered_anew_since_is_nobodys_fault(
    world: Fragile, needs: tuple[str, ...]
) -> None:
    """Its words were here before; what another laptop wrote to it then came with the snapshot, without words or not
    at all."""
    author, other, reader = world.device("V1"), world.device("V1"), world.device("V1")
    sync(author, other, reader)
    backup = world.end.copy()
    case_id = dict(author.runner.do(complete(), author.actor).made)["case"]
    sync(author, other, reader)
    world.lose(backup)
    sync(other, reader)  # the one brings the case, the other learns its number
    other.runner.do(AmendCase(case=case_id, needs=needs, reason="补正"), other.actor)
    sync(other)
    world.given_the_state(reader)
    sync(author, reader)
    assert reader.digest() == world.must_hold(reader)
    assert wrong(reader) == {}
    other.runner.do(complete(name="王五"), other.actor)
    sync(other, reader)
    with writing(reader.engine) as conn:
        conn.exec_driver_sql("UPDATE person_row SET gender = 'FEMALE' WHERE name = '王五'")
    assert wrong(reader) == {"records": "person_row: 2"}
