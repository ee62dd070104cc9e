"""Records that leave a device's scope, or come into it: dropped whole, made anew from whatever was written about them.

Like `apply`, part of the one door. Of a record that left nothing stays but what this device wrote itself: rows, heads
and what is derived go, and so do photos, open forms and the parts of other devices' commits. One that enters is made
from the bundle that came with it and from own commits without a number. Not here: when (`app.sync.pages`), who sees
what (`presence.py`).
"""

import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.journal.apply import apply, apply_heads, door
from app.journal.as_numbered import Rows, rows_as_numbered
from app.journal.attached import drop_unreferenced, named_by
from app.journal.drafts import drop_naming
from app.journal.entities import Entity, Scope, by_entity, entities, find_entity
from app.journal.here import standing
from app.journal.load import commit_in, load_commits, with_voids
from app.journal.ops import (
    Commit,
    CommitId,
    Key,
    Malformed,
    WriteId,
    decode_head,
    is_about,
    kept_parts,
    pack_parts,
    unpack_parts,
    write_id,
)
from app.journal.presence import Presence, columns_asked
from app.journal.projections import refresh_projections, tell_moved
from app.journal.record import CREATES
from app.journal.streams import Tree
from app.journal.sweep import erases_among
from app.journal.tables import GAP, cover, head, journal, void
from app.journal.unread import forget_unread
from app.store.bulk import Kept, all_rows, delete_among, rows_among, update_rows

_KEY = CommitId._fields
_AGAIN = {"grp": CREATES}
"""Of heads: those of a record that was made more than once."""


def leave(conn: sa.Connection, records: Iterable[Key], *, is_offered: bool, is_compared: bool = False) -> Changes:
    """Drop these records, whatever is here of them. `is_offered`: what a restored center lost has been offered back to
    it, so that nobody needs what others wrote and it has no number for; `is_compared`: the center has them not, or
    elsewhere, though they have a number here."""
    records = list(records)
    gone, ids = by_entity(records), {id_ for _, id_ in records}
    if not ids:
        return Changes()
    # Of a kind that only a newer program knows there are words, and nothing that says when they began.
    are_known = len(ids) == sum(map(len, gone.values()))
    with door(len(ids)):
        first, above = _first_seq(conn, gone) if are_known else 0, _above(conn, gone)
        photos = _photos(conn, gone)
        _drop(conn, gone)
        _forget_parts(conn, ids, first, _not_written_here(conn) if is_compared else _of_others(conn))
        drop_unreferenced(conn, photos)
        drop_naming(conn, ids)
        if is_offered:
            _forget_lost_parts(conn, ids)
        touched = Changes.of((entity.kind, id_) for entity, found in gone.items() for id_ in found)
        tell_moved(conn, touched)
        touched = touched | refresh_projections(conn, touched)
    return touched | apply_heads(conn, above) if above else touched


def forget(conn: sa.Connection, ids: set[str]) -> None:
    """What others wrote about these records, which a snapshot took away, is as if it had never come: should the center
    be given it again, it is new."""
    if ids:
        with door(len(ids)):
            _forget_parts(conn, ids, 0, _not_written_here(conn))


def enter(
    conn: sa.Connection, records: Iterable[Key], commits: Sequence[Commit], here: Collection[str] = frozenset()
) -> Changes:
    """Take in what was written about these records, and with it the records themselves. Those that are `here` already
    get what they lack; the others are made from nothing. Raises `Malformed`."""
    missing = {entity: ids.difference(here) for entity, ids in by_entity(records).items()}
    fresh = {id_ for found in missing.values() for id_ in found}
    photos = _photos(conn, missing)
    if fresh:
        with door(len(fresh)):
            _forget_before(conn, missing)
            _drop(conn, missing)
            _forget_lost_parts(conn, fresh)
    own = _own_without_number(conn, fresh, {commit.id for commit in commits})
    changes = apply(conn, [*commits, *own], anew=fresh)
    gone = {entity: ids - changes.ids.get(entity.kind, frozenset()) for entity, ids in missing.items()}
    if any(gone.values()):
        # What is derived from a record that is not there after all goes too.
        changes = changes | refresh_projections(
            conn, Changes.of((e.kind, id_) for e, ids in gone.items() for id_ in ids)
        )
    tell_moved(conn, Changes.of((entity.kind, id_) for entity, ids in missing.items() for id_ in ids))
    if photos:
        drop_unreferenced(conn, photos)
    return changes


