"""What a reader brought back to a restored center and was not taken: an operator looks, asks, and says it is right.

The center takes from a reader what that reader may see without it, else any point could let itself in. Where what let
it in is lost with its author's disk, its word is all there is: then somebody vouches for it. Not here: how it is kept
(`brought.py`), dropping it (`quarantine.py`).
"""

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.center import brought
from app.center.hub import Hub
from app.center.known import has_all_of
from app.center.offers import Bringer, Offered, take_offered
from app.center.quarantine import is_entry, set_aside
from app.center.tables import device, held, quarantine
from app.journal.ops import CommitId, Malformed, unpack_parts
from app.store.engine import reading, writing
from app.sync.protocol import PageCommit, PushedCommit

_decoder = msgspec.json.Decoder(PushedCommit)


def accept(hub: Hub, id_: CommitId) -> Offered:
    """Apply what was brought under this entry as if its reader were known to have read it; judged like any other.
    Raises `Refused` "no_such_commit" where it is none that a reader brought, or is settled."""
    with reading(hub.engine) as conn:
        row = conn.execute(sa.select(quarantine).where(*_open_one(id_))).mappings().one_or_none()
        whose = None if row is None else brought.whose(row["detail"])
        if row is None or whose is None or not brought.is_brought(conn, id_.device, id_.epoch):
            raise Refused("no_such_commit", "accept", commit=id_.text())
        epoch, by = whose
        node = conn.execute(sa.select(device.c.node).where(device.c.id == by)).scalar_one()
    p = _decoder.decode(row["raw"])
    times = (row["eff"], p.wall, p.bound)
    told = PageCommit(id_.device, epoch, row["serial"], p.n, 0, *times, p.schema, p.actor, p.parts)
    offered = take_offered(hub, Bringer(by, node, is_vouched_for=True), [told], hub.clock())
    with writing(hub.engine) as conn:
        if offered.taken:
            _settle(conn, id_, hub.clock(), "applied")
        elif has_all_of(conn, CommitId(id_.device, epoch, id_.n), unpack_parts(p.parts)):
            _settle(conn, id_, hub.clock(), "came")
        else:
            code = offered.code or "apply_failed"
            conn.execute(quarantine.update().where(*_open_one(id_)).values(code=code))
    return offered


def not_seen(conn: sa.Connection, by: str | None = None) -> list[CommitId]:
    """The entries with what readers may not have read, or what device `by` may not; oldest first."""
    entries = [entry for entry in set_aside(conn) if entry.code == brought.NOT_SEEN]
    return [entry.id for entry in entries if by is None or brought.is_by(entry.detail, by)]


def settle_what_came(hub: Hub) -> int:
    """Of what its reader may not have read, that which came another way since, from its author most of all, is nobody's
    to look at any more; how many entries that settled."""
    settled = 0
    with writing(hub.engine) as conn:
        q = quarantine.c
        query = sa.select(q.device, q.epoch, q.n, q.detail, q.raw)
        for row in conn.execute(query.where(q.code == brought.NOT_SEEN, q.settled_at.is_(None))).all():
            whose = brought.whose(row.detail)
            try:
                parts = unpack_parts(_decoder.decode(row.raw).parts)
            except (Malformed, msgspec.MsgspecError):
                continue
            if whose is not None and has_all_of(conn, CommitId(row.device, whose[0], row.n), parts):
                _settle(conn, CommitId(row.device, row.epoch, row.n), hub.clock(), "came")
                settled += 1
    return settled


def _open_one(id_: CommitId) -> tuple[sa.ColumnElement[bool], ...]:
    """This entry, unless somebody else has settled it meanwhile."""
    return (*is_entry(quarantine, id_), quarantine.c.settled_at.is_(None))


def _settle(conn: sa.Connection, id_: CommitId, now: int, how: str) -> None:
    conn.execute(quarantine.update().where(*_open_one(id_)).values(settled_at=now, settled_as=how))
    conn.execute(held.delete().where(*is_entry(held, id_)))
