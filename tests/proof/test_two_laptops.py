"""Two laptops of one point and their district, over real HTTP, the center on SQLite and on PostgreSQL.

Whatever happens, in the end each laptop's digest is the one that the center's status tells for it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR
from app.cli.sample.served import free_port
from app.features.cases.tables import case, encounter
from app.features.inventory.queries import stock_by_code
from app.features.inventory.queries_count import count_differences
from app.features.inventory.tables import movement
from app.features.people.tables import person
from app.journal.entities import Entity
from app.journal.heads import Dispute, disputes
from app.journal.tables import journal
from app.store.engine import reading
from tests.proof.city import WATER, City, agreed, served_city
from tests.proof.examples import GOODS, LOT, MET, WHY
from tests.proof.lossy import lossy_way


class Three:
    """The two laptops of V1 and the one of its district."""

    def __init__(self, city: City, folder: Path, ahead: int = 0) -> None:
        self.city = city
        self.first = city.laptop("V1", folder / "first")
        self.second = city.laptop("V1", folder / "second", "w", ahead=ahead)
        self.district = city.laptop("D1", folder / "district")
        self.all = (self.first, self.second, self.district)

    def everybody_syncs(self) -> None:
        """Twice round, so that each hears of what the others sent after it."""
        for laptop in (*self.all, *self.all):
            report = laptop.sync()
            assert (report.error, report.verdicts, report.unsent) == ("", 0, 0)

    def agree(self) -> bool:
        return agreed(self.city, *self.all) and self.city.set_aside() == 0

    def shown(self, entity: Entity, id_: str, *names: str) -> list[tuple[Any, ...]]:
        """What each that has the record shows of these fields. A person is no further than at the point."""
        query = sa.select(*(entity.c[name] for name in names)).where(entity.c.id == id_)
        return [tuple(row) for laptop in self.all for row in laptop.rows(query)]

    def disputes(self) -> list[list[Dispute]]:
        found = []
        for laptop in self.all:
            with reading(laptop.session.engine) as conn:
                found.append(disputes(conn))
        return found

    def stock(self) -> list[int]:
        """Bottles at V1 by the books of each of the three."""
        found = []
        for laptop in self.all:
            with reading(laptop.session.engine) as conn:
                found.append(stock_by_code(conn, self.city.nodes["V1"])["WATER01"])
        return found

    def close(self) -> None:
        for laptop in self.all:
            laptop.session.close()


@pytest.fixture
def three(city: City, tmp_path: Path) -> Iterator[Three]:
    made = Three(city, tmp_path)
    yield made
    made.close()


@pytest.fixture
def three_and_a_wrong_clock(city: City, tmp_path: Path) -> Iterator[Three]:
    """The second laptop's clock is a day ahead."""
    made = Three(city, tmp_path, ahead=DAY)
    yield made
    made.close()


def test_different_groups_of_one_record_merge(three: Three) -> None:
    met = three.first.do("LogEncounter", **MET, reasons=["STOLEN"])
    three.everybody_syncs()
    who, episode = met.id("person"), met.id("case")
    three.first.do("AmendPerson", person=who, phone="13900000000", special_groups=["JOBLESS"], **WHY)
    three.first.do("AmendCase", case=episode, reasons=["STOLEN", "NO_JOB"], story="丢了钱包", **WHY)
    three.second.do("AmendPerson", person=who, clothing="蓝色工装", special_groups=["INJURED"], **WHY)
    three.second.do("AmendCase", case=episode, reasons=["STOLEN", "ILLNESS"], belongings="一个包", **WHY)
    three.everybody_syncs()
    changed = three.shown(person, who, "phone", "clothing", "special_groups")
    assert changed == [("13900000000", "蓝色工装", '["INJURED","JOBLESS"]')] * 2
    changed = three.shown(case, episode, "story", "belongings", "reasons")
    assert changed == [("丢了钱包", "一个包", '["ILLNESS","NO_JOB","STOLEN"]')] * 3
    assert three.disputes() == [[], [], []]
    assert three.agree()


