"""Client and hub logic in one process, in memory, with clocks and chance given in: the same code as over HTTP."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, SECOND
from app.base.errors import Environment
from app.center.admin import enroll, status
from app.center.admission import admit
from app.center.calls import CALLS
from app.center.hub import Hub
from app.features.org.queries import load_tree, staff_by_code
from app.features.people.commands import AmendPerson, RegisterPerson
from app.features.people.tables import person
from app.journal.act import Actor
from app.journal.here import standing
from app.journal.runner import Runner
from app.store.engine import open_plain, reading
from app.store.schema import metadata
from app.sync.enrol import enrol
from app.sync.enrolment import read_enrolment
from app.sync.holding import device_digest
from app.sync.protocol import ADMIT_PATH, AdmitRequest, unpack
from app.sync.rounds import sync_round
from app.sync.transport import R
from tests.sync.town import found_city

T = TypeVar("T")
START = 1_795_000_000 * SECOND


@dataclass
class SimulatedClock:
    """One world's time, seen by a clock that is off by `wrong`."""

    world: list[int]
    wrong: int = 0

    def __call__(self) -> int:
        self.world[0] += 1_000
        return self.world[0] + self.wrong


@dataclass
class Lossy:
    hub: Hub
    chance: random.Random
    loss: float

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        answer: Callable[[], Any]
        if path == ADMIT_PATH:
            asked = unpack(body, AdmitRequest)
            answer = partial(admit, self.hub, asked)
        else:
            request = unpack(body, CALLS[path].request)
            answer = partial(CALLS[path].answer, self.hub, request, self.hub.clock())
        given = self._lose(answer)
        assert isinstance(given, expected)
        return given

    def traffic(self) -> tuple[int, int]:
        return 0, 0

    def _lose(self, answer: Callable[[], T]) -> T:
        if self.chance.random() < self.loss:
            raise Environment("no_network")
        given = answer()
        if self.chance.random() < self.loss:
            raise Environment("time_out")
        return given


class Device:
    def __init__(self, hub: Hub, node_code: str, clock: SimulatedClock, way: Lossy) -> None:
        self.engine = open_plain(None)
        self.clock = clock
        self.way = way
        metadata.create_all(self.engine)
        file, code = enroll(hub.engine, node_code, clock=hub.clock)
        enrol(self.engine, read_enrolment(file), clock, code)
        with reading(self.engine) as conn:
            who = staff_by_code(conn, f"u-{node_code}")
            self.id = standing(conn).device
        assert who is not None
        self.actor = Actor(who.id, who.role, who.node)
        self.runner = Runner(self.engine, clock)

    def act(self, chance: random.Random) -> None:
        with reading(self.engine) as conn:
            known = conn.execute(sa.select(person.c.id).where(~person.c.hidden)).scalars().all()
        if not known or chance.random() < 0.4:
            self.runner.do(RegisterPerson(name=f"来人{chance.random()}", gender="MALE", age_est=40), self.actor)
        else:
            phone = f"138{chance.randrange(10**8):08}"
            amend = AmendPerson(person=chance.choice(known), phone=phone, reason="问到了")
            self.runner.do(amend, self.actor)

    def sync(self) -> str:
        return sync_round(self.engine, self.way, clock=self.clock, timer=lambda: 0.0).error

    def digest(self) -> str:
        with reading(self.engine) as conn:
            return device_digest(conn, load_tree(conn), standing(conn).node)


@pytest.mark.parametrize("seed", range(4))
def test_devices_with_wrong_clocks_on_a_lossy_line_come_to_hold_what_the_center_says(seed: int) -> None:
    chance = random.Random(seed)
    world = [START]
    engine = open_plain(None)
    metadata.create_all(engine)
    hub = Hub(engine, SimulatedClock(world))
    found_city(engine, "http://127.0.0.1:1", hub.clock)
    way = Lossy(hub, chance, 0.3)
    wrong = (0, 365 * DAY, -365 * DAY, 3600 * SECOND, -5 * SECOND)
    places = ("V1", "V1", "T1", "V2", "V1")
    devices = [Device(hub, node, SimulatedClock(world, off), way) for node, off in zip(places, wrong, strict=True)]
    for _ in range(120):
        device = chance.choice(devices)
        if chance.random() < 0.3:
            device.sync()
        else:
            device.act(chance)
        world[0] += chance.randrange(10 * SECOND)
    way.loss = 0.0
    for _ in range(2):
        assert [device.sync() for device in devices] == [""] * len(devices)
    digests = {told["id"]: told["digest"] for told in status(engine)["devices"]}
    assert {device.id: device.digest() for device in devices} == digests
    assert status(engine)["quarantine"] == 0
    for device in devices:
        device.engine.dispose()
    engine.dispose()
