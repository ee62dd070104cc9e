"""Of which shelves the books may rightly say something else: what is written about them has a time nobody can know."""

import msgspec
import sqlalchemy as sa

from app.cli.simulate.device import Device
from app.cli.simulate.shelf import Place
from app.journal.ops import Malformed, decode_op, unpack_parts
from app.journal.tables import journal


def unsent_places(device: Device) -> set[Place]:
    """Shelves that commits of this device write about that the center has not numbered, as far as it knows."""
    j = journal.c
    own = sa.select(j.device, j.epoch, j.payload).where(j.device == device.here().device, j.seq.is_(None))
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
