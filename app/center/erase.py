"""Erasing by law, by an administrator of the center: a record, what hangs on it (what was set aside would, too), and
why it was ever corrected.

The erase is a commit like any other and reaches every device by the feed. What it names loses its values here at once;
older commits are looked through behind, and then what the disk holds: photos that nothing names, and every segment,
for who can tell in which it stood (`finish_erasing`, also at the center's next start). Movements and counts stay: they
name goods, and the shelf rests on them. Not here: what stays of an op (`app.journal.erasing`); what a center that is
put back does (`erased.py`); copies and backups made before, which are the operators' to let go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.base.clock import SECOND
from app.base.errors import Refused
from app.base.ids import new_id
from app.center.beside import is_elsewhere
from app.center.erased import (
    end_contents,
    has_contents,
    keep_erased,
    note_contents,
    ops_aside,
    strip_quarantined,
    sweep_journal,
)
from app.center.files import drop_unreferenced
from app.center.hub import Hub, center_actor
from app.center.kept import drop_unnamed, find_again, keep_taken
from app.center.locks import pass_gate
from app.center.snapshot import KEEPING_FOR, drop_segments
from app.center.tables import kept_photo, segment
from app.features.org.tables import amendment
from app.journal.act import Act
from app.journal.entities import Entity, children_of, find_entity
from app.journal.here import standing
from app.journal.ops import Key, Op, WriteId, is_write_id, write_id
from app.journal.projections import derived_from
from app.store.bulk import rows_among
from app.store.engine import reading, writing


@dataclass(frozen=True, slots=True)
class Erased:
    """`commit`: the id of the erase. `records`: kind and id of everything it names."""

    commit: str
    records: list[Key]


def erase(hub: Hub, kind: str, id_: str, writes: Sequence[str] = ()) -> Erased:
    """Erase a record with what hangs on it; or, where `writes` are named, what these said of this record alone.

    Raises `Refused`: "unknown_record" where the center has no such record, or a write's id is none; "photos_elsewhere"
    where its bytes are in another folder than this, and nothing is erased.
    """
    named = tuple(_write(text) for text in writes)
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        _check_folder(conn, hub)
        find_again(conn, hub)
        records = [_known(conn, kind, id_)]
        if not named:
            records += _hung_on(conn, records)
            records += _amendments(conn, [record.id for record in records])
            records += _hung_on_aside(conn, records)
        act = Act(conn, center_actor(conn), standing(conn), hub.clock(), new_id)
        act.ops = [Op("erase", record.kind, record.id, record.node, {}, {}, seen=named) for record in records]
        outcome = hub.runner().commit(conn, act)
        note_contents(conn)
        if not named:
            strip_quarantined(conn, hub, {record.id for record in records})
    keep_erased(hub)
    keep_taken(hub)
    finish_erasing(hub)
    return Erased(outcome.commit, [(record.kind, record.id) for record in records])


def finish_erasing(hub: Hub) -> int:
    """Take what was erased out of the journal and off the disk; gives how many pieces of the journal were looked
    through. Cut short anywhere, it begins anew. Raises `Refused("photos_elsewhere")`."""
    pieces = sweep_journal(hub)
    with reading(hub.engine) as conn:
        if not has_contents(conn):
            return pieces
        _check_folder(conn, hub)
    drop_segments(hub)
    keep_taken(hub)
    drop_unreferenced(hub)
    drop_unnamed(hub)
    hub.content.drop_unfinished((hub.clock() - KEEPING_FOR) / SECOND)
    with writing(hub.engine) as conn:
        end_contents(conn)
    return pieces


def _check_folder(conn: sa.Connection, hub: Hub) -> None:
    noted = (
        conn.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() for table in (kept_photo, segment)
    )
    if is_elsewhere(hub) and any(noted):
        raise Refused("photos_elsewhere", "files")


@dataclass(frozen=True, slots=True)
class _Record:
    kind: str
    id: str
    node: str


def _write(text: str) -> WriteId:
    try:
        write = write_id(text)
    except (ValueError, TypeError):
        raise Refused("no_such_write", "write", write=text) from None
    if not is_write_id(write):
        raise Refused("no_such_write", "write", write=text)
    return write


def _known(conn: sa.Connection, kind: str, id_: str) -> _Record:
    entity = find_entity(kind)
    node = None if entity is None else conn.execute(sa.select(entity.c.node).where(entity.c.id == id_)).scalar()
    if node is None:
        raise Refused("nothing_to_erase", "record", kind=kind, record=id_)
    return _Record(kind, id_, node)


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


def _hung_on_aside(conn: sa.Connection, records: Sequence[_Record]) -> list[_Record]:
    """What was set aside would hang on these records, or say why they were corrected, once it is applied."""
    known = {record.id for record in records}
    made = [(entity, op) for entity, op in ops_aside(conn) if op.name == "create"]
    found: dict[str, _Record] = {}
    is_more = True
    while is_more:
        ids = known | found.keys()
        more = [(entity, op) for entity, op in made if op.id not in ids and not ids.isdisjoint(_leads_to(entity, op))]
        found.update((op.id, _Record(op.kind, op.id, op.node)) for _, op in more)
        is_more = bool(more)
    return list(found.values())


def _leads_to(entity: Entity, op: Op) -> set[object]:
    """What the record that this makes goes with when it is erased."""
    if entity is amendment:
        return {op.values.get("record")}
    return set() if derived_from(entity.kind) else {op.values.get(name) for name in entity.hung_on}


def _amendments(conn: sa.Connection, ids: Sequence[str]) -> list[_Record]:
    """Why these records were corrected: the words often say what stood there."""
    return _naming(conn, amendment, "record", ids)


def _naming(conn: sa.Connection, entity: Entity, name: str, ids: Sequence[str]) -> list[_Record]:
    rows = rows_among(conn, entity.table, ("id", "node"), name, ids)
    return [_Record(entity.kind, id_, node) for id_, node in rows]
