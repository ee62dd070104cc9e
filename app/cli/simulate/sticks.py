"""Files instead of a network: packed at a device, carried to the center, answered, carried back; late, twice, never."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.base.clock import SECOND
from app.base.errors import Environment, Refused
from app.center.carrying import take_file
from app.center.tables import device as devices
from app.cli.simulate.device import Device
from app.cli.simulate.disk import PowerCut
from app.cli.simulate.unsure import unsent_places
from app.store.engine import reading
from app.sync.carrying import note_packed, pack_file
from app.sync.unpacking import unpack_file

if TYPE_CHECKING:
    from app.cli.simulate.world import World

_SURE = 20 * SECOND
"""A clock that was seen to go so wrong is known to a file's receiver."""


@dataclass(frozen=True, slots=True)
class Stick:
    """A file under way. `device`: whose exchange it is, by name; `is_answer`: from the center."""

    device: str
    content: bytes
    is_answer: bool


def packed(world: "World", device: Device) -> str:
    """A device packs what the center has not, and its stick is on its way."""
    if not _is_clock_known(world, device):
        world.shelves.unsure |= unsent_places(device)
    file = BytesIO()
    try:
        told = pack_file(device.engine, file, clock=device.clock, sentinel=device.sentinel)
        note_packed(device.engine, told)
    except Refused as refused:
        return f"packs: {refused.code}"
    except PowerCut:
        device.start_again()
        return "packs: the power went"
    world.sticks.append(Stick(device.name, file.getvalue(), is_answer=False))
    return f"packs {told.commits}"


def carried(world: "World", _device: Device) -> str:
    """One of the sticks arrives; it may arrive again."""
    if not world.sticks:
        return "stick: none under way"
    at = world.chance.randrange(len(world.sticks))
    stick = world.sticks[at] if world.chance.random() < 0.3 else world.sticks.pop(at)
    return f"stick of {stick.device} {'back' if stick.is_answer else 'at the center'}: {arrive(world, stick)}"


def arrive(world: "World", stick: Stick) -> str:
    if stick.is_answer:
        return _unpacked(world, stick)
    answer = BytesIO()
    try:
        taken = take_file(world.center.hub, BytesIO(stick.content), answer)
    except (Refused, Environment) as no:
        return no.code
    except PowerCut:
        world.center.restart()
        return "the power went"
    world.witness.saw_push()
    world.sticks.append(Stick(stick.device, answer.getvalue(), is_answer=True))
    return f"{taken.commits} taken {taken.declined}"


def _unpacked(world: "World", stick: Stick) -> str:
    device = next((each for each in world.living() if each.name == stick.device), None)
    if device is None:
        return "nobody is there"
    try:
        told = unpack_file(device.engine, BytesIO(stick.content), clock=device.clock)
    except (Refused, Environment) as no:
        return no.code
    except PowerCut:
        device.start_again()
        return "the power went"
    finally:
        world.witness.saw_round(device)
    return f"{told.acked} acknowledged, {told.received} in {told.error}"


def _is_clock_known(world: "World", device: Device) -> bool:
    """Whether the center has measured this clock as it goes now."""
    query = sa.select(devices.c.skew).where(devices.c.id == device.here().device)
    with reading(world.center.hub.engine) as conn:
        skew = conn.execute(query).scalar()
    return skew is not None and abs(skew + device.clock.wrong) < _SURE
