"""Records that were given to several points at once, by people who did not know of each other: to which, by whom.

Follows from what is held here; nothing of it is stored or synced. Not here: settling it (`reviews.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from app.features.org.tables import node, staff
from app.journal.entities import find_entity
from app.journal.load import load_commits
from app.journal.ops import HOME, CommitId, Key, write_id
from app.journal.presence import with_followers
from app.journal.tables import cover, head


@dataclass(frozen=True, slots=True)
class Home:
    """One point a record was given to. `by`: who gave it, a staff record's id; names are empty where they are not known
    here; `at`: effective time, µs."""

    node: str
    name: str
    by: str
    by_name: str
    at: int


@dataclass(frozen=True, slots=True)
class TwoHomes:
    """A record that has several homes. `node`: which is shown meanwhile; `homes`: as they were given; `writes`: that
    gave it, as texts of write ids."""

    kind: str
    record: str
    node: str
    homes: tuple[Home, ...]
    writes: tuple[str, ...]


def two_homes(conn: sa.Connection) -> list[TwoHomes]:
    """Each record by itself: a case and what hangs on it are given away together."""
    h, k = head.c, cover.c
    covered = sa.exists().where(k.record == h.record, k.grp == h.grp, k.write == h.write)
    given: dict[Key, dict[str, str]] = {}
    live = sa.select(h.kind, h.record, h.write, h.value).where(h.grp == HOME, ~covered)
    for kind, record, write, value in conn.execute(live):
        given.setdefault((kind, record), {})[write] = msgspec.json.decode(value)["node"]
    several = {key: nodes for key, nodes in given.items() if len(set(nodes.values())) > 1}
    if not several:
        return []
    commits = load_commits(conn, {write_id(write).commit for nodes in several.values() for write in nodes})
    places = _names(conn, node, {each for nodes in several.values() for each in nodes.values()})
    people = _names(conn, staff, {row["actor"] for row in commits.values()})
    found = []
    for (kind, record), nodes in several.items():
        entity = find_entity(kind)
        shown = None if entity is None else conn.execute(sa.select(entity.c.node).where(entity.c.id == record)).scalar()
        if shown is not None:
            homes = tuple(_homes(nodes, commits, places, people))
            found.append(TwoHomes(kind, record, shown, homes, tuple(sorted(nodes))))
    return found


def below(conn: sa.Connection, kind: str, id_: str) -> set[str]:
    """Ids of what is wherever this record is, because it hangs on it."""
    entity = find_entity(kind)
    if entity is None:
        return set()
    return {each for ids in with_followers(conn, {entity: [id_]}).values() for each in ids} - {id_}


def _homes(
    nodes: dict[str, str], commits: dict[CommitId, Any], places: dict[str, str], people: dict[str, str]
) -> list[Home]:
    """One for each point, by the latest write that names it; in the order of these."""
    latest: dict[str, Home] = {}
    for write, to in nodes.items():
        row = commits.get(write_id(write).commit)
        by, at = (row["actor"], row["eff"]) if row is not None else ("", 0)
        if to not in latest or latest[to].at < at:
            latest[to] = Home(to, places.get(to, ""), by, people.get(by, ""), at)
    return sorted(latest.values(), key=lambda home: (home.at, home.node))


def _names(conn: sa.Connection, entity: Any, ids: Collection[str]) -> dict[str, str]:
    rows = conn.execute(sa.select(entity.c.id, entity.c.name).where(entity.c.id.in_(ids)))
    return {row.id: row.name or "" for row in rows}
