"""Which devices were shut out, in a file beside the photos too: a database that is put back would let them in again.

Ids alone, one a line, and none is ever taken out. Not here: shutting out (`admission.py`). Where nothing of the center
stands in its folder yet nothing is kept: a folder made for this would look like that of the photos.
"""

import re
from pathlib import Path

import sqlalchemy as sa

from app.center.hub import Hub
from app.center.locks import pass_gate
from app.center.tables import device
from app.journal.load import chunks
from app.store.durable import on_disk, write_durably
from app.store.engine import writing

_FILE = "revoked"
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def keep_revoked(hub: Hub) -> None:
    """Write down all that are shut out in the database, beside those written down before."""
    file = _file_of(hub)
    if file is None:
        return
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)  # of two that write at once one would be lost
        known = set(_written(file))
        now = known.union(conn.execute(sa.select(device.c.id).where(device.c.status == "REVOKED")).scalars())
        if now != known:
            write_durably(file, "".join(f"{id_}\n" for id_ in sorted(now)).encode())


def revoke_again(conn: sa.Connection, hub: Hub, now: int) -> None:
    """Shut out all that are written down and that this database would let in. `now`: µs."""
    file = _file_of(hub)
    d = device.c
    for chunk in chunks(sorted(_written(file)) if file is not None else []):
        shut = device.update().where(d.id.in_(chunk), d.status != "REVOKED")
        conn.execute(shut.values(status="REVOKED", revoked_at=now))


def _file_of(hub: Hub) -> Path | None:
    """None where the folder is not there; a center in memory may have none."""
    try:
        root = hub.content.root
    except LookupError:
        return None
    return root / _FILE if root.is_dir() else None


def _written(file: Path) -> list[str]:
    with on_disk():
        return _ID.findall(file.read_text(encoding="ascii", errors="replace")) if file.is_file() else []
