"""What hands do with goods, and how it is written down: now, late, wrongly, twice, or although it never happened."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.base.clock import MINUTE
from app.base.ids import meaning_id
from app.cli.simulate.clocks import WorldClock
from app.cli.simulate.device import Device, Done
from app.cli.simulate.founding import LOTS, NODE_IDS
from app.cli.simulate.promises import Books, Counted, Make, Promise, PutRight, Received, TakenBack, Written
from app.cli.simulate.shelf import Place, Shelves
from app.features.cases.commands import LogEncounter
from app.features.cases.facts import GoodsGiven
from app.features.inventory.commands import (
    HandOut,
    LotAmount,
    ReceivedGoods,
    ReceiveGoods,
    ReturnedGoods,
    ReturnGoods,
    WriteOff,
)
from app.features.inventory.commands_count import (
    AnswerBeforeAfter,
    Difference,
    FinishCount,
    OpeningCount,
    RecordCountLine,
    StartCount,
)
from app.features.inventory.commands_transfer import AllotGoods, AllottedGoods
from app.features.inventory.goods import Goods as NamedGoods
from app.features.inventory.queries_count import open_questions
from app.features.inventory.tables import transfer
from app.journal.commands import Command

_BETWEEN = MINUTE
"""Two things done to a shelf are at least so far apart: the center's time for them is right to a few seconds."""
_BEGAN_WITH = 40


@dataclass
class Transit:
    """A delivery on its way: written at its sender, not yet come."""

    sent: Written
    by: Device
    to: str
    lot: str


