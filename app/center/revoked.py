"""Which devices were shut out and which enrolments were used, beside the photos too: a database that is put back would
let them in again.

Not here: shutting out and letting in (`admission.py`), the files (`beside.py`).
"""

import re
from collections.abc import Iterable

import sqlalchemy as sa

from app.base.ids import is_id
from app.center.beside import keep_beside, lines_beside
from app.center.hub import Hub
from app.center.tables import device, enrolment
from app.journal.load import chunks

_REVOKED, _USED = "revoked", "enrolled"
"""The files: the ids of devices; enrolments, and the device that used each."""
_USE = re.compile(r"(?P<enrolment>[0-9a-f]{32}) (?P<device>[0-9a-f]{32})", re.ASCII)


def keep_revoked(hub: Hub) -> None:
    """Write down all that are shut out in the database."""
    keep_beside(hub, _REVOKED, _revoked_in)


def keep_used(hub: Hub) -> None:
    """Write down the enrolments that were used."""
    keep_beside(hub, _USED, _used_in)


def is_written_off(hub: Hub, device_id: str) -> bool:
    """Whether this device is among those written down: the database may not know it at all."""
    return device_id in lines_beside(hub, _REVOKED)


def shut_again(conn: sa.Connection, hub: Hub, now: int) -> None:
    """Shut out all that are written down and that this database would let in, and spend what was used. `now`: µs."""
    d, e = device.c, enrolment.c
    for chunk in chunks(list(filter(is_id, lines_beside(hub, _REVOKED)))):
        shut = device.update().where(d.id.in_(chunk), d.status != "REVOKED")
        conn.execute(shut.values(status="REVOKED", revoked_at=now))
    used = {use["enrolment"]: use["device"] for line in lines_beside(hub, _USED) if (use := _USE.fullmatch(line))}
    for chunk in chunks(sorted(used)):
        open_ones = sa.select(e.id).where(e.id.in_(chunk), e.used_by.is_(None))
        for id_ in conn.execute(open_ones).scalars().all():
            conn.execute(enrolment.update().where(e.id == id_).values(used_by=used[id_], used_at=now))


def _revoked_in(conn: sa.Connection) -> Iterable[str]:
    return conn.execute(sa.select(device.c.id).where(device.c.status == "REVOKED")).scalars()


def _used_in(conn: sa.Connection) -> Iterable[str]:
    e = enrolment.c
    rows = conn.execute(sa.select(e.id, e.used_by).where(e.used_by.is_not(None)))
    return (f"{row.id} {row.used_by}" for row in rows if _USE.fullmatch(f"{row.id} {row.used_by}"))
