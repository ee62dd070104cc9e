"""An exchange carried by hand, as the point sees it: packing the file for the center.

The file holds everything the center has not acknowledged, so one that is lost is made good by the next. Not here: the
container (`sealed.py`), folders and sticks, and reading the file that comes back (`unpacking.py`).
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import sqlalchemy as sa

from app.base.clock import Clock
from app.base.errors import Refused
from app.base.ids import NewId, new_id
from app.journal.here import standing
from app.store.engine import reading, writing
from app.store.stick import whole_file
from app.sync import tables
from app.sync.carried import FILE_VERSION, TO_CENTER, Asked, Opening, encode, file_name
from app.sync.exchange import APP, admit_request, request_of
from app.sync.folders import file_at
from app.sync.offering import OFFER_PATH, OfferRequest, whole_offers
from app.sync.outbox import MOST_BATCH, Batch, OpenEpoch, Pace, all_batches, batch_of, open_epoch, unsent
from app.sync.protocol import ADMIT_PATH, CLIENT_LEVEL, EXCHANGE_PATH, VERSION, pack
from app.sync.sealed import Sealing, Way
from app.sync.sentinel import Sentinel, promise
from app.sync.snapshot import snapshot_request
from app.sync.snapshot_wire import SNAPSHOT_PATH
from app.sync.state import SyncState, enrolled
from app.sync.tables import past_epoch
from app.sync.tracing import carried_upto
from app.sync.verdicts import held_now
from app.sync.writing import Write, inline


@dataclass(frozen=True, slots=True)
class Packed:
    """What a file to the center holds: `commits` not acknowledged, up to `n` of `epoch`. `at`: wall time, µs."""

    file: str
    commits: int
    epoch: str
    n: int
    at: int
    size: int


def pack_file(
    engine: sa.Engine,
    file: BinaryIO,
    *,
    clock: Clock,
    sentinel: Sentinel | None = None,
    new_request_id: NewId = new_id,
    app: str = APP,
) -> Packed:
    """Write the file for the center. Once it is where it will be carried from, `note_packed`.

    `sentinel`: as in a round. Raises `Refused("not_admitted")` where the center does not know this device and there is
    no code for it, and `Environment` as sticks do.
    """
    with reading(engine) as conn:
        must_offer = enrolled(conn).must_offer
    offers = list(whole_offers(engine)) if must_offer else []
    with reading(engine) as conn:
        state, here = enrolled(conn), standing(conn)
        if state.admitted_at is None and not state.code:
            raise Refused("not_admitted")
        promise(sentinel, here)
        identity = state.identity(here.device)
        sealing = Sealing(file, Way.TO_CENTER, state.city_seal_key, identity.signer())
        now, id_ = clock(), new_request_id()
        keys = identity.public_sign_key(), identity.public_seal_key()
        sealing.add(encode(Opening(FILE_VERSION, id_, state.city, here.device, now, *keys)))

        def ask(path: str, request: msgspec.Struct) -> None:
            sealing.add(encode(Asked(path, pack(request, CLIENT_LEVEL))))

        held = held_now(conn)

        def exchange(state: SyncState, batch: Batch) -> None:
            request = request_of(state, here, batch, held, wall=now, request_id=new_request_id(), app=app)
            ask(EXCHANGE_PATH, request)

        if state.admitted_at is None:
            ask(ADMIT_PATH, admit_request(state, here, open_epoch(conn, here), new_request_id()))
        for batch in all_batches(conn, Pace(MOST_BATCH).raw_bytes()):
            exchange(state, batch)
        for commits in offers:
            ask(OFFER_PATH, OfferRequest(VERSION, new_request_id(), here.device, state.hub_epoch, [], commits))
        if offers:
            # Only now is anything fetched: after all that is sent and offered.
            sent = OpenEpoch(here.epoch, here.serial, here.n, here.n, here.chain)
            exchange(replace(state, must_offer=False), batch_of(conn, here.device, sent, 0))
        # Where the center would rather give the state of all than its history, it finds here what it must know.
        ask(SNAPSHOT_PATH, snapshot_request(conn, new_request_id()))
        sealing.finish()
        return Packed(id_, unsent(conn), here.epoch, here.n, now, sealing.size)


def pack_into(
    engine: sa.Engine,
    target: Path,
    *,
    clock: Clock,
    sentinel: Sentinel | None = None,
    write: Write | None = None,
    app: str = APP,
) -> tuple[Path, Packed]:
    """`pack_file` into a folder, or as the file named; gives where it is. It is there whole, and then noted, or not at
    all. Raises `Refused("carried_no_place")` and `Environment` as sticks do."""
    with reading(engine) as conn:
        name = file_name(TO_CENTER, standing(conn).device)
    path = file_at(target, name)
    with whole_file(path) as file:
        packed = pack_file(engine, file, clock=clock, sentinel=sentinel, app=app)
    (write or inline)(partial(note_packed, engine, packed))
    return path, packed


def note_packed(engine: sa.Engine, packed: Packed) -> None:
    """Remember what is on its way by hand."""
    with writing(engine) as conn:
        conn.execute(tables.carried.delete())
        row = {"one": tables.SELF, "file": packed.file, "epoch": packed.epoch, "n": packed.n, "at": packed.at}
        conn.execute(tables.carried.insert(), row)


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """What was packed last and the center has not acknowledged: `commits`, packed `at` (wall time, µs)."""

    commits: int
    at: int


def on_its_way(conn: sa.Connection) -> OnItsWay | None:
    """None where nothing was packed, or the center has all of it."""
    row = conn.execute(sa.select(tables.carried)).mappings().one_or_none()
    if row is None:
        return None
    here, p = standing(conn), past_epoch.c
    serial, packed_n = carried_upto(conn, here)
    epochs = [(here.serial, here.n, here.acked_n), *conn.execute(sa.select(p.serial, p.n, p.acked_n)).all()]
    # Of epochs before the packed one it holds all, of later ones nothing.
    packed = ((n if at < serial else min(n, packed_n), acked_n) for at, n, acked_n in epochs if at <= serial)
    commits = sum(max(0, n - acked_n) for n, acked_n in packed)
    return OnItsWay(commits, row["at"]) if commits > 0 else None
