"""A center that was put back from a backup: it says so by a new epoch, and devices send again what it lost.

Numbers go on far above those it had given, so that none is given twice. Who was shut out since, and what was erased by
law, is so again before anybody is served. Not here: how a backup is read (`backup.py`),
and what devices offer (`offers.py`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import random_hex
from app.center.backup import About, Backup, read_lines, rows_into, verify
from app.center.erased import erase_again, sweep_journal
from app.center.hub import Declined, Hub, standing_city
from app.center.links import epochs_of
from app.center.locks import pass_gate
from app.center.past import common_seq
from app.center.revoked import shut_again
from app.center.tables import city, counter, device_epoch, past_hub
from app.journal.tables import GAP, journal
from app.store.engine import writing
from app.store.schema import metadata
from app.sync.epochs import begin_epoch

_AT_ONCE = 1_000


class Asking(Protocol):
    """A request that says which epoch of the center its device knows."""

    device: str
    hub_epoch: str


def check_hub_epoch(conn: sa.Connection, request: Asking) -> Mapping[str, Any]:
    """The city's row. Raises `Declined` 409 epoch where the device knew the center before it was put back."""
    town = standing_city(conn)
    hub_epoch = town["hub_epoch"]
    if request.hub_epoch in ("", hub_epoch):  # empty: it has never met the center
        return town
    epochs = {e["epoch"]: [e["acked_n"], e["safe_n"]] for e in epochs_of(conn, request.device)}
    since = common_seq(conn, request.hub_epoch) or 0
    raise Declined(409, "epoch", hub_epoch=hub_epoch, since=since, epochs=epochs)


def put_back(conn: sa.Connection, now: int) -> int:
    """Say that this database was put back; gives the last number it has. `now`: µs.

    What it holds of each device is in a backup, so it is safe; what the center itself writes goes into a new epoch.
    """
    row = standing_city(conn)
    seq = int(conn.execute(sa.select(counter.c.v)).scalar_one())
    conn.execute(past_hub.insert(), {"hub_epoch": row["hub_epoch"], "seq": seq, "restored_at": now})
    conn.execute(city.update().values(hub_epoch=random_hex(8)))
    conn.execute(counter.update().values(v=counter.c.v + GAP))
    conn.execute(device_epoch.update().values(safe_n=device_epoch.c.acked_n))
    begin_epoch(conn)
    return seq


def stands_since(conn: sa.Connection) -> int:
    """When the last commit came that this database has, µs: whoever was shut out since must be shut out again."""
    j = journal.c
    last = conn.execute(sa.select(j.eff).where(j.seq.is_not(None)).order_by(j.seq.desc()).limit(1)).scalar()
    return int(last or standing_city(conn)["made_at"])


def say_put_back(hub: Hub) -> int:
    """`put_back` for a database that other tools brought back. Nobody may be served meanwhile."""
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        seq = put_back(conn, hub.clock())
        do_again(conn, hub)
    sweep_journal(hub)
    return seq


def do_again(conn: sa.Connection, hub: Hub) -> None:
    """Do what is written down beside the photos and this database does not know. The caller is alone."""
    shut_again(conn, hub, hub.clock())
    erase_again(conn, hub)


def restore(hub: Hub, source: Path, passphrase: str) -> Backup:
    """Fill an empty, upgraded database from a backup, and say that it was put back; all of it or nothing.

    Raises `Refused`: "database_not_empty", "erased_unreadable", and as `backup.verify`.
    """
    made = verify(source, passphrase)
    with writing(hub.engine) as conn:
        if any(conn.execute(sa.select(sa.literal(1)).select_from(t).limit(1)).first() for t in metadata.sorted_tables):
            raise Refused("database_not_empty", "database")
        table: sa.Table | None = None
        waiting: list[list[Any]] = []
        for line in read_lines(source, passphrase):
            if isinstance(line, list):
                waiting.append(line)
            if waiting and table is not None and (not isinstance(line, list) or len(waiting) >= _AT_ONCE):
                conn.execute(table.insert(), rows_into(table, waiting))
                waiting = []
            if not isinstance(line, (list, About)):
                table = line
        if waiting and table is not None:
            conn.execute(table.insert(), rows_into(table, waiting))
        put_back(conn, hub.clock())
        do_again(conn, hub)
    sweep_journal(hub)
    return made
