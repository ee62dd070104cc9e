"""What a device may hold: records of the streams it reads, and what was written on it."""

import sqlalchemy as sa

from app.cli.simulate.device import Device
from app.features.org.queries import load_tree
from app.journal.entities import entities
from app.journal.here import standing
from app.journal.presence import Presence
from app.journal.streams import streams_read
from app.store.engine import reading


def strangers(device: Device) -> list[str]:
    """Records at this device that are in none of its streams and that it has not written itself."""
    found = []
    with reading(device.engine) as conn:
        here, tree = standing(conn), load_tree(conn)
        presence = Presence(conn, tree)
        read = frozenset(streams_read(tree, here.node))
        for entity in entities():
            others = sa.select(entity.c.id).where(entity.c.born_device != here.device)
            streams = presence.of({entity: list(conn.execute(others).scalars())})
            found += [f"{entity.kind} {id_}" for id_, its in streams.items() if not its & read]
    return found
