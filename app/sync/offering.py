"""After the center was restored: what others wrote and this device has read is offered back to it.

Their authors send it themselves where they still can. Ids go first, and only what the center has not is sent. Until all
of it is offered the device pulls nothing (`rounds.py`). Not here: how the device learns of the restore (`recovery.py`).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import msgspec
import sqlalchemy as sa

from app.base.ids import NewId
from app.journal.here import standing
from app.journal.load import chunks, load_commits
from app.journal.ops import CommitId, Malformed, OpPart, kept_parts, pack_parts
from app.journal.tables import journal
from app.store.engine import reading
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
    query = sa.select(j.device, j.epoch, j.n).where(j.seq.is_(None)).order_by(j.eff, j.device, j.serial, j.n)
    for row in conn.execute(query):
        if row.device != device or row.n > written.get(row.epoch, 0):
            yield CommitId(*row)


def _ids(conn: sa.Connection, some: Iterable[CommitId]) -> list[OfferedId]:
    """With the ops that are still whole here; without those of which none is."""
    rows = load_commits(conn, some)
    found = {id_: _parts_of(row) for id_, row in rows.items()}
    return [
        OfferedId(*id_, [part.at for part in parts], [mark_of(part) for part in parts])
        for id_, parts in found.items()
        if parts
    ]


def mark_of(part: OpPart) -> str:
    return hashlib.sha256(bytes(part.raw)).hexdigest()[:12]


def _parts_of(row: sa.RowMapping) -> Sequence[OpPart]:
    """The ops that are still whole here."""
    try:
        return kept_parts(row["payload"])
    except Malformed:
        return ()


def _batches(engine: sa.Engine, wanted: Iterable[OfferedId]) -> Iterator[list[PageCommit]]:
    size, batch = 0, list[PageCommit]()
    for some in chunks(wanted, 100):
        asked = {CommitId(each.device, each.epoch, each.n): set(each.places) for each in some}
        with reading(engine) as conn:
            rows = load_commits(conn, asked)
        for id_ in asked:
            if id_ not in rows:
                continue
            parts = [part for part in _parts_of(rows[id_]) if part.at in asked[id_]]
            commit = unnumbered(rows[id_], pack_parts(parts))
            if batch and (size + len(commit.parts) > _MOST_RAW or len(batch) >= MOST_IDS):
                yield batch
                size, batch = 0, []
            batch.append(commit)
            size += len(bytes(commit.parts))
    if batch:
        yield batch
