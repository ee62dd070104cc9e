"""Bytes that records name and do not hold: photos at a point, kept in pieces inside the encrypted file.

They come in two ways: added to a form here (`stage`), then saved with a record in one transaction (`settle`); or
fetched from the center piece by piece (`want`, `add_piece`). The caller holds the transaction. Not here: how they are
made small, how they travel (`app.sync.photos`), and the center's own store, which is a folder (`app.store.content`).
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import DAY
from app.base.errors import Refused
from app.journal.entities import Entity, entities
from app.journal.fields import ContentName
from app.journal.here import standing
from app.journal.tables import attached, attached_piece, draft, journal
from app.store.bulk import Kept, delete_among, rows_among

PIECE = 64 * 1024
"""The size of the pieces of what was made here, in bytes."""
MOST_BYTES = 1024 * 1024
"""The most bytes that one record may name; the center takes no more either."""
STAGED_FOR = 30 * DAY
"""How long what was added to a form and never saved is kept, where no draft names it."""
_IN_VAIN = ("not_referenced", "photo_damaged")
"""Of `trouble`: what named it was erased, or what is here of it is spoilt."""
_LONG_AGO = 0
"""Of `staged_at`: goes with the next sweep, unless a draft names it."""
_a, _p = attached.c, attached_piece.c
# What follows is asked of the index alone, so that the thumbnails, which stand before these columns, are not read.
_AT_THE_CENTER = _a.kept_in > ""
_ANYWHERE = _a.kept_in >= ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A kind of record that names bytes, and its field that does."""

    entity: Entity
    field: str


@dataclass(frozen=True, slots=True)
class Attached:
    """See `app.journal.tables.attached`."""

    name: str
    size: int
    here: int
    type: str
    thumbnail: str
    staged_at: int | None
    wanted_at: int | None
    kept_in: str
    trouble: str

    @property
    def whole(self) -> bool:
        return 0 < self.size <= self.here


_TROUBLE = sa.case((_a.trouble != "not_referenced", _a.trouble), else_="")
"""A photo whose record is still on its way is in no trouble."""
_COLUMNS = tuple(_a[name] for name in Attached.__dataclass_fields__)


def references() -> Iterator[Reference]:
    """Every kind of record that names bytes."""
    for entity in entities():
        for field, kind in entity.fields().items():
            if isinstance(kind, ContentName):
                yield Reference(entity, field)


def named_among(conn: sa.Connection, names: Collection[str]) -> set[str]:
    """Those of these bytes that a record names, also one that was taken back."""
    found: set[str] = set()
    for reference in references():
        field = reference.field
        found.update(row[0] for row in rows_among(conn, reference.entity.table, (field,), field, names))
    return found


def named_size(conn: sa.Connection, name: str) -> int | None:
    """How many bytes the records that name them say they are; None where none does. What no photo may have counts as
    the most: the center tells how many they are."""
    for reference in references():
        c = reference.entity.c
        size = conn.execute(sa.select(sa.func.max(c.bytes)).where(c[reference.field] == name)).scalar()
        if size is not None:
            return size if isinstance(size, int) and 1 <= size <= MOST_BYTES else MOST_BYTES
    return None


def stage(conn: sa.Connection, data: bytes, type_: str, thumbnail: str, now: int) -> str:
    """Keep bytes that were added to a form; gives their name. Staged twice they are here once. `now`: µs.

    Those that are here by a record too stay for the form if that record leaves; what was saved here and is still to be
    sent is not kept waiting for it.
    """
    name = hashlib.sha256(data).hexdigest()
    known = find(conn, name)
    if known is None or not known.whole:
        if known is not None:
            drop(conn, [name])
        _insert(conn, name, len(data), type_, here=len(data), thumbnail=thumbnail, staged_at=now)
        pieces = [{"name": name, "at": at, "data": data[at : at + PIECE]} for at in range(0, len(data), PIECE)]
        conn.execute(attached_piece.insert(), pieces)
    else:
        waits = known.staged_at is None and not known.kept_in and bool(named_among(conn, [name]))
        values = {"type": type_, "thumbnail": thumbnail, "staged_at": None if waits else now}
        conn.execute(attached.update().where(_a.name == name).values(values))
    return name


