"""`point check`: whether file, chain, records, heads and shelf are what the journal says they are.

Everything that is derived is rebuilt from the journal in memory and compared. Nothing is mended here.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from app.base.errors import Environment
from app.features.inventory.tables import ledger, shelf
from app.journal import tables
from app.journal.apply import apply
from app.journal.entities import entities
from app.journal.here import standing
from app.journal.load import chunks
from app.journal.ops import Commit, Malformed, first_link, next_link, unpack_parts
from app.journal.tables import cover, head, journal, void
from app.store import backup
from app.store.engine import open_plain, reading, writing
from app.store.schema import metadata
from app.sync.tables import past_epoch

OK = "ok"


def check_point(engine: sa.Engine) -> dict[str, str]:
    """What was looked at → "ok", or what is wrong; the database is read as of one moment for each."""
    found = {"file": _file(engine)}
    if found["file"] != OK:
        return found
    with reading(engine) as conn:
        found["chain"] = _chain(conn)
        rebuilt = open_plain(None)
        try:
            metadata.create_all(rebuilt)
            try:
                _replay(conn, rebuilt)
            except Malformed:
                return {**found, "records": "journal_malformed"}
            with reading(rebuilt) as again:
                found["records"] = _compare(conn, again, [entity.table for entity in entities()])
                found["heads"] = _compare(conn, again, [head, cover, void])
                found["shelf"] = _compare(conn, again, [ledger, shelf])
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
    return map(_commit, rows)


def _commit(row: sa.RowMapping) -> Commit:
    values = {name: row[name] for name in Commit.__dataclass_fields__ if name != "parts"}
    return Commit(parts=unpack_parts(row["payload"]), **values)


def _replay(conn: sa.Connection, rebuilt: sa.Engine) -> None:
    j = journal.c
    rows = conn.execute(sa.select(journal).order_by(j.seq.is_(None), j.seq, j.serial, j.n)).mappings()
    with writing(rebuilt) as again:
        again.execute(tables.here.insert(), [dict(conn.execute(sa.select(tables.here)).mappings().one())])
        for chunk in chunks(rows):
            apply(again, [_commit(row) for row in chunk])


def _compare(conn: sa.Connection, again: sa.Connection, compared: list[sa.Table]) -> str:
    different = {}
    for table in compared:
        stored, made = _rows(conn, table), _rows(again, table)
        count = len(stored ^ made)
        if count:
            different[table.name] = count
    return ", ".join(f"{name}: {count}" for name, count in different.items()) or OK


def _rows(conn: sa.Connection, table: sa.Table) -> set[tuple[object, ...]]:
    return set(map(tuple, conn.execute(sa.select(table))))
