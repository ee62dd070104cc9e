"""Commits that were acknowledged and not applied: kept raw, told to their device, run again after a mend."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.center.arrivals import Arrival, Sender, read_commits
from app.center.rights import UNKNOWN
from app.center.tables import device_epoch, held, quarantine
from app.journal.load import chunks
from app.journal.ops import CommitId
from app.sync.protocol import PushedCommit, Verdict

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PushedCommit)
_MOST_REASON = 400
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
    """Store what was put aside, and hold the records it would have created."""
    rows, holds = [], []
    for arrival in arrivals:
        who = {"device": sender.device, "epoch": sender.epoch, "n": arrival.pushed.n}
        rows.append(
            {
                **who,
                "serial": sender.serial,
                "code": arrival.code,
                "detail": arrival.detail,
                "raw": _encoder.encode(arrival.pushed),
                "chain": arrival.chain,
                "eff": arrival.eff,
                "received_at": receipt,
            }
        )
        holds += [{**who, "record": record} for record in sorted(arrival.creates())]
    if rows:
        conn.execute(quarantine.insert(), rows)
    if holds:
        conn.execute(held.insert(), holds)


def is_full(conn: sa.Connection, device: str) -> bool:
    """Whether so much of this device waits that it may set no more aside. What readers brought of it (`brought.py`) is
    not its own doing."""
    q, e = quarantine.c, device_epoch.c
    epochs = sa.select(e.epoch).where(e.device == device)
    return are_too_many(conn, q.device == device, q.epoch.in_(epochs))


def are_too_many(conn: sa.Connection, *which: sa.ColumnElement[bool]) -> bool:
    """Whether more of these wait than one device may set aside."""
    q = quarantine.c
    query = sa.select(sa.func.count(), sa.func.sum(sa.func.length(q.raw)))
    count, size = conn.execute(query.where(*which, q.settled_at.is_(None))).one()
    return count > MOST_ASIDE or (size or 0) > MOST_ASIDE_BYTES


def held_among(conn: sa.Connection, ids: Iterable[str]) -> set[str]:
    """Those of these records that wait for a commit set aside."""
    if conn.execute(sa.select(held.c.record).limit(1)).first() is None:
        return set()
    found: set[str] = set()
    for chunk in chunks(sorted(ids)):
        found.update(conn.execute(sa.select(held.c.record).where(held.c.record.in_(chunk))).scalars())
    return found


def verdicts(conn: sa.Connection, device: str, epoch: str, from_n: int) -> list[Verdict]:
    """What a device is told of its commits from `from_n` on that are set aside."""
    q = quarantine.c
    rows = conn.execute(
        sa.select(q.n, q.code)
        .where(q.device == device, q.epoch == epoch, q.n >= from_n, q.settled_at.is_(None))
        .order_by(q.n)
    )
    return [Verdict(n, code) for n, code in rows]


def chain_at(conn: sa.Connection, device: str, epoch: str, n: int) -> bytes | None:
    q = quarantine.c
    return conn.execute(sa.select(q.chain).where(q.device == device, q.epoch == epoch, q.n == n)).scalar()


def set_aside(conn: sa.Connection) -> list[SetAside]:
    """What is not settled, oldest first."""
    names = [quarantine.c[name] for name in SetAside.__dataclass_fields__]
    open_ones = sa.select(*names).where(quarantine.c.settled_at.is_(None))
    rows = conn.execute(open_ones.order_by(quarantine.c.received_at, quarantine.c.n))
    return [SetAside(**row._mapping) for row in rows]


def waits_on(conn: sa.Connection, entries: Iterable[SetAside]) -> dict[CommitId, list[CommitId]]:
    """For each of these that waits: the commits set aside that create what it stands on, or engage who wrote it."""
    found: dict[CommitId, list[CommitId]] = {}
    h = held.c
    for entry in entries:
        if entry.code not in ("waits", UNKNOWN):
            continue
        row = conn.execute(sa.select(quarantine.c.serial, quarantine.c.raw).where(*_is(quarantine, entry.id))).one()
        (arrival,) = read_commits(Sender(entry.device, entry.epoch, row.serial), [_decoder.decode(row.raw)])
        makers: set[CommitId] = set()
        needs = {arrival.pushed.actor} if entry.code == UNKNOWN else arrival.stands_on()
        for chunk in chunks(sorted(needs)):
            rows = conn.execute(sa.select(h.device, h.epoch, h.n).where(h.record.in_(chunk)))
            makers.update(CommitId(*maker) for maker in rows)
        found[entry.id] = sorted(makers - {entry.id})
    return found


def drop(conn: sa.Connection, id_: CommitId, reason: str, now: int) -> None:
    """An operator settles that this commit is never applied: it stays here, raw, with the reason. What stands on it
    waits on. Raises `Refused`: "missing", "unknown_record"."""
    if not reason.strip():
        raise Refused("missing", "reason")
    q = quarantine.c
    settled = {"settled_at": now, "settled_as": "dropped", "settled_why": reason.strip()[:_MOST_REASON]}
    changed = conn.execute(quarantine.update().where(*_is(quarantine, id_), q.settled_at.is_(None)).values(**settled))
    if not changed.rowcount:
        raise Refused("unknown_record", "drop")


def _is(table: sa.Table, id_: CommitId) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.device == id_.device, table.c.epoch == id_.epoch, table.c.n == id_.n)
