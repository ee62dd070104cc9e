"""Epochs: numbers of own commits must never be given twice, so a file that was put back begins a new epoch.

What the past epoch holds unsent is still sent, in that epoch; what the center has of it and the file has not comes
back with the next page. Not here: a copied disk, where both branches go on in one epoch.
"""

from dataclasses import replace

import sqlalchemy as sa

from app.base.ids import random_hex
from app.journal.here import Here, save_here, standing
from app.journal.ops import first_link
from app.sync.tables import past_epoch


def begin_epoch(conn: sa.Connection, after_serial: int = 0, epoch: str | None = None) -> Here:
    """Close the present epoch at its last commit and begin another, which writes n = 1 next.

    `after_serial`: the latest serial known to have been used, also by files this one has replaced. Readable numbers
    get a letter of their own: the series in the file may have been put back too.
    """
    here = standing(conn)
    values = {"epoch": here.epoch, "serial": here.serial, "n": here.n, "chain": here.chain}
    conn.execute(past_epoch.insert(), {**values, "acked_n": min(here.acked_n, here.n), "safe_n": here.safe_n})
    made, serial = epoch or random_hex(8), max(here.serial, after_serial) + 1
    begun = replace(
        here,
        epoch=made,
        serial=serial,
        n=0,
        chain=first_link(here.device, made),
        acked_n=0,
        safe_n=0,
        letter=f"{here.letter.rstrip('0123456789')}{serial}",
    )
    save_here(conn, begun)
    return begun
