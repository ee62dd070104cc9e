"""Commits set aside are tried again after a mend: judged, applied and numbered as if they had just come."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from app.center import quarantine
from app.center.arrivals import Sender, read_commits, touched_by
from app.center.brought import is_brought
from app.center.hub import Hub
from app.center.intake import take_arrivals
from app.center.locks import lock_rows, pass_gate
from app.center.relays import relayed_among
from app.center.tables import device, held
from app.center.tables import quarantine as kept
from app.journal.ops import CommitId
from app.store.engine import reading, writing
from app.sync.protocol import PushedCommit

_decoder = msgspec.json.Decoder(PushedCommit)


@dataclass(frozen=True, slots=True)
class Rerun:
    applied: int
    left: int


def run_again(hub: Hub, only: CommitId | None = None, *, codes: Collection[str] = ()) -> Rerun:
    """Try everything that is set aside, or `only` one, or what was for these `codes`, in the order it came; those of
    revoked devices, and what readers brought of others, stay where they are."""
    with reading(hub.engine) as conn:
        entries = [entry for entry in quarantine.set_aside(conn) if only in (None, entry.id)]
    entries = [entry for entry in entries if not codes or entry.code in codes]
    applied = sum(_run_one(hub, entry) for entry in entries)
    return Rerun(applied, len(entries) - applied)


def _run_one(hub: Hub, entry: quarantine.SetAside) -> bool:
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        still_open = sa.select(kept).where(*_is(kept, entry), kept.c.settled_at.is_(None))
        row = conn.execute(still_open).mappings().first()
        owner = conn.execute(sa.select(device).where(device.c.id == entry.device)).mappings().first()
        if row is None or owner is None or owner["status"] == "REVOKED":
            return False
        if is_brought(conn, entry.device, entry.epoch):
            return False
        sender = Sender(row["device"], row["epoch"], row["serial"])
        (arrival,) = read_commits(sender, [_decoder.decode(row["raw"])])
        arrival.eff, arrival.chain = row["eff"], row["chain"]
        nodes = lock_rows(conn, touched_by([arrival]).rows)
        take_arrivals(conn, hub, sender, [arrival], owner["node"], nodes, relayed_among(conn, sender, [arrival]))
        if arrival.code:
            values: dict[str, object] = {"code": arrival.code, "detail": arrival.detail}
        else:
            values = {"settled_at": hub.clock(), "settled_as": "applied"}
            conn.execute(held.delete().where(*_is(held, entry)))
        conn.execute(kept.update().where(*_is(kept, entry)).values(**values))
        return not arrival.code


def _is(table: sa.Table, entry: quarantine.SetAside) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.device == entry.device, table.c.epoch == entry.epoch, table.c.n == entry.n)
