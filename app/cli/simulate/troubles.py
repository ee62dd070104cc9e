"""What goes wrong in a world beside the network: late messages, clocks set, disks put back, people leaving."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.base.clock import SECOND
from app.base.errors import Environment, Refused
from app.center import backup
from app.center.hub import Declined, center_actor
from app.center.restore import say_put_back
from app.center.tables import device_epoch
from app.center.vouching import accept, not_seen, settle_what_came
from app.cli.simulate.clocks import WRONG, DeviceClock
from app.cli.simulate.device import Device, MarkOnDisk
from app.cli.simulate.disk import PowerCut
from app.cli.simulate.ends import Copy
from app.cli.simulate.founding import DEVICES, NODE_IDS
from app.cli.simulate.line import Late
from app.cli.simulate.losses import told_by
from app.cli.simulate.photographs import kept_here
from app.cli.simulate.promises import Books
from app.cli.simulate.sticks import carried, packed
from app.cli.simulate.unsure import places_in, sends_again, unsent_places
from app.features.org.commands import AmendNode, DismissStaff
from app.features.org.tables import staff
from app.store.engine import reading
from app.sync.protocol import EXCHANGE_PATH, ExchangeRequest, unpack

if TYPE_CHECKING:
    from app.cli.simulate.world import World

_LATE = 20 * SECOND
"""A message on its way for longer shifts the time the center gives to what it brings."""


@dataclass(frozen=True, slots=True)
class CenterBackup:
    """The center's database as it was, and the names of the photos and segments it held."""

    copy: Copy
    contents: frozenset[str]


Trouble = Callable[["World", Device], str]
"""What happens to a world, chosen at a device; says what it was."""


def happen(world: "World", device: Device) -> str:
    """One trouble, at this device or elsewhere; what it was."""
    kinds: list[tuple[int, Trouble]] = [
        (24, late_arrives),
        (8, center_restarts),
        (6, clock_is_set),
        (4, somebody_leaves),
        (16, backed_up),
        (8, put_back),
        (4, copied_disk),
        (8, center_backed_up),
        (3, center_put_back),
        (1, machine_dies),
        (3, point_moves),
        (2, upgraded),
        (12, packed),
        (16, carried),
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
            world.shelves.unsure |= places_in(pushed.parts, request.device, request.epoch)
        # Nothing is older than what its author wrote before it: what is not sent yet comes after.
        for device in world.devices:
            if device.here().device == request.device:
                world.shelves.unsure |= unsent_places(device)
    try:
        if late.method:
            world.center.answer_bytes(late.method, late.path, late.body, late.headers)
        else:
            world.center.answer(late.path, late.body)
    except (Declined, Environment) as no:
        return f"refused {no.code}"
    except PowerCut:
        world.center.restart()
    world.witness.saw_push()
    return "arrives"


def center_restarts(world: "World", _device: Device) -> str:
    world.center.restart()
    return "the center restarts"


def clock_is_set(world: "World", device: Device) -> str:
    """Of what was written by the old clock and is not sent yet, nobody can say when it was."""
    by_another_clock(world, device)
    device.clock.wrong = world.chance.choice(WRONG)
    world.clocks_set = True
    return f"clock set to {device.clock.wrong // SECOND} s off"


def by_another_clock(world: "World", device: Device) -> None:
    """What waits here was written by another clock than goes from now on. Until it is sent, what follows has no better
    time: the center lets nothing be older than what its author wrote before it."""
    again = sends_again(device, world.center.end.engine)
    device.waits_by_another_clock = again or device.unsent() > 0
    if device.waits_by_another_clock:
        world.shelves.unsure |= unsent_places(device, and_sent=again)


def somebody_leaves(world: "World", _device: Device) -> str:
    """Dismissed at the center; devices learn it later, and what they write meanwhile is set aside."""
    return dismissed(world, world.chance.choice(sorted({each.node for each in world.living()})))


def dismissed(world: "World", node: str) -> str:
    """Who may leave this node does, as far as the center knows."""
    with reading(world.center.hub.engine) as conn:
        actor = center_actor(conn)
        who = conn.execute(sa.select(staff.c.id, staff.c.active).where(staff.c.code == f"l-{node}")).one()
    if not who.active:
        return "nobody leaves"
    world.center.hub.runner().do(DismissStaff(staff=who.id, reason="离岗"), actor)
    return f"l-{node} leaves"


def backed_up(world: "World", device: Device) -> str:
    """Somebody makes a copy of the file."""
    copies = world.backups.setdefault(device.name, [])
    copies.append(device.back_up())
    del copies[:-3]
    return "backed up"


def put_back(world: "World", device: Device) -> str:
    """An old copy takes the place of the file; what was written since and is nowhere else is gone."""
    copies = world.backups.get(device.name)
    if not copies:
        return "put back: no backup"
    old = world.chance.choice(copies)
    how = world.chance.choice(("by the program", "behind its back", "whole disk"))
    photos = kept_here(device)
    device.put_back(old, by_program=how == "by the program", whole_disk=how == "whole disk")
    world.album.gone |= photos - kept_here(device)
    if old.clock_was != device.clock.wrong:
        by_another_clock(world, device)
    return f"put back {how}, n {device.here().n} of epoch {device.here().serial}"


def copied_disk(world: "World", device: Device) -> str:
    """The disk of a laptop is copied into another, and both are used."""
    if len(world.devices) > len(DEVICES):
        return "copied disk: once is enough"
    copied = device.back_up()
    end = world.make_end("copied")
    end.put_back(copied.copy)
    clock = DeviceClock(world.clock, device.clock.wrong)
    copy = world.machine("copy", device.node, clock, end, device.code, MarkOnDisk(copied.mark))
    world.devices.append(copy)
    world.witness.saw_copy(device, copy)
    return "its disk is copied"


def center_backed_up(world: "World", _device: Device) -> str:
    """A backup is made, read back, and devices are told what is safe in it."""
    hub = world.center.hub
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(device_epoch)).mappings().all()
    made = CenterBackup(world.center.end.copy(), frozenset(hub.content.names()))
    world.center_backups = [*world.center_backups[-1:], made]
    world.center.restart(is_new=True)
    backup.say_safe(world.center.hub.engine, {(row["device"], row["epoch"]): row["acked_n"] for row in rows})
    return "the center is backed up"


