"""A laptop comes back after thirteen months, with work that was never sent; its district too. (sync.md §10.)

Each is given the state of all it reads; what it wrote itself is applied again, once. The books of the shelf are those
of the center, to the bottle, a movement typed late among them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import HOUR
from app.center.hub import Hub
from app.cli.point_check import check_point
from app.cli.sample.served import free_port, served, url_of
from app.features.cases.tables import case, encounter
from app.features.inventory.queries import stock_by_code
from app.features.inventory.tables import ledger, movement, shelf
from app.features.people.tables import person
from app.journal.drafts import drafts
from app.journal.heads import disputes
from app.store.engine import reading
from app.sync.state import enrolled
from tests.proof.city import WATER, City, Laptop, agreed
from tests.proof.examples import GOODS, LOT, MET, WHY

BEHIND = 25
"""From how many commits on the center gives a snapshot here."""

CLOSABLE = {
    "name": "张大山", "id_doc_type": "NONE", "id_verify": "SELF_SAID", "special_groups": ["NONE"],
    "reasons": ["STOLEN"], "needs": ["FOOD"], "basis": "STATUTORY", "notice_version": "2026-1",
}  # fmt: skip


@pytest.fixture
def city(database: str, tmp_path: Path) -> Iterator[City]:
    port = free_port()
    made = City(database, url_of(port))
    try:
        with served(made.engine, port, Hub(made.engine, files=tmp_path / "files", snapshot_behind=BEHIND)):
            yield made
    finally:
        made.engine.dispose()


def bottles(city: City, laptop: Laptop) -> int:
    with reading(laptop.session.engine) as conn:
        return stock_by_code(conn, city.nodes["V1"])["WATER01"]


def floor(laptop: Laptop) -> int:
    with reading(laptop.session.engine) as conn:
        return enrolled(conn).floor_seq


def books(city: City, engine: sa.Engine) -> list[list[tuple[object, ...]]]:
    """Where every movement of V1 stands, and what lies on its shelf."""
    with reading(engine) as conn:
        return [
            sorted(map(tuple, conn.execute(sa.select(table).where(table.c.node == city.nodes["V1"]))))
            for table in (ledger, shelf)
        ]


def syncs(*laptops: Laptop) -> None:
    for laptop in (*laptops, *laptops):
        report = laptop.sync()
        assert (report.error, report.verdicts, report.unsent) == ("", 0, 0)


def test_thirteen_months_away(city: City, tmp_path: Path) -> None:
    here = city.laptop("V1", tmp_path / "here")
    away = city.laptop("V1", tmp_path / "away", "w")
    district = city.laptop("D1", tmp_path / "district")
    here.do("OpeningCount", lines=[GOODS | {"quantity": 100}], counter="张三")
    met = here.do("LogEncounter", **MET, reasons=["STOLEN"])
    who, episode = met.id("person"), met.id("case")
    closed = here.do("LogEncounter", **MET | CLOSABLE).id("case")
    asked = here.do("RegisterPerson", name="王五", gender="MALE", age_est=40).id("person")
    syncs(here, away, district)
    away.do("AmendPerson", person=asked, phone="13811111111", **WHY)
    syncs(away, here)

    # Never sent: on the shelf, of a person both know, of somebody new, and a form that was not finished.
    away.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 3}])
    away.do("AmendPerson", person=who, phone="13900000000", **WHY)
    away.do("AmendCase", case=episode, story="钱包被偷", **WHY)
    away.do("KeepDraft", key="entry", content="{}")
    # Thirteen months of the others.
    here.do("AmendCase", case=episode, story="丢了钱包", **WHY)
    here.do("AmendPerson", person=who, clothing="蓝色工装", **WHY)
    here.do("AmendPerson", person=asked, phone="13822222222", **WHY)
    for _ in range(BEHIND):
        here.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 1}])
    count = here.do("StartCount", take_type="SPOT", counter="张三").id("count")
    here.do("RecordCountLine", count=count, lot=LOT, quantity=80, entered_at=here.session.clock())
    late = here.session.clock() - HOUR
    here.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 2}], started_at=late)
    here.do("CloseCase", case=closed, close_type="NEED_MET", satisfaction=5)
    syncs(here)
    assert bottles(city, here) == 80

    before = floor(away)
    syncs(away, district, here)
    assert before == 0 < floor(away)
    assert floor(district) > 0
    assert [bottles(city, laptop) for laptop in (here, away, district)] == [bottles(city, here)] * 3
    assert books(city, here.session.engine) == books(city, away.session.engine) == books(city, city.engine)
    assert books(city, district.session.engine) == books(city, city.engine)
    for laptop in (here, away):
        assert laptop.rows(sa.select(person.c.phone, person.c.clothing).where(person.c.id == who)) == [
            ("13900000000", "蓝色工装")
        ]
        # What it had sent before it left is not written once more over what came after.
        assert laptop.rows(sa.select(person.c.phone).where(person.c.id == asked)) == [("13822222222",)]
        assert laptop.rows(sa.select(sa.func.count()).select_from(movement.table)) == [(BEHIND + 2,)]
    for laptop in (here, away, district):
        with reading(laptop.session.engine) as conn:
            assert [(dispute.id, dispute.group) for dispute in disputes(conn)] == [(episode, "story")]
    with reading(away.session.engine) as conn:
        assert [draft.key for draft in drafts(conn)] == ["entry"]
    assert agreed(city, here, away, district)
    # The district holds the open cases alone.
    assert not district.rows(sa.select(case.c.id).where(case.c.id == closed))
    for laptop in (here, away, district):
        assert set(check_point(laptop.session.engine).values()) == {"ok"}

    # Life goes on from there: settled by one, taken back, given out once more.
    away.do("AmendCase", case=episode, story="钱包在车站被偷", **WHY)
    away.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 4}])
    syncs(away, here, district)
    assert books(city, here.session.engine) == books(city, away.session.engine) == books(city, city.engine)
    assert books(city, district.session.engine) == books(city, city.engine)
    assert agreed(city, here, away, district)
    seen = [laptop.rows(sa.select(sa.func.count()).select_from(encounter.table))[0] for laptop in (here, away)]
    assert seen[0] == seen[1]
    for laptop in (here, away, district):
        laptop.session.close()