def held(conn: sa.Connection, records: Iterable[Key], floor: int) -> frozenset[str]:
    """The ids of those of these records that are here; with a `floor`, only of what a commit numbered up to it made."""
    births: dict[str, CommitId] = {}
    for entity, ids in by_entity(records).items():
        for id_, *born in rows_among(conn, entity.table, ("id", "born_device", "born_epoch", "born_n"), "id", ids):
            births[id_] = CommitId(*born)
    if not floor:
        return frozenset(births)
    commits = load_commits(conn, set(births.values()))
    old = {commit for commit, row in commits.items() if row["seq"] is not None and row["seq"] <= floor}
    return frozenset(id_ for id_, commit in births.items() if commit in old)


def strays(conn: sa.Connection, tree: Tree, streams: Collection[str], dropped: Collection[CommitId] = ()) -> list[Key]:
    """Records held here that are in none of these streams as the center's order has it, and of which nothing waits to
    be sent or taken in. `dropped`: own commits that will never get a number, and wait for nothing."""
    presence, instead = Presence(conn, tree), rows_as_told(conn)
    presence.take(instead)
    found: list[Key] = []
    for entity in entities():
        names, others = columns_asked(entity), instead.get(entity, {})
        rows = [others.get(row[0], dict(zip(names, row, strict=True))) for row in all_rows(conn, entity.table, names)]
        found += [
            (entity.kind, row["id"])
            for row, seen in zip(rows, presence.of_rows(entity, rows), strict=True)
            if seen.isdisjoint(streams)
        ]
    unsent = _unsent_ids(conn, {id_ for _, id_ in found}, dropped)
    return [record for record in found if record[1] not in unsent]


def rows_as_told(conn: sa.Connection) -> dict[Entity, Rows]:
    """`rows_as_numbered` of records that the center has made. Of the others its order says nothing: what let this
    device in may be here alone with them, and what hangs on them too, whatever waits to be sent."""
    told = rows_as_numbered(conn)
    alone = {id_ for _, id_ in _made_without_number(conn)} if told else set[str]()
    return {entity: {id_: row for id_, row in rows.items() if id_ not in alone} for entity, rows in told.items()}


def without_number(conn: sa.Connection, dropped: Collection[CommitId] = ()) -> list[Key]:
    """Records that others made, of whose creations the center has numbered none, as far as is known here, and of which
    nothing waits, as `strays` means it."""
    found = _made_without_number(conn)
    unsent = _unsent_ids(conn, {id_ for _, id_ in found}, dropped)
    return [record for record in found if record[1] not in unsent]


def _made_without_number(conn: sa.Connection) -> list[Key]:
    j = journal.c
    lost = sa.select(*(j[name] for name in _KEY)).where(_of_others(conn), j.seq.is_(None))
    unnumbered = {CommitId(*row) for row in conn.execute(lost)}
    found: list[Key] = []
    for entity in entities() if unnumbered else ():
        births = all_rows(conn, entity.table, ("id", "born_device", "born_epoch", "born_n"))
        ids = {id_ for id_, *born in births if CommitId(*born) in unnumbered}
        again = rows_among(conn, head, ("record", "write"), "record", ids, _AGAIN)
        ids -= {record for record, write in again if write_id(write).commit not in unnumbered}
        found += [(entity.kind, id_) for id_ in sorted(ids)]
    return found


def all_read_without_number(conn: sa.Connection, dropped: Collection[CommitId] = ()) -> list[Key]:
    """Records that everybody below reads, to which others wrote what the center has no number for, and of which nothing
    waits, as `strays` means it."""
    j, found = journal.c, set[Key]()
    for row in conn.execute(sa.select(j.schema, j.payload).where(_of_others(conn), j.seq.is_(None))):
        for part in kept_parts(row.payload):
            with suppress(Malformed):
                about = decode_head(part.raw, row.schema)
                entity = find_entity(about.kind)
                if entity is not None and entity.scope in (Scope.ALL, Scope.DOWN):
                    found.add((entity.kind, about.id))
    unsent = _unsent_ids(conn, {id_ for _, id_ in found}, dropped)
    return sorted(record for record in found if record[1] not in unsent)


