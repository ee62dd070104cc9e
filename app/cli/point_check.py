"""`point check`: whether file, chain, records, heads and shelf are what the journal says they are.

Everything that is derived is rebuilt from the journal in memory and compared. Nothing is mended here. A journal may not
hold everything: words of old commits were let go, a snapshot came in place of history, records left. Then the records
whose writes are all here are rebuilt, and the shelf from the records; the others are compared with the center alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.base.errors import Environment
from app.base.ids import is_meaning_id
from app.features.inventory.tables import ledger, shelf
from app.journal import tables
from app.journal.apply import apply, door
from app.journal.entities import Scope, entities
from app.journal.here import standing
from app.journal.load import chunks, commit_in, load_commits
from app.journal.ops import (
    Commit,
    Malformed,
    decode_head,
    first_link,
    is_about,
    next_link,
    unpack_parts,
    write_id,
)
from app.journal.presence import Presence
from app.journal.projections import derived_from, rebuild_projections
from app.journal.streams import streams_read, tree_of
from app.journal.tables import GAP, cover, head, journal, void
from app.store import backup
from app.store.bulk import rows_among
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from app.sync.tables import past_epoch, sync_state

OK = "ok"
_BESIDE_NODE = ("one_node", "other_node")
"""Columns that say again what `node` does, and that rows of before an upgrade leave to it. (Of a record that is
everybody's, `node` says nothing itself: made at two points, it is that of the making that came first.)"""


def check_point(engine: sa.Engine) -> dict[str, str]:
    """What was looked at → "ok", or what is wrong; the database is read as of one moment for each."""
    found = {"file": _file(engine)}
    if found["file"] != OK:
        return found
    with reading(engine) as conn:
        found["chain"] = _chain(conn)
        rebuilt = open_plain(None)
        try:
            create_tables(rebuilt)
            try:
                told = _replay(conn, rebuilt)
            except Malformed:
                return {**found, "records": "journal_malformed"}
            with writing(rebuilt) as again:
                only = None if told.whole else _rebuildable(conn, again, told)
                found["records"] = _compare(conn, again, [entity.table for entity in entities()], "id", only)
                found["heads"] = _compare(conn, again, [head, cover, void], "record", only)
                if not told.whole:
                    _derive_from_rows(conn, again)
                found["shelf"] = _compare(conn, again, [ledger, shelf], "", None)
        finally:
            rebuilt.dispose()
    return found


def _file(engine: sa.Engine) -> str:
    try:
        backup.check(engine)
    except Environment as error:
        return error.code
    return OK


def _chain(conn: sa.Connection) -> str:
    """Every own commit is there, in a row, and its link follows from the one before."""
    here = standing(conn)
    epochs = [(here.epoch, here.n, here.chain)]
    epochs += [(row.epoch, row.n, row.chain) for row in conn.execute(sa.select(past_epoch))]
    for epoch, last_n, end in epochs:
        link, n = first_link(here.device, epoch), 0
        for commit in _commits(conn, here.device, epoch, last_n):
            n += 1
            if commit.n != n:
                return f"gap at {n}"
            link = next_link(link, commit)
            if link != commit.chain:
                return f"broken at {n}"
        if (n, link) != (last_n, end):
            return f"ends at {n} of {last_n}"
    return OK


def _commits(conn: sa.Connection, device: str, epoch: str, last_n: int) -> Iterator[Commit]:
    j = journal.c
    rows = conn.execute(
        sa.select(journal).where(j.device == device, j.epoch == epoch, j.n <= last_n).order_by(j.n)
    ).mappings()
    return map(commit_in, rows)


@dataclass
class _Told:
    """What the journal still says. `whole`: everything."""

    whole: bool = True
    made: dict[str, int] = field(default_factory=dict)
    """Record whose creation is here with its words → its time, of several the first."""
    own: dict[str, set[str]] = field(default_factory=dict)
    """Kind → records this device wrote to."""
    in_file: set[str] = field(default_factory=set)
    """Records written to in this file."""
    again: set[str] = field(default_factory=set)
    """Those made here after that: they had left, and what was said before may not count."""
    by_others: set[str] = field(default_factory=set)
    """Records others wrote to: of one that left, only what this device wrote itself is kept."""
    unnumbered: set[str] = field(default_factory=set)
    """Records to which others wrote what the center has no number for any more: it was put back, and what followed
    from the number stands."""
    lacks_until: int | None = None
    """The latest time of what the snapshot of a center that was put back may have told without words. That center
    numbers anew what readers brought it, once its author comes: the number does not say what came with the snapshot."""

    def hear(self, commit: Commit, floor: int, device: str) -> None:
        is_of_snapshot = commit.seq is not None and commit.seq <= floor
        if floor >= GAP and (is_of_snapshot or any(part.is_blank for part in commit.parts)):
            self.lacks_until = max(commit.eff, self.lacks_until or commit.eff)
        if is_of_snapshot:
            self.whole = False
            return
        for part in commit.parts:
            if part.is_blank:
                self.whole = False
                continue
            op = decode_head(part.raw, commit.schema)
            # Of one that many may make the snapshot may have known another making.
            if op.name == "create" and not (floor and is_meaning_id(op.id)):
                self.made[op.id] = min(commit.eff, self.made.get(op.id, commit.eff))
            if commit.chain is not None:
                if op.name == "create" and op.id in self.in_file:
                    self.whole = False
                    self.again.add(op.id)
                self.in_file.add(op.id)
            if commit.device == device:
                self.own.setdefault(op.kind, set()).add(op.id)
            elif op.name != "erase":  # told also to whom the record left
                self.by_others.add(op.id)
            if commit.seq is None and commit.chain is None:
                self.whole = False
                self.unnumbered.add(op.id)


def _replay(conn: sa.Connection, rebuilt: sa.Engine) -> _Told:
    j = journal.c
    rows = conn.execute(sa.select(journal).order_by(j.seq.is_(None), j.seq, j.serial, j.n)).mappings()
    floor = int(conn.execute(sa.select(sync_state.c.floor_seq)).scalar() or 0)
    told, device = _Told(), standing(conn).device
    with writing(rebuilt) as again:
        again.execute(tables.here.insert(), [dict(conn.execute(sa.select(tables.here)).mappings().one())])
        for chunk in chunks(rows):
            commits = [commit_in(row) for row in chunk]
            for commit in commits:
                told.hear(commit, floor, device)
            apply(again, commits)
    for entity in entities():
        written = told.own.get(entity.kind, set())
        if len(rows_among(conn, entity.table, ("id",), "id", written)) < len(written):
            told.whole = False  # what it wrote to a record that has left since is kept
    return told


def _rebuildable(conn: sa.Connection, again: sa.Connection, told: _Told) -> set[str]:
    """The records that must come out alike: all their writes are here, and they are for this point."""
    tree, here = tree_of(conn), standing(conn)
    reads = set(streams_read(tree, here.node))
    until = told.lacks_until
    presence, found = Presence(again, tree), {id_ for id_, at in told.made.items() if until is None or at > until}
    found -= told.unnumbered | told.again
    for entity in entities():
        there = set(conn.execute(sa.select(entity.c.id)).scalars())
        made = set(again.execute(sa.select(entity.c.id)).scalars()) - there
        streams = presence.of({entity: made})
        found -= {id_ for id_ in made if id_ not in told.by_others or reads.isdisjoint(streams.get(id_, ()))}
    # Whether one that was taken back is hidden depends on what hangs on it, and that may not be here.
    return found - {record for (record,) in rows_among(again, void, ("record",), "record", found)}


def _derive_from_rows(conn: sa.Connection, again: sa.Connection) -> None:
    """What is derived, from the records as they stand here."""
    with door():
        for table in (journal, head, *(entity.table for entity in entities() if derived_from(entity.kind))):
            again.execute(table.delete())
            for chunk in chunks(dict(row) for row in conn.execute(sa.select(table)).mappings()):
                again.execute(table.insert(), chunk)
        rebuild_projections(again)


def _compare(
    conn: sa.Connection, again: sa.Connection, compared: list[sa.Table], key: str, only: set[str] | None
) -> str:
    """Compare these tables; `only`: where their column `key` is one of these."""
    different = {}
    for table in compared:
        unlike = _rows(conn, table, key, only) ^ _rows(again, table, key, only)
        if table is cover:
            unlike = _of_known(conn, unlike)
        if unlike:
            different[table.name] = len(unlike)
    return ", ".join(f"{name}: {count}" for name, count in different.items()) or OK


def _of_known(conn: sa.Connection, covers: set[tuple[object, ...]]) -> set[tuple[object, ...]]:
    """Those of these rows whose write is here. Of one that was lost with a center and came under another name, only who
    was here before knows that it is superseded long since."""
    names = list(cover.c.keys())
    told = {row: dict(zip(names, map(str, row), strict=True)) for row in covers}
    writes = {row: write_id(values["write"]) for row, values in told.items()}
    commits = load_commits(conn, {write.commit for write in writes.values()})

    def is_here(row: tuple[object, ...]) -> bool:
        write = writes[row]
        found = commits.get(write.commit)
        if found is None:
            return False
        about = {told[row]["record"]}
        return any(p.at == write.op and is_about(p, found["schema"], about) for p in unpack_parts(found["payload"]))

    return {row for row in covers if is_here(row)}


def _rows(conn: sa.Connection, table: sa.Table, key: str, only: set[str] | None) -> set[tuple[object, ...]]:
    entity = next((each for each in entities() if each.table is table), None)
    untold = _BESIDE_NODE if entity is None or entity.scope is not Scope.ALL else {*_BESIDE_NODE, "node"}
    names = [column.name for column in table.columns if column.name not in untold]
    at = 0 if only is None else names.index(key)
    sets = entity.sets.keys() if entity is not None else ()
    # A set that came with an upgrade is null in the rows of before, and holds nothing all the same.
    columns = [sa.func.coalesce(table.c[name], "[]") if name in sets else table.c[name] for name in names]
    return {tuple(row) for row in conn.execute(sa.select(*columns)) if only is None or row[at] in only}
