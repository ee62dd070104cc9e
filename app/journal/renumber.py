"""Own commits that get new ids, and everything here that names them: rows, heads, covers, voids, other commits' refs.

Part of the door: like `apply` it alone writes these tables, in the caller's transaction. Nobody else has seen the old
ids. Not here: why ids change, and which epoch they go to (`app.sync.reissue`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.changes import Changes
from app.journal.apply import door
from app.journal.entities import entities, find_entity
from app.journal.load import commit_in
from app.journal.ops import (
    Commit,
    CommitId,
    Malformed,
    OpPart,
    WriteId,
    decode_head,
    encode,
    next_link,
    pack_parts,
    unpack_parts,
    without_op,
    write_id,
)
from app.journal.projections import refresh_projections
from app.journal.sweep import sweep_anew
from app.journal.tables import cover, head, journal, reissued, void
from app.store.bulk import column_names, insert_rows, update_rows


@dataclass(frozen=True, slots=True)
class Run:
    """Commits of `epoch` above `above` and up to `last`, in the order of n, that become commits of the new epoch from
    `first` on. What stands beyond is another's, who wrote it with a copy of this file."""

    epoch: str
    above: int
    last: int
    first: int

    @property
    def shift(self) -> int:
        return self.first - self.above - 1

    def holds(self, n: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        return sa.and_(n > self.above, n <= self.last)


@dataclass(frozen=True, slots=True)
class Renumbered:
    """`n`, `chain`: of the new epoch after its last commit."""

    n: int
    chain: bytes
    changes: Changes


def renumber(
    conn: sa.Connection, device: str, runs: Sequence[Run], epoch: str, serial: int, chain: bytes
) -> Renumbered:
    """Move these runs into `epoch`, which begins with `chain`. They lose their seq: the center numbers them anew."""
    moves = _Moves(device, {run.epoch: run for run in runs}, epoch)
    rows = [dict(row) for run in runs for row in _rows_of(conn, device, run)]
    with door(len(rows)):
        _rename_heads(conn, moves)
        _rename_voids(conn, moves)
        _rename_births(conn, moves)
        made, chain = _rewritten(rows, moves, serial, chain)
        for run in runs:
            j = journal.c
            conn.execute(journal.delete().where(j.device == device, j.epoch == run.epoch, run.holds(j.n)))
        insert_rows(conn, journal, [{name: row[name] for name in column_names(journal)} for row in made])
        for run in runs:
            values = {"epoch": run.epoch, "above": run.above, "to_epoch": epoch, "shift": run.shift}
            conn.execute(reissued.insert(), values)
            _end_at(conn, run)
        sweep_anew(conn)
        changes = touched_by(made)
        return Renumbered(made[-1]["n"] if made else 0, chain, changes | refresh_projections(conn, changes))


def _end_at(conn: sa.Connection, run: Run) -> None:
    """Ids beyond the run stay what they are, unless they were given anew before."""
    r = reissued.c
    if conn.execute(sa.select(r.above).where(r.epoch == run.epoch, r.above == run.last)).first() is None:
        values = {"epoch": run.epoch, "above": run.last, "to_epoch": run.epoch, "shift": 0}
        conn.execute(reissued.insert(), values)


def change_serial(conn: sa.Connection, device: str, epoch: str, serial: int) -> Changes:
    """Give an epoch of this device another serial."""
    j = journal.c
    own = (j.device == device, j.epoch == epoch)
    rows = conn.execute(sa.select(j.payload, j.schema).where(*own)).mappings().all()
    with door(len(rows)):
        conn.execute(journal.update().where(*own).values(serial=serial))
        changes = touched_by(rows)
        return changes | refresh_projections(conn, changes)


def forget_numbers(conn: sa.Connection, above: int) -> None:
    """The center was restored: what it numbered after `above` has no number any more."""
    with door():
        conn.execute(journal.update().where(journal.c.seq > above).values(seq=None))


def touched_by(rows: Iterable[Any]) -> Changes:
    """The records that these commits write to."""
    pairs = []
    for row in rows:
        for part in unpack_parts(row["payload"]):
            try:
                op = decode_head(part.raw, row["schema"])
            except Malformed:  # blank, or of a newer program
                continue
            if find_entity(op.kind) is not None:
                pairs.append((op.kind, op.id))
    return Changes.of(pairs)


@dataclass(frozen=True, slots=True)
class _Moves:
    device: str
    runs: dict[str, Run]
    epoch: str

    def now(self, write: WriteId) -> WriteId:
        run = self.runs.get(write.epoch) if write.device == self.device else None
        if run is None or not run.above < write.n <= run.last:
            return write
        return write._replace(epoch=self.epoch, n=write.n + run.shift)

    def prefixes(self) -> list[str]:
        return [f"{self.device}.{epoch}." for epoch in self.runs]


def _rows_of(conn: sa.Connection, device: str, run: Run) -> Sequence[sa.RowMapping]:
    j = journal.c
    query = sa.select(journal).where(j.device == device, j.epoch == run.epoch, run.holds(j.n)).order_by(j.n)
    return conn.execute(query).mappings().all()


def _rewritten(
    rows: Iterable[dict[str, Any]], moves: _Moves, serial: int, chain: bytes
) -> tuple[list[dict[str, Any]], bytes]:
    made = []
    for row in rows:
        run, old = moves.runs[row["epoch"]], CommitId(row["device"], row["epoch"], row["n"])
        parts = [_renamed(part, old, moves) for part in unpack_parts(row["payload"])]
        row |= {"epoch": moves.epoch, "n": row["n"] + run.shift, "serial": serial, "seq": None}
        chain = next_link(chain, commit_in(row, parts))
        made.append(row | {"payload": pack_parts(parts), "chain": chain})
    return made, chain


def _renamed(part: OpPart, commit: CommitId, moves: _Moves) -> OpPart:
    """The part with its references as they are to be now. Lists at the top level of an op are lists of references."""
    op = msgspec.json.decode(part.raw)
    if not isinstance(op, list) or not any(isinstance(member, list) for member in op):
        return part
    told = [[_ref(ref, commit, moves) for ref in each] if isinstance(each, list) else each for each in op]
    return part if told == op else OpPart(part.at, part.salt, msgspec.Raw(encode(told)))


def _ref(ref: Any, commit: CommitId, moves: _Moves) -> Any:
    if not isinstance(ref, list) or len(ref) not in (2, 4):
        return ref
    author = (commit.device, commit.epoch) if len(ref) == 2 else ref[:2]
    now = moves.now(WriteId(*author, *ref[-2:]))
    return [now.n, now.op] if (now.device, now.epoch) == (moves.device, moves.epoch) else list(now)


def _rename_heads(conn: sa.Connection, moves: _Moves) -> None:
    """In heads and covers the ids are part of the key: such rows are taken out and put back."""
    for table, names in ((head, ("write",)), (cover, ("write", "by"))):
        for prefix in moves.prefixes():
            named = sa.or_(*(table.c[name].startswith(prefix, autoescape=True) for name in names))
            rows = [dict(row) for row in conn.execute(sa.select(table).where(named)).mappings()]
            told = [row | {name: moves.now(write_id(row[name])).text() for name in names} for row in rows]
            _replace_rows(conn, table, [(old, new) for old, new in zip(rows, told, strict=True) if old != new])


def _rename_voids(conn: sa.Connection, moves: _Moves) -> None:
    for prefix in moves.prefixes():
        named = void.c.write.startswith(prefix, autoescape=True) | void.c.seen.contains(prefix, autoescape=True)
        changed = []
        for row in conn.execute(sa.select(void).where(named)).mappings().all():
            seen = sorted(moves.now(write_id(text)).text() for text in msgspec.json.decode(row["seen"]))
            write = moves.now(write_id(row["write"])).text()
            changed.append((dict(row), {**row, "write": write, "seen": encode(seen).decode()}))
        _replace_rows(conn, void, changed)


def _replace_rows(
    conn: sa.Connection, table: sa.Table, changed: Sequence[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    if not changed:
        return
    key = [column.name for column in table.primary_key]
    where = [table.c[name] == sa.bindparam(f"old_{name}") for name in key]
    conn.execute(table.delete().where(*where), [{f"old_{name}": old[name] for name in key} for old, _ in changed])
    insert_rows(conn, table, [new for _, new in changed])


def _rename_births(conn: sa.Connection, moves: _Moves) -> None:
    for entity in entities():
        c = entity.c
        for run in moves.runs.values():
            born = (c.born_device == moves.device, c.born_epoch == run.epoch, run.holds(c.born_n))
            rows = conn.execute(sa.select(c.id, c.born_n).where(*born)).all()
            told = [{"id": row.id, "born_epoch": moves.epoch, "born_n": row.born_n + run.shift} for row in rows]
            update_rows(conn, entity.table, ("id",), told)


def take_whole(conn: sa.Connection, commit: Commit) -> None:
    """Keep a commit that was known from readers as its author made it: all its ops with their salts, in its chain.

    An op that stands here otherwise (its values were erased) stays as it stands, so that the rows are what the journal
    says; the chain verifies all the same.
    """
    j = journal.c
    own = (j.device == commit.device, j.epoch == commit.epoch, j.n == commit.n)
    known = {part.at: part for part in unpack_parts(conn.execute(sa.select(j.payload).where(*own)).scalar_one())}
    parts = [
        part if part.at not in known or known[part.at].raw == part.raw else without_op(part, known[part.at].raw)
        for part in commit.parts
    ]
    names = ("serial", "wall", "bound", "actor", "schema", "chain")
    values = {name: getattr(commit, name) for name in names}
    with door():
        conn.execute(journal.update().where(*own).values(**values, payload=pack_parts(parts)))