def never_made(conn: sa.Connection, dropped: Collection[CommitId] = ()) -> list[Key]:
    """Records that something is told of here and that are not, and of which nothing waits, as `strays` means it. Their
    making is on its way, or was until the center was put back."""
    told = by_entity((kind, id_) for said in _SAID for kind, id_ in said.rows(conn))
    found: list[Key] = []
    for entity, ids in told.items():
        made = {id_ for (id_,) in rows_among(conn, entity.table, ("id",), "id", ids)}
        # Of one that left that it was erased is to be known: what comes late is stripped by it.
        found += [(entity.kind, id_) for id_ in sorted(ids - made - erases_among(conn, ids - made).keys())]
    unsent = _unsent_ids(conn, {id_ for _, id_ in found}, dropped)
    return [record for record in found if record[1] not in unsent]


def with_heads_or_voids(conn: sa.Connection) -> list[Key]:
    """The records whose rows follow from stored heads and voids, or say so without having any."""
    found: set[Key] = set()
    for said in _SAID:
        found.update((kind, id_) for kind, id_ in said.rows(conn))
    for entity in entities():
        found.update((entity.kind, id_) for (id_,) in _hidden(entity).rows(conn))
    return sorted(found)


_SAID = tuple(Kept(sa.select(table.c.kind, table.c.record).distinct()) for table in (head, void))


@cache
def _hidden(entity: Entity) -> Kept:
    return Kept(sa.select(entity.c.id).where(entity.c.hidden))


def _above(conn: sa.Connection, gone: dict[Entity, set[str]]) -> dict[Entity, set[str]]:
    """Voided records that these hang on and that stay: what hung on one may have kept it visible."""
    found: dict[Entity, set[str]] = {}
    for entity, ids in gone.items():
        for name, kind in entity.hung_on.items():
            parent = find_entity(kind)
            if parent is not None:
                named = {row[0] for row in rows_among(conn, entity.table, (name,), "id", ids) if row[0] is not None}
                found.setdefault(parent, set()).update(with_voids(conn, named - gone.get(parent, set())))
    return {parent: ids for parent, ids in found.items() if ids}


def _drop(conn: sa.Connection, gone: dict[Entity, set[str]]) -> None:
    """Delete rows, heads, covers and voids."""
    for entity, ids in gone.items():
        delete_among(conn, entity.table, "id", ids)
    every = {id_ for ids in gone.values() for id_ in ids}
    for table in (head, cover, void):
        delete_among(conn, table, "record", every)


def _photos(conn: sa.Connection, gone: dict[Entity, set[str]]) -> set[str]:
    """The bytes that these records name."""
    return {name for entity, ids in gone.items() for name in named_by(conn, entity, ids)}


def _first_seq(conn: sa.Connection, gone: dict[Entity, set[str]]) -> int:
    """No commit about these records has a lower number than the first that made one: who writes about a record has
    been shown it. 0 where that is not known. A center that was put back may have been given a creation again after what
    builds on it; what it had lost has no number below those it jumped to."""
    every = {id_ for ids in gone.values() for id_ in ids}
    births = {write_id(text).commit for (text,) in rows_among(conn, head, ("write",), "record", every, _AGAIN)}
    found = 0
    for entity, ids in gone.items():
        rows = rows_among(conn, entity.table, ("born_device", "born_epoch", "born_n"), "id", ids)
        births.update(CommitId(*row) for row in rows)
        found += len(rows)
    made = [row["seq"] or 0 for row in load_commits(conn, births).values()]
    if found < len(every) or len(made) < len(births):
        return 0
    return min([*made, GAP]) if max(made, default=0) >= GAP else min(made, default=0)


