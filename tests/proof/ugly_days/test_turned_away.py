"""Real devices at a center that has no place: they come again when told, each at its own moment, and the button goes at
once. Their time passes twenty times as fast as ours. (sync.md §10: 9 o'clock.)
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from app.base.clock import SECOND
from app.center import load as loading
from app.center.load import Load
from app.features.people.tables import person
from app.store.engine import reading
from app.sync.loop import LEAST_PAUSE_S, Ended, Loop, Trigger
from tests.sync.town import Laptop, Town, opened

SPEED = 20
DEVICES = 8
FLAPS_S = 7
"""How often the network of some comes back, in their time."""
WITHIN_S = 30.0
"""Of our time."""


@dataclass(frozen=True, slots=True)
class Came:
    """A round, in µs of the devices' time. `due`: when the next one was to come by itself, as thought at its end."""

    trigger: Trigger
    at: int
    ended: int
    how: Ended
    due: int

    @property
    def told(self) -> int:
        """How long the center said to stay away."""
        return int(self.how.facts["wait_s"]) * SECOND

    @property
    def jitter(self) -> float:
        """How much longer it meant to, as a share of the longest."""
        return (self.due - self.ended - self.told) / max(self.told, LEAST_PAUSE_S * SECOND)


@dataclass
class Device:
    """What a desktop does with its loop. `flaps`: its network goes and comes all the time; `pressing`: somebody presses
    the button as soon as it was turned away by itself."""

    laptop: Laptop
    loop: Loop
    began: float
    flaps: bool
    pressing: bool
    came: list[Came] = field(default_factory=list)

    def now(self) -> int:
        return int((time.monotonic() - self.began) * SPEED * SECOND)

    def work(self, over: threading.Event) -> None:
        self.ask(Trigger.START)
        flapped = 0
        while not over.wait(0.005) and not self.is_even:
            self.ask(Trigger.INTERVAL)
            if self.flaps and self.now() > flapped + FLAPS_S * SECOND:
                flapped = self.now()
                self.ask(Trigger.NETWORK)

    def ask(self, trigger: Trigger) -> None:
        at = self.now()
        if self.is_even or not self.loop.ask(trigger, at):
            return
        self.loop.begun()
        report = self.laptop.try_sync()
        ended, how = self.now(), Ended(report.error, report.next_in_s, report.facts)
        self.loop.ended(how, ended)
        self.came.append(Came(trigger, at, ended, how, self.loop.due or 0))
        if self.pressing:
            self.pressing = False
            self.ask(Trigger.BUTTON)

    @property
    def is_even(self) -> bool:
        return bool(self.came) and not self.came[-1].how.error


@pytest.fixture
def load() -> Load:
    return Load(1)


@pytest.fixture
def town(
    center_engine: sa.Engine, tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch, cheap_codes: None
) -> Iterator[Town]:
    """Of a center that works on one request while another waits."""
    monkeypatch.setattr(loading, "MOST_WAITING", 1)
    with opened(center_engine, tmp_path, load=load) as town:
        yield town


def test_who_is_turned_away_waits_as_told_comes_at_another_moment_and_a_person_at_once(town: Town, load: Load) -> None:
    laptops = [town.laptop("V1" if number % 2 else "V2") for number in range(DEVICES)]
    for number, laptop in enumerate(laptops):
        laptop.register(f"甲{number}")
    began = time.monotonic()
    devices = [
        Device(laptop, Loop(laptop.device, Random(number).random), began, flaps=number > 5, pressing=number == 0)
        for number, laptop in enumerate(laptops)
    ]
    morning(devices, load)
    for device in devices:
        check_it_did_as_told(device)
    turned_away, pressed = devices[0].came[:2]
    assert pressed.trigger is Trigger.BUTTON
    assert pressed.at < turned_away.ended + turned_away.told
    assert all(came.trigger is not Trigger.BUTTON for device in devices[1:] for came in device.came)
    first = [device.came[0] for device in devices]
    assert len({came.told for came in first}) > 1
    assert max(came.jitter for came in first) - min(came.jitter for came in first) > 0.5
    assert len({device.came[-1].how.next_in_s for device in devices}) > DEVICES // 2
    with reading(town.engine) as conn:
        there = conn.execute(sa.select(person.c.name)).scalars().all()
    assert sorted(there) == [f"甲{number}" for number in range(DEVICES)]


def morning(devices: list[Device], load: Load) -> None:
    """Until everybody is even. There is no place at all before everybody was turned away once."""
    over = threading.Event()
    threads = [threading.Thread(target=device.work, args=(over,)) for device in devices]
    try:
        with ExitStack() as full:
            while not load.is_full:
                full.enter_context(load.place())
            for thread in threads:
                thread.start()
            wait_until(lambda: all(device.came for device in devices))
        wait_until(lambda: all(device.is_even for device in devices))
    finally:
        over.set()
        for thread in threads:
            thread.join()


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def check_it_did_as_told(device: Device) -> None:
    """Whatever asks, nothing but a person comes before the time the center gave; then it is soon."""
    assert device.came[0].how.error == "center_busy"
    for was, then in zip(device.came, device.came[1:], strict=False):
        assert was.how.error == "center_busy"
        assert was.told > 0
        assert 0 <= was.jitter <= 1
        assert then.trigger is Trigger.BUTTON or then.at >= was.ended + was.told
    last = device.came[-1]
    assert last.how.next_in_s > 0
    assert last.due == last.ended + last.how.next_in_s * SECOND
