"""Photos of a world: pictures people take, and what must have become of their bytes once everything is healed.

Pictures are made ready by the real code, few and the same in every world, so that two laptops also bring the same one.
Not here: when somebody takes one (`paperwork.py`), and the line the bytes travel on (`line.py`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import sqlalchemy as sa

from app.cli.simulate.device import Device
from app.cli.simulate.line import Center
from app.cli.simulate.readers import Readers
from app.features.photos.preparing import Prepared, prepare
from app.journal.attached import references
from app.journal.tables import attached
from app.store.engine import reading
from app.sync.state import enrolled

PICTURES = 12
_SIZE = (1600, 40)
"""Wide and low: more than a piece of bytes, and a thumbnail of a few hundred."""


@cache
def picture(number: int) -> Prepared:
    """One of the `PICTURES`: grain, of some 60 KB."""
    width, height = _SIZE
    grain = hashlib.shake_256(f"picture {number}".encode()).digest(width * height)
    return prepare(_bitmap(width, height, grain))


def _bitmap(width: int, height: int, grain: bytes) -> bytes:
    """A grey BMP, as a scanner gives it. `width` is a multiple of 4."""
    palette = b"".join(bytes((level, level, level, 0)) for level in range(256))
    begins = 14 + 40 + len(palette)
    head = b"BM" + (begins + len(grain)).to_bytes(4, "little") + bytes(4) + begins.to_bytes(4, "little")
    sizes = b"".join(part.to_bytes(4, "little") for part in (40, width, height))
    about = (1).to_bytes(2, "little") + (8).to_bytes(2, "little") + bytes(24)
    return head + sizes + about + palette + grain


def kept_here(device: Device) -> set[str]:
    """The photos whose bytes are whole in this device's file and named by what was saved."""
    a = attached.c
    with reading(device.engine) as conn:
        return set(conn.execute(sa.select(a.name).where(a.staged_at.is_(None), a.here >= a.size)).scalars())


@dataclass
class Album:
    """`gone`: photos whose bytes went with a disk; somebody else may have them still."""

    gone: set[str] = field(default_factory=set)

    def check(self, center: Center, devices: Iterable[Device]) -> Iterator[str]:
        """What is wrong with photos where everybody is even: bytes that did not arrive, and what still waits."""
        with reading(center.end.engine) as conn:
            records, readers = _naming(conn), Readers(conn)
        named = {name for name, _ in records.values()}
        there = {name for name in named if center.hub.content.has(name)}
        yield from (f"photo {name[:8]} is not at the center" for name in sorted(named - there - self.gone))
        for name in sorted(there):
            if hashlib.sha256(center.hub.content.read(name)).hexdigest() != name:
                yield f"photo {name[:8]} is damaged at the center"
        for device in devices:
            me, read = device.here().device, {id_ for _, id_ in readers.records_of(device.node_id)}
            given = {id_ for id_, (_, maker) in records.items() if id_ in read or maker == me}
            yield from (f"{device.name}: photo {name[:8]} {how}" for name, how in _left(device, given, there))


def _naming(conn: sa.Connection) -> dict[str, tuple[str, str]]:
    """Id of a record that names a photo → the photo, and the device that made the record."""
    found: dict[str, tuple[str, str]] = {}
    for each in references():
        c = each.entity.c
        rows = conn.execute(sa.select(c.id, c[each.field], c.born_device))
        found.update((id_, (name, maker)) for id_, name, maker in rows if name)
    return found


def _left(device: Device, given: set[str], there: set[str]) -> Iterator[tuple[str, str]]:
    """What still waits at a device although it has a record that names it, one of those that the center has and gives
    this device. One that is here for the sake of own words alone, which the center did not take, says nothing."""
    a = attached.c
    with reading(device.engine) as conn:
        hub_epoch = enrolled(conn).hub_epoch
        rows = conn.execute(sa.select(a.name, a.here, a.size, a.staged_at, a.wanted_at, a.kept_in)).all()
        known = {name for id_, (name, _) in _naming(conn).items() if id_ in given}
    for row in rows:
        if row.here < row.size and row.wanted_at is not None and row.name in known & there:
            yield row.name, "was asked for and has not come"
        if row.here >= row.size and row.staged_at is None and row.kept_in != hub_epoch and row.name in known:
            yield row.name, "waits to be sent"