def settle(conn: sa.Connection, name: str, field: str) -> Attached:
    """What was staged, now saved with a record that names it. Raises `Refused("photo_gone")` under `field`."""
    known = find(conn, name)
    if known is None or not known.whole or not known.thumbnail:
        raise Refused("photo_gone", field)
    if known.staged_at is not None:
        conn.execute(attached.update().where(_a.name == name).values(staged_at=None))
    return known


def sweep_staged(conn: sa.Connection, now: int) -> int:
    """Drop what was added long ago and neither saved nor kept in a draft; gives how many. What a record names stays."""
    old = conn.execute(sa.select(_a.name).where(_ANYWHERE, _a.staged_at < now - STAGED_FOR)).scalars().all()
    if not old:
        return 0
    return _drop_unsaved(conn, set(old) - _in_drafts(conn, old))


def unstage(conn: sa.Connection, names: Collection[str]) -> None:
    """Drop what was taken out of a form again, where no record names it. What a draft names stays until none does:
    another form may have it too, or it is the form's own draft, which is kept anew only after this."""
    staged = {name for name, at in rows_among(conn, attached, ("name", "staged_at"), "name", names) if at is not None}
    drafted = _in_drafts(conn, staged)
    for name in drafted:
        conn.execute(attached.update().where(_a.name == name).values(staged_at=_LONG_AGO))
    _drop_unsaved(conn, staged - drafted)


def _drop_unsaved(conn: sa.Connection, names: Collection[str]) -> int:
    """Drop these, which were added and not saved here; gives how many. What a record names, because another added the
    same, may be whole here alone: it counts as saved from now on, and is sent. So does what was saved here before."""
    named = named_among(conn, names)
    sent = {name for name, at in rows_among(conn, attached, ("name", "kept_in"), "name", names) if at}
    named |= _written_here(conn, sent - named)
    for name in named:
        conn.execute(attached.update().where(_a.name == name).values(staged_at=None))
    gone = set(names) - named
    drop(conn, gone)
    return len(gone)


def _in_drafts(conn: sa.Connection, names: Collection[str]) -> set[str]:
    drafts = conn.execute(sa.select(draft.c.content)).scalars().all()
    return {name for name in names if any(name in content for content in drafts)}


def want(conn: sa.Connection, name: str, size: int, type_: str, now: int) -> None:
    """Have these bytes fetched, and kept: somebody opened the photo. `size`: see `named_size`; until some are here it
    counts, also over that of a former program, which noted 0 where a record said so. `now`: µs."""
    known = find(conn, name)
    if known is None:
        _insert(conn, name, size, type_, wanted_at=now)
    else:
        values = {"wanted_at": now, "trouble": "", "size": known.size if known.here else size}
        conn.execute(attached.update().where(_a.name == name).values(values))


def add_piece(conn: sa.Connection, name: str, offset: int, data: bytes) -> bool:
    """Keep the next bytes that came; False where they do not follow on what is here."""
    known = find(conn, name)
    if known is None or known.here != offset or not data or offset + len(data) > known.size:
        return False
    conn.execute(attached_piece.insert(), {"name": name, "at": offset, "data": data})
    conn.execute(attached.update().where(_a.name == name).values(here=offset + len(data)))
    return True


def begin_again(conn: sa.Connection, name: str) -> None:
    """Forget the bytes that came: they do not answer to their name."""
    conn.execute(attached_piece.delete().where(_p.name == name))
    conn.execute(attached.update().where(_a.name == name).values(here=0))


