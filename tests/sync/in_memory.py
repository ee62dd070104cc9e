"""A device and a center in one process, in memory, on a line that may lose: for tests that look into both."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa

from app.base.errors import Environment
from app.base.ids import new_id
from app.center.admin import enroll, status
from app.center.admission import admit
from app.center.calls import CALLS
from app.center.hub import Declined as HubDeclined
from app.center.hub import Hub
from app.features.org.queries import load_tree, staff_by_code
from app.features.people.commands import AmendPerson, RegisterPerson
from app.features.people.tables import person
from app.journal.act import Actor
from app.journal.here import standing
from app.journal.runner import Runner
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from app.sync.comparing import Compared, repair_round
from app.sync.enrol import enrol
from app.sync.enrolment import read_enrolment
from app.sync.exchange import Taking, build_request
from app.sync.holding import device_digest
from app.sync.outbox import Pace
from app.sync.protocol import ADMIT_PATH, EXCHANGE_PATH, AdmitRequest, ExchangeResponse, unpack
from app.sync.rounds import sync_round
from app.sync.transport import Declined, R
from tests.features.cases.givens import nameless

T = TypeVar("T")


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
        create_tables(self.engine)
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


@dataclass
class Watched(Lossy):
    """A perfect line that remembers what was asked."""

    asked: list[str] = field(default_factory=list)

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        self.asked.append(path)
        try:
            return super().call(path, request_id, body, expected)
        except HubDeclined as declined:
            raise Declined(declined.code, declined.facts) from None


@dataclass
class World:
    hub: Hub
    way: Watched
    now: list[int]

    def device(self, node: str) -> Device:
        return Device(self.hub, node, SimulatedClock(self.now), self.way)

    def repair(self, device: Device) -> Compared:
        return repair_round(device.engine, self.way, clock=device.clock)

    def must_hold(self, device: Device) -> str:
        return next(str(told["digest"]) for told in status(self.hub.engine)["devices"] if told["id"] == device.id)


def sync(*devices: Device) -> None:
    for device in devices:
        assert device.sync() == ""


def meet(device: Device, **more: object) -> tuple[str, str]:
    made = dict(device.runner.do(nameless(**more), device.actor).made)
    return made["case"], made["encounter"]


def take(world: World, device: Device, steps: int | None = None) -> bool:
    """One exchange, its answer taken in slices of one; cut after so many. Whether there is more."""
    with reading(device.engine) as conn:
        outgoing = build_request(conn, Pace(1 << 16), wall=device.clock(), request_id=new_id())
    answer = world.way.call(EXCHANGE_PATH, outgoing.request.request_id, outgoing.body, ExchangeResponse)
    ticks = iter(range(10**9))
    taking = Taking(outgoing.request, answer, received=device.clock(), timer=lambda: float(next(ticks)))
    taking._size = 1
    while not taking.finished and steps != 0:
        taking.step(device.engine)
        steps = None if steps is None else steps - 1
    return answer.page.more


def damage(device: Device, statement: Any) -> None:
    with writing(device.engine) as conn:
        assert conn.execute(statement).rowcount
