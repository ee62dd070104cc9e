"""Commits that were acknowledged and not applied: kept raw, run again after a mend or settled by an operator.

Not here: what their device is told (`telling.py`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import ids_named
from app.center.arrivals import Arrival, Sender, read_commits
from app.center.erased import without_erased
from app.center.rights import UNKNOWN
from app.center.tables import device, device_epoch, held, quarantine
from app.features.org.tables import staff
from app.journal.entities import by_entity
from app.journal.ops import CommitId, Key
from app.store.bulk import Kept, among, rows_among, values_found
from app.sync.protocol import PushedCommit

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PushedCommit)
_MOST_REASON = 400
WAITS = "waits"
"""The code of what stands on a record whose creation was set aside; its detail is which record that is."""
WAITING = frozenset({WAITS, UNKNOWN})
"""The codes of what waits for a record; for `UNKNOWN` that of its author."""
DROPPED = "dropped"
"""How it ended where an operator settled that it is never applied."""
MOST_ASIDE = 5_000
"""Commits of one device that may wait here, and..."""
MOST_ASIDE_BYTES = 64 * 1024 * 1024
"""...how many bytes of them. What is more stays at the device until somebody has looked."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One entry of the operator's list; nothing the commit says is shown."""

    device: str
    epoch: str
    n: int
    code: str
    detail: str
    received_at: int

    @property
    def id(self) -> CommitId:
        return CommitId(self.device, self.epoch, self.n)


def put(conn: sa.Connection, sender: Sender, arrivals: Iterable[Arrival], receipt: int) -> None:
    """Store what was put aside, without what was erased by law, and hold the records it would have created."""
    rows, holds, aside = [], [], list(arrivals)
    kept = without_erased(conn, sender, [arrival.pushed for arrival in aside])
    for arrival, pushed in zip(aside, kept, strict=True):
        who = {"device": sender.device, "epoch": sender.epoch, "n": arrival.pushed.n}
        rows.append(
            {
                **who,
                "serial": sender.serial,
                "code": arrival.code,
                "detail": arrival.detail,
                "raw": _encoder.encode(pushed),
                "chain": arrival.chain,
                "eff": arrival.eff,
                "received_at": receipt,
            }
        )
        holds += [{**who, "record": record} for record in sorted({id_ for _, id_ in arrival.creates()})]
    if rows:
        conn.execute(quarantine.insert(), rows)
    if holds:
        conn.execute(held.insert(), holds)


def is_full(conn: sa.Connection, device_id: str) -> bool:
    """Whether so much of this device waits that it may set no more aside. What readers brought of it (`brought.py`) is
    not its own doing."""
    q, e = quarantine.c, device_epoch.c
    epochs = sa.select(e.epoch).where(e.device == device_id)
    return are_too_many(conn, q.device == device_id, q.epoch.in_(epochs))


def are_too_many(conn: sa.Connection, *which: sa.ColumnElement[bool]) -> bool:
    """Whether more of these wait than one device may set aside."""
    q = quarantine.c
    query = sa.select(sa.func.count(), sa.func.sum(sa.func.length(q.raw)))
    count, size = conn.execute(query.where(*which, q.settled_at.is_(None))).one()
    return count > MOST_ASIDE or (size or 0) > MOST_ASIDE_BYTES


_ANY_HELD = Kept(sa.select(held.c.record).limit(1))


def held_among(conn: sa.Connection, ids: Iterable[str]) -> set[str]:
    """Those of these records that wait for a commit set aside."""
    if _ANY_HELD.first(conn) is None:  # nearly always, at every push
        return set()
    return values_found(conn, (held,), "record", set(ids))


def chain_at(conn: sa.Connection, device_id: str, epoch: str, n: int) -> bytes | None:
    q = quarantine.c
    return conn.execute(sa.select(q.chain).where(q.device == device_id, q.epoch == epoch, q.n == n)).scalar()


def set_aside(conn: sa.Connection) -> list[SetAside]:
    """What is not settled, oldest first."""
    return _entries(conn, _open_ones())


def refused_upon(conn: sa.Connection, nodes: Collection[str], ids: Collection[str], since: int) -> list[SetAside]:
    """What devices of these nodes sent themselves from `since` on (µs) and that was not allowed, where it names one of
    these ids; oldest first."""
    q, wanted = quarantine.c, {id_.encode() for id_ in ids}
    theirs = [row[0] for row in rows_among(conn, device, ("id",), "node", nodes)]
    refused = _open_ones().where(
        q.code == "not_allowed", q.received_at >= since, among(conn, q.device, theirs), _is_sent()
    )
    rows = conn.execute(refused.add_columns(q.raw))
    return [SetAside(*row[:-1]) for row in rows if not wanted.isdisjoint(ids_named(row.raw))]


