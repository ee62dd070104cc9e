"""The town of the story: a city's center that is not running until it is served, a district, a street, a community."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.base.clock import local, wall_clock
from app.center import admin
from app.center.hub import Hub, center_actor
from app.cli.bootstrap import create_point
from app.cli.sample.served import free_port, served, url_of
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.org.commands import EngageStaff, FoundNode
from app.features.org.commands_notices import StartCampaign
from app.features.registry import load_features
from app.store.engine import open_center, reading
from app.store.sealing import Cost
from app.store.upgrade import upgrade

CHEAP = Cost(8, 1, 1)
PASSWORD = "winter morning 7"
CITY = "大同市救助管理站"
DISTRICT, STREET, POINT = "D1", "T1", "V1"
PLACES = (
    (DISTRICT, "平城区救助分站", "COUNTY", "CITY"),
    (STREET, "新建路街道救助驿站", "TOWN", DISTRICT),
    (POINT, "油坊社区救助点", "VILLAGE", STREET),
)
CLERK, COLLEAGUE, DISPATCHER = "wang", "li", "zhao"
STAFF = (
    (CLERK, "王单洁", "SPECIALIST", POINT),
    (COLLEAGUE, "李建国", "SPECIALIST", POINT),
    (DISPATCHER, "赵文博", "SPECIALIST", DISTRICT),
)
NAMES = {code: name for code, name, _, _ in STAFF}


@dataclass(frozen=True)
class Town:
    engine: sa.Engine
    port: int

    def enrol(self, node: str) -> tuple[bytes, str]:
        """An enrolment file for a computer of this node, and the code that travels apart from it."""
        return admin.enroll(self.engine, node)

    def computer(self, node: str, user: str, data: Path) -> None:
        """A computer of this node that was set up without a screen; it has not met the center."""
        file, code = self.enrol(node)
        create_point(data, file, user, PASSWORD, code=code, cost=CHEAP)

    @contextmanager
    def served(self) -> Iterator[None]:
        with served(self.engine, self.port):
            yield


@contextmanager
def founded(folder: Path) -> Iterator[Town]:
    """A center in this folder that answers nobody yet."""
    load_features()
    engine = open_center(f"sqlite:///{folder / 'center.db'}")
    port = free_port()
    try:
        upgrade(engine, None)
        admin.init_center(engine, CITY, url_of(port))
        with reading(engine) as conn:
            actor = center_actor(conn)
        runner = Hub(engine).runner()
        nodes = {"CITY": actor.node}
        for code, name, tier, parent in PLACES:
            nodes[code] = runner.do(FoundNode(code=code, name=name, tier=tier, parent=nodes[parent]), actor).made[0][1]
        for code, name, role, node in STAFF:
            runner.do(EngageStaff(code=code, name=name, role=role, node=nodes[node]), actor)
        runner.do(AddStandardItems(), actor)
        today = local(wall_clock()).date().isoformat()
        runner.do(StartCampaign(type="WINTER_WARM", name="寒冬送温暖", starts_on=today), actor)
        yield Town(engine, port)
    finally:
        engine.dispose()
