"""The first story, by the command line: a point that has never met its center helps two people, then is known.

Q3 (`domain.md` 1.2): wallet and phone are lost; water and food are given, the station is called and comes. D4 and
X9: somebody will not come along in the cold; clothes, shoes, food and the guide card are left, and there is a visit
tomorrow.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR, local, wall_clock
from app.center import admin
from app.cli.bootstrap import open_point
from app.cli.sample.served import free_port, served, url_of
from app.features.cases.queries import CaseFilter, case_ids, visits_due
from app.features.cases.queries_case import CaseDetail, case_detail
from app.features.inventory.ids import item_id
from app.features.inventory.rules import lot_id
from app.features.inventory.tables import movement
from app.store.engine import reading
from tests.proof.city import PASSWORD, City, aidpoint

SOON, LATER, GONE = ((local(wall_clock() + days * DAY).date().isoformat()) for days in (30, 300, -1))
SHELF: dict[tuple[str, str | None], int] = {
    ("WATER01", SOON): 1, ("WATER01", LATER): 47, ("FOOD03", GONE): 9, ("FOOD03", SOON): 20, ("FOOD01", LATER): 24,
    ("CLOW01", None): 6, ("CLOW03", None): 6, ("SHOE02", None): 4, ("CARD01", None): 100,
}  # fmt: skip
"""What lies there on the first day, by item and last day."""
LOST_WALLET: dict[str, Any] = {
    "command": "LogEncounter",
    "name": "周远", "gender": "MALE", "age_est": 27, "phone": "无", "reasons": ["LOST_PROPERTY", "NO_JOB"],
    "needs": ["FOOD", "WATER", "GO_HOME"], "place_type": "POINT", "health_obs": ["OK"], "basis": "STATUTORY",
    "story": "来找工作，钱包和手机都丢了，两天没有吃饭。", "note": "已给救助站打电话，十五分钟后到。",
    "disposition": "STATION_PICKUP",
    "goods": [
        {"item": item_id("WATER01"), "quantity": 2, "receipt_mode": "SIGN"},
        {"item": item_id("FOOD03"), "quantity": 3, "receipt_mode": "SIGN"},
    ],
}  # fmt: skip
STAYS_OUT: dict[str, Any] = {
    "command": "LogEncounter",
    "gender": "MALE", "age_est": 58, "features": "花白胡子，推一辆装废品的小车", "reasons": ["WANDERING"],
    "place_type": "BRIDGE", "health_obs": ["OK"], "sleeping_rough": True, "weather": "COLD_O", "temperature": -4,
    "disposition": "REFUSED_GOODS", "refusal_reason": "LIVES_OUT", "guide_card_no": "YD-0007", "persuasion_minutes": 20,
    "basis": "STATUTORY",
    "goods": [
        {"item": item_id(code), "quantity": 1, "receipt_mode": "WITNESS", "witness": "李四"}
        for code in ("CLOW01", "CLOW03", "SHOE02", "FOOD01", "CARD01")
    ],
}  # fmt: skip
GIVEN: dict[tuple[str, str | None], int] = {
    ("WATER01", SOON): 1, ("WATER01", LATER): 1, ("FOOD03", SOON): 3,
    **{(code, None): 1 for code in ("CLOW01", "CLOW03", "SHOE02", "CARD01")}, ("FOOD01", LATER): 1,
}  # fmt: skip


@dataclass
class Folder:
    """A computer's data folder, used by the command line alone."""

    data: Path
    user: str

    def run(self, *words: str, **more: Any) -> tuple[int, list[dict[str, Any]]]:
        password = self.data.with_suffix(".password")
        password.write_text(PASSWORD + "\n", encoding="utf-8")
        signed_in = ("--user", self.user, "--password-file", str(password), "--json")
        return aidpoint("point", *words, "--data", str(self.data), *signed_in, **more)

    def told(self, *words: str) -> dict[str, Any]:
        exit_status, (told,) = self.run(*words)
        assert exit_status == 0, told
        return told

    def do(self, *lines: dict[str, Any]) -> list[dict[str, str]]:
        """Carry commands out; of each the ids of what it made, by kind (of several the last)."""
        _, answers = self.run("exec", lines=lines)
        assert all(answer["ok"] for answer in answers), answers
        return [dict(answer["made"]) for answer in answers]

    def cases(self) -> dict[str, CaseDetail]:
        """Open cases by their status."""
        with open_point(self.data, self.user, PASSWORD, to_write=False) as session, reading(session.engine) as conn:
            found = [case_detail(conn, id_, session.clock()) for id_ in case_ids(conn, CaseFilter())]
        return {str(one.fields["case_status"]): one for one in found if one is not None}

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with open_point(self.data, self.user, PASSWORD, to_write=False) as session, reading(session.engine) as conn:
            return list(conn.execute(query))


