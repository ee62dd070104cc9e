"""What people still owe the books: rows typed late, wrong rows to be put right, things never done to be taken back.

A promise is kept once the center's books say so. What a restored disk has lost is written again from paper.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.ids import meaning_id
from app.cli.simulate.device import Device, Done
from app.cli.simulate.shelf import Place
from app.features.cases.commands_undo import SettleDispute
from app.features.inventory.commands import CorrectMovement, ReverseMovement, UndoHandOut
from app.features.inventory.commands_count import RecordCountLine
from app.features.inventory.commands_transfer import LineAmount, ReceiveTransfer
from app.features.inventory.tables import count, count_line, movement, transfer
from app.journal.commands import Command
from app.journal.entities import Entity, find_entity
from app.journal.heads import disputes
from app.journal.ops import Key
from app.store.engine import reading

Make = Callable[[int, int | None], Command]
"""(quantity, typed time on the device's clock or None for now) → the command that writes it."""
_WHY = "照单据补正"


@dataclass
class Books:
    """What a database knows, as somebody sees who looks a thing up."""

    engine: sa.Engine

    def has(self, entity: Entity, id_: str | None) -> bool:
        query = sa.select(entity.c.id).where(entity.c.id == id_)
        with reading(self.engine) as conn:
            return conn.execute(query).first() is not None

    def says(self, entity: Entity, id_: str, name: str) -> object:
        """A field of a record; None where it is not known."""
        query = sa.select(entity.c[name]).where(entity.c.id == id_)
        with reading(self.engine) as conn:
            return conn.execute(query).scalar()

    def has_all(self, made: tuple[Key, ...]) -> bool:
        """Whether all of these records, (kind, id), are known."""
        found = ((find_entity(kind), id_) for kind, id_ in made)
        return all(entity is not None and self.has(entity, id_) for entity, id_ in found)

    def receipts(self, line: str) -> dict[str, object]:
        """What is said to have come of a line of a delivery: movement → quantity. Of two, both count."""
        c = movement.c
        query = sa.select(c.id, c.quantity).where(c.kind == "TRANSFER_IN", c.of_id == line)
        with reading(self.engine) as conn:
            return {row.id: row.quantity for row in conn.execute(query)}


@dataclass
class Promise(ABC):
    """`moment`: when it really was, true time."""

    place: Place
    moment: int
    is_written: bool = field(default=False, kw_only=True)

    @abstractmethod
    def do(self, device: Device) -> bool:
        """Write it at this device, if that can be done there by now."""

    @abstractmethod
    def is_kept(self, center: Books) -> bool:
        """Whether the center's books say so."""

    def is_past_mending(self, center: Books) -> bool:
        """Whether what it takes to put it right went with a disk, and what is left cannot be disputed."""
        return False

    def begin_again(self) -> None:
        """What was written is lost with a disk."""
        self.is_written = False


@dataclass
class Written(Promise):
    """Something that hands did is in the books."""

    make: Make
    quantity: int
    movement: str | None = None
    made: Done | None = None

    def write(self, device: Device, quantity: int, typed: int | None) -> bool:
        done = device.try_to(self.make(quantity, typed))
        if not isinstance(done, Done):
            return False
        self.movement, self.made, self.is_written = done.id("movement"), done, True
        return True

    def do(self, device: Device) -> bool:
        return self.movement is not None or self.write(device, self.quantity, device.clock.showed(self.moment))

    def is_kept(self, center: Books) -> bool:
        return center.has(movement, self.movement)

    def begin_again(self) -> None:
        self.is_written, self.movement = False, None


@dataclass
class PutRight(Promise):
    """A row with a wrong quantity becomes right; where the row itself was lost, the right one is written."""

    row: Written

    def do(self, device: Device) -> bool:
        if not self.row.is_written:
            return self.row.do(device)
        wrong = self.row.movement or ""
        if not Books(device.engine).has(movement, wrong):
            return False
        command = CorrectMovement(movement=wrong, quantity=self.row.quantity, reason=_WHY)
        return _is_done(device.try_to(command))

    def is_kept(self, center: Books) -> bool:
        if not self.row.is_kept(center):
            self.row.begin_again()
            return False
        return center.says(movement, self.row.movement or "", "quantity") == self.row.quantity or center.has(
            movement, _reversal(self.row.movement)
        )


@dataclass
class TakenBack(Promise):
    """What was never done leaves the books."""

    movement: str
    hand_out: str | None

    def do(self, device: Device) -> bool:
        books = Books(device.engine)
        if not books.has(movement, self.movement) or books.has(movement, _reversal(self.movement)):
            return books.has(movement, self.movement)
        if self.hand_out is not None:
            return _is_done(device.try_to(UndoHandOut(hand_out=self.hand_out, reason=_WHY)))
        return _is_done(device.try_to(ReverseMovement(movement=self.movement, reason=_WHY)))

    def is_kept(self, center: Books) -> bool:
        return not center.has(movement, self.movement) or center.has(movement, _reversal(self.movement))


@dataclass
class Counted(Promise):
    """A line that was counted and is typed late, or was mistyped: it says what was seen, at the moment it was seen."""

    count: str
    goods: dict[str, Any]
    """What names the lot: item, batch, end date."""
    quantity: int
    was_mistyped: bool

    def do(self, device: Device) -> bool:
        line = meaning_id("count_line", self.count, self.place[1])
        if self.was_mistyped and not Books(device.engine).has(count_line, line):
            return False
        moment = device.clock.showed(self.moment)
        command = RecordCountLine(count=self.count, quantity=self.quantity, entered_at=moment, **self.goods)
        return isinstance(device.try_to(command), Done)

    def is_kept(self, center: Books) -> bool:
        """A line nobody has is no harm; a wrong one is."""
        said = center.says(count_line, meaning_id("count_line", self.count, self.place[1]), "quantity")
        return said in (None, self.quantity) or not self.was_mistyped

    def is_past_mending(self, center: Books) -> bool:
        """A reader may have brought a line back without the count it is of: then people count anew."""
        return not center.has(count, self.count)


@dataclass
class Received(Promise):
    """A delivery that came is in the books, once, as it came. `said`: what this clerk writes at first."""

    transfer: str
    line: str
    quantity: int
    said: int

    def do(self, device: Device) -> bool:
        books = Books(device.engine)
        status = books.says(transfer, self.transfer, "status")
        if status == "SENT":
            done = self._receive(device)
        elif status == "RECEIVED":
            done = self._settle(device, books)
        else:
            done = False
        return done

    def _receive(self, device: Device) -> bool:
        amount = LineAmount(line=self.line, quantity=self.said)
        moment = device.clock.showed(self.moment)
        command = ReceiveTransfer(transfer=self.transfer, receiver="张三", lines=(amount,), received_at=moment)
        return isinstance(device.try_to(command), Done)

    def _settle(self, device: Device, books: Books) -> bool:
        """Somebody knew before; where what they said differs, people agree on what came."""
        receipts = books.receipts(self.line)
        for dispute in device.ask(disputes, sorted(receipts)):
            right = [write for write, given in dispute.values.items() if given["quantity"] == self.quantity]
            if right:
                bases = tuple(dispute.values)
                command = SettleDispute(kind="movement", id=dispute.id, group="facts", bases=bases, choice=right[0])
                device.try_to(command)
        return bool(receipts)

    def is_kept(self, center: Books) -> bool:
        """That it is there once is a matter of the shelf."""
        return self.quantity in center.receipts(self.line).values()

    def is_past_mending(self, center: Books) -> bool:
        """The right receipt is gone and a wrong one is left."""
        return True


def _reversal(id_: str | None) -> str:
    return meaning_id("reversal", id_)


def _is_done(told: Done | str | None) -> bool:
    return isinstance(told, Done) or told == "already_undone"
