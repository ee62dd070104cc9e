"""What readers brought back to a restored center and could not be applied: kept raw beside what authors sent.

It stands in the quarantine under an epoch made from its own bytes, so that it never takes the place of what its author
sends under the same number. Nobody vouches for it, so it is never run again (`rerun.py`); a person looks and drops it.
"""

import hashlib

import sqlalchemy as sa

from app.center import quarantine
from app.center.arrivals import Arrival, Sender
from app.center.tables import device_epoch
from app.center.tables import quarantine as kept


def keep(conn: sa.Connection, by: str, sender: Sender, arrival: Arrival, receipt: int) -> None:
    """Keep what device `by` brought of `sender`, once however often it comes. It holds no record back."""
    pushed = arrival.pushed
    said = hashlib.sha256(f"{sender.epoch}.{pushed.n}.".encode() + bytes(pushed.parts)).hexdigest()
    place = Sender(sender.device, said[:16], sender.serial)
    k = kept.c
    if conn.execute(sa.select(k.n).where(k.device == place.device, k.epoch == place.epoch)).first() is not None:
        return
    arrival.ops = []
    arrival.detail = f"{arrival.detail} of {sender.epoch} by {by}".strip()
    quarantine.put(conn, place, [arrival], receipt)


def is_brought(conn: sa.Connection, device: str, epoch: str) -> bool:
    """Whether an entry of the quarantine came from a reader: its author never sent anything in such an epoch."""
    e = device_epoch.c
    return conn.execute(sa.select(e.epoch).where(e.device == device, e.epoch == epoch)).first() is None