def give_up(conn: sa.Connection, name: str) -> None:
    """Fetch these bytes no more until somebody opens the photo again."""
    conn.execute(attached.update().where(_a.name == name).values(wanted_at=None))


def resize(conn: sa.Connection, name: str, size: int) -> None:
    """The center says how many they are; a record that names them may be wrong about it."""
    conn.execute(attached.update().where(_a.name == name).values(size=size))


def note(conn: sa.Connection, name: str, trouble: str) -> None:
    """Why the last try to send or fetch them ended."""
    conn.execute(attached.update().where(_a.name == name).values(trouble=trouble))


def note_kept(conn: sa.Connection, name: str, hub_epoch: str) -> None:
    """The center has them whole, in this epoch of its own; nobody waits for them any more."""
    values = {"kept_in": hub_epoch, "trouble": "", "wanted_at": None}
    conn.execute(attached.update().where(_a.name == name).values(values))


def forget_kept(conn: sa.Connection) -> None:
    """The center was put back: what it had of these bytes may be lost, and whatever is here may be here alone: it is
    sent, whatever form it was added to."""
    conn.execute(attached.update().where(_AT_THE_CENTER).values(kept_in="", staged_at=None))


def kept(conn: sa.Connection) -> set[str]:
    """The bytes that are at the center too."""
    return set(conn.execute(sa.select(_a.name).where(_AT_THE_CENTER)).scalars())


def alone_here(conn: sa.Connection) -> set[str]:
    """What was saved here and the center may still take, but has not: there may be no other copy."""
    alone = sa.select(_a.name).where(_a.kept_in == "", _a.staged_at.is_(None), _a.here >= _a.size)
    return set(conn.execute(alone.where(_a.trouble.not_in(_IN_VAIN))).scalars())


def naming(conn: sa.Connection, name: str) -> Changes:
    """The records that name these bytes: what a screen shows anew when they came."""
    found = []
    for reference in references():
        c = reference.entity.c
        ids = conn.execute(sa.select(c.id).where(c[reference.field] == name)).scalars()
        found += [(reference.entity.kind, id_) for id_ in ids]
    return Changes.of(found)


def next_wanted(conn: sa.Connection, passed: Collection[str]) -> Attached | None:
    """What somebody opened last and is not here whole; none of `passed`."""
    return _first_but(conn, passed, _WANTED.rows(conn, most=len(passed) + 1))


def next_unsent(conn: sa.Connection, hub_epoch: str, passed: Collection[str]) -> Attached | None:
    """The first that is saved here and that the center, in this epoch of its own, has not; none of `passed`."""
    return _first_but(conn, passed, _NEXT.rows(conn, epoch=hub_epoch, most=len(passed) + 1))