def center_put_back(world: "World", _device: Device) -> str:
    """The center's database is lost; the last backup takes its place, and says so."""
    if not world.center_backups:
        return "the center put back: no backup"
    last, told = world.center_backups[-1], told_by(world.center.end.engine)
    world.center.end.put_back(last.copy)
    if world.chance.random() < 0.5:  # the whole machine is lost, and the folder of photos with it
        for name in set(world.center.hub.content.names()) - last.contents:
            world.center.hub.content.remove(name)
    world.center.restart(is_new=True)
    since = say_put_back(world.center.hub)
    world.witness.saw_center_put_back()
    world.losses.lose(told, since)
    if world.clocks_set:
        # What it lost is sent again, and of what was written by a clock that was set since nobody can say when it was.
        world.shelves.unsure |= set(world.shelves.lying)
    return f"the center is put back, as of {since}"


def vouched_for(world: "World") -> str:
    """The operator of a center that was put back looks at what it does not take from readers, and asks them."""
    hub = world.center.hub
    settle_what_came(hub)
    with reading(hub.engine) as conn:
        entries = not_seen(conn)
    taken = sum(accept(hub, each).taken for each in entries)
    return f"vouched for {taken} of {len(entries)}"


def machine_dies(world: "World", device: Device) -> str:
    """A laptop is stolen, with all it never sent."""
    if any(each.is_gone for each in world.devices) or len(world.living(device.node)) < 2:
        return "nothing is stolen"
    device.is_gone = True
    world.album.gone |= kept_here(device)
    return "is stolen"


def upgraded(_world: "World", device: Device) -> str:
    """A device gets the program of today; what it has not sent yet was written by the former one."""
    was, device.is_old = device.is_old, False
    return "is upgraded" if was else "has the program of today"


def point_moves(world: "World", _device: Device) -> str:
    """A point comes under another town."""
    with reading(world.center.hub.engine) as conn:
        actor = center_actor(conn)
    command = AmendNode(node=NODE_IDS["V2"], parent=NODE_IDS[world.chance.choice(("T1", "T2"))], reason="区划调整")
    try:
        world.center.hub.runner().do(command, actor)
    except Refused as refused:
        return f"V2 moves: {refused.code}"
    return "V2 comes under another town"


def center_books(world: "World") -> Books:
    return Books(world.center.end.engine)