def _forget_before(conn: sa.Connection, missing: dict[Entity, set[str]]) -> None:
    """Forget what is here about those of these records that are here: of a commit that the center was given back in
    part, as much may stand here under its number as was lost, and that is new should it come."""
    there = {
        entity: {id_ for (id_,) in rows_among(conn, entity.table, ("id",), "id", ids)}
        for entity, ids in missing.items()
    }
    ids = {id_ for found in there.values() for id_ in found}
    if ids:
        _forget_parts(conn, ids, _first_seq(conn, there), _not_written_here(conn))


def _forget_parts(conn: sa.Connection, ids: set[str], first: int, others: sa.ColumnElement[bool]) -> None:
    """Take what others wrote about these records out of the journal, as if it had never come."""
    j = journal.c
    about = _pattern(ids)
    after = first - 1
    while True:
        query = sa.select(*(j[name] for name in _KEY), j.seq, j.schema, j.payload).where(others, j.seq > after)
        rows = conn.execute(query.order_by(j.seq).limit(2_000)).all()
        if not rows:
            return
        after = rows[-1].seq
        _keep_rest(conn, [row for row in rows if about.search(row.payload)], ids)  # and its place in the center's order


def _forget_lost_parts(conn: sa.Connection, ids: set[str]) -> None:
    """The same for what others wrote and the center has no number for any more: should it take it back, it is new."""
    about = _pattern(ids)
    j = journal.c
    lost = sa.select(*(j[name] for name in _KEY), j.schema, j.payload).where(_of_others(conn), j.seq.is_(None))
    _keep_rest(conn, [row for row in conn.execute(lost).all() if about.search(row.payload)], ids)


def _of_others(conn: sa.Connection) -> sa.ColumnElement[bool]:
    return journal.c.device != standing(conn).device


def _not_written_here(conn: sa.Connection) -> sa.ColumnElement[bool]:
    """`_of_others`, and what another laptop with the same disk wrote, or this one before its file was put back: no
    chain of it is here."""
    return sa.or_(_of_others(conn), journal.c.chain.is_(None))


def _keep_rest(conn: sa.Connection, rows: Iterable[Any], ids: set[str]) -> None:
    """Leave these commits with less or nothing in them: what is about none of these records."""
    updates, dropped = [], list[WriteId]()
    for row in rows:
        parts = unpack_parts(row.payload)
        kept = [part for part in parts if not is_about(part, row.schema, ids)]
        if len(kept) < len(parts):
            key = {name: getattr(row, name) for name in _KEY}
            updates.append({**key, "payload": pack_parts(kept)})
            dropped += [WriteId(**key, op=part.at) for part in parts if part not in kept]
    update_rows(conn, journal, _KEY, updates)
    forget_unread(conn, dropped)


def _own_without_number(conn: sa.Connection, ids: set[str], known: Collection[CommitId]) -> list[Commit]:
    """Own commits about these records that the center has not numbered, with the parts about them alone."""
    if not ids:
        return []
    about = _pattern(ids)
    found = []
    for row in _own_rows(conn):
        if CommitId(row["device"], row["epoch"], row["n"]) in known or not about.search(row["payload"]):
            continue
        parts = [part for part in kept_parts(row["payload"]) if is_about(part, row["schema"], ids)]
        if parts:
            found.append(commit_in(row, parts))
    return found


def _own_rows(conn: sa.Connection) -> Sequence[sa.RowMapping]:
    j = journal.c
    own = sa.select(journal).where(j.device == standing(conn).device, j.seq.is_(None)).order_by(j.serial, j.n)
    return conn.execute(own).mappings().all()


def _unsent_ids(conn: sa.Connection, ids: set[str], dropped: Collection[CommitId]) -> set[str]:
    """Those of these records that own commits write to which wait for a number."""
    if not ids:
        return set()
    found: set[str] = set()
    for row in _own_rows(conn):
        if CommitId(row["device"], row["epoch"], row["n"]) in dropped:
            continue
        for part in kept_parts(row["payload"]):
            try:
                found.add(decode_head(part.raw, row["schema"]).id)
            except Malformed:
                continue
    return found & ids


def _pattern(ids: Collection[str]) -> re.Pattern[bytes]:
    """Finds a payload that may be about one of these records: there are a few, or so many that looking is as quick."""
    return re.compile(b"|".join(sorted(id_.encode() for id_ in ids)) if len(ids) <= 200 else b"")