def _is_sent() -> sa.ColumnElement[bool]:
    """Not what readers brought: its author sent it."""
    q, e = quarantine.c, device_epoch.c
    return sa.exists().where(e.device == q.device, e.epoch == q.epoch)


def _open_ones() -> sa.Select[Any]:
    names = [quarantine.c[name] for name in SetAside.__dataclass_fields__]
    return sa.select(*names).where(quarantine.c.settled_at.is_(None)).order_by(quarantine.c.received_at, quarantine.c.n)


def _entries(conn: sa.Connection, query: sa.Select[Any]) -> list[SetAside]:
    return [SetAside(**row._mapping) for row in conn.execute(query)]


def waits_on(conn: sa.Connection, entries: Iterable[SetAside]) -> dict[CommitId, list[CommitId]]:
    """For each of these that waits: the commits set aside that create what it stands on, or engage who wrote it."""
    found: dict[CommitId, list[CommitId]] = {}
    for entry in entries:
        if entry.code not in WAITING:
            continue
        row = conn.execute(
            sa.select(quarantine.c.serial, quarantine.c.raw).where(*is_entry(quarantine, entry.id))
        ).one()
        sender = Sender(entry.device, entry.epoch, row.serial)
        (arrival,) = read_commits(sender, [_decoder.decode(row.raw)], whole=False)  # readers bring what they hold
        needs = {arrival.pushed.actor} if entry.code == UNKNOWN else {id_ for _, id_ in arrival.stands_on()}
        makers = {CommitId(*row) for row in rows_among(conn, held, CommitId._fields, "record", needs)}
        found[entry.id] = sorted(makers - {entry.id})
    return found


def waits_for(key: Key) -> str:
    """The detail of what waits for this record."""
    return " ".join(key)


def ready(conn: sa.Connection) -> list[SetAside]:
    """What waits for somebody or something that is here now, oldest first; nothing of revoked devices, or that readers
    brought of others."""
    q, d = quarantine.c, device.c
    active = sa.exists().where(d.id == q.device, d.status != "REVOKED")
    waiting = _open_ones().where(q.code.in_(WAITING), _is_sent(), active)
    wanted = {entry: _wanted(entry) for entry in _entries(conn, waiting)}
    here = {
        (entity.kind, id_)
        for entity, ids in by_entity(wanted.values()).items()
        for (id_,) in rows_among(conn, entity.table, ("id",), "id", ids)
    }
    held_back = held_among(conn, (id_ for _, id_ in wanted.values()))
    return [
        entry
        for entry, record in wanted.items()
        if record in here or (entry.code == WAITS and record[1] not in held_back)
    ]


def _wanted(entry: SetAside) -> Key:
    """Whom or what it waits for."""
    kind = staff.kind if entry.code == UNKNOWN else entry.detail.partition(" ")[0]
    return kind, wanted_record(entry.code, entry.detail)


def wanted_record(code: str, detail: str) -> str:
    """The id of whom or what a commit waits for. What an older program set aside does not say: nothing is held under an
    empty id."""
    return detail if code == UNKNOWN else detail.partition(" ")[2]


def drop(conn: sa.Connection, id_: CommitId, reason: str, now: int) -> None:
    """An operator settles that this commit is never applied: it stays here, raw, with the reason. What stands on it
    waits on, and is told that it does so in vain. Raises `Refused`: "missing", "no_such_commit"."""
    if not reason.strip():
        raise Refused("missing", "reason")
    q = quarantine.c
    settled = {"settled_at": now, "settled_as": DROPPED, "settled_why": reason.strip()[:_MOST_REASON]}
    changed = conn.execute(
        quarantine.update().where(*is_entry(quarantine, id_), q.settled_at.is_(None)).values(**settled)
    )
    if not changed.rowcount:
        raise Refused("no_such_commit", "drop", commit=id_.text())


def is_entry(table: sa.Table, id_: CommitId) -> tuple[sa.ColumnElement[bool], ...]:
    """Where a row of `quarantine` or `held` is about this commit."""
    return (table.c.device == id_.device, table.c.epoch == id_.epoch, table.c.n == id_.n)
