"""The one door for writing: own acts, others' acts, at the point and at the center, in rebuild and in import.

`apply` and `apply_stamps` are the only code that writes entity tables, heads, covers, voids and journal rows. The
caller holds the transaction. They never refuse: commands check before they commit, the center before it accepts. A
batch is folded in memory per record, in the order given, then written table by table.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.memory import collecting_later
from app.journal.entities import Entity, by_entity, find_entity
from app.journal.load import child_creates, chunks, load_commits, load_records, rank_of, with_heads, with_marks
from app.journal.ops import (
    Commit,
    CommitId,
    Malformed,
    Op,
    WriteId,
    decode_head,
    decode_op,
    is_about,
    kept_parts,
    unpack_parts,
)
from app.journal.projections import rebuild_projections, refresh_projections
from app.journal.record import Rank, Record
from app.journal.sweep import forget_erased, strip_erased
from app.journal.tables import journal, void
from app.journal.unread import is_understood, note_unread, take_in_again, understood_now
from app.journal.write import write_commits, write_records
from app.store.bulk import rows_among, update_rows

Number = Callable[[int], int]
"""Takes how many commits are to be numbered, gives the first number. The center alone has one."""

door_open: ContextVar[bool] = ContextVar("door_open", default=False)
"""True while `apply` writes; tests arm triggers that refuse any other write."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The center's order for a commit known here: `seq` its number, `eff` its effective time (µs)."""

    id: CommitId
    seq: int | None
    """None for one in quarantine: it has its time, and gets a number at its re-run."""
    eff: int
    serial: int | None = None
    """That of its epoch, where it is told: a center that was put back may have met two epochs of one device in another
    order."""


@dataclass(slots=True)
class _Batch:
    """A batch on its way through the door."""

    fresh: list[Commit]
    """Commits with the ops not known before."""
    ops: list[tuple[Commit, WriteId, Op]]
    restamped: list[Stamp]
    rows: Mapping[CommitId, Any]


@contextmanager
def door(size: int = 1) -> Iterator[None]:
    """Opens the door for a batch of this many commits or stamps. For what belongs to `apply` alone."""
    token = door_open.set(True)
    try:
        with collecting_later(size):
            yield
    finally:
        door_open.reset(token)


def apply(
    conn: sa.Connection,
    commits: Sequence[Commit],
    number: Number | None = None,
    *,
    anew: Collection[str] = frozenset(),
    made_here: bool = False,
) -> Changes:
    """Apply these commits in this order; ops already known are not applied again.

    With `number` (the center) the commits get their `seq` after the entity rows are written, right before the journal
    rows, and in the order given. A known commit that comes with a (seq, eff) takes these, and its serial. Ops on the
    records `anew`, of which nothing is here any more, are applied though they are known. `made_here`: this transaction
    has just given all of them their numbers, so that none can be known. Raises `Malformed` for bytes that are no op.
    """
    with door(len(commits)):
        batch = _take_in(commits, anew, {} if made_here else load_commits(conn, [one.id for one in commits]))
        wanted, above = _named(batch.ops)
        marked = with_marks(conn, [id_ for named in (wanted, above) for ids in named.values() for id_ in ids])
        records = load_records(conn, wanted, marked)
        stamped = _restamp(conn, batch.restamped, records)
        for commit, write, op in batch.ops:
            if op.id in records:
                records[op.id].fold(op, write, commit.eff)
        strip_erased(conn, batch.ops, records)
        _settle(conn, records.values(), batch.fresh, numbered=number is not None)
        parents = _parents_to_hide(conn, above, marked, records)
        _hide(conn, [*records.values(), *parents])
        write_records(conn, [*records.values(), *parents])
        if number is not None and batch.fresh:
            first = number(len(batch.fresh))
            for offset, commit in enumerate(batch.fresh):
                commit.seq = first + offset
        write_commits(conn, batch.fresh, batch.rows)
        note_unread(conn, [write for _, write, op in batch.ops if not is_understood(op, find_entity(op.kind))])
        touched = Changes.of([(r.entity.kind, r.id) for r in (*records.values(), *parents) if r.row is not None])
        touched = touched | stamped if stamped else touched
        projected = refresh_projections(conn, touched)
        return touched | projected if projected else touched


def apply_stamps(conn: sa.Connection, stamps: Sequence[Stamp]) -> Changes:
    """Take the center's order for commits known here; a later (seq, eff) replaces the former."""
    with door(len(stamps)):
        records: dict[str, Record] = {}
        touched = _restamp(conn, stamps, records)
        _settle(conn, records.values())
        write_records(conn, list(records.values()))
        return touched | refresh_projections(conn, touched)


