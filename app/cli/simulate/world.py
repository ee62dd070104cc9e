"""A world decided by one seed: a center, eight devices, people, goods, a bad network, power cuts, wrong clocks.

Client and center run their real code; the world gives them time, network, disk and chance. What must hold afterwards
stands in `invariants.py`.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from app.base.clock import HOUR, MINUTE, SECOND
from app.cli.simulate import errands, troubles
from app.cli.simulate.clocks import WRONG, DeviceClock, WorldClock
from app.cli.simulate.device import Backup, Device, Done, MarkOnDisk
from app.cli.simulate.disk import Disk
from app.cli.simulate.ends import HUB, End, MakeEnd
from app.cli.simulate.founding import DEVICES, drawn, founded, move_in, quick_codes
from app.cli.simulate.goods import Goods
from app.cli.simulate.invariants import Broken, Witness
from app.cli.simulate.line import Center, Late, Line, Weather
from app.cli.simulate.losses import Losses
from app.cli.simulate.paperwork import Paperwork
from app.cli.simulate.photographs import Album
from app.cli.simulate.replaced import replaced
from app.cli.simulate.shelf import Shelves
from app.cli.simulate.sticks import Stick, arrive
from app.journal.here import standing
from app.store.engine import reading
from app.sync import exchange, rounds
from app.sync.identity import Identity
from app.sync.state import enrolled

MOST_ROUNDS = 3
"""Rounds in which every device must be even once the network is good."""
_OFTEN = {"paperwork": 40, "goods": 24, "errand": 10, "round": 18, "trouble": 8}
"""How often each sort of thing happens, of a hundred."""
_SNAPSHOT_BEHIND = (5_000, 5_000, 30)
"""How far behind a device is given a snapshot; in some worlds after little."""
_COMPARES = 0.2
"""In so many worlds devices compare themselves with the center and mend what differs; in the others nothing may
differ."""
_MOST_TOLD = 5
_POWER_CUTS = 0.03
"""How often the power goes during an act or a round."""


@dataclass
class World:
    """Open it by `opened`, take steps, heal it, check it."""

    seed: int
    make_end: MakeEnd
    folder: Path
    steps: int = 0
    trail: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed} world")
        self.clock = WorldClock()
        self.weather = Weather.bad(self.chance.choice((0.02, 0.08, 0.2)))
        self.ether: list[Late] = []
        base = founded(self.make_end)
        hub_end = self.make_end(HUB)
        hub_end.put_back(base.hub)
        behind = self.chance.choice(_SNAPSHOT_BEHIND)
        self.center = Center(hub_end, Disk(), self.clock, self.chance, self.folder, behind)
        self.devices: list[Device] = []
        self.backups: dict[str, list[Backup]] = {}
        self.center_backups: list[troubles.CenterBackup] = []
        self.album = Album()
        self.losses = Losses(hub_end)
        self.clocks_set = False
        self.sticks: list[Stick] = []
        for name, node in DEVICES:
            end = self.make_end(name)
            copy, code = base.points[name]
            move_in(end, copy)
            clock = DeviceClock(self.clock, self.chance.choice(WRONG))
            self.devices.append(self.machine(name, node, clock, end, code))
        self.devices[3].is_old = True
        self.shelves = Shelves()
        self.goods = Goods(self.chance, self.clock, self.shelves)
        self.paperwork = Paperwork(self.chance)
        self.witness = Witness(self.center, self.shelves)
        self.planned = self._plan()
        opened: set[str] = set()
        for device in self.devices:
            if device.node not in opened:
                opened.add(device.node)
                self.goods.open_shelves(device)

    def _plan(self) -> list[tuple[int, Device, troubles.Trouble]]:
        """What happens early in every world: a disk is copied, a file put back from a backup, somebody leaves unheard,
        deliveries come to points where two write them, and one takes off a list what another puts there."""
        first, second = self.chance.sample(self.devices[:4], 2)
        copied, backed_up = self.chance.randrange(10, 60), self.chance.randrange(10, 50)
        return [
            (copied, first, troubles.copied_disk),
            (self.chance.randrange(15, 70), first, errands.unheard),
            (backed_up, second, troubles.backed_up),
            (backed_up + self.chance.randrange(5, 50), second, troubles.put_back),
            (self.chance.randrange(10, 100), first, errands.received_twice),
            (self.chance.randrange(10, 100), second, errands.received_twice),
            (self.chance.randrange(10, 100), self.chance.choice((first, second)), errands.wanted_again),
        ]

    def machine(
        self, name: str, node: str, clock: DeviceClock, end: End, code: str, sentinel: MarkOnDisk | None = None
    ) -> Device:
        def identity() -> Identity:
            with reading(end.engine) as conn:
                return enrolled(conn).identity(standing(conn).device)

        line = Line(self.center, self.weather, self.chance, self.ether, identity)
        return Device(name, node, end, Disk(), clock, line, self.chance, code, sentinel or MarkOnDisk())

    def living(self, node: str | None = None) -> list[Device]:
        return [each for each in self.devices if not each.is_gone and node in (None, each.node)]

    def step(self) -> None:
        """Some time passes, and something happens at one device."""
        self.steps += 1
        self._time_passes()
        for at, device, happens in self.planned:
            if at == self.steps and not device.is_gone:
                self.note(device.name, happens(self, device))
        device = self.chance.choice(self.living())
        if self.chance.random() < _POWER_CUTS:
            device.disk.cut(self.chance.randrange(1, 6), after=self.chance.random() < 0.5)
        self.act(device, self.chance.choices(list(_OFTEN), list(_OFTEN.values()))[0])

    def act(self, device: Device, what: str) -> None:
        """Something of this sort at this device: "paperwork", "goods", "errand", "round", "trouble"."""
        acts: dict[str, Callable[[Device], str]] = {
            "paperwork": self._paperwork,
            "goods": self._goods,
            "errand": self.goods.errand,
            "round": self.round,
            "trouble": self._trouble,
        }
        device.line.troubles.clear()
        told = acts[what](device)
        device.disk.cut_in = self.center.disk.cut_in = None
        if device.waits_by_another_clock:
            troubles.by_another_clock(self, device)
        self.note(device.name, told, *device.line.troubles)

    def heal(self) -> None:
        """The network is good and nobody's power goes; everything is written, and everybody syncs."""
        self.trail.append("-- the network is good again")
        for name in Weather.__dataclass_fields__:
            setattr(self.weather, name, 0.0)
        for late in self.ether:
            troubles.arrive(self, late)
        self.ether.clear()
        for stick in [each for each in self.sticks if self.chance.random() < 0.5]:
            self.note(stick.device, f"stick: {arrive(self, stick)}")
        self.sticks.clear()
        self._everybody_syncs(MOST_ROUNDS)
        self.witness.check_even(self.living())
        if self.witness.center_was_put_back and self.chance.random() < 0.5:
            self.note("center", troubles.vouched_for(self))
            self._everybody_syncs(MOST_ROUNDS - 1)
        self._keep_promises()
        self._everybody_syncs(MOST_ROUNDS)

    def check(self) -> None:
        """Raises `Broken` where one of I1 to I6 does not hold."""
        self.witness.check(self.devices)
        wrong = list(self.album.check(self.center, self.living()))
        if wrong:
            raise Broken("I6", f"photos that did not arrive: {', '.join(wrong[:_MOST_TOLD])}")

    def close(self) -> None:
        places = [(self.center.disk, self.center.end), *((device.disk, device.end) for device in self.devices)]
        for disk, end in places:
            disk.let_go()
            end.close()

    def note(self, *words: str) -> None:
        at = (self.clock.now // SECOND) % (1000 * 86_400)
        self.trail.append(f"{self.steps:4} {at // 3600:5}:{at // 60 % 60:02} {' | '.join(words)}")

    def round(self, device: Device, *, is_last: bool = False) -> str:
        report = device.round()
        self.witness.saw_round(device)
        if report is None:
            return "round: the power went"
        if report.error == "not_admitted":
            device.type_code()
        if is_last and report.error:
            raise Broken("I6", f"device {device.name}: the last round ended with {report.error} {report.facts}")
        told = f"round: {report.error or 'ok'} {report.sent} out {report.received} in"
        return told if report.error else f"{told}{self._photos(device)}"

    def _photos(self, device: Device) -> str:
        report = device.send_photos(self.weather)
        if report is None:
            return ", photos: the power went"
        if not (report.sent or report.received or report.waiting or report.error):
            return ""
        return f", photos: {report.error or 'ok'} {report.sent} out {report.received} in {report.waiting} wait"

    def _time_passes(self) -> None:
        how = self.chance.random()
        if how < 0.9:
            self.clock.goes_on(self.chance.randrange(30 * SECOND, 20 * MINUTE))
        elif how < 0.995:
            self.clock.goes_on(self.chance.randrange(6 * HOUR))
        else:
            self.clock.goes_on(self.chance.randrange(72 * HOUR))

    def _paperwork(self, device: Device) -> str:
        name, told = self.paperwork.act(device)
        if isinstance(told, Done):
            return f"{name}: {told.commit.n} {' '.join(f'{kind} {id_[:6]}' for kind, id_ in told.made)}"
        return f"{name}: {told or 'nothing'}"

    def _goods(self, device: Device) -> str:
        nodes = {each.node: self.living(each.node) for each in self.living()}
        return self.goods.act(device, nodes)

    def _trouble(self, device: Device) -> str:
        return troubles.happen(self, device)

    def _everybody_syncs(self, rounds: int) -> None:
        """Everybody is to be even then. Raises `Broken` where a device's last round fails."""
        for turn in range(rounds):
            for device in self.living():
                self.clock.goes_on(MINUTE)
                self.note(device.name, self.round(device, is_last=turn == rounds - 1))
        # Who read the other of two tellings, or what the center lost and takes from nobody, or takes a part of, learns
        # that by comparing: within a day, which may not be over yet.
        has_two_tellings = self.witness.has_two_tellings()
        not_believed = self.witness.not_believed(self.living())
        for device in self.living():
            if has_two_tellings or device in not_believed or self.losses.learns_by_comparing(device.engine):
                device.compare()

    def _keep_promises(self) -> None:
        """What is still owed to the books is written, at whichever device of the point can."""
        books = troubles.center_books(self)
        self.shelves.unsure |= self.goods.openings_lost(books)
        for promise in self.goods.promises:
            writers = [device for device in self.living() if device.node_id == promise.place[0]]
            if not writers:
                self.shelves.unsure.add(promise.place)
                continue
            for attempt in range(4):
                if promise.is_kept(books):
                    break
                promise.begin_again()
                device = writers[attempt % len(writers)]
                self.clock.goes_on(MINUTE)
                done = promise.do(device)
                self.note(device.name, f"promise: {type(promise).__name__} {'kept' if done else 'not yet'}")
                self.round(device)
            else:
                if promise.is_past_mending(books):
                    self.shelves.unsure.add(promise.place)
                elif not promise.is_kept(books):
                    raise Broken("I3", f"{promise} can never be kept")


@contextmanager
def opened(seed: int, make_end: MakeEnd) -> Iterator[World]:
    """A world of this seed, with everything the real code draws at random coming from it."""
    compares = random.Random(f"{seed} compares").random() < _COMPARES
    with TemporaryDirectory(prefix="aidpoint-world-") as folder, ExitStack() as stack:
        stack.enter_context(drawn(random.Random(f"{seed} ids")))
        stack.enter_context(quick_codes())
        stack.enter_context(replaced(exchange, "_FIRST_SLICE", 4))  # a slow machine: few commits at once
        world = World(seed, make_end, Path(folder))
        if not compares:
            stack.enter_context(replaced(rounds, "compare_if_due", world.losses.compare_if_due))
        try:
            yield world
        finally:
            world.close()