def enrolled(city: City, node: str, data: Path) -> Folder:
    """A computer set up from a file alone."""
    file, code = admin.enroll(city.engine, node)
    enrolment = data.with_suffix(".enrolment")
    enrolment.write_bytes(file)
    folder = Folder(data, f"u-{node}")
    assert folder.told("enroll", "--file", str(enrolment), "--code", code)["letter"] == "A"
    return folder


@pytest.fixture
def city_and_port(database: str) -> Iterator[tuple[City, int]]:
    """A city whose center does not answer yet."""
    port = free_port()
    city = City(database, url_of(port))
    yield city, port
    city.engine.dispose()


def center_status(database: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "app", "center", "status", "--database", database, "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def lot_of(key: tuple[str, str | None]) -> str:
    return lot_id(item_id(key[0]), None, key[1])


def stock_of(lots: dict[tuple[str, str | None], int]) -> dict[str, int]:
    stock: dict[str, int] = {}
    for (code, _), quantity in lots.items():
        stock[code] = stock.get(code, 0) + quantity
    return stock


def test_from_an_enrolment_file_to_the_district(city_and_port: tuple[City, int], database: str, tmp_path: Path) -> None:
    city, port = city_and_port
    point = enrolled(city, "V1", tmp_path / "point")
    district, other = enrolled(city, "D1", tmp_path / "district"), enrolled(city, "V2", tmp_path / "other")
    fresh = point.told("status")
    assert (fresh["admitted"], fresh["last_contact"], fresh["unsent"]) == (False, None, 0)

    opening = [
        {"item": item_id(code), "quantity": quantity} | ({"expires_on": last} if last else {})
        for (code, last), quantity in SHELF.items()
    ]
    first_day = {"command": "OpeningCount", "lines": opening, "counter": "张三", "observer": "李四"}
    _, wallet, stays = point.do(first_day, LOST_WALLET, STAYS_OUT)
    left = {key: quantity - GIVEN.get(key, 0) for key, quantity in SHELF.items()}
    met_alone(point, wallet, stays)
    assert point.told("status")["stock"] == stock_of(left)

    counted = left | {("WATER01", LATER): left["WATER01", LATER] - 1}
    count_shelf(point, counted)
    before = point.told("status")
    assert before["stock"] == stock_of(counted)
    assert (before["admitted"], before["last_contact"]) == (False, None)
    assert before["unsent"] == 3 + 2 + len(SHELF)
    assert point.told("check")["ok"] is True
    exit_status, (alone,) = point.run("sync")
    assert (exit_status, alone["error"]) == (3, "center_away")

    with served(city.engine, port):
        round_ = point.told("sync")
        assert (round_["error"], round_["unsent"], round_["sent"]) == ("", 0, before["unsent"])
        assert point.told("sync")["sent"] == 0
        for folder in (district, other):
            assert folder.told("sync")["error"] == ""
    after = point.told("status")
    assert (after["admitted"], after["unsent"], after["stock"]) == (True, 0, before["stock"])
    seen_from_above(point, district, wallet, stays)
    assert (other.told("status")["cases"], other.cases()) == (0, {})
    with reading(city.engine) as conn:
        node = city.nodes["V1"]
        assert {row.of_id for row in conn.execute(sa.select(movement.c.of_id).where(movement.c.node == node))} == {
            wallet["encounter"], stays["encounter"],
        }  # fmt: skip
    stands = center_status(database)
    assert (stands["cases"], stands["quarantine"]) == (2, 0)
    digests = {device["id"]: device["digest"] for device in stands["devices"]}
    for folder in (point, district, other):
        told = folder.told("status")
        assert digests[told["device"]] == told["digest"]
        assert folder.told("check")["ok"] is True


def met_alone(point: Folder, wallet: dict[str, str], stays: dict[str, str]) -> None:
    """What the point itself shows of both, before it met anybody."""
    cases = point.cases()
    assert {status: one.row.id for status, one in cases.items()} == {
        "WAIT_ARRIVAL": wallet["case"],
        "FOLLOWING": stays["case"],
    }
    m = movement.c
    given = point.rows(sa.select(m.of_id, m.lot, m.quantity).where(m.kind == "ISSUE"))
    bare = {"WATER01", "FOOD03"}
    assert sorted(given) == sorted(
        (wallet["encounter"] if key[0] in bare else stays["encounter"], lot_of(key), quantity)
        for key, quantity in GIVEN.items()
    )
    with open_point(point.data, point.user, PASSWORD, to_write=False) as session, reading(session.engine) as conn:
        now = session.clock()
        assert visits_due(conn, now + 23 * HOUR, now) == []
        (visit,) = visits_due(conn, now + 25 * HOUR, now)
    assert visit.case == stays["case"]


def count_shelf(point: Folder, counted: dict[tuple[str, str | None], int]) -> None:
    """A whole stocktake by two people, one bottle found broken."""
    begun = {"command": "StartCount", "take_type": "MONTHLY", "counter": "张三", "observer": "李四", "full": True}
    (made,) = point.do(begun)
    count = made["count"]
    lines = [
        {"command": "RecordCountLine", "count": count, "lot": lot_of(key), "quantity": quantity}
        for key, quantity in counted.items()
    ]
    ended = {"command": "FinishCount", "count": count}
    broken = {"lot": lot_of(("WATER01", LATER)), "diff_reason": "DAMAGE"}
    _, answers = point.run("exec", lines=[*lines, ended, {**ended, "lines": [broken]}])
    assert [answer["ok"] for answer in answers] == [True] * len(lines) + [False, True], answers
    assert answers[-2]["refused"] == "difference_needs_reason"


def seen_from_above(point: Folder, district: Folder, wallet: dict[str, str], stays: dict[str, str]) -> None:
    """The district's device shows both open cases, with what was given, and the point's shelf."""
    assert district.told("status")["cases"] == 2
    cases = district.cases()
    assert cases["WAIT_ARRIVAL"].row.id == wallet["case"]
    assert cases["FOLLOWING"].row.id == stays["case"]
    assert cases["WAIT_ARRIVAL"].fields["story"] == LOST_WALLET["story"]
    (met,) = cases["WAIT_ARRIVAL"].encounters
    assert [note.text for note in met.notes] == [LOST_WALLET["note"]]
    for status, asked in (("WAIT_ARRIVAL", LOST_WALLET), ("FOLLOWING", STAYS_OUT)):
        (met,) = cases[status].encounters
        quantities: dict[str, int] = {}
        for goods in met.goods:
            quantities[goods.item] = quantities.get(goods.item, 0) + goods.quantity
        assert quantities == {line["item"]: line["quantity"] for line in asked["goods"]}
    assert cases["FOLLOWING"].encounters[0].fields["guide_card_no"] == "YD-0007"
    m = movement.c
    moved = sa.select(m.id, m.lot, m.quantity, m.kind).order_by(m.id)
    assert district.rows(moved) == point.rows(moved)
