"""What somebody wrote and another did not take, as its author reads it: about whom, both values, who decided when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.features.cases.disputes import Version, authors_of, names_of, shown_of, subject_of
from app.journal.entities import find_entity
from app.journal.ops import write_id
from app.journal.said import Asked, said


@dataclass(frozen=True, slots=True)
class OverruledRow:
    """`fields`: those whose values differ. Names and papers of persons are masked."""

    kind: str
    id: str
    group: str
    subject: str
    fields: tuple[str, ...]
    mine: Version
    taken: Version
    names: Mapping[str, str]


def overruled_row(
    conn: sa.Connection, kind: str, id_: str, group: str, mine: str, by: str, now: int
) -> OverruledRow | None:
    """`mine`, `by`: texts of write ids. None where the record is gone, or what either said is not known any more."""
    entity = find_entity(kind)
    if entity is None or group not in entity.groups:
        return None
    record = conn.execute(sa.select(entity.table).where(entity.c.id == id_)).mappings().one_or_none()
    asked = [Asked(kind, id_, group, write_id(write)) for write in (mine, by)]
    known = said(conn, asked)
    own, other = map(known.get, asked)
    if record is None or record["hidden"] or own is None or other is None:
        return None
    wrote, taken = own.values, other.values
    authors = authors_of(conn, {own.actor, other.actor})
    hides = kind == "person"

    def version(write: str, values: Mapping[str, Any], actor: str, at: int) -> Version:
        name, place = authors.get(actor, ("", ""))
        return Version(write, shown_of(values, hides), name, place, at)

    return OverruledRow(
        kind=kind,
        id=id_,
        group=group,
        subject=subject_of(conn, entity, record, now),
        fields=tuple(name for name in entity.groups[group] if wrote[name] != taken[name]),
        mine=version(mine, wrote, own.actor, own.at),
        taken=version(by, taken, other.actor, other.at),
        names=names_of(conn, entity, group, [wrote, taken], now),
    )


def overruled_rows(
    conn: sa.Connection, found: Iterable[tuple[str, str, str, str, str]], now: int
) -> list[OverruledRow | None]:
    """One for each (kind, id, group, mine, by), in order."""
    return [overruled_row(conn, *one, now) for one in found]
