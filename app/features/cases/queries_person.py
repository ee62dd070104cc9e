"""Who is meant by a few letters at the counter: persons met before, with what is known of their cases.

A name is found by its characters, by its pinyin or the initials of it, a person also by the last digits of a document
or a phone. Persons are masked. Who is the same as whom is for the clerk to say.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from app.base.pinyin import name_initials, readings
from app.features.cases.queries import MOST_FOUND, CaseFilter, CaseRow, case_ids, case_rows, cases_of, find_cases
from app.features.cases.search import find, is_ready
from app.features.people.queries import PersonRow, person_rows
from app.features.people.tables import person
from app.journal.sweep import erased_whole

MOST_READ = 20_000
"""So many persons, the latest, have their names read when letters are typed."""
_FEWEST_DIGITS = 4
_FEWEST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """A person met before. `last`: the case met last; `open_case`: the one that goes on, where there is one."""

    person: PersonRow
    cases: int
    times_met: int
    last: CaseRow | None
    open_case: CaseRow | None

    @property
    def last_met(self) -> int:
        return self.last.met_at or self.last.born_at if self.last else self.person.born_at


def persons_called(conn: sa.Connection, words: str) -> list[str]:
    """Persons whom these words may mean, the latest registered first."""
    text = words.strip()
    p = person.c
    if len(text) >= _FEWEST_DIGITS and text[:-1].isdigit() and text[-1:] in "0123456789xX":
        holds = sa.or_(p.id_no.like(f"%{text.upper()}"), p.phone.like(f"%{text}%"))
        return list(conn.execute(sa.select(p.id).where(~p.hidden, holds).order_by(p.born_at.desc())).scalars())
    if not text or (text.isascii() and len(text) < _FEWEST_LETTERS):
        return []
    query = sa.select(p.id, p.name, p.alias).where(~p.hidden, sa.or_(p.name.is_not(None), p.alias.is_not(None)))
    rows = conn.execute(query.order_by(p.born_at.desc(), p.id.desc()).limit(MOST_READ))
    wanted = text.casefold()
    return [id_ for id_, name, alias in rows if _is_called(wanted, name) or _is_called(wanted, alias)]


def perhaps_known(conn: sa.Connection, words: str, now: int, limit: int = 3) -> list[Acquaintance]:
    """Who may stand at the counter, those met last first."""
    return acquaintances(conn, persons_called(conn, words)[:50], now)[:limit]


def acquaintances(conn: sa.Connection, persons: Collection[str], now: int) -> list[Acquaintance]:
    """These persons with their cases, those met last first; without what was erased by law, which does not go on."""
    people = person_rows(conn, set(persons) - erased_whole(conn, persons), now)
    by_person: dict[str, list[CaseRow]] = {}
    cases = cases_of(conn, people)
    erased = erased_whole(conn, cases)
    for row in case_rows(conn, [id_ for id_ in cases if id_ not in erased], now):
        by_person.setdefault(row.person, []).append(row)
    found = [_acquaintance(who, by_person.get(id_, [])) for id_, who in people.items()]
    return sorted(found, key=lambda each: -each.last_met)


def matching_cases(conn: sa.Connection, wanted: CaseFilter, words: str = "") -> list[str]:
    """The ids of a list narrowed to what these words may mean: a number, a name, pinyin, last digits; at a point also
    what was written of the person, the place and the contact."""
    ids = case_ids(conn, wanted)
    if not words.strip():
        return ids
    persons, meant = set(persons_called(conn, words)), set(find_cases(conn, words))
    if is_ready(conn):
        hits = find(conn, words, MOST_FOUND)
        persons |= {hit.id for hit in hits if hit.kind == "person"}
        meant |= {hit.id for hit in hits if hit.kind == "case"}
    meant |= set(cases_of(conn, persons))
    return [id_ for id_ in ids if id_ in meant]


def _acquaintance(who: PersonRow, cases: list[CaseRow]) -> Acquaintance:
    last = max(cases, key=lambda row: row.met_at or row.born_at, default=None)
    going_on = next((row for row in cases if row.case_status != "CLOSED"), None)
    return Acquaintance(who, len(cases), sum(row.times_met for row in cases), last, going_on)


def _is_called(wanted: str, name: str | None) -> bool:
    if not name:
        return False
    if wanted in name.casefold():
        return True
    return wanted.isascii() and any(spoken.startswith(wanted) for spoken in _spoken(name))


@lru_cache(maxsize=2 * MOST_READ)
def _spoken(name: str) -> tuple[str, ...]:
    return (*readings(name), *name_initials(name))
