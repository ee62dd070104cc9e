"""What a device may hold: records of the streams it reads, and what it has written itself."""

import sqlalchemy as sa

from app.cli.simulate.device import Device
from app.features.org.queries import load_tree
from app.journal.entities import entities
from app.journal.here import standing
from app.journal.streams import streams_of, streams_read
from app.store.engine import reading


def strangers(device: Device) -> list[str]:
    """Records at this device that none of its streams holds and that it has not written itself."""
    found = []
    with reading(device.engine) as conn:
        here, tree = standing(conn), load_tree(conn)
        read = frozenset(streams_read(tree, here.node))
        for entity in entities():
            c = entity.c
            for id_, node, author in conn.execute(sa.select(c.id, c.node, c.born_device)):
                if author != here.device and not read.intersection(streams_of(tree, entity, node)):
                    found.append(f"{entity.kind} {id_}")
    return found