def _first_but(conn: sa.Connection, passed: Collection[str], rows: Sequence[Sequence[Any]]) -> Attached | None:
    """The first of one name more than may be passed over."""
    name = next((name for (name,) in rows if name not in passed), None)
    return None if name is None else find(conn, name)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Photos that the center does not have yet. `bytes`: of all of them; `trouble`: why one of them did not go, else
    empty."""

    photos: int
    bytes: int
    trouble: str


def waiting(conn: sa.Connection, hub_epoch: str) -> Waiting:
    ((photos, size, trouble),) = _WAITING.rows(conn, epoch=hub_epoch)
    return Waiting(photos, size, trouble or "")


_EPOCH = sa.bindparam("epoch", type_=sa.String)
_UNSENT = (_a.staged_at.is_(None), sa.or_(_a.kept_in < _EPOCH, _a.kept_in > _EPOCH), _a.here >= _a.size)
_MOST = sa.bindparam("most", type_=sa.Integer)
_WANTED = Kept(
    sa.select(_a.name).where(_a.wanted_at.is_not(None), _a.here < _a.size).order_by(_a.wanted_at.desc()).limit(_MOST)
)
# In the order in which they were added; with the plus it is not looked for by looking through all of them.
_NEXT = Kept(sa.select(_a.name).where(*_UNSENT).order_by(sa.text("+rowid")).limit(_MOST))
_WAITING = Kept(
    sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_a.size), 0), sa.func.max(_TROUBLE)).where(*_UNSENT)
)


def find(conn: sa.Connection, name: str) -> Attached | None:
    row = conn.execute(sa.select(*_COLUMNS).where(_a.name == name)).first()
    return None if row is None else Attached(*row)


def read_bytes(conn: sa.Connection, name: str, offset: int, length: int) -> bytes:
    """At most `length` of the bytes that are here, from `offset` on."""
    pieces = sa.select(_p.at, _p.data).where(
        _p.name == name, _p.at < offset + length, _p.at + sa.func.length(_p.data) > offset
    )
    found = conn.execute(pieces.order_by(_p.at)).all()
    if not found:
        return b""
    first = found[0].at
    return b"".join(bytes(piece.data) for piece in found)[offset - first : offset - first + length]


def whole_bytes(conn: sa.Connection, name: str) -> bytes | None:
    """All of them; None while some are missing."""
    known = find(conn, name)
    return read_bytes(conn, name, 0, known.size) if known is not None and known.whole else None


def answers_to_name(conn: sa.Connection, name: str) -> bool:
    """Whether the bytes that are here are the ones the name stands for."""
    found = hashlib.sha256()
    for data in conn.execute(sa.select(_p.data).where(_p.name == name).order_by(_p.at)).scalars():
        found.update(data)
    return found.hexdigest() == name


def named_by(conn: sa.Connection, entity: Entity, ids: Collection[str]) -> set[str]:
    """The bytes that these records of one kind name."""
    found: set[str] = set()
    for field, kind in entity.fields().items():
        if isinstance(kind, ContentName):
            found.update(name for (name,) in rows_among(conn, entity.table, (field,), "id", ids) if name)
    return found


def drop_unreferenced(conn: sa.Connection, among: Collection[str] | None = None) -> int:
    """Drop the bytes that no record names any more: erased, or gone with what left this point; where `among` is given,
    of these alone. Gives how many. What something written here names stays as long as those words do: the center may
    be put back, and lose it once more."""
    if among is None:
        names = set(conn.execute(sa.select(_a.name).where(_ANYWHERE, _a.staged_at.is_(None))).scalars())
    else:
        rows = rows_among(conn, attached, ("name", "staged_at"), "name", among)
        names = {name for name, staged_at in rows if staged_at is None}
    gone = names - named_among(conn, names)
    gone -= _written_here(conn, gone)
    drop(conn, gone)
    return len(gone)


def _written_here(conn: sa.Connection, names: Collection[str]) -> set[str]:
    """Those that were added here, and that something written here names that was neither erased nor let go of."""
    added = {name for name, thumbnail in rows_among(conn, attached, ("name", "thumbnail"), "name", names) if thumbnail}
    if not added:
        return set()
    own = conn.execute(sa.select(journal.c.payload).where(journal.c.device == standing(conn).device)).scalars()
    return {name for payload in own for name in added if name.encode() in payload}


def drop(conn: sa.Connection, names: Collection[str]) -> None:
    """Forget these bytes and all that is known of them."""
    delete_among(conn, attached_piece, "name", names)
    delete_among(conn, attached, "name", names)


def _insert(
    conn: sa.Connection,
    name: str,
    size: int,
    type_: str,
    *,
    here: int = 0,
    thumbnail: str = "",
    staged_at: int | None = None,
    wanted_at: int | None = None,
) -> None:
    values = {"name": name, "size": size, "type": type_, "here": here, "thumbnail": thumbnail}
    values |= {"staged_at": staged_at, "wanted_at": wanted_at, "kept_in": "", "trouble": ""}
    conn.execute(attached.insert(), values)
