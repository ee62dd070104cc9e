"""Commits set aside are tried again after a mend: judged, applied and numbered as if they had just come."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from app.center import quarantine
from app.center.arrivals import Sender, read_commits, touched_by
from app.center.brought import is_brought
from app.center.hub import Hub
from app.center.intake import engaged_by, take_arrivals
from app.center.locks import lock_rows, pass_gate
from app.center.relays import relayed_among
from app.center.rights import UNKNOWN
from app.center.tables import device, held
from app.center.tables import quarantine as kept
from app.journal.ops import CommitId
from app.store.engine import reading, writing
from app.sync.protocol import PushedCommit

WAITS = "waits"
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
    return _run(hub, [entry for entry in entries if not codes or entry.code in codes])


def let_in(hub: Hub, people: Collection[str]) -> Rerun:
    """These people are known now: what they did before is tried again, then what waits for it."""
    with reading(hub.engine) as conn:
        entries = quarantine.set_aside(conn)
    theirs = [entry for entry in entries if entry.code == UNKNOWN and entry.detail in people]
    came = _run(hub, theirs)
    if not came.applied:
        return came
    then = run_again(hub, codes={WAITS})
    return Rerun(came.applied + then.applied, came.left + then.left)


def _run(hub: Hub, entries: Collection[quarantine.SetAside]) -> Rerun:
    done = [engaged for entry in entries if (engaged := _run_one(hub, entry)) is not None]
    engaged = frozenset[str]().union(*done)
    if engaged:
        let_in(hub, engaged)
    return Rerun(len(done), len(entries) - len(done))


def _run_one(hub: Hub, entry: quarantine.SetAside) -> frozenset[str] | None:
    """The people it engages; None where it stays set aside."""
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        still_open = sa.select(kept).where(*_is(kept, entry), kept.c.settled_at.is_(None))
        row = conn.execute(still_open).mappings().first()
        owner = conn.execute(sa.select(device).where(device.c.id == entry.device)).mappings().first()
        if row is None or owner is None or owner["status"] == "REVOKED":
            return None
        if is_brought(conn, entry.device, entry.epoch):
            return None
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
        return None if arrival.code else engaged_by([arrival])


def _is(table: sa.Table, entry: quarantine.SetAside) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.device == entry.device, table.c.epoch == entry.epoch, table.c.n == entry.n)
