"""Every version of the client against every version of the hub: all is kept and acknowledged, and after the upgrade all
is applied by itself, to the last field nobody knew before. (sync.md §10: newer client than hub.)"""

from pathlib import Path
from typing import Any

import pytest

from app.cli.sample.served import free_port, url_of
from tests.proof.ugly_days.program import SCHEMAS
from tests.proof.ugly_days.versions import Program, program

TOLD = {
    "older": {"residence_addr": "桥下"},
    "now": {"residence_addr": "桥下", "guardian_phone": "13800000000"},
    "newer": {"residence_addr": "桥下", "guardian_phone": "13800000000", "nick": "老甲", "animal": "狗"},
}
"""What each program has to say of somebody."""
NEVER = 10**9


class World:
    """A hub and two points of one node, whatever programs they run at the moment."""

    def __init__(self, database: str, folder: Path, behind: int = NEVER) -> None:
        self.database, self.folder, self.behind, self.port = database, folder, behind, free_port()

    def hub(self, run: Program) -> None:
        files = str(self.folder / "files")
        run.ask("hub", "hub", database=self.database, files=files, port=self.port, behind=self.behind)

    def point(self, run: Program, name: str, **enrolment: str) -> None:
        database = str(self.folder / f"{name}.db")
        run.ask(name, "point", database=database, user="u-V1", url=url_of(self.port), **enrolment)


def synced(points: Program, *names: str) -> None:
    for name in names:
        told = points.ask(name, "sync")
        assert (told["error"], told["unsent"]) == ("", 0)


def without(facts: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in facts.items() if name not in names}


@pytest.mark.parametrize("hub_version", SCHEMAS)
@pytest.mark.parametrize("client_version", SCHEMAS)
def test_every_client_with_every_hub(database: str, tmp_path: Path, client_version: str, hub_version: str) -> None:
    world = World(database, tmp_path)
    facts = TOLD[client_version]
    with program(client_version) as points, program(hub_version) as hub:
        world.hub(hub)
        for name in ("author", "reader"):
            world.point(points, name, **hub.ask("hub", "enroll", node="V1"))
        id_ = points.ask("author", "write", name="甲", **facts)["id"]
        synced(points, "author", "reader")
        is_newer = SCHEMAS[client_version] > SCHEMAS[hub_version]
        assert hub.ask("hub", "status")["quarantine"] == int(is_newer)
        seen = points.ask("reader", "see")["persons"]
        assert (id_ in seen) is not is_newer
        if not is_newer:
            assert seen[id_] == {"name": "甲", **without(facts, "animal")}
    with program("newer") as points, program("newer") as hub:
        world.hub(hub)
        assert hub.ask("hub", "status") | {"digests": 0} == {"quarantine": 0, "caught_up": int(is_newer), "digests": 0}
        for name in ("author", "reader"):
            world.point(points, name)
        synced(points, "author", "reader")
        points.ask("reader", "amend", id=id_, group="residence", residence_addr="桥上", nick="甲哥")
        synced(points, "reader", "author", "reader")
        told = hub.ask("hub", "status")
        for name in ("author", "reader"):
            see = points.ask(name, "see")
            assert see["persons"] == {
                id_: {"name": "甲", **without(facts, "animal"), "residence_addr": "桥上", "nick": "甲哥"}
            }
            assert see["pets"] == ({id_: "狗"} if client_version == "newer" else {})
            assert told["digests"][see["device"]] == see["digest"]


def test_what_an_older_reader_could_not_read_is_there_after_its_upgrade_without_being_sent_again(
    database: str, tmp_path: Path
) -> None:
    world = World(database, tmp_path)
    with program("newer") as hub:
        world.hub(hub)
        with program("newer") as newer, program("now") as now:
            world.point(newer, "author", **hub.ask("hub", "enroll", node="V1"))
            world.point(now, "reader", **hub.ask("hub", "enroll", node="V1"))
            id_ = newer.ask("author", "write", name="甲", **TOLD["newer"])["id"]
            synced(newer, "author")
            synced(now, "reader")
            now.ask("reader", "amend", id=id_, group="guardian", guardian_phone="13999999999")
            synced(now, "reader")
            synced(newer, "author")
            assert now.ask("reader", "see")["persons"][id_] == {
                "name": "甲", "residence_addr": "桥下", "guardian_phone": "13999999999",
            }  # fmt: skip
        with program("newer") as points:
            world.point(points, "reader")
            seen: dict[str, Any] = points.ask("reader", "see")
            assert seen["persons"][id_] == {
                "name": "甲", "residence_addr": "桥下", "guardian_phone": "13999999999", "nick": "老甲",
            }  # fmt: skip
            assert seen["pets"] == {id_: "狗"}
            assert hub.ask("hub", "status")["digests"][seen["device"]] == seen["digest"]


def test_what_a_snapshot_named_and_the_program_did_not_know_is_fetched_after_its_upgrade(
    database: str, tmp_path: Path
) -> None:
    world = World(database, tmp_path, behind=3)
    with program("newer") as hub:
        world.hub(hub)
        with program("newer") as newer, program("now") as now:
            world.point(newer, "author", **hub.ask("hub", "enroll", node="V1"))
            ids = [newer.ask("author", "write", name=f"甲{n}", **TOLD["newer"])["id"] for n in range(9)]
            synced(newer, "author")
            world.point(now, "reader", **hub.ask("hub", "enroll", node="V1"))
            synced(now, "reader")
            seen = now.ask("reader", "see")
            assert seen["floor"] > 0
            assert set(seen["persons"]) == set(ids)
        with program("newer") as points:
            world.point(points, "reader")
            synced(points, "reader")
            seen = points.ask("reader", "see")
            assert {person["nick"] for person in seen["persons"].values()} == {"老甲"}
            assert seen["pets"] == dict.fromkeys(ids, "狗")
            assert hub.ask("hub", "status")["digests"][seen["device"]] == seen["digest"]
