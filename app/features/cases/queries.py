"""Cases as lists show them: which there are, in windows, what is to be done today, who is meant by some words.

A list asks for ids once and for the rows it paints; persons are masked. One case with all that belongs to it:
`queries_case.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.clock import CHINA, DAY, instant_of, local
from app.features.cases.rules import LIFE_SIGNS, REFUSALS, signs_of
from app.features.cases.tables import case, encounter, follow_up
from app.features.codes import CASE_STATUS
from app.features.people.queries import PersonRow, person_rows
from app.features.people.tables import person
from app.journal.elements import decode_elements
from app.journal.entities import find_entity
from app.journal.load import chunks

OPEN_STATUSES = tuple(code for code in CASE_STATUS if code != "CLOSED")
MOST_URGENT = 500
MOST_FOUND = 200
_OF_CASE = ("id", "node", "biz_no", "person", "case_status", "case_stage", "close_type", "next_due", "born_at")


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list is narrowed to. Times in µs; `statuses` empty means all."""

    statuses: Collection[str] = ()
    node: str | None = None
    person: str | None = None
    campaign: str | None = None
    reason: str | None = None
    since: int | None = None
    until: int | None = None
    due_before: int | None = None


OPEN = CaseFilter(statuses=OPEN_STATUSES)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list. `refusals`: at how many encounters aid was refused; `signs`: see `rules.signs_of`."""

    id: str
    node: str
    biz_no: str | None
    person: str
    called: str
    gender: str | None
    age: int | None
    special_groups: tuple[str, ...]
    case_status: str | None
    case_stage: str | None
    close_type: str | None
    next_due: int | None
    born_at: int
    met_at: int | None
    times_met: int
    disposition: str | None
    place_type: str | None
    place_text: str | None
    refusals: int
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A follow-up that waits."""

    id: str
    case: str
    person: str
    called: str
    due_at: int
    refusals: int
    place_text: str | None


@dataclass(frozen=True, slots=True)
class Today:
    """What cases want of somebody today: urgent ones, then visits due by the end of the day."""

    red: list[CaseRow]
    visits: list[VisitRow]
    encounters_today: int


@dataclass(frozen=True, slots=True)
class _Met:
    """What the encounters of one case say together."""

    last: Mapping[str, Any]
    met_at: int
    times: int
    refusals: int


def case_ids(conn: sa.Connection, wanted: CaseFilter = OPEN, limit: int | None = None, offset: int = 0) -> list[str]:
    """The ids of a list, the latest opened first."""
    query = sa.select(case.c.id).where(*_where(wanted)).order_by(case.c.born_at.desc(), case.c.id.desc())
    return list(conn.execute(query.limit(limit).offset(offset)).scalars())


def case_count(conn: sa.Connection, wanted: CaseFilter = OPEN) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(case.table).where(*_where(wanted))).scalar_one())


def case_rows(conn: sa.Connection, ids: Collection[str], now: int) -> list[CaseRow]:
    """The rows of these cases, in the order of the ids; one that is gone is left out."""
    cases: dict[str, sa.RowMapping] = {}
    for chunk in chunks(ids):
        for row in conn.execute(sa.select(case.table).where(case.c.id.in_(chunk), ~case.c.hidden)).mappings():
            cases[row["id"]] = row
    people = person_rows(conn, {row["person"] for row in cases.values() if row["person"]}, now)
    met = _met(conn, cases)
    return [_case_row(cases[id_], people.get(cases[id_]["person"]), met.get(id_), now) for id_ in ids if id_ in cases]


def today(conn: sa.Connection, now: int) -> Today:
    """The day's work: cases that cannot wait, visits due until midnight."""
    start = instant_of(local(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=CHINA))
    red = [row for row in case_rows(conn, _urgent(conn, now), now) if row.signs]
    red.sort(key=lambda row: (-len({"DANGER"} & set(row.signs)), row.next_due or row.born_at))
    count = sa.select(sa.func.count()).where(~encounter.c.hidden, met_between(start, start + DAY))
    return Today(red, visits_due(conn, start + DAY, now), int(conn.execute(count).scalar_one()))


def met_between(since: int, until: int) -> sa.ColumnElement[bool]:
    """Encounters from `since` to before `until`: when it happened as typed, else when it was saved."""
    c = encounter.c
    typed = sa.and_(c.started_at >= since, c.started_at < until)
    return sa.or_(typed, sa.and_(c.started_at.is_(None), c.born_at >= since, c.born_at < until))


def visits_due(conn: sa.Connection, before: int, now: int) -> list[VisitRow]:
    """Follow-ups that nobody has done and that are due before that moment, the oldest first.

    A closed case is followed only where it was closed as refused.
    """
    f, c = follow_up.c, case.c
    goes_on = sa.or_(c.case_status.is_(None), c.case_status != "CLOSED", c.close_type == "REFUSED")
    query = (
        sa.select(f.id, f.case, f.person, f.due_at)
        .join(case.table, c.id == f.case)
        .join(encounter.table, encounter.c.id == f.encounter)
        .where(f.done_at.is_(None), f.due_at < before, ~f.hidden, ~encounter.c.hidden, ~c.hidden, goes_on)
        .order_by(f.due_at, f.id)
    )
    rows = conn.execute(query).all()
    people = person_rows(conn, {row.person for row in rows if row.person}, now)
    met = _met(conn, {row.case for row in rows})
    return [
        VisitRow(
            id=row.id,
            case=row.case,
            person=row.person,
            called=people[row.person].called if row.person in people else "",
            due_at=row.due_at,
            refusals=met[row.case].refusals if row.case in met else 0,
            place_text=met[row.case].last["place_text"] if row.case in met else None,
        )
        for row in rows
    ]


