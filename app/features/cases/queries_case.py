"""One case with all that belongs to it: person, contacts with their goods, notes and notices, visits, history."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.features.cases.queries import CaseRow, case_rows, cases_of
from app.features.cases.tables import case, encounter, encounter_photo, follow_up, note, notice_given
from app.features.inventory.tables import item, lot, movement
from app.features.org.history import Event, history_of
from app.features.org.tables import staff
from app.features.people.answers import LOOKED_AT, shown
from app.features.people.queries import PersonDetail, person_detail, same_persons
from app.features.people.tables import person_photo
from app.features.photos.queries import Photo, photos_hung
from app.journal.elements import decode_elements
from app.journal.entities import Entity


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """One lot of one item that was given. `taken_back`: the issue was reversed."""

    movement: str
    item: str
    name: str
    unit: str | None
    quantity: int
    lot: str
    expires_on: str | None
    receipt_mode: str | None
    taken_back: bool


@dataclass(frozen=True, slots=True)
class NoteRow:
    id: str
    text: str
    written_at: int
    commit: str


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    id: str
    encounter: str
    due_at: int | None
    done_at: int | None
    method: str | None
    follow_result: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class EncounterRow:
    """A contact. `met_at`: as typed, else when it was saved; `fields`: all of the encounter's own by name."""

    id: str
    met_at: int
    staff_name: str
    fields: dict[str, Any]
    health_obs: tuple[str, ...]
    services: tuple[str, ...]
    goods: list[GoodsRow]
    notes: list[NoteRow]
    notices: list[dict[str, Any]]
    photos: tuple[Photo, ...]
    commit: str


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """The page of a case. `earlier`: other cases of the same person or of those judged to be the same."""

    row: CaseRow
    fields: dict[str, Any]
    person: PersonDetail | None
    person_photos: tuple[Photo, ...]
    encounters: list[EncounterRow]
    follow_ups: list[FollowUpRow]
    earlier: list[CaseRow]


def was_taken_back(conn: sa.Connection, id_: str) -> bool:
    """Of a case that is not shown: whether it was taken back. Else it is not among those this point sees any more."""
    query = sa.select(case.c.id).where(case.c.id == id_, case.c.hidden)
    return conn.execute(query).first() is not None


def case_detail(conn: sa.Connection, id_: str, now: int) -> CaseDetail | None:
    """None where there is no such case, or it was voided."""
    rows = case_rows(conn, [id_], now)
    if not rows:
        return None
    stored = conn.execute(sa.select(case.table).where(case.c.id == id_)).mappings().one()
    others = [other for other in cases_of(conn, same_persons(conn, [rows[0].person])) if other != id_]
    return CaseDetail(
        row=rows[0],
        fields=_fields(case, stored),
        person=person_detail(conn, rows[0].person, now),
        person_photos=photos_hung(conn, person_photo, "person", [rows[0].person]).get(rows[0].person, ()),
        encounters=encounters_of(conn, id_),
        follow_ups=follow_ups_of(conn, id_),
        earlier=case_rows(conn, others, now),
    )


def case_history(conn: sa.Connection, id_: str) -> list[Event]:
    """What became of the case, its encounters, notes and visits, and of its person; the earliest first."""
    events = history_of(conn, "case", id_, with_children=True)
    events = list(
        {(event.commit, event.record, event.what, event.group, event.element): event for event in events}.values()
    )
    who = conn.execute(sa.select(case.c.person).where(case.c.id == id_)).scalar()
    if who is not None:
        events += history_of(conn, "person", who)
    return sorted(events, key=lambda event: event.at)


