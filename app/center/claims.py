"""An id stands for one record: who names it for a record of another kind is put aside.

Records are told apart by kind and id, but what left a stream, what waits for a commit set aside and what an erasing is
about are kept by the id alone. Not here: ids that are made of what a creation says (`arrivals.py`).
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from app.center.arrivals import Arrival
from app.journal.entities import entities, is_named_by_meaning
from app.journal.ops import Key
from app.store.bulk import values_found


def put_aside_claims(conn: sa.Connection, arrivals: Sequence[Arrival], nodes: Mapping[Key, str]) -> None:
    """Put aside what names an id that is another record's, here or earlier in the push. `nodes`: (kind, id) → node of
    the records that exist."""
    kinds = {id_: kind for kind, id_ in nodes}
    proven: set[Key] = set()
    asked: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        for entity, op in arrival.to_judge():
            if op.key in nodes or op.key in proven:
                continue
            if op.name == "create" and is_named_by_meaning(entity, op):
                proven.add(op.key)  # nobody else can have it rightly, whoever was there before
            elif kinds.setdefault(op.id, op.kind) != op.kind:
                _put_aside(arrival)
            else:
                asked.setdefault(op.id, []).append(arrival)
    for id_ in values_found(conn, [entity.table for entity in entities()], "id", asked):
        for arrival in asked[id_]:
            _put_aside(arrival)


def _put_aside(arrival: Arrival) -> None:
    arrival.put_aside("not_allowed", "id of another kind")
