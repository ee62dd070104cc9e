"""What goes wrong in a world beside the network: late messages, clocks set, disks put back, people leaving."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.base.clock import SECOND
from app.base.errors import Environment
from app.center.hub import Declined, center_actor
from app.cli.simulate.clocks import WRONG
from app.cli.simulate.device import Device
from app.cli.simulate.disk import PowerCut
from app.cli.simulate.line import Late
from app.cli.simulate.promises import Books
from app.cli.simulate.shelf import Place
from app.features.org.commands import DismissStaff
from app.features.org.tables import staff
from app.journal.ops import Malformed, decode_op, unpack_parts
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.protocol import EXCHANGE_PATH, ExchangeRequest, unpack

if TYPE_CHECKING:
    from app.cli.simulate.world import World

_LATE = 20 * SECOND
"""A message on its way for longer shifts the time the center gives to what it brings."""


def happen(world: "World", device: Device) -> str:
    """One trouble, at this device or elsewhere; what it was."""
    kinds: list[tuple[int, Callable[[World, Device], str]]] = [
        (30, late_arrives),
        (10, center_restarts),
        (6, clock_is_set),
        (4, somebody_leaves),
    ]
    (_, do) = world.chance.choices(kinds, [weight for weight, _ in kinds])[0]
    return do(world, device)


def late_arrives(world: "World", _device: Device) -> str:
    """A message everybody had given up arrives, maybe after newer ones."""
    if not world.ether:
        return "late: nothing under way"
    late = world.ether.pop(world.chance.randrange(len(world.ether)))
    if world.chance.random() < 0.3:
        return "late: never arrives"
    return f"late: {arrive(world, late)}"


def arrive(world: "World", late: Late) -> str:
    """The center gets a request late; nobody waits for its answer."""
    if late.path == EXCHANGE_PATH and world.clock.now - late.sent > _LATE:
        request = unpack(late.body, ExchangeRequest)
        for pushed in request.push.commits:
            world.shelves.unsure |= _places(pushed.parts, request.device, request.epoch)
    try:
        world.center.answer(late.path, late.body)
    except (Declined, Environment) as no:
        return f"refused {no.code}"
    except PowerCut:
        world.center.restart()
    return "arrives"


def center_restarts(world: "World", _device: Device) -> str:
    world.center.restart()
    return "the center restarts"


def clock_is_set(world: "World", device: Device) -> str:
    """Of what was written by the old clock and is not sent yet, nobody can say when it was."""
    world.shelves.unsure |= unsent_places(device)
    device.clock.wrong = world.chance.choice(WRONG)
    return f"clock set to {device.clock.wrong // SECOND} s off"


def somebody_leaves(world: "World", _device: Device) -> str:
    """Dismissed at the center; devices learn it later, and what they write meanwhile is set aside."""
    node = world.chance.choice(sorted({each.node for each in world.living()}))
    with reading(world.center.hub.engine) as conn:
        actor = center_actor(conn)
        who = conn.execute(sa.select(staff.c.id, staff.c.active).where(staff.c.code == f"l-{node}")).one()
    if not who.active:
        return "nobody leaves"
    world.center.hub.runner().do(DismissStaff(staff=who.id, reason="离岗"), actor)
    return f"l-{node} leaves"


def unsent_places(device: Device) -> set[Place]:
    """Shelves that commits of this device write about that the center has not numbered, as far as it knows."""
    j = journal.c
    own = sa.select(j.device, j.epoch, j.payload).where(j.device == device.here().device, j.seq.is_(None))
    places: set[Place] = set()
    for row in device.rows(own):
        places |= _places(row.payload, row.device, row.epoch)
    return places


def _places(payload: bytes, device: str, epoch: str) -> set[Place]:
    """The shelves these ops write about; of a count line its own, of a correction that of what it corrects."""
    places: set[Place] = set()
    for part in unpack_parts(payload):
        try:
            op = decode_op(part.raw, device, epoch)
        except Malformed:
            continue
        if isinstance(lot := op.values.get("lot"), str) and op.kind in ("movement", "count_line", "transfer_line"):
            places.update((node, lot) for node in op.node.split(" "))
    return places


def center_books(world: "World") -> Books:
    return Books(world.center.end.engine)
