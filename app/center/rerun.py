"""Commits set aside are tried again after a mend: judged, applied and numbered as if they had just come."""

import logging
import math
from collections.abc import Collection
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from app.base.errors import Environment
from app.center import quarantine
from app.center.arrivals import Sender, read_commits, touched_by
from app.center.brought import is_brought
from app.center.hub import Hub
from app.center.intake import Grant, awaited_among, take_arrivals
from app.center.locks import lock_rows, pass_gate
from app.center.past import first_put_back_at
from app.center.quarantine import is_entry
from app.center.refile import show_again
from app.center.relays import relayed_among
from app.center.tables import device, held
from app.center.tables import quarantine as kept
from app.journal.entities import by_entity
from app.journal.ops import CommitId
from app.journal.presence import with_followers
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.store.trouble import raise_trouble
from app.sync.protocol import PushedCommit

log = logging.getLogger(__name__)

MOST_AT_ONCE = 20
"""Commits tried again within one request, each in a transaction that is alone at the center."""
_LACKED = frozenset({*quarantine.WAITING, "not_allowed"})
"""The codes of what a restored center sets aside because it lacks what that stands on, or what let its author in."""
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


def let_in(hub: Hub, most: int | None = MOST_AT_ONCE) -> Rerun:
    """Try what waits for somebody or something that is here now, then what waits for that. No more than `most`: the
    rest, and what trouble cuts short, at the next push to this worker, or at the next start."""
    applied = 0
    tried: set[quarantine.SetAside] = set()
    hub.owed.rerun = False
    try:
        while True:
            with reading(hub.engine) as conn:
                entries = [entry for entry in quarantine.ready(conn) if entry not in tried]
            hub.owed.rerun = bool(entries)
            entries = entries if most is None else entries[: most - len(tried)]
            if not entries:
                return Rerun(applied, len(tried) - applied)
            applied += sum(_try_one(hub, entry) is not None for entry in entries)
            tried.update(entries)
    except Environment:
        hub.owed.rerun = True
        raise


def allow_again(hub: Hub, granted: Collection[Grant]) -> None:
    """These records were given to nodes. Where the center had lost that, since it was first put back, what devices of
    theirs wrote upon them may have come first and was not allowed: that is tried once more, a few at each push to this
    worker."""
    refused = hub.owed.refused
    refused.update(dict.fromkeys(_refused_before(hub, granted)))
    some = list(refused)[:MOST_AT_ONCE]
    if not some:
        return
    applied = _run(hub, some).applied
    for entry in some:
        refused.pop(entry, None)  # another thread may have tried it too
    if applied:
        let_in(hub)


def _refused_before(hub: Hub, granted: Collection[Grant]) -> list[quarantine.SetAside]:
    if not granted:
        return []
    with reading(hub.engine) as conn:
        since = first_put_back_at(conn)
        if since is None:
            return []
        below = with_followers(conn, by_entity(each.record for each in granted))
        ids = {id_ for found in below.values() for id_ in found}
        return quarantine.refused_upon(conn, {each.node for each in granted}, ids, since)


def _run(hub: Hub, entries: Collection[quarantine.SetAside]) -> Rerun:
    done = [awaited for entry in entries if (awaited := _try_one(hub, entry)) is not None]
    if any(done):
        let_in(hub, most=None)
    return Rerun(len(done), len(entries) - len(done))


def _try_one(hub: Hub, entry: quarantine.SetAside) -> frozenset[str] | None:
    """`_run_one`; a commit with which nothing can be done holds up neither the others nor whoever came by."""
    try:
        return _run_one(hub, entry)
    except Exception as error:
        raise_trouble(error)
        log.error("commit %s tried again in vain: %s", entry.id.text(), type(error).__name__)
        return None


def _run_one(hub: Hub, entry: quarantine.SetAside) -> frozenset[str] | None:
    """Who and what came with it that others may wait for; None where it stays set aside."""
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        still_open = sa.select(kept).where(*is_entry(kept, entry.id), kept.c.settled_at.is_(None))
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
            conn.execute(held.delete().where(*is_entry(held, entry.id)))
            if row["code"] in _LACKED and row["received_at"] >= (first_put_back_at(conn) or math.inf):
                seq = int(conn.execute(sa.select(journal.c.seq).where(*is_entry(journal, entry.id))).scalar_one())
                show_again(conn, hub.trees.tree(conn), (op for _, op in arrival.ops), owner["node"], seq)
        conn.execute(kept.update().where(*is_entry(kept, entry.id)).values(**values))
        return None if arrival.code else awaited_among(conn, [arrival])
