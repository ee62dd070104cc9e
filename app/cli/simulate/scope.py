"""What a device may hold: records of the streams it reads, and what was written on it."""

import sqlalchemy as sa

from app.cli.simulate.device import Device
from app.features.cases import search
from app.features.org.queries import load_tree
from app.journal.drafts import drafts, is_about_nothing
from app.journal.entities import by_entity, entities
from app.journal.here import standing
from app.journal.moving import rows_as_told
from app.journal.ops import OpHead, decode_head, kept_parts
from app.journal.presence import Presence
from app.journal.streams import streams_read
from app.journal.tables import journal
from app.store.engine import reading
from app.sync import aside


def strangers(device: Device) -> list[str]:
    """Records at this device that are in none of its streams as the center's order has it, that it has not made itself
    and on which nothing of its own waits or was set aside."""
    found = []
    with reading(device.engine) as conn:
        here, tree = standing(conn), load_tree(conn)
        j = journal.c
        waiting = sa.select(j.schema, j.payload).where(j.device == here.device, j.seq.is_(None))
        own = {
            decode_head(part.raw, schema).id
            for schema, payload in conn.execute(waiting)
            for part in kept_parts(payload)
        }
        presence = Presence(conn, tree)
        presence.take(rows_as_told(conn))
        read = frozenset(streams_read(tree, here.node))
        for entity in entities():
            others = sa.select(entity.c.id).where(entity.c.born_device != here.device)
            streams = presence.of({entity: list(conn.execute(others).scalars())})
            found += [f"{entity.kind} {id_}" for id_, its in streams.items() if not its & read and id_ not in own]
    return found


def words_left(device: Device, center: sa.Engine) -> list[str]:
    """What others wrote about records that are not at this device and that it has not made: of what left, the words go
    too. Not of those that the center itself has words about and no more, since it was put back."""
    with reading(device.engine) as conn:
        me = standing(conn).device
        here, written = _rows(conn), _written(conn)
    here |= {op.id for of, _, op in written if of == me and op.name == "create"}
    found = [(of, n, op) for of, n, op in written if of != me and op.id not in here]
    if found:
        with reading(center) as conn:
            never_made = {op.id for _, _, op in _written(conn)} - _rows(conn)
        found = [each for each in found if each[2].id not in never_made]
    return [f"{op.name} of {op.kind} {op.id} in {of[:4]}.{n}" for of, n, op in found]


def aside_left(device: Device, center: sa.Engine) -> list[str]:
    """What lies aside at this device about records that the center has, and not for it."""
    with reading(device.engine) as conn:
        node, waiting = standing(conn).node, aside.all_aside(conn)
    if not waiting:
        return []
    ops = [decode_head(part.raw, told.schema) for told in waiting for part in kept_parts(told.parts)]
    with reading(center) as conn:
        tree = load_tree(conn)
        seen = Presence(conn, tree).of(by_entity((op.kind, op.id) for op in ops))
    read = frozenset(streams_read(tree, node))
    return [f"{op.name} of {op.kind} {op.id}" for op in ops if op.id in seen and not seen[op.id] & read]


def forms_left(device: Device) -> list[str]:
    """Forms left open here about records that are not, or were erased."""
    with reading(device.engine) as conn:
        return [draft.key for draft in drafts(conn) if is_about_nothing(conn, draft.key)]


def found_still(device: Device) -> list[str]:
    """Records that the search index knows and that are not at this device."""
    with reading(device.engine) as conn:
        return sorted(search.indexed(conn) - _rows(conn))


def _rows(conn: sa.Connection) -> set[str]:
    """Every record that is there."""
    return {id_ for entity in entities() for id_ in conn.execute(sa.select(entity.c.id)).scalars()}


def _written(conn: sa.Connection) -> list[tuple[str, int, OpHead]]:
    """Every op that is there: by which device, in its which commit."""
    j = journal.c
    return [
        (row.device, row.n, decode_head(part.raw, row.schema))
        for row in conn.execute(sa.select(j.device, j.n, j.schema, j.payload))
        for part in kept_parts(row.payload)
    ]
