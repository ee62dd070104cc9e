"""Persons as screens read them: masked, unless an entry of the look-up book says who wanted to see what and why."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.clock import local
from app.base.errors import Refused
from app.features.org.tables import audit_entry
from app.features.people.answers import NO_GROUP, shown
from app.features.people.identity import age_band, mask_address, mask_name, mask_number, mask_phone
from app.features.people.rules import age_of, is_minor
from app.features.people.tables import person, person_link
from app.journal.elements import decode_elements
from app.journal.load import chunks

_MASKS = {
    "name": mask_name,
    "kin_name": mask_name,
    "guardian_name": mask_name,
    "id_no": mask_number,
    "phone": mask_phone,
    "kin_phone": mask_phone,
    "guardian_phone": mask_phone,
    "household_addr": mask_address,
    "residence_addr": mask_address,
    "kin_addr": mask_address,
}
"""How each field that identifies is shown without a purpose."""
MASKED = frozenset(_MASKS)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a list. `called`: the masked name, else what they call themselves, else the number of an unknown."""

    id: str
    node: str
    called: str
    identity_status: str | None
    gender: str | None
    age: int | None
    age_is_sure: bool
    age_band: str
    id_no: str
    phone: str
    features: str | None
    special_groups: tuple[str, ...]
    born_at: int

    @property
    def is_minor(self) -> bool:
        return is_minor(self.age, self.special_groups, age_is_sure=self.age_is_sure)


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """A person's page: `row` as in lists, and every field, those that identify masked."""

    row: PersonRow
    fields: dict[str, Any]
    special_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: str
    other: str
    verdict: str
    reason: str | None
    born_at: int


def masked(name: str, value: Any) -> Any:
    """A person's field as it may be shown to anybody who works here."""
    mask = _MASKS.get(name)
    return mask(value) if mask is not None and isinstance(value, str) else value


def person_rows(conn: sa.Connection, ids: Collection[str], now: int) -> dict[str, PersonRow]:
    """These persons, by id; `now` gives their age."""
    found = {}
    for chunk in chunks(ids):
        for row in conn.execute(sa.select(person.table).where(person.c.id.in_(chunk), ~person.c.hidden)).mappings():
            found[row["id"]] = _row(row, now)
    return found


def person_detail(conn: sa.Connection, id_: str, now: int) -> PersonDetail | None:
    query = sa.select(person.table).where(person.c.id == id_, ~person.c.hidden)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        return None
    fields = {name: masked(name, row[name]) for name in person.group_of}
    groups = shown(decode_elements(row["special_groups"]), row["special_groups_answer"], NO_GROUP)
    return PersonDetail(_row(row, now), fields, groups)


def person_ids(conn: sa.Connection, limit: int | None = None, offset: int = 0) -> list[str]:
    """Everybody, the latest registered first."""
    query = sa.select(person.c.id).where(~person.c.hidden).order_by(person.c.born_at.desc(), person.c.id.desc())
    return list(conn.execute(query.limit(limit).offset(offset)).scalars())


def shown_in_full(conn: sa.Connection, entry: str) -> dict[str, Any]:
    """The fields that this entry of the look-up book was written for, unmasked. Raises `Refused` without one."""
    a = audit_entry.c
    asked = conn.execute(sa.select(a.record, a.kind, a.fields).where(a.id == entry)).one_or_none()
    if asked is None or asked.kind != "person":
        raise Refused("purpose_missing", "purpose")
    row = conn.execute(sa.select(person.table).where(person.c.id == asked.record)).mappings().one_or_none()
    if row is None:
        raise Refused("unknown_record", "person")
    return {name: row[name] for name in decode_elements(asked.fields)}


def links_of(conn: sa.Connection, id_: str) -> list[LinkRow]:
    """What was judged about this person and others."""
    c = person_link.c
    query = sa.select(c.id, c.first, c.second, c.verdict, c.reason, c.born_at)
    rows = conn.execute(query.where(~c.hidden, sa.or_(c.first == id_, c.second == id_)).order_by(c.born_at))
    return [
        LinkRow(row.id, row.second if row.first == id_ else row.first, row.verdict or "", row.reason, row.born_at)
        for row in rows
    ]


def same_persons(conn: sa.Connection, ids: Iterable[str]) -> frozenset[str]:
    """These persons with all who were judged to be one with them, directly or through others."""
    c = person_link.c
    known: set[str] = set()
    fresh = set(ids)
    while fresh:
        known |= fresh
        reached: set[str] = set()
        for chunk in chunks(fresh):
            touching = sa.or_(c.first.in_(chunk), c.second.in_(chunk))
            pairs = conn.execute(sa.select(c.first, c.second).where(~c.hidden, c.verdict == "SAME", touching))
            reached.update(id_ for pair in pairs for id_ in pair)
        fresh = reached - known
    return frozenset(known)


def _row(row: sa.RowMapping, now: int) -> PersonRow:
    estimated_on = local(row["born_at"]).date()
    age = age_of(row["birth_date"], row["age_est"], estimated_on, local(now).date())
    groups = decode_elements(row["special_groups"])
    return PersonRow(
        id=row["id"],
        node=row["node"],
        called=mask_name(row["name"] or "") or row["alias"] or mask_number(row["id_no"] or ""),
        identity_status=row["identity_status"],
        gender=row["gender"],
        age=age,
        age_is_sure=row["birth_date"] is not None,
        age_band=age_band(age),
        id_no=mask_number(row["id_no"] or ""),
        phone=mask_phone(row["phone"] or ""),
        features=row["features"],
        special_groups=tuple(groups),
        born_at=row["born_at"],
    )
