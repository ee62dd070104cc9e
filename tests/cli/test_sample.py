"""The sample city: the same seed gives the same city, nothing in it can be real, and its past hangs together."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR, instant_of, local
from app.base.errors import Refused
from app.base.ids import random_hex
from app.cli.sample import invented
from app.cli.sample.center import node_id, populate_center, post_news
from app.cli.sample.history import populate_point
from app.cli.sample.plan import CityPlan, plan_city, plan_city_of
from app.cli.sample.walking import WalkingClock
from app.features.inventory.queries import item_rows, stock_list
from app.features.org.commands import FoundNode
from app.features.org.queries import campaign_rows, load_tree, node_row, notices_for, staff_by_code
from app.features.people.identity import check_phone, check_ric, facts_of_ric
from app.features.registry import load_features
from app.journal import here, tables
from app.journal.act import Actor
from app.journal.entities import find_entity
from app.journal.runner import Runner
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables

DAY_OF_CITY = date(2026, 11, 21)
NOW = instant_of(local(0).replace(year=2026, month=11, day=21, hour=15))
PAST_DAYS = 45


def founded(node: str, clock: WalkingClock) -> Runner:
    """A database in memory that belongs to this node."""
    load_features()
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        here.found(conn, device=random_hex(16), letter="A", node=node, city="0" * 32)
    return Runner(engine, clock)


@pytest.fixture(scope="module")
def city() -> CityPlan:
    return plan_city(7, DAY_OF_CITY, districts=2, towns=3, communities=6)


@pytest.fixture(scope="module")
def point(city: CityPlan) -> Iterator[Runner]:
    """A community point that knows the city and has a past."""
    node = node_id(city.of_tier("VILLAGE")[0].code)
    runner = founded(node, WalkingClock(NOW - 2 * PAST_DAYS * DAY))  # a commit never stands before the last one
    actor = Actor("0" * 32, "CENTER_HEAD", node)
    populate_center(runner, actor, city)
    populate_point(runner, actor, Random(11), days=PAST_DAYS, cases=40, until=NOW)
    yield runner
    runner.engine.dispose()


def rows(runner: Runner, kind: str) -> list[Any]:
    entity = find_entity(kind)
    assert entity is not None
    with reading(runner.engine) as conn:
        return list(conn.execute(sa.select(entity.table)).mappings())


def test_a_seed_is_a_city() -> None:
    whole = plan_city(3, DAY_OF_CITY)
    assert whole == plan_city(3, DAY_OF_CITY)
    assert whole != plan_city(4, DAY_OF_CITY)
    assert Counter(node.tier for node in whole.nodes) == {"CITY": 1, "COUNTY": 5, "TOWN": 14, "VILLAGE": 116}
    assert all(2 <= len(node.staff) <= 3 for node in whole.of_tier("VILLAGE"))


@pytest.mark.parametrize("points", [4, 10, 136, 500, 7_412])
def test_every_point_has_its_own_code_name_and_place_in_the_tree(points: int) -> None:
    whole = plan_city_of(5, DAY_OF_CITY, points)
    assert len(whole.nodes) == points
    assert len({node.code for node in whole.nodes}) == len({node.name for node in whole.nodes}) == points
    people = [person.code for node in whole.nodes for person in node.staff]
    assert len(set(people)) == len(people)
    seen: dict[str | None, str] = {None: ""}
    above = {"CITY": "", "COUNTY": "CITY", "TOWN": "COUNTY", "VILLAGE": "TOWN"}
    for node in whole.nodes:
        assert seen[node.parent] == above[node.tier]
        assert len(node.division_code) == 12
        seen[node.code] = node.tier


@pytest.mark.parametrize("points", [0, 3])
def test_a_city_needs_all_four_levels(points: int) -> None:
    with pytest.raises(Refused, match="out_of_range"):
        plan_city_of(5, DAY_OF_CITY, points)


def test_numbers_are_well_formed_and_nobodys() -> None:
    rng = Random(1)
    for _ in range(300):
        born = date(1950, 1, 1) + (date(2020, 1, 1) - date(1950, 1, 1)) * rng.random()
        gender = rng.choice(("MALE", "FEMALE"))
        number = invented.identity_number(rng, born, gender)
        assert check_ric(number, DAY_OF_CITY) == "RIC_REGION"  # all is right with it but the region
        facts = facts_of_ric(number)
        assert facts is not None
        assert (facts.birth_date, facts.gender) == (born, gender)
        assert check_phone(invented.mobile(rng)) is None
        assert check_phone(invented.landline(rng)) is None


def test_the_center_writes_the_whole_city_once(city: CityPlan) -> None:
    top = node_id(city.station.code)
    runner = founded(top, WalkingClock(NOW))
    actor = Actor("0" * 32, "CENTER_HEAD", top)
    populate_center(runner, actor, city)
    with reading(runner.engine) as conn:
        tree = load_tree(conn)
        assert set(tree.tier) == {node_id(node.code) for node in city.nodes}
        assert all(tree.within(node, top) for node in tree.tier)
        for node in city.nodes:
            for person in node.staff:
                found = staff_by_code(conn, person.code)
                assert found is not None
                assert (found.node, found.name, found.role) == (node_id(node.code), person.name, person.role)
        assert {one.type for one in campaign_rows(conn)} == {"WINTER_WARM", "SUMMER_COOL"}
        assert len(item_rows(conn)) > 30
        written = conn.execute(sa.select(sa.func.count()).select_from(tables.journal)).scalar()
    populate_center(runner, actor, city)
    with reading(runner.engine) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(tables.journal)).scalar() == written
    runner.engine.dispose()


def test_a_center_that_is_set_up_already_gets_the_rest(city: CityPlan) -> None:
    top = node_id(city.station.code)
    runner = founded(top, WalkingClock(NOW))
    actor = Actor("0" * 32, "CENTER_HEAD", top)
    runner.do(FoundNode(code=city.station.code, name=city.station.name, tier="CITY"), actor)
    populate_center(runner, actor, city)
    post_news(runner, actor, city)
    with reading(runner.engine) as conn:
        station = node_row(conn, top)
        assert station is not None
        assert (station.address, station.hotline) == (city.station.address, city.hotline)
        below = node_id(city.of_tier("VILLAGE")[0].code)
        assert len(notices_for(conn, below, NOW + DAY)) == 1
        assert notices_for(conn, below, NOW + 30 * DAY) == []
    runner.engine.dispose()


def test_every_record_of_the_past_stands_at_its_own_moment(point: Runner) -> None:
    first = NOW - PAST_DAYS * DAY
    met = rows(point, "encounter")
    days = Counter(local(row["started_at"] or row["born_at"]).date() for row in met)
    assert len(days) > PAST_DAYS // 2
    assert days[local(NOW).date()] >= 3
    for row in met:
        assert first <= (row["started_at"] or row["born_at"]) <= NOW
        assert abs(int(row["id"][:12], 16) - row["born_at"] // 1000) < HOUR // 1000  # ids sort as they were made
    late = [row for row in met if row["started_at"] is not None]
    assert late
    assert all(row["started_at"] < row["born_at"] for row in late)
    with reading(point.engine) as conn:
        walls = conn.execute(sa.select(tables.journal.c.wall).order_by(tables.journal.c.n)).scalars().all()
    past = walls[walls.index(min(walls)) :]
    assert past == sorted(past)
    assert max(past) <= NOW


def test_the_past_has_people_of_every_kind_and_cases_in_every_state(point: Runner) -> None:
    people = rows(point, "person")
    assert {row["identity_status"] for row in people} == {"KNOWN", "CLAIMED", "UNKNOWN"}
    assert all(row["alias"].startswith("无名氏") for row in people if row["identity_status"] == "UNKNOWN")
    cases = rows(point, "case")
    assert {row["person"] for row in cases} <= {row["id"] for row in people}
    assert {"CLOSED", "FOLLOWING"} <= {row["case_status"] for row in cases}
    assert any(row["campaign"] for row in cases)
    met = rows(point, "encounter")
    assert {row["case"] for row in met} == {row["id"] for row in cases}
    refused = [row for row in met if row["disposition"] in ("REFUSED_ALL", "REFUSED_GOODS")]
    assert refused
    assert all(row["guide_card_no"] and row["refusal_reason"] for row in refused)
    visits = rows(point, "follow_up")
    assert any(row["done_at"] for row in visits)
    assert any(row["done_at"] is None for row in visits)
    assert all(row["due_at"] > NOW - 20 * DAY for row in visits if row["done_at"] is None)
    assert {row["close_type"] for row in cases} >= {None, "NEED_MET", "TO_STATION", "REFUSED"}
    assert {row["staff"] for row in met} == {row["id"] for row in rows(point, "staff") if row["node"] == met[0]["node"]}


def test_the_shelf_has_a_past_too(point: Runner) -> None:
    kinds = Counter(row["kind"] for row in rows(point, "movement"))
    assert kinds["ISSUE"] > 20
    assert kinds["RECEIVE"] > 2
    assert {row["take_type"] for row in rows(point, "count")} == {"OPENING", "MONTHLY"}
    assert all(row["status"] == "CLOSED" for row in rows(point, "count"))
    with reading(point.engine) as conn:
        stock = stock_list(conn, here.standing(conn).node, NOW)
    kept = [row for row in stock if row.on_hand]
    assert len(kept) > 15
    assert not [lot for row in stock for lot in row.lots if lot.on_hand < 0]
    past_its_day = [
        lot for row in kept for lot in row.lots if lot.on_hand > 0 and (lot.expires_on or "9") < "2026-11-20"
    ]
    assert past_its_day == []
    assert any(row.min_level for row in kept)