@dataclass
class Goods:
    """Acts on the shelves by the devices of each point. `truth`: movement or line → when it really was."""

    chance: random.Random
    clock: WorldClock
    shelves: Shelves
    promises: list[Promise] = field(default_factory=list)
    transits: list[Transit] = field(default_factory=list)
    truth: dict[str, int] = field(default_factory=dict)
    openings: list[tuple[Device, Done]] = field(default_factory=list)

    def act(self, device: Device, neighbours: Mapping[str, list[Device]]) -> str:
        """One act at this device; what it was. `neighbours`: node → living devices."""
        acts: list[tuple[int, Callable[[Device], str]]] = [
            (10, self.bring),
            (22, self.give),
            (8, self.spoil),
            (5, self.give_back),
            (18, self.count),
            (4, self.answer),
        ]
        others = [(14, lambda at: self.send(at, neighbours)), (24, lambda at: self.receive(at, neighbours))]
        chosen = [*acts, *others]
        (_, do) = self.chance.choices(chosen, [weight for weight, _ in chosen])[0]
        self.clock.goes_on(_BETWEEN)
        told = do(device)
        self.clock.goes_on(_BETWEEN)
        return told

    def open_shelves(self, device: Device) -> None:
        """The first day of a point: what lies there is counted."""
        lines = []
        for lot, (item, batch, expires_on) in LOTS.items():
            self.shelves.put((device.node_id, lot), _BEGAN_WITH)
            lines.append(NamedGoods(item=item, batch=batch, expires_on=expires_on, quantity=_BEGAN_WITH))
        done = device.do(OpeningCount(lines=tuple(lines), counter="张三"))
        if done is not None:
            self.openings.append((device, done))
        self.clock.goes_on(_BETWEEN)

    def openings_lost(self, center: Books) -> set[Place]:
        """Shelves whose first count was stolen with its laptop before anybody heard of it."""
        lost = [device.node_id for device, done in self.openings if device.is_gone and not center.has_all(done.made)]
        return {(node, lot) for node in lost for lot in LOTS}

    def errand(self, device: Device) -> str:
        """Something owed to the books of this point is written, if it can be here by now."""
        owed = [each for each in self.promises if each.place[0] == device.node_id and not each.is_written]
        if not owed:
            return "errand: none"
        promise = self.chance.choice(owed)
        self.clock.goes_on(_BETWEEN)
        if not promise.do(device):
            return f"errand: {type(promise).__name__} not yet"
        # Sometimes a colleague writes it too, not knowing.
        promise.is_written = self.chance.random() < 0.6
        return f"errand: {type(promise).__name__}"

    def bring(self, device: Device) -> str:
        place = self._place(device)
        quantity = self.chance.randint(1, 20)
        self.shelves.put(place, quantity)

        def make(amount: int, typed: int | None) -> Command:
            item, batch, expires_on = LOTS[place[1]]
            line = ReceivedGoods(item=item, batch=batch, expires_on=expires_on, quantity=amount)
            return ReceiveGoods(lines=(line,), source_type="CENTER", happened_at=typed)

        return self._book(device, place, make, quantity, "bring", ("now", "now", "late", "wrong"))

    def give(self, device: Device) -> str:
        """To nameless people, or to somebody who is met; or nothing is given, and it is written all the same."""
        place = self._place(device)
        lying = self.shelves.at(place)
        quantity = min(lying, self.chance.randint(1, 6))
        if not quantity:
            return "give: nothing there"
        by_hand_out = self.chance.random() < 0.6
        make = _hand_out(place) if by_hand_out else _meet(place)
        if self.chance.random() < 0.2:
            done = device.try_to(make(quantity, None))
            if not isinstance(done, Done):
                return f"give: {done}"
            hand_out = done.id("hand_out") if by_hand_out else None
            self.promises.append(TakenBack(place, self.clock.now, done.id("movement"), hand_out))
            return f"give: never {quantity} of {place[1][:6]}"
        self.shelves.put(place, -quantity)
        ways = ("now", "now", "late") if by_hand_out else ("now", "now", "late", "wrong")
        return self._book(device, place, make, quantity, "give", ways)

    def spoil(self, device: Device) -> str:
        place = self._place(device)
        quantity = min(self.shelves.at(place), self.chance.randint(1, 3))
        if not quantity:
            return "spoil: nothing there"
        self.shelves.put(place, -quantity)

        def make(amount: int, typed: int | None) -> Command:
            line = LotAmount(lot=place[1], quantity=amount)
            return WriteOff(lines=(line,), cause="DAMAGE", reason="水浸", happened_at=typed)

        return self._book(device, place, make, quantity, "spoil", ("now", "late", "wrong"))

    def give_back(self, device: Device) -> str:
        place = self._place(device)
        quantity = self.chance.randint(1, 2)
        self.shelves.put(place, quantity)

        def make(amount: int, typed: int | None) -> Command:
            line = ReturnedGoods(item=LOTS[place[1]][0], lot=place[1], quantity=amount)
            return ReturnGoods(lines=(line,), happened_at=typed)

        return self._book(device, place, make, quantity, "give back", ("now", "late"))

    def count(self, device: Device) -> str:
        """Some lots are counted; a line is typed at once, late, or wrongly and put right later."""
        started = device.try_to(StartCount(take_type="SPOT", counter="张三", observer="李四"))
        if not isinstance(started, Done):
            return f"count: {started}"
        count, told = started.id("count"), []
        for lot in self.chance.sample(sorted(LOTS), self.chance.randrange(1, 3)):
            self.clock.goes_on(_BETWEEN)
            place = (device.node_id, lot)
            seen, moment, named = self.shelves.at(place), self.clock.now, _named(lot)
            how = self.chance.choices(("now", "late", "wrong"), (5, 2, 2))[0]
            if how != "late":
                typed = seen + (3 if how == "wrong" else 0)
                done = device.try_to(RecordCountLine(count=count, quantity=typed, **named))
                if not isinstance(done, Done):
                    return f"count: {done}"
                self.truth[done.id("count_line")] = moment
            if how != "now":
                promise = Counted(place, moment, count, named, seen, how == "wrong")
                self.promises.append(promise)
            told.append(f"{how} {seen} of {lot[:6]}")
        if all(line.startswith("now") for line in told) and self.chance.random() < 0.5:
            lines = tuple(Difference(lot=lot, diff_reason="MISCOUNT") for lot in LOTS)
            told.append(f"finish {device.try_to(FinishCount(count=count, lines=lines)) is not None}")
        return f"count: {', '.join(told)}"

    def answer(self, device: Device) -> str:
        """Was it before or after the count? Whoever was there says what is true."""
        for question in device.ask(open_questions, device.node_id):
            moved, counted = self.truth.get(question.movement), self.truth.get(question.line)
            if moved is not None and counted is not None:
                verdict = "BEFORE" if moved < counted else "AFTER"
                command = AnswerBeforeAfter(movement=question.movement, line=question.line, verdict=verdict)
                return f"answer: {verdict} {isinstance(device.try_to(command), Done)}"
        return "answer: no question"

    def send(self, device: Device, neighbours: Mapping[str, list[Device]]) -> str:
        others = sorted(node for node in neighbours if node != device.node)
        several = [node for node in others if len(neighbours[node]) > 1]  # where two may write that it came
        to = self.chance.choice(several if several and self.chance.random() < 0.7 else others)
        return self._send(device, to, ("now", "now", "late"))

    def sent_to(self, to: str, device: Device) -> Transit | None:
        """A delivery that is written as it leaves; None where nothing can be sent."""
        before = len(self.transits)
        self._send(device, to, ("now",))
        return self.transits[-1] if len(self.transits) > before and self.transits[-1].sent.is_written else None

    def _send(self, device: Device, to: str, ways: tuple[str, ...]) -> str:
        place = self._place(device)
        quantity = min(self.shelves.at(place), self.chance.randint(1, 9))
        if not quantity:
            return "send: nothing there"
        self.shelves.put(place, -quantity)

        def make(amount: int, typed: int | None) -> Command:
            line = AllottedGoods(item=LOTS[place[1]][0], lot=place[1], quantity=amount)
            return AllotGoods(to_point=NODE_IDS[to], lines=(line,), sender="张三", sent_at=typed)

        told = self._book(device, place, make, quantity, f"send to {to}", ways)
        sent = self.promises[-1]
        if isinstance(sent, Written):
            self.transits.append(Transit(sent, device, to, place[1]))
        return told

    def receive(self, device: Device, neighbours: Mapping[str, list[Device]]) -> str:
        """A delivery comes and is written; sometimes each of the point's laptops writes it, and not the same."""
        books = Books(device.engine)
        for transit in self.transits:
            made = transit.sent.made
            if transit.to != device.node or made is None or not transit.sent.is_written:
                continue
            if books.says(transfer, made.id("transfer"), "status") != "SENT":
                continue
            others = [each for each in neighbours[device.node] if each is not device]
            also = [other for other in others if self.chance.random() < 0.6]
            return self.come(transit, [device, *also], is_first_late=self.chance.random() < 0.3)
        return "receive: nothing comes"

    def come(self, transit: Transit, laptops: list[Device], *, is_first_late: bool = False) -> str:
        """A delivery comes, once; each of these laptops writes what its clerk says came. All know that it was sent."""
        self.transits.remove(transit)
        made, sent, first = transit.sent.made, transit.sent.quantity, laptops[0]
        if made is None:
            raise ValueError("nobody has written that it was sent")
        place = (first.node_id, transit.lot)
        came = sent if self.chance.random() < 0.8 else max(1, sent - 1)
        self.shelves.put(place, came)
        moment, ids = self.clock.now, (made.id("transfer"), made.id("transfer_line"))
        self.truth[_receipt(ids[1])] = moment
        for device in laptops:
            said = came if device is first or self.chance.random() < 0.7 else came + 1
            row = Received(place, moment, *ids, came, said)
            row.is_written = not (device is first and is_first_late) and row.do(device)
            self.promises.append(row)
        return f"receive: {came} of {sent} of {transit.lot[:6]} at {[device.name for device in laptops]}"

    def _book(self, device: Device, place: Place, make: Make, quantity: int, what: str, ways: tuple[str, ...]) -> str:
        """Write what hands just did in one of these ways."""
        how = self.chance.choice(ways)
        row = Written(place, self.clock.now, make, quantity)
        self.promises.append(row)
        if how != "late":
            written = row.write(device, quantity + (7 if how == "wrong" else 0), None)
            if written and row.movement is not None:
                self.truth[row.movement] = row.moment
            if how == "wrong":
                self.promises[-1] = PutRight(place, row.moment, row)
        return f"{what}: {how} {quantity} of {place[1][:6]} at {device.node}"

    def _place(self, device: Device) -> Place:
        return device.node_id, self.chance.choice(sorted(LOTS))


def _named(lot: str) -> dict[str, Any]:
    item, batch, expires_on = LOTS[lot]
    return {"item": item, "batch": batch, "expires_on": expires_on}


def _hand_out(place: Place) -> Make:
    item = LOTS[place[1]][0]
    return lambda amount, typed: HandOut(item=item, quantity=amount, head_count=amount, lot=place[1], happened_at=typed)


def _meet(place: Place) -> Make:
    def make(amount: int, typed: int | None) -> Command:
        goods: Any = (GoodsGiven(item=LOTS[place[1]][0], quantity=amount, lot=place[1]),)
        return LogEncounter(
            gender="MALE", age_est=45, features="灰色棉衣", place_type="BRIDGE", health_obs=("OK",),
            disposition="ON_SITE_AID", goods=goods, started_at=typed,
        )  # fmt: skip

    return make


def _receipt(line: str) -> str:
    return meaning_id("receipt", line)
