"""Of which shelves the books may rightly say something else: what is written about them has a time nobody can know."""

import msgspec
import sqlalchemy as sa

from app.center.tables import city
from app.cli.simulate.device import Device
from app.cli.simulate.shelf import Place
from app.journal.ops import Malformed, decode_op, unpack_parts
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.state import enrolled


def sends_again(device: Device, center: sa.Engine) -> bool:
    """Whether the center was put back and this device does not know yet: what it lost will be sent again."""
    with reading(device.engine) as conn:
        known = enrolled(conn).hub_epoch
    with reading(center) as conn:
        return str(conn.execute(sa.select(city.c.hub_epoch)).scalar_one()) != known


def unsent_places(device: Device, *, and_sent: bool = False) -> set[Place]:
    """Shelves that commits of this device write about that the center has not numbered, as far as it knows; `and_sent`:
    all of them."""
    j = journal.c
    own = sa.select(j.device, j.epoch, j.payload).where(j.device == device.here().device)
    if not and_sent:
        own = own.where(j.seq.is_(None))
    places: set[Place] = set()
    for row in device.rows(own):
        places |= places_in(row.payload, row.device, row.epoch)
    return places


def places_in(payload: bytes | msgspec.Raw, device: str, epoch: str) -> set[Place]:
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
