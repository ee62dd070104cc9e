"""What is set aside at a point: commits that came and could not be applied, kept raw.

They say what they say all the while. So what leaves the device goes out of them too, and so does what is erased by law,
whether the commit came before the erase or comes after it. Not here: what cannot be applied, trying again (`pages.py`).
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec
import sqlalchemy as sa

from app.base.changes import Changes
from app.journal import moving
from app.journal.entities import by_entity, find_entity
from app.journal.erasing import left_of, records_in
from app.journal.moving import held, rows_as_told
from app.journal.ops import (
    Commit,
    CommitId,
    Key,
    Malformed,
    Op,
    OpPart,
    decode_head,
    decode_op,
    kept_parts,
    pack_parts,
    unpack_parts,
)
from app.journal.presence import Presence
from app.journal.streams import Tree, streams_of
from app.journal.sweep import erases_among
from app.store.bulk import Kept
from app.sync.protocol import PageCommit
from app.sync.tables import set_aside

_ANY = Kept(sa.select(set_aside.c.n).limit(1))
_RAW = Kept(sa.select(set_aside.c.raw).order_by(set_aside.c.seq))
_ONE = Kept(sa.select(set_aside.c.raw).where(*(set_aside.c[name] == sa.bindparam(name) for name in CommitId._fields)))
_ID = re.compile(rb'"([0-9a-f]{32})"')
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PageCommit)


def put(conn: sa.Connection, commit: PageCommit, code: str, at: int) -> None:
    """Set it aside, but what of it was erased by law, in the place of what was set aside of it before, and since then.
    `code`: why; `at`: wall time, µs."""
    since = conn.execute(sa.select(set_aside.c.at).where(*_this(commit))).scalar()
    forget(conn, commit)
    kept = _without_erased(conn, commit, _ids_in(_encoder.encode(commit)))
    if kept is not None:
        values = {"device": commit.device, "epoch": commit.epoch, "n": commit.n, "seq": commit.seq}
        conn.execute(
            set_aside.insert(),
            {**values, "code": code, "raw": _encoder.encode(kept), "at": at if since is None else since},
        )


def all_aside(conn: sa.Connection) -> list[PageCommit]:
    """What is set aside, in the center's order; last what has no number there any more, as it was written."""
    told = [_decoder.decode(raw) for (raw,) in _RAW.rows(conn)]
    return sorted(told, key=lambda each: (not each.seq, each.seq, each.eff, each.device, each.serial, each.n))


def told_among(conn: sa.Connection, ids: Iterable[CommitId]) -> dict[CommitId, PageCommit]:
    """What is set aside of these commits."""
    if _ANY.first(conn) is None:  # nearly always
        return {}
    found = {id_: _ONE.scalar(conn, **id_._asdict()) for id_ in ids}
    return {id_: _decoder.decode(raw) for id_, raw in found.items() if raw is not None}


def forget_numbers(conn: sa.Connection, above: int) -> None:
    """The center was restored: what it numbered after `above` has no number any more."""
    for told in all_aside(conn):
        if told.seq > above:
            raw = _encoder.encode(msgspec.structs.replace(told, seq=0))
            conn.execute(set_aside.update().where(*_this(told)).values(seq=0, raw=raw))


def forget(conn: sa.Connection, commit: PageCommit) -> None:
    """Nothing of this commit is set aside any more."""
    conn.execute(set_aside.delete().where(*_this(commit)))


def leave(conn: sa.Connection, records: Collection[Key], *, is_offered: bool, is_compared: bool = False) -> Changes:
    """`app.journal.moving.leave`, and out of what is set aside."""
    drop(conn, records)
    return moving.leave(conn, records, is_offered=is_offered, is_compared=is_compared)


def drop(conn: sa.Connection, records: Iterable[Key]) -> None:
    """Take what is said of these records out of what is set aside, as if it had never come."""
    ids = {id_ for _, id_ in records}
    _change(conn, ids, lambda told: _without_records(told, ids))


def strip_erased(conn: sa.Connection, commits: Iterable[Commit]) -> None:
    """Take out what these commits, applied just now, erase."""
    if _ANY.first(conn) is None:  # nearly always
        return
    heads = (decode_head(part.raw, one.schema) for one in commits for part in one.parts if not part.is_blank)
    ids = {head.id for head in heads if head.name == "erase"}
    _change(conn, ids, lambda told: _without_erased(conn, told, ids))


def strays(conn: sa.Connection, tree: Tree, streams: Collection[str]) -> list[Key]:
    """The records that something aside is about, that are not here and, as far as what is aside says, in none of these
    streams."""
    ops = [op for told in all_aside(conn) for op in _ops_of(told) if find_entity(op.kind) is not None]
    if not ops:
        return []
    wanted = by_entity(op.key for op in ops)
    here = held(conn, (op.key for op in ops), 0)
    presence = Presence(conn, tree)
    presence.take(rows_as_told(conn))
    presence.expect((op for op in ops if op.id not in here), ())
    seen = {id_: set(its) for id_, its in presence.of(wanted).items()}
    for entity, ids in wanted.items():
        for op in ops:
            if op.id in ids and op.id not in here:
                seen.setdefault(op.id, set()).update(streams_of(tree, entity, op.node))
    return sorted({op.key for op in ops if op.id not in here and seen[op.id].isdisjoint(streams)})


_Change = Callable[[PageCommit], PageCommit | None]


def _change(conn: sa.Connection, ids: Collection[str], change: _Change) -> None:
    """Let what is set aside and names one of these ids be what it is changed to; None is nothing."""
    for (raw,) in _RAW.rows(conn) if ids else ():
        if _ids_in(raw).isdisjoint(ids):
            continue
        told = _decoder.decode(raw)
        changed = change(told)
        if changed is None:
            forget(conn, told)
        elif changed is not told:
            conn.execute(set_aside.update().where(*_this(told)).values(raw=_encoder.encode(changed)))


def _without_records(told: PageCommit, ids: Collection[str]) -> PageCommit | None:
    """The commit without what is about these records, or names one of them and cannot be read; None where it says
    nothing then, or cannot be told apart."""
    try:
        parts = unpack_parts(told.parts)
    except Malformed:
        return None
    kept = [part for part in parts if records_in(part, told.schema).isdisjoint(ids)]
    if all(part.is_blank for part in kept):
        return None
    return told if kept == parts else msgspec.structs.replace(told, parts=msgspec.Raw(pack_parts(kept)))


def _without_erased(conn: sa.Connection, told: PageCommit, ids: Collection[str]) -> PageCommit | None:
    """The commit without what was erased of those of these records that were; None where it says nothing then."""
    erases = erases_among(conn, ids)
    left = left_of(told.parts, told.schema, CommitId(told.device, told.epoch, told.n), erases)
    if left is told.parts:
        return told
    return msgspec.structs.replace(told, parts=left) if kept_parts(left) else None


def _ids_in(raw: bytes) -> set[str]:
    return {found.decode() for found in _ID.findall(raw)}


def _ops_of(told: PageCommit) -> Iterator[Op]:
    """Those that can be read."""
    parts: Sequence[OpPart] = ()
    with suppress(Malformed):
        parts = kept_parts(told.parts)
    for part in parts:
        with suppress(Malformed):
            yield decode_op(part.raw, told.device, told.epoch, told.schema)


def _this(commit: PageCommit) -> tuple[sa.ColumnElement[bool], ...]:
    s = set_aside.c
    return s.device == commit.device, s.epoch == commit.epoch, s.n == commit.n