def encounters_of(conn: sa.Connection, case_id: str) -> list[EncounterRow]:
    """The contacts of a case, the latest first."""
    met_at = sa.func.coalesce(encounter.c.started_at, encounter.c.born_at)
    query = sa.select(encounter.table).where(encounter.c.case == case_id, ~encounter.c.hidden)
    rows = conn.execute(query.order_by(met_at.desc(), encounter.c.id.desc())).mappings().all()
    ids = [row["id"] for row in rows]
    goods, notes, notices = _goods(conn, ids), _notes(conn, ids), _notices(conn, ids)
    photos = photos_hung(conn, encounter_photo, "encounter", ids)
    names = _staff_names(conn, [row["staff"] for row in rows if row["staff"]])
    return [
        EncounterRow(
            id=row["id"],
            met_at=row["born_at"] if row["started_at"] is None else row["started_at"],
            staff_name=names.get(row["staff"], ""),
            fields=_fields(encounter, row),
            health_obs=shown(decode_elements(row["health_obs"]), row["health_obs_answer"], LOOKED_AT),
            services=tuple(decode_elements(row["services"])),
            goods=goods.get(row["id"], []),
            notes=notes.get(row["id"], []),
            notices=notices.get(row["id"], []),
            photos=photos.get(row["id"], ()),
            commit=_commit(row),
        )
        for row in rows
    ]


def follow_ups_of(conn: sa.Connection, case_id: str) -> list[FollowUpRow]:
    """The visits of a case, done and to be done, in the order in which they are due."""
    names = list(FollowUpRow.__dataclass_fields__)
    query = sa.select(*(follow_up.c[name] for name in names)).where(follow_up.c.case == case_id, ~follow_up.c.hidden)
    return [FollowUpRow(**row) for row in conn.execute(query.order_by(follow_up.c.due_at)).mappings()]


def _goods(conn: sa.Connection, encounters: list[str]) -> dict[str, list[GoodsRow]]:
    m = movement.c
    undone = set(conn.execute(sa.select(m.corrects).where(m.of_id.in_(encounters), m.corrects.is_not(None))).scalars())
    query = (
        sa.select(m.of_id, m.id, m.item, item.c.name, item.c.unit, m.quantity, m.lot, lot.c.expires_on, m.receipt_mode)
        .outerjoin(item.table, item.c.id == m.item)
        .outerjoin(lot.table, lot.c.id == m.lot)
        .where(m.of_id.in_(encounters), m.kind == "ISSUE")
        .order_by(m.born_n, m.born_op)
    )
    found: dict[str, list[GoodsRow]] = {}
    for row in conn.execute(query):
        given = GoodsRow(
            movement=row.id,
            item=row.item,
            name=row.name or "",
            unit=row.unit,
            quantity=row.quantity,
            lot=row.lot,
            expires_on=row.expires_on,
            receipt_mode=row.receipt_mode,
            taken_back=row.id in undone,
        )
        found.setdefault(row.of_id, []).append(given)
    return found


def _notes(conn: sa.Connection, encounters: list[str]) -> dict[str, list[NoteRow]]:
    query = sa.select(note.table).where(note.c.encounter.in_(encounters), ~note.c.hidden).order_by(note.c.born_at)
    found: dict[str, list[NoteRow]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["encounter"], []).append(
            NoteRow(row["id"], row["text"] or "", row["born_at"], _commit(row))
        )
    return found


def _notices(conn: sa.Connection, encounters: list[str]) -> dict[str, list[dict[str, Any]]]:
    c = notice_given.c
    query = sa.select(notice_given.table).where(c.encounter.in_(encounters), ~c.hidden).order_by(c.born_at)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["encounter"], []).append({"id": row["id"], **_fields(notice_given, row)})
    return found


def _staff_names(conn: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    rows = conn.execute(sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_(list(ids))))
    return {id_: name or "" for id_, name in rows}


def _fields(entity: Entity, row: sa.RowMapping) -> dict[str, Any]:
    values = {name: row[name] for name in entity.group_of}
    return values | {name: tuple(decode_elements(row[name])) for name in entity.sets}


def _commit(row: sa.RowMapping) -> str:
    """The commit that made the record, for an undo."""
    return f"{row['born_device']}.{row['born_epoch']}.{row['born_n']}"