def find_cases(conn: sa.Connection, words: str, limit: int = MOST_FOUND) -> list[str]:
    """Cases whose number, or whose person's name, alias, document or phone holds these words; the latest first."""
    text = words.strip()
    if not text:
        return []
    holds = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    p, c = person.c, case.c
    columns = (c.biz_no, p.name, p.alias, p.id_no, p.phone)
    query = (
        sa.select(c.id)
        .outerjoin(person.table, p.id == c.person)
        .where(~c.hidden, sa.or_(*(column.ilike(holds, escape="\\") for column in columns)))
        .order_by(c.born_at.desc(), c.id.desc())
    )
    return list(conn.execute(query.limit(limit)).scalars())


def cases_of(conn: sa.Connection, persons: Collection[str]) -> list[str]:
    """All cases of these persons, the latest first."""
    query = sa.select(case.c.id).where(case.c.person.in_(list(persons)), ~case.c.hidden)
    return list(conn.execute(query.order_by(case.c.born_at.desc(), case.c.id.desc())).scalars())


def case_of(conn: sa.Connection, kind: str, id_: str) -> str | None:
    """On the page of which case a record is to be seen: the one it hangs on, a person's latest; None for no case."""
    if kind == "case":
        return id_
    if kind == "person":
        return next(iter(cases_of(conn, [id_])), None)
    entity = find_entity(kind)
    if entity is None or not entity.hung_on:
        return None
    row = conn.execute(sa.select(entity.table).where(entity.c.id == id_)).mappings().one_or_none()
    above = [(parent, row[name]) for name, parent in entity.hung_on.items() if row is not None and row[name]]
    found = (case_of(conn, parent, parent_id) for parent, parent_id in above)
    return next((each for each in found if each is not None), None)


def _urgent(conn: sa.Connection, now: int) -> list[str]:
    """Open cases that may have a sign; `signs_of` decides."""
    p, c, e = person.c, case.c, encounter.c
    today_ = local(now).date()
    grown_up = today_.replace(year=today_.year - 18, day=min(today_.day, 28)).isoformat()
    marked = [p.special_groups.contains(f'"{code}"') for code in ("MINOR", "MINOR_U14", "CRITICAL")]
    hurt = sa.exists().where(
        e.case == c.id, ~e.hidden, sa.or_(*(e.health_obs.contains(f'"{code}"') for code in sorted(LIFE_SIGNS)))
    )
    may = sa.or_(
        c.next_due < now,
        c.case_status.in_(["OPEN", "REOPENED", "WAIT_ARRIVAL"]),
        p.age_est < 18,
        p.birth_date >= grown_up,
        *marked,
        hurt,
    )
    query = sa.select(c.id).outerjoin(person.table, p.id == c.person).where(*_where(OPEN), may)
    return list(conn.execute(query.order_by(c.born_at.desc()).limit(MOST_URGENT)).scalars())


def _where(wanted: CaseFilter) -> list[sa.ColumnElement[bool]]:
    c = case.c
    found: list[sa.ColumnElement[bool]] = [c.hidden.is_(False)]
    if wanted.statuses:
        found.append(c.case_status.in_(list(wanted.statuses)))
    for name in ("node", "person", "campaign"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(c[name] == value)
    if wanted.reason is not None:
        found.append(c.reasons.contains(f'"{wanted.reason}"', autoescape=True))
    if wanted.since is not None:
        found.append(c.born_at >= wanted.since)
    if wanted.until is not None:
        found.append(c.born_at < wanted.until)
    if wanted.due_before is not None:
        found.append(c.next_due < wanted.due_before)
    return found


def _met(conn: sa.Connection, cases: Collection[str]) -> dict[str, _Met]:
    c = encounter.c
    names = ("case", "place_type", "place_text", "disposition", "health_obs")
    met_at = sa.func.coalesce(c.started_at, c.born_at).label("met_at")
    found: dict[str, _Met] = {}
    for chunk in chunks(cases):
        query = sa.select(*(c[name] for name in names), met_at).where(c.case.in_(chunk), ~c.hidden)
        for row in conn.execute(query.order_by(met_at, c.id)).mappings():
            before = found.get(row["case"])
            found[row["case"]] = _Met(
                last=dict(row),
                met_at=row["met_at"],
                times=(before.times if before else 0) + 1,
                refusals=(before.refusals if before else 0) + (row["disposition"] in REFUSALS),
            )
    return found


def _case_row(row: sa.RowMapping, who: PersonRow | None, met: _Met | None, now: int) -> CaseRow:
    seen = set(decode_elements(met.last["health_obs"])) if met else set()
    groups = who.special_groups if who else ()
    return CaseRow(
        **{name: row[name] for name in _OF_CASE},
        called=who.called if who else "",
        gender=who.gender if who else None,
        age=who.age if who else None,
        special_groups=groups,
        met_at=met.met_at if met else None,
        times_met=met.times if met else 0,
        disposition=met.last["disposition"] if met else None,
        place_type=met.last["place_type"] if met else None,
        place_text=met.last["place_text"] if met else None,
        refusals=met.refusals if met else 0,
        signs=signs_of(
            case_status=row["case_status"],
            next_due=row["next_due"],
            waiting_since=met.met_at if met else row["born_at"],
            now=now,
            is_minor=who.is_minor if who else False,
            in_danger=bool(LIFE_SIGNS & seen) or "CRITICAL" in groups,
            never_met=met is None,
        ),
    )
