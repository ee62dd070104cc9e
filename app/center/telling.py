"""What a device is told of its commits that are set aside: that they are, why, and how it ended.

Not here: how they are kept and settled (`quarantine.py`), and how a device takes it (`app.sync.verdicts`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.center.quarantine import DROPPED, WAITING, wanted_record
from app.center.tables import held, quarantine
from app.journal.ops import CommitId
from app.store.bulk import among
from app.sync.protocol import Dropped, Held, Verdict

ON_DROPPED = "on_dropped"
"""Told of what waits for a record that an operator settled never to take."""
MOST_TOLD = 100
"""Of the commits a device asks about, of how many it is told at once: it asks again for the rest."""
_q = quarantine.c
_h = held.c
_ROWS = sa.select(_q.device, _q.epoch, _q.n, _q.code, _q.detail, _q.settled_at, _q.settled_why).where(
    sa.or_(_q.settled_at.is_(None), _q.settled_as == DROPPED)
)


@dataclass(frozen=True, slots=True)
class Told:
    """`held`: what is set aside for another reason than the device believes, or it has not heard of; `dropped`: what
    an operator settled never to apply."""

    held: list[Held] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)


def verdicts(conn: sa.Connection, device_id: str, epoch: str, from_n: int) -> list[Verdict]:
    """What a device is told of its commits from `from_n` on that are set aside. Also of those that an operator settled
    never to apply: who sends them once more may not have heard that they are here."""
    rows = conn.execute(_ROWS.where(_q.device == device_id, _q.epoch == epoch, _q.n >= from_n)).all()
    codes = codes_now(conn, {_id(row): (row.code, row.detail) for row in rows})
    return [Verdict(id_.n, codes[id_]) for id_ in sorted(codes)]


def told_of(conn: sa.Connection, device_id: str, asked: Iterable[Held]) -> Told:
    """What a device is told of those of its commits that it asks about."""
    believed = {(of.epoch, n): of.code for of in asked for n in of.ns}
    if not believed:
        return Told()
    rows = conn.execute(_ROWS.where(_q.device == device_id)).all()
    rows = [row for row in rows if (row.epoch, row.n) in believed]
    dropped = [Dropped(row.epoch, row.n, row.settled_at, row.settled_why) for row in rows if row.settled_at is not None]
    # An older program does not say what it believes, and is not told. Of what is settled only that it is here.
    may_differ = [
        row
        for row in rows
        if believed[row.epoch, row.n] == "" or (row.settled_at is None and believed[row.epoch, row.n] is not None)
    ]
    codes = codes_now(conn, {_id(row): (row.code, row.detail) for row in may_differ})
    news = {id_: code for id_, code in codes.items() if code != believed[id_.epoch, id_.n]}
    return Told(_in_groups(news), sorted(dropped, key=lambda each: (each.at, each.n))[:MOST_TOLD])


def codes_now(conn: sa.Connection, entries: Mapping[CommitId, tuple[str, str]]) -> dict[CommitId, str]:
    """Why these commits are set aside, as it is now; of each the code and the detail that it was given."""
    waiting = {id_: wanted_record(code, detail) for id_, (code, detail) in entries.items() if code in WAITING}
    return {id_: code for id_, (code, _) in entries.items()} | dict.fromkeys(_on_dropped(conn, waiting), ON_DROPPED)


def _id(row: Any) -> CommitId:
    return CommitId(row.device, row.epoch, row.n)


def _in_groups(codes: Mapping[CommitId, str]) -> list[Held]:
    first = sorted(codes, key=lambda id_: (id_.epoch, codes[id_], id_.n))[:MOST_TOLD]
    groups = groupby(first, key=lambda id_: (id_.epoch, codes[id_]))
    return [Held(epoch, [id_.n for id_ in ids], code) for (epoch, code), ids in groups]


def _on_dropped(conn: sa.Connection, waiting: Mapping[CommitId, str]) -> set[CommitId]:
    """Those of these commits, each waiting for a record, to which it cannot come: whoever makes it is dropped, or waits
    in vain as well. It may come another way still, and lets in what stands on it (`rerun.py`)."""
    wanted, dropped = dict(waiting), set[CommitId]()
    makers: dict[str, set[CommitId]] = {}
    asked = set(wanted.values())
    while asked:
        makers.update({record: set() for record in asked})
        further = dict[CommitId, str]()
        for row in _makers_of(conn, asked):
            maker = _id(row)
            makers[row.record].add(maker)
            if row.settled_as == DROPPED:
                dropped.add(maker)
            elif row.code in WAITING and maker not in wanted:
                further[maker] = wanted_record(row.code, row.detail)
        # A chain is nearly always of one device: what else of it waits comes along, not one link at a time.
        wanted |= further | _waiting_of(conn, {id_.device for id_ in further})
        asked = set(wanted.values()) - makers.keys()
    waits: dict[str, list[CommitId]] = {}
    for id_, record in wanted.items():
        waits.setdefault(record, []).append(id_)
    return lost_with(dropped, makers, waits) & waiting.keys()


def _makers_of(conn: sa.Connection, records: Collection[str]) -> Sequence[Any]:
    """What is set aside and would make one of these records."""
    of_maker = (_h.device == _q.device, _h.epoch == _q.epoch, _h.n == _q.n)
    columns = (_q.device, _q.epoch, _q.n, _q.code, _q.detail, _q.settled_as, _h.record)
    joined = sa.select(*columns).join_from(held, quarantine, sa.and_(*of_maker))
    return conn.execute(joined.where(among(conn, _h.record, records))).all()


def _waiting_of(conn: sa.Connection, devices: Collection[str]) -> dict[CommitId, str]:
    """What of these devices waits, and for which record each."""
    if not devices:
        return {}
    theirs = _ROWS.where(among(conn, _q.device, devices), _q.code.in_(WAITING), _q.settled_at.is_(None))
    return {_id(row): wanted_record(row.code, row.detail) for row in conn.execute(theirs)}


def lost_with(
    dropped: Iterable[CommitId], makers: Mapping[str, Collection[CommitId]], waiting: Mapping[str, Iterable[CommitId]]
) -> set[CommitId]:
    """These and what waits in vain because of them: a record is lost once all who make it are. `makers`, `waiting`: by
    record, who makes it and who waits for it. Goes from what was dropped outward, through each record once."""
    makes: dict[CommitId, list[str]] = {}
    for record, ids in makers.items():
        for id_ in ids:
            makes.setdefault(id_, []).append(record)
    may_come = {record: len(ids) for record, ids in makers.items()}
    lost = set(dropped)
    to_do = list(lost)
    while to_do:
        for record in makes.get(to_do.pop(), ()):
            may_come[record] -= 1
            if not may_come[record]:
                more = set(waiting.get(record, ())) - lost
                lost |= more
                to_do += more
    return lost