def apply_skew(conn: sa.Connection, device: str, skew: int) -> Changes:
    """Guess anew when this device's commits without a seq were written: wall time + `skew` (µs), in their order.

    Not those of another laptop with the same disk, or of this one before it was put back: they came without a chain and
    with the time that the center gave them, which is theirs also where the center has lost the number.
    """
    j = journal.c
    own = sa.select(j.epoch, j.n, j.wall).where(j.device == device, j.seq.is_(None), j.chain.is_not(None))
    own = own.order_by(j.serial, j.n)
    before = 0
    stamps = []
    for epoch, n, wall in conn.execute(own):
        before = max(wall + skew, before)
        stamps.append(Stamp(CommitId(device, epoch, n), None, before))
    return apply_stamps(conn, stamps)


def apply_unread(conn: sa.Connection) -> Changes:
    """Take in what an older program had to leave out of the records (`unread.py`)."""
    writes = understood_now(conn)
    if not writes:
        return Changes()
    with door(len(writes)):
        records = take_in_again(conn, writes)
        _settle(conn, records.values())
        _hide(conn, records.values())
        write_records(conn, list(records.values()))
        forget_erased(conn, {(op.id, write.text()) for write, op, _ in writes if op.name == "erase"})
        touched = Changes.of([(record.entity.kind, record.id) for record in records.values()])
        return touched | refresh_projections(conn, touched)


def apply_replaced(conn: sa.Connection) -> None:
    """After all records were replaced at once: say of voided ones whether they are hidden here, derive the rest."""
    wanted = by_entity((kind, record) for kind, record in conn.execute(sa.select(void.c.kind, void.c.record)))
    with door(sum(map(len, wanted.values()))):
        records = list(load_records(conn, wanted).values())
        _hide(conn, records)
        write_records(conn, records)
        rebuild_projections(conn)


def apply_heads(conn: sa.Connection, wanted: Mapping[Entity, Collection[str]]) -> Changes:
    """Let rows show what their heads and voids say, where they do not: one was damaged."""
    with door(len(wanted)):
        records = load_records(conn, wanted)
        _settle(conn, records.values())
        for record in records.values():
            record.put(hidden=record.row is not None and record.row["hidden"] and bool(record.voids))
        _hide(conn, records.values())
        wrong = [record for record in records.values() if record.changed]
        write_records(conn, wrong)
        touched = Changes.of([(record.entity.kind, record.id) for record in wrong])
        return touched | refresh_projections(conn, touched)


def _take_in(commits: Sequence[Commit], anew: Collection[str], rows: Mapping[CommitId, Any]) -> _Batch:
    """Leave out what is known, decode the rest. `rows`: what the journal has of these commits."""
    batch = _Batch([], [], [], rows)
    taken: dict[CommitId, set[int]] = {}
    for commit in commits:
        id_ = commit.id
        row = rows.get(id_)
        known = taken.setdefault(id_, set())
        if row is not None:
            known.update(part.at for part in unpack_parts(row["payload"]))
            told = (commit.seq, commit.eff, commit.serial)
            if commit.seq is not None and (row["seq"], row["eff"], row["serial"]) != told:
                batch.restamped.append(Stamp(id_, *told))
        parts = commit.parts
        if known:
            parts = [p for p in parts if p.at not in known or (anew and is_about(p, commit.schema, anew))]
        known.update([part.at for part in parts])
        if row is not None and not parts:
            continue
        commit.parts = parts
        batch.fresh.append(commit)
        for part in parts:
            if part.is_blank:
                continue
            op = commit.ops.get(part.at) or decode_op(part.raw, commit.device, commit.epoch, commit.schema)
            batch.ops.append((commit, WriteId(*id_, part.at), op))
    return batch


_Named = dict[Entity, dict[str, None]]


def _named(ops: Iterable[tuple[Commit, WriteId, Op]]) -> tuple[_Named, _Named]:
    """The records of these ops, and those that what they create hangs on.

    Raises `Malformed` where one id stands for records of two kinds.
    """
    wanted: _Named = {}
    above: _Named = {}
    for _, _, op in ops:
        entity = find_entity(op.kind)
        if entity is None:
            continue
        wanted.setdefault(entity, {})[op.id] = None
        if op.name != "create":
            continue
        for name, parent_kind in entity.hung_on.items():
            parent_id, parent = op.values.get(name), find_entity(parent_kind)
            if parent is not None and isinstance(parent_id, str):
                above.setdefault(parent, {})[parent_id] = None
    if len(wanted) > 1 and len(set().union(*wanted.values())) != sum(map(len, wanted.values())):
        raise Malformed("one id, two kinds")
    return wanted, above


