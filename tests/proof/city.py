"""A small city for the proofs: a real center over real HTTP, and points enrolled by their files.

What a proof asks of the program it asks by the command line's own entry, by commands, or by the queries of the status.
"""

import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.__main__ import main
from app.base.clock import wall_clock
from app.center import admin
from app.center.hub import Hub, center_actor
from app.cli import point_exec
from app.cli.bootstrap import PointSession, create_point, open_point
from app.cli.sample.served import free_port, served, url_of
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.inventory.ids import item_id
from app.features.org.commands import EngageStaff, FoundNode
from app.features.org.queries import load_tree
from app.features.registry import load_features
from app.store.engine import open_center, reading
from app.store.sealing import Cost
from app.store.upgrade import upgrade
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.status import Status, status

load_features()

PASSWORD = "a door that holds"
CHEAP = Cost(8, 1, 1)
PLACES = (("D1", "COUNTY", "CITY"), ("T1", "TOWN", "D1"), ("V1", "VILLAGE", "T1"), ("V2", "VILLAGE", "T1"))
"""Code, tier and what it hangs on. Each, and the city with its heads, has two people: u-D1 and w-D1."""
WATER, NOODLES = item_id("WATER01"), item_id("FOOD01")


@dataclass
class Laptop:
    """One opened point. Its folder is that of a user; what it does are commands, its rounds are HTTP."""

    data: Path
    session: PointSession

    def say(self, command: str, /, **fields: Any) -> dict[str, Any]:
        """What `point exec` answers to this line."""
        return self.hear([{"command": command, **fields}])[0]

    def hear(self, lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        source = io.BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        answers = io.BytesIO()
        point_exec.serve(self.session.runner, self.session.actor, source, answers)
        return [json.loads(line) for line in answers.getvalue().splitlines()]

    def do(self, command: str, /, **fields: Any) -> "Done":
        answer = self.say(command, **fields)
        assert answer["ok"], (command, answer)
        return Done(answer["commit"], [(kind, id_) for kind, id_ in answer["made"]])

    def sync(self) -> RoundReport:
        with closing(self.session.transport()) as transport:
            return sync_round(self.session.engine, transport, clock=self.session.clock, sentinel=self.session.sentinel)

    def status(self) -> Status:
        with reading(self.session.engine) as conn:
            return status(conn, load_tree(conn), self.session.clock())

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with reading(self.session.engine) as conn:
            return list(conn.execute(query))


@dataclass(frozen=True)
class Done:
    commit: str
    made: list[tuple[str, str]]

    def id(self, kind: str) -> str:
        """The one record of this kind that the act made."""
        (found,) = [id_ for made, id_ in self.made if made == kind]
        return found


class City:
    """A center in `database` that devices find at `url`."""

    def __init__(self, database: str, url: str) -> None:
        self.engine = open_center(database)
        upgrade(self.engine, None)
        admin.init_center(self.engine, "杭州市救助管理站", url)
        with reading(self.engine) as conn:
            actor = center_actor(conn)
        runner = Hub(self.engine).runner()
        self.nodes = {"CITY": actor.node}
        for code, tier, parent in (("CITY", "CITY", None), *PLACES):
            if parent is not None:
                command = FoundNode(code=code, name=f"{code}救助点", tier=tier, parent=self.nodes[parent])
                self.nodes[code] = runner.do(command, actor).made[0][1]
            role = "CENTER_HEAD" if parent is None else "SPECIALIST"
            for letter, name in (("u", "张三"), ("w", "李四")):
                engaged = EngageStaff(code=f"{letter}-{code}", name=name, role=role, node=self.nodes[code])
                runner.do(engaged, actor)
        runner.do(AddStandardItems(), actor)

    def laptop(self, code: str, data: Path, user: str = "u", *, ahead: int = 0) -> Laptop:
        """A new device of this node, enrolled by its file and code; it has not met the center yet.

        `ahead`: by how much its clock is wrong, µs.
        """

        def clock() -> int:
            return wall_clock() + ahead

        file, one_time = admin.enroll(self.engine, code)
        create_point(data, file, f"{user}-{code}", PASSWORD, code=one_time, clock=clock, cost=CHEAP)
        return Laptop(data, open_point(data, f"{user}-{code}", PASSWORD, clock))

    def digests(self) -> dict[str, str]:
        """Device → digest, as `center status` tells."""
        return {device["id"]: device["digest"] for device in admin.status(self.engine)["devices"]}

    def set_aside(self) -> int:
        return int(admin.status(self.engine)["quarantine"])


@contextmanager
def served_city(database: str, url: str | None = None, port: int | None = None) -> Iterator[City]:
    """A city whose center answers; `url` where devices shall go another way to `port`."""
    port = port or free_port()
    city = City(database, url or url_of(port))
    try:
        with served(city.engine, port):
            yield city
    finally:
        city.engine.dispose()


def agreed(city: City, *laptops: Laptop) -> bool:
    """Whether every laptop, with nothing left to send, holds what the center says it must hold."""
    told = city.digests()
    found = [laptop.status() for laptop in laptops]
    return all(one.standing.unsent == 0 and one.digest == told[one.device] for one in found)


def aidpoint(*words: str, lines: Iterable[dict[str, Any]] = ()) -> tuple[int, list[dict[str, Any]]]:
    """Run the command line as somebody would type it; its exit status and the JSON lines it prints."""
    keyboard, screen = sys.stdin, sys.stdout
    typed = io.TextIOWrapper(io.BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in lines)))
    shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    sys.stdin, sys.stdout = typed, shown
    try:
        exit_status = main(list(words))
    finally:
        sys.stdin, sys.stdout = keyboard, screen
    assert isinstance(shown.buffer, io.BytesIO)
    return exit_status, [json.loads(line) for line in shown.buffer.getvalue().splitlines()]


def now() -> int:
    return wall_clock()