def test_one_group_written_twice_is_seen_by_all_and_settled_by_one(three: Three) -> None:
    episode = three.first.do("LogEncounter", **MET).id("case")
    three.everybody_syncs()
    three.first.do("AmendCase", case=episode, story="丢了钱包", **WHY)
    three.second.do("AmendCase", case=episode, story="钱包被偷", **WHY)
    three.everybody_syncs()
    seen = three.disputes()
    assert [len(found) for found in seen] == [1, 1, 1]
    assert seen[0] == seen[1] == seen[2]
    assert {value["story"] for value in seen[0][0].values.values()} == {"丢了钱包", "钱包被偷"}
    assert [laptop.status().conflicts for laptop in three.all] == [1, 1, 1]
    assert three.agree()
    assert len(set(three.shown(case, episode, "story"))) == 1
    choice = next(write for write, value in seen[1][0].values.items() if value["story"] == "丢了钱包")
    bases = list(seen[1][0].values)
    three.second.do("SettleDispute", kind="case", id=episode, group="story", bases=bases, choice=choice)
    three.everybody_syncs()
    assert three.disputes() == [[], [], []]
    assert three.shown(case, episode, "story") == [("丢了钱包",)] * 3
    assert three.agree()
    # Once it is settled, a form that was opened before is told so.
    late = three.first.say("SettleDispute", kind="case", id=episode, group="story", bases=bases, choice=choice)
    assert late["refused"] == "dispute_settled"


def test_what_both_undo_is_undone_once(three: Three) -> None:
    three.first.do("OpeningCount", lines=[GOODS | {"quantity": 100}], counter="张三")
    met = three.first.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 3}])
    again = three.first.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 4}])
    three.everybody_syncs()
    assert three.stock() == [93, 93, 93]
    for laptop in (three.first, three.second):
        laptop.do("UndoCommit", commit=met.commit, **WHY)
        laptop.do("ReverseMovement", movement=again.id("movement"), **WHY)
    three.everybody_syncs()
    assert three.stock() == [100, 100, 100]
    undone = sa.select(sa.func.count()).select_from(movement.table).where(movement.c.kind == "REVERSAL")
    assert [laptop.rows(undone)[0][0] for laptop in three.all] == [2, 2, 2]
    for kind, seen_by in ((person, 2), (case, 3), (encounter, 3)):
        assert three.shown(kind, met.id(kind.kind), "hidden") == [(True,)] * seen_by
        assert three.shown(kind, again.id(kind.kind), "hidden") == [(False,)] * seen_by
    assert three.agree()


def test_a_movement_typed_late_leaves_the_count_right(three_and_a_wrong_clock: Three) -> None:
    three = three_and_a_wrong_clock
    ago = three.first.session.clock() - 5 * HOUR
    three.first.do("OpeningCount", lines=[GOODS | {"quantity": 48}], counter="张三", entered_at=ago)
    count = three.first.do("StartCount", take_type="SPOT", counter="张三").id("count")
    counted_at = three.first.session.clock() - HOUR
    three.first.do("RecordCountLine", count=count, lot=LOT, quantity=46, entered_at=counted_at)
    three.everybody_syncs()
    assert three.stock() == [46, 46, 46]
    # Given two hours ago, an hour before the count, from a paper note; each types what the clock on its wall said.
    given_at = three.second.session.clock() - 2 * HOUR
    three.second.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 2}], started_at=given_at)
    assert three.stock() == [46, 46, 46]
    three.everybody_syncs()
    assert three.stock() == [46, 46, 46]
    for laptop in three.all:
        with reading(laptop.session.engine) as conn:
            assert count_differences(conn, count) == []
    # What is given after the count leaves the shelf, also where it is typed later still.
    three.second.do(
        "LogEncounter", **MET, goods=[{"item": WATER, "quantity": 1}], started_at=given_at + 2 * HOUR - HOUR // 2
    )
    three.everybody_syncs()
    assert three.stock() == [45, 45, 45]
    assert three.agree()


def test_lost_answers_double_nothing(database: str, tmp_path: Path) -> None:
    """Of each three answers two get lost, that to the admission too."""
    port = free_port()
    with lossy_way(port, lambda number: number % 3 != 0) as way, served_city(database, way.url, port) as city:
        three = Three(city, tmp_path)
        three.first.do("OpeningCount", lines=[GOODS | {"quantity": 100}], counter="张三")
        for _ in range(3):
            for laptop in three.all[:2]:
                laptop.do("LogEncounter", **MET, goods=[{"item": WATER, "quantity": 1}], note="给了水")
                for _ in range(30):
                    if laptop.sync().error == "":
                        break
        for laptop in (*three.all, *three.all):
            errors = [laptop.sync().error for _ in range(12)]
            assert "" in errors
            assert set(errors) <= {"", "line_broken", "center_away", "time_out"}
        assert way.answers_lost > 20
        assert three.stock() == [94, 94, 94]
        with reading(city.engine) as conn:
            for laptop in three.all[:2]:
                device = laptop.status().device
                taken = sa.select(sa.func.count()).select_from(journal).where(journal.c.device == device)
                assert conn.execute(taken).scalar_one() == laptop.rows(taken)[0][0]
        given = sa.select(sa.func.count()).select_from(movement.table).where(movement.c.kind == "ISSUE")
        assert [laptop.rows(given)[0][0] for laptop in three.all] == [6, 6, 6]
        assert three.agree()
        three.close()