def _restamp(conn: sa.Connection, stamps: Sequence[Stamp], records: dict[str, Record]) -> Changes:
    """Write these into the journal and the rows born then; load, into `records`, those whose heads may move."""
    if not stamps:
        return Changes()
    rows = load_commits(conn, [stamp.id for stamp in stamps])
    news = [stamp for stamp in stamps if stamp.id in rows and _is_news(stamp, rows[stamp.id])]
    if not news:
        return Changes()
    _clear_seqs(conn, news)
    order = [{**s.id._asdict(), "seq": s.seq, "eff": s.eff, "serial": s.serial or rows[s.id]["serial"]} for s in news]
    update_rows(conn, journal, CommitId._fields, order)
    written: dict[Entity, dict[str, None]] = {}
    births: dict[Entity, list[dict[str, Any]]] = {}
    for stamp in news:
        for part in kept_parts(rows[stamp.id]["payload"]):
            op = decode_head(part.raw, rows[stamp.id]["schema"])
            entity = find_entity(op.kind)
            if entity is None:
                continue
            written.setdefault(entity, {})[op.id] = None
            if op.name == "create":
                births.setdefault(entity, []).append(_birth(op.id, WriteId(*stamp.id, part.at), stamp.eff))
    for entity, moments in births.items():
        update_rows(conn, entity.table, ("id", "born_device", "born_epoch", "born_n", "born_op"), moments)
        for moment in moments:
            if moment["id"] in records:
                records[moment["id"]].date(moment)
    busy = with_heads(conn, [id_ for ids in written.values() for id_ in ids])
    wanted = {entity: [i for i in ids if i in busy and i not in records] for entity, ids in written.items()}
    records.update(load_records(conn, wanted))
    return Changes.of([(entity.kind, id_) for entity, ids in written.items() for id_ in ids])


def _birth(id_: str, write: WriteId, eff: int) -> dict[str, Any]:
    return {
        "id": id_,
        "born_device": write.device,
        "born_epoch": write.epoch,
        "born_n": write.n,
        "born_op": write.op,
        "born_at": eff,
    }


def _is_news(stamp: Stamp, row: Mapping[str, Any]) -> bool:
    """A later (seq, eff) replaces the former; numbers only ever grow, also over a restore of the center."""
    if row["seq"] is not None and (stamp.seq is None or stamp.seq < row["seq"]):
        return False
    serial = row["serial"] if stamp.serial is None else stamp.serial
    return bool((row["seq"], row["eff"], row["serial"]) != (stamp.seq, stamp.eff, serial))


def _clear_seqs(conn: sa.Connection, news: Sequence[Stamp]) -> None:
    """Free the numbers about to be given, so that numbers may change hands within one batch."""
    seqs = [stamp.seq for stamp in news if stamp.seq is not None]
    for chunk in chunks(seq for (seq,) in rows_among(conn, journal, ("seq",), "seq", seqs)):
        conn.execute(journal.update().where(journal.c.seq.in_(chunk)).values(seq=None))


def _settle(
    conn: sa.Connection, records: Iterable[Record], fresh: Iterable[Commit] = (), *, numbered: bool = False
) -> None:
    """Give every record with stored heads its ranks and let it settle. `fresh`: commits not in the journal yet."""
    busy = [record for record in records if record.groups]
    if not busy:
        return
    ranks = {write: rank for commit in fresh for write, rank in _ranks(commit, numbered=numbered)}
    needed: set[WriteId] = set()
    unresolved: set[WriteId] = set()
    for record in busy:
        for group in record.groups.values():
            needed.update(group.heads)
            needed.update(by for _, by in group.covers)
        unresolved |= record.unresolved()
    missing = (needed | unresolved) - ranks.keys()
    rows = load_commits(conn, {write.commit for write in missing})
    known: set[WriteId] = set()
    for write in missing:
        row = rows.get(write.commit)
        if row is None:
            continue
        if write in needed:
            ranks[write] = rank_of(row, write.op)
        if write in unresolved and any(p.at == write.op for p in unpack_parts(row["payload"])):
            known.add(write)
    for record in busy:
        record.settle(ranks, known)


def _ranks(commit: Commit, *, numbered: bool) -> Iterator[tuple[WriteId, Rank]]:
    """The ranks of a commit's writes; `numbered`: it is about to get its seq."""
    unsent = commit.seq is None and not numbered
    eff = 0 if unsent else commit.eff
    for part in commit.parts:
        rank = Rank(unsent, eff, commit.device, commit.serial, commit.n, part.at, commit.eff, commit.epoch)
        yield WriteId(*commit.id, part.at), rank


def _parents_to_hide(
    conn: sa.Connection, above: _Named, marked: Collection[str], records: Mapping[str, Record]
) -> list[Record]:
    """Records outside the batch that a child of this batch hangs on, where they were voided."""
    wanted = {parent: [i for i in ids if i in marked and i not in records] for parent, ids in above.items()}
    loaded = load_records(conn, wanted) if any(wanted.values()) else {}
    return [record for record in loaded.values() if record.row is not None and record.voids]


def _hide(conn: sa.Connection, records: Iterable[Record]) -> None:
    """Say of each voided record whether its voids cover all that is live."""
    voided = [record for record in records if record.voids and record.row is not None]
    if not voided:
        return
    creates = child_creates(conn, voided)
    for record in voided:
        in_batch = {other.born() for other in records if other.is_new and record.id in _parent_ids(other)}
        children = creates[record.id] | {born for born in in_batch if born is not None}
        record.put(hidden=record.covered_by_voids(record.live_writes() | children))


def _parent_ids(record: Record) -> set[object]:
    return {record.row[name] for name in record.entity.hung_on} if record.row is not None else set()
