"""Erasing by law, by an administrator of the center: a record, what hangs on it, and why it was ever corrected.

The erase is a commit like any other and reaches every device by the feed. What it names loses its values here at once;
older commits are looked through behind (`finish_erasing`, also at the center's next start). Movements and counts stay:
they name goods, and the shelf rests on them. Not here: what stays of an op (`app.journal.erasing`); copies and backups
made before, which are the operators' to let go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import new_id
from app.center.files import drop_unreferenced
from app.center.hub import Hub, center_actor
from app.center.locks import pass_gate
from app.center.snapshot import drop_segments
from app.center.tables import quarantine
from app.features.org.tables import amendment
from app.journal.act import Act
from app.journal.entities import Entity, children_of, find_entity
from app.journal.erasing import strip
from app.journal.here import standing
from app.journal.load import chunks
from app.journal.ops import Malformed, Op, WriteId, decode_head, is_write_id, pack_parts, unpack_parts, write_id
from app.journal.presence import Presence
from app.journal.projections import derived_from
from app.journal.sweep import sweep
from app.store.engine import reading, writing
from app.sync.protocol import PushedCommit

_decoder = msgspec.json.Decoder(PushedCommit)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Erased:
    """`commit`: the id of the erase. `records`: kind and id of everything it names."""

    commit: str
    records: list[tuple[str, str]]


def erase(hub: Hub, kind: str, id_: str, writes: Sequence[str] = ()) -> Erased:
    """Erase a record with what hangs on it; or, where `writes` are named, what these said of this record alone.

    Raises `Refused("unknown_record")` where the center has no such record, or a write's id is none.
    """
    named = tuple(_write(text) for text in writes)
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        records = [_known(conn, kind, id_)]
        if not named:
            records += _hung_on(conn, records)
            records += _amendments(conn, [record.id for record in records])
        act = Act(conn, center_actor(conn), standing(conn), hub.clock(), new_id)
        act.ops = [Op("erase", record.kind, record.id, record.node, {}, {}, seen=named) for record in records]
        outcome = hub.runner().commit(conn, act)
        if not named:
            _strip_quarantined(conn, {record.id for record in records})
    finish_erasing(hub)
    drop_segments(hub, _streams_of(hub, records))
    drop_unreferenced(hub)
    return Erased(outcome.commit, [(record.kind, record.id) for record in records])


def finish_erasing(hub: Hub) -> int:
    """Look through the journal for what was erased, until that is done; gives the number of pieces."""
    pieces = 0
    more = True
    while more:
        with writing(hub.engine) as conn:
            more = sweep(conn)
        pieces += more
    return pieces


@dataclass(frozen=True, slots=True)
class _Record:
    kind: str
    id: str
    node: str


def _write(text: str) -> WriteId:
    try:
        write = write_id(text)
    except (ValueError, TypeError):
        raise Refused("unknown_record", "write") from None
    if not is_write_id(write):
        raise Refused("unknown_record", "write")
    return write


def _known(conn: sa.Connection, kind: str, id_: str) -> _Record:
    entity = find_entity(kind)
    node = None if entity is None else conn.execute(sa.select(entity.c.node).where(entity.c.id == id_)).scalar()
    if node is None:
        raise Refused("unknown_record", "record")
    return _Record(kind, id_, node)


def _streams_of(hub: Hub, records: Sequence[_Record]) -> list[str]:
    """Every stream that holds one of these records: what was made of it still says what they said."""
    wanted: dict[Entity, set[str]] = {}
    for record in records:
        entity = find_entity(record.kind)
        if entity is not None:
            wanted.setdefault(entity, set()).add(record.id)
    with reading(hub.engine) as conn:
        found = Presence(conn, hub.trees.tree(conn)).of(wanted)
    return sorted(set().union(*found.values()))


def _hung_on(conn: sa.Connection, records: Sequence[_Record]) -> list[_Record]:
    found: dict[str, _Record] = {}
    fresh = list(records)
    while fresh:
        below: dict[str, _Record] = {}
        for kind in {record.kind for record in fresh}:
            ids = [record.id for record in fresh if record.kind == kind]
            for child, name in children_of(kind):
                if not derived_from(child.kind):
                    below.update((record.id, record) for record in _naming(conn, child, name, ids))
        fresh = [record for id_, record in below.items() if id_ not in found]
        found.update((record.id, record) for record in fresh)
    return list(found.values())


def _amendments(conn: sa.Connection, ids: Sequence[str]) -> list[_Record]:
    """Why these records were corrected: the words often say what stood there."""
    return _naming(conn, amendment, "record", ids)


def _naming(conn: sa.Connection, entity: Entity, name: str, ids: Sequence[str]) -> list[_Record]:
    found = []
    for chunk in chunks(ids):
        rows = conn.execute(sa.select(entity.c.id, entity.c.node).where(entity.c[name].in_(chunk)))
        found += [_Record(entity.kind, id_, node) for id_, node in rows]
    return found


def _strip_quarantined(conn: sa.Connection, ids: set[str]) -> None:
    """What was set aside is kept raw, and says as much."""
    q = quarantine.c
    for row in conn.execute(sa.select(q.device, q.epoch, q.n, q.raw)).all():
        if not any(id_.encode() in row.raw for id_ in ids):
            continue
        pushed = _decoder.decode(row.raw)
        try:
            parts = [
                strip(part) if not part.is_blank and decode_head(part.raw, pushed.schema).id in ids else part
                for part in unpack_parts(pushed.parts)
            ]
        except Malformed:
            continue
        pushed.parts = msgspec.Raw(pack_parts(parts))
        this = (q.device == row.device, q.epoch == row.epoch, q.n == row.n)
        conn.execute(quarantine.update().where(*this).values(raw=_encoder.encode(pushed)))
