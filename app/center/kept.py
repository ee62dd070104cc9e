"""Which photos stand whole in the center's folder: their rows, and what stands there without one.

A center that was put back has forgotten the photos that came since its backup. Their records come back by and by, and
it may be that nobody else has the bytes: they are noted again once a record names them, and left alone until nothing is
taken back unasked any more. But for those that an erase took off the disk: their names are written down beside them.
Not here: who brings and gets them (`files.py`).
"""

from collections.abc import Iterable
from contextlib import suppress

import sqlalchemy as sa

from app.center.beside import keep_beside, lines_beside
from app.center.hub import Hub
from app.center.locks import pass_gate
from app.center.past import WINDOW_US, put_back_at
from app.center.tables import kept_photo, segment
from app.journal.attached import named_among, references
from app.journal.entities import Entity
from app.journal.ops import Op
from app.store.content import NAME, NotThere
from app.store.engine import reading, writing
from app.sync.snapshot_wire import may_be_segment

_TAKEN = "erased-photos"
"""The file: the names of photos that an erase took. The name of bytes says nothing of what they show."""


def is_kept(conn: sa.Connection, name: str) -> bool:
    """Whether there is a row for this photo."""
    return conn.execute(sa.select(kept_photo.c.name).where(kept_photo.c.name == name)).first() is not None


def note_kept(conn: sa.Connection, name: str, size: int, device: str, at: int) -> None:
    """Two may bring the last piece at once: one row in the end."""
    if not is_kept(conn, name):
        with suppress(sa.exc.IntegrityError), conn.begin_nested():
            conn.execute(kept_photo.insert(), {"name": name, "bytes": size, "device": device, "at": at})


def forget_kept(hub: Hub, name: str) -> None:
    """Nothing was kept after all, unless another brought it meanwhile."""
    with writing(hub.engine) as conn:
        if not hub.content.has(name):
            conn.execute(kept_photo.delete().where(kept_photo.c.name == name))


def forget_unnamed(hub: Hub, name: str) -> bool:
    """Take back a photo that was just kept, where what named it was erased meanwhile; whether that was so. An erase
    that comes after this look finds its row."""
    with reading(hub.engine) as conn:
        if named_among(conn, [name]):
            return False
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)  # nobody else names it until it is gone
        if named_among(conn, [name]):
            return False
        conn.execute(kept_photo.delete().where(kept_photo.c.name == name))
        hub.content.remove(name)
    return True


def note_aside(conn: sa.Connection, hub: Hub, ops: Iterable[tuple[Entity, Op]]) -> None:
    """Note the photos in the folder that these ops name, which are not to come in any more: nobody would know
    afterwards which they were."""
    fields = {(each.entity.kind, each.field) for each in references()}
    said = (value for entity, op in ops for field, value in op.values.items() if (entity.kind, field) in fields)
    for name in sorted({value for value in said if isinstance(value, str) and NAME.fullmatch(value)}):
        if size := hub.content.partial_size(name):
            note_kept(conn, name, size, "", hub.clock())


def find_again(conn: sa.Connection, hub: Hub) -> set[str]:
    """Note the photos in the folder that a record names and no row does; gives the contents that still have none."""
    here = set(hub.content.names())  # before the tables: what is published meanwhile was noted before
    for column in (kept_photo.c.name, segment.c.sha):
        here.difference_update(conn.execute(sa.select(column)).scalars())
    named = named_among(conn, here)
    for name in sorted(named):
        if size := hub.content.partial_size(name):
            note_kept(conn, name, size, "", hub.clock())
    return here - named


def keep_taken(hub: Hub) -> None:
    """Write down the photos that are about to go, for nothing names them any more."""
    keep_beside(hub, _TAKEN, _named_no_more)


def drop_unnamed(hub: Hub) -> int:
    """Remove what stands in the folder and neither a photo nor a segment is noted for, after an erasure; gives how
    many. A snapshot that was cut short left it, or the center was put back and has no row of its segments any more.
    Photos go only where an erase took them, or where nothing comes back by itself any more that could name them."""
    with writing(hub.engine) as conn:
        unnamed = find_again(conn, hub)
        restored_at = put_back_at(conn)
    is_over = restored_at is not None and hub.clock() - restored_at > WINDOW_US
    taken = set(lines_beside(hub, _TAKEN))
    gone = [name for name in sorted(unnamed) if is_over or name in taken or _is_segment(hub, name)]
    for name in gone:
        hub.content.remove(name)
    return len(gone)


def _is_segment(hub: Hub, name: str) -> bool:
    try:
        return may_be_segment(hub.content.read(name, 0, 4))
    except NotThere:
        return False


def _named_no_more(conn: sa.Connection) -> Iterable[str]:
    names = conn.execute(sa.select(kept_photo.c.name)).scalars().all()
    return set(names) - named_among(conn, names)
