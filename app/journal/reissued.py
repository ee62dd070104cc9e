"""Ids that own writes were given anew: who names an old one means the new one, or what has the old one since.

A form on the screen and a draft keep the ids they were shown; a center or a twin that went another way made the device
give what it had not sent new ids (`renumber.py`). Then the twin's commits come, under the very ids that own ones had.
Not here: when that happens.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from app.journal.heads import heads_of
from app.journal.load import load_commits
from app.journal.ops import CommitId, Malformed, OpPart, WriteId, decode_op, kept_parts
from app.journal.tables import here, reissued

_Id = TypeVar("_Id", CommitId, WriteId)


def ids_now(conn: sa.Connection, ids: Iterable[_Id]) -> tuple[_Id, ...]:
    """What own commits of these ids are now, in the order given; those that never changed stay as they are."""
    asked = tuple(ids)
    rows = conn.execute(sa.select(reissued).order_by(reissued.c.above.desc())).all() if asked else []
    if not rows:
        return asked
    device = conn.execute(sa.select(here.c.device)).scalar()
    return tuple(_now(id_, rows) if id_.device == device else id_ for id_ in asked)


def shown_now(
    conn: sa.Connection, kind: str, record: str, shown: Mapping[str, tuple[WriteId, ...]]
) -> dict[str, tuple[WriteId, ...]]:
    """What a form means that was shown these heads of a record, group by group, in the order given.

    An id that own writes had may be a twin's by now. It means what wrote to that group. Where both did, a form that was
    opened since shows the own one, or what took its place, too; one from before cannot have shown the twin's.
    """
    now = {group: ids_now(conn, writes) for group, writes in shown.items()}
    if now == shown:
        return now
    live = heads_of(conn, kind, record)
    found: dict[str, tuple[WriteId, ...]] = {}
    for group, writes in shown.items():
        if set(writes) == live.of(group):
            found[group] = writes
            continue
        moved = [(old, new) for old, new in zip(writes, now[group], strict=True) if old != new]
        wrote = _writing(conn, record, group, {write for pair in moved for write in pair}) | live.of(group)
        found[group] = tuple(
            old if old in wrote and (new not in wrote or new in writes) else new
            for old, new in zip(writes, now[group], strict=True)
        )
    return found


def _writing(conn: sa.Connection, record: str, group: str, writes: Collection[WriteId]) -> set[WriteId]:
    """Those of these writes that are held here and gave this group of the record a value."""
    rows = load_commits(conn, {write.commit for write in writes})
    held = ((write, row, part) for write in writes if (row := rows.get(write.commit)) for part in _part(row, write))
    found = set()
    for write, row, part in held:
        try:
            op = decode_op(part.raw, write.device, write.epoch, row["schema"])
        except Malformed:  # of a newer program
            continue
        if op.id == record and (op.name == "create" or op.head_group == group):
            found.add(write)
    return found


def _part(row: Mapping[str, Any], write: WriteId) -> list[OpPart]:
    return [part for part in kept_parts(row["payload"]) if part.at == write.op]


def _now(id_: _Id, rows: Sequence[sa.Row[Any]]) -> _Id:
    for _ in rows:  # each row leads to a later epoch, so there are no more steps than rows
        row = next((row for row in rows if row.epoch == id_.epoch and row.above < id_.n), None)
        if row is None or row.to_epoch == id_.epoch:
            break
        id_ = id_._replace(epoch=row.to_epoch, n=id_.n + row.shift)
    return id_
