"""After the center was restored: what others wrote and this device has read is offered back to it, also what could not
be applied here and lies aside.

Their authors send it themselves where they still can. Ids go first, and only what the center has not is sent. Until all
of it is offered the device pulls nothing (`rounds.py`). Not here: how the device learns of the restore (`recovery.py`).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict

from app.base.ids import NewId
from app.journal.here import standing
from app.journal.load import chunks, load_commits
from app.journal.ops import CommitId, Malformed, OpPart, kept_parts, pack_parts
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.aside import all_aside, told_among
from app.sync.protocol import CLIENT_LEVEL, VERSION, Number, PageCommit, pack, unnumbered
from app.sync.state import enrolled
from app.sync.tables import past_epoch
from app.sync.transport import Transport
from app.sync.writing import Write, write_state

OFFER_PATH = "/sync/v1/offer"
MOST_IDS = 500
"""Ids in one offer, and the most commits sent in one."""
_MOST_RAW = 1024 * 1024
"""Bytes of JSON in one offer."""


class OfferedId(msgspec.Struct, array_like=True):
    """A commit and which of its ops. `marks`: of each, what its bytes are told by, so that another op under the same
    number is not taken for it."""

    device: str
    epoch: str
    n: Number
    places: list[int]
    marks: list[str] = []


class OfferRequest(msgspec.Struct):
    """Asks about `ids`, and sends `commits` that were wanted before. Their `seq` means nothing."""

    version: int
    request_id: str
    device: str
    hub_epoch: str
    ids: list[OfferedId]
    commits: list[PageCommit]


class OfferResponse(msgspec.Struct):
    request_id: str
    now: int
    wanted: list[OfferedId]
    """What the center has not, of the ids asked about."""
    taken: int
    """Commits among those sent that were applied."""


def offer_all(
    engine: sa.Engine,
    transport: Transport,
    *,
    write: Write,
    new_request_id: NewId,
    stop_if_asked: Callable[[], None],
) -> int:
    """Offer everything the center may have lost; gives how many commits it took. Cut short, it begins anew."""
    with reading(engine) as conn:
        state, here = enrolled(conn), standing(conn)
        offered = list(_to_offer(conn, here.device))
    taken = 0

    def ask(ids: list[OfferedId], commits: list[PageCommit]) -> OfferResponse:
        stop_if_asked()
        request = OfferRequest(VERSION, new_request_id(), here.device, state.hub_epoch, ids, commits)
        return transport.call(OFFER_PATH, request.request_id, pack(request, CLIENT_LEVEL), OfferResponse)

    for some in chunks(offered, MOST_IDS):
        with reading(engine) as conn:
            ids = _ids(conn, some)
        wanted = ask(ids, []).wanted
        for commits in _batches(engine, wanted):
            taken += ask([], commits).taken
    write(partial(write_state, engine, must_offer=False))
    return taken


@dataclass(frozen=True, slots=True)
class _Held:
    """What is here of a commit. `frame`: all but its ops; `parts`: the ops that are still whole."""

    frame: Mapping[str, Any]
    parts: Sequence[OpPart]


def whole_offers(engine: sa.Engine) -> Iterator[list[PageCommit]]:
    """The same for a center that cannot be asked which of it it wants: all of it, at least one batch."""
    with reading(engine) as conn:
        offered = list(_to_offer(conn, standing(conn).device))
    if not offered:
        yield []
    for some in chunks(offered, MOST_IDS):
        with reading(engine) as conn:
            ids = _ids(conn, some)
        yield from _batches(engine, ids)


def _to_offer(conn: sa.Connection, device: str) -> Iterator[CommitId]:
    """What has no number and is not this device's own to push, in the order in which it was written."""
    here = standing(conn)
    written = {here.epoch: here.n}
    written.update((row.epoch, row.n) for row in conn.execute(sa.select(past_epoch.c.epoch, past_epoch.c.n)))
    j = journal.c
    lost = conn.execute(sa.select(j.eff, j.device, j.serial, j.n, j.epoch).where(j.seq.is_(None)))
    found = {tuple(row) for row in lost}
    found |= {(told.eff, told.device, told.serial, told.n, told.epoch) for told in all_aside(conn) if not told.seq}
    ids = dict.fromkeys(CommitId(author, epoch, n) for _, author, _, n, epoch in sorted(found))
    yield from (id_ for id_ in ids if id_.device != device or id_.n > written.get(id_.epoch, 0))


def _ids(conn: sa.Connection, some: Iterable[CommitId]) -> list[OfferedId]:
    """With the ops that are still whole here; without those of which none is."""
    return [
        OfferedId(*id_, [part.at for part in held.parts], [mark_of(part) for part in held.parts])
        for id_, held in _held(conn, some).items()
        if held.parts
    ]


def mark_of(part: OpPart) -> str:
    return hashlib.sha256(bytes(part.raw)).hexdigest()[:12]


def _held(conn: sa.Connection, some: Iterable[CommitId]) -> dict[CommitId, _Held]:
    """What is here of these commits, in their order: applied, or aside, or some ops so and some so."""
    ids = list(some)
    rows, told = load_commits(conn, ids), told_among(conn, ids)
    found: dict[CommitId, _Held] = {}
    for id_ in ids:
        parts = {part.at: part for part in _parts_of(told[id_].parts)} if id_ in told else {}
        if id_ in rows:
            parts.update((part.at, part) for part in _parts_of(rows[id_]["payload"]))
        if id_ in rows or id_ in told:
            frame = rows[id_] if id_ in rows else asdict(told[id_])
            found[id_] = _Held(frame, [parts[at] for at in sorted(parts)])
    return found


def _parts_of(payload: bytes | msgspec.Raw) -> Sequence[OpPart]:
    """The ops that are still whole here."""
    try:
        return kept_parts(payload)
    except Malformed:
        return ()


def _batches(engine: sa.Engine, wanted: Iterable[OfferedId]) -> Iterator[list[PageCommit]]:
    size, batch = 0, list[PageCommit]()
    for some in chunks(wanted, 100):
        asked = {CommitId(each.device, each.epoch, each.n): set(each.places) for each in some}
        with reading(engine) as conn:
            found = _held(conn, asked)
        for id_, held in found.items():
            parts = [part for part in held.parts if part.at in asked[id_]]
            commit = unnumbered(held.frame, pack_parts(parts))
            if batch and (size + len(commit.parts) > _MOST_RAW or len(batch) >= MOST_IDS):
                yield batch
                size, batch = 0, []
            batch.append(commit)
            size += len(bytes(commit.parts))
    if batch:
        yield batch
