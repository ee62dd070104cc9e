"""An exchange carried by hand, as the point sees it: a file to the center, and taking the file that comes back.

The file holds everything the center has not acknowledged, so one that is lost is made good by the next. Files may be
read in any order, any number of times, between online rounds: an acknowledgement never goes back, a page is taken only
where it begins at what this device has, and nothing a file says touches how the clocks stand to each other. Not here:
the container (`sealed.py`), folders and sticks.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.base.changes import Changes
from app.base.clock import Clock
from app.base.errors import Refused
from app.base.ids import NewId, new_id
from app.journal.here import standing
from app.store.engine import reading, writing
from app.store.stick import on_stick, whole_file
from app.sync import tables
from app.sync.carried import (
    FILE_VERSION,
    MOST_OPENING,
    TO_CENTER,
    Answered,
    Asked,
    Opening,
    encode,
    file_name,
    frame_in,
    opening_in,
)
from app.sync.exchange import APP, Timer, admit_request, request_of
from app.sync.late import LateTaking, known_epoch, take_carried_ack
from app.sync.links import LINKS_PATH, LinksRequest
from app.sync.offering import OFFER_PATH, OfferRequest, whole_offers
from app.sync.outbox import MOST_BATCH, Batch, OpenEpoch, Pace, all_batches, batch_of, open_epoch, unsent
from app.sync.protocol import (
    ADMIT_PATH,
    CLIENT_LEVEL,
    EXCHANGE_PATH,
    VERSION,
    BadBody,
    ExchangeRequest,
    ExchangeResponse,
    Problem,
    pack,
    unpack,
)
from app.sync.recovery import Recovery
from app.sync.rounds import CANCELLED, SPENT_CODES, Write, code_for_people, remember_round
from app.sync.sealed import Opened, Sealing, Way
from app.sync.sentinel import Sentinel, promise
from app.sync.state import SyncState, change_state, enrolled
from app.sync.transport import Declined, R

M = TypeVar("M", bound=msgspec.Struct)
BY_HAND = "by_hand"
"""How an exchange that was carried stands among the last rounds."""
MENDED = "carried_again"
"""The histories of both ends were put right by a file; the next one carries the rest."""


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

        def exchange(state: SyncState, batch: Batch) -> None:
            ask(EXCHANGE_PATH, request_of(state, here, batch, wall=now, request_id=new_request_id(), app=app))

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
    all."""
    with reading(engine) as conn:
        name = file_name(TO_CENTER, standing(conn).device)
    with on_stick():
        path = target / name if target.is_dir() else target
    with whole_file(path) as file:
        packed = pack_file(engine, file, clock=clock, sentinel=sentinel, app=app)
    (write or _inline)(partial(note_packed, engine, packed))
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
    here = standing(conn)
    packed_n = row["n"] if row["epoch"] == here.epoch else 0
    commits = unsent(conn) - max(0, here.n - max(here.acked_n, packed_n))
    return OnItsWay(commits, row["at"]) if commits > 0 else None


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a file from the center brought. `made_at`: when it was made, by the center's clock, µs.

    `acked`: own commits it acknowledged that were not; `received`: commits of others; `verdicts`: own commits the
    center holds back; `behind`: about how many it had no room for. `is_old`: its pages were answered for a moment that
    is gone, so only its receipt counted. `is_latest`: it answers the file that was packed last. `error`: empty, or the
    code of what the center declined, with its `facts`.
    """

    made_at: int
    acked: int
    received: int
    verdicts: int
    unsent: int
    behind: int
    is_old: bool
    is_latest: bool
    changes: Changes
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def brought_nothing(self) -> bool:
        return not (self.acked or self.received or self.error)


def unpack_file(
    engine: sa.Engine,
    file: BinaryIO,
    *,
    clock: Clock,
    write: Write | None = None,
    cancelled: Callable[[], bool] | None = None,
    new_request_id: NewId = new_id,
    timer: Timer = time.perf_counter,
) -> Unpacked:
    """Take a file from the center. `write` as in a round; nothing else may exchange meanwhile.

    Raises `Refused` before anything was changed: those of `Opened`, "carried_other_point", "carried_bad_signature",
    "carried_old_center"; and `Environment` as sticks and databases do.
    """
    with reading(engine) as conn:
        state, here = enrolled(conn), standing(conn)
        latest = conn.execute(sa.select(tables.carried.c.file)).scalar()
    opened = Opened(file, Way.TO_POINT, state.seal_key)
    opening = opening_in(opened.first(MOST_OPENING))
    opened.check(Ed25519PublicKey.from_public_bytes(state.city_sign_key))
    if (opening.city, opening.device) != (state.city, here.device):
        raise Refused("carried_other_point", "file")
    taking = _Unpacking(engine, clock, write or _inline, new_request_id, timer, is_latest=opening.asked == latest)
    frames = opened.frames()
    next(frames)
    for content in frames:
        if cancelled is not None and cancelled():
            taking.error = CANCELLED
        if taking.error:
            break
        frame = frame_in(content)
        if not isinstance(frame, Answered):
            raise Refused("carried_unreadable", "file")
        taking.take(frame)
    return taking.report(opening.made_at, opened.size)


def _inline(job: Callable[[], Any]) -> Any:
    return job()


@dataclass
class _Unpacking:
    """Takes one answer after the other. `is_latest`: they answer the file that was packed last."""

    engine: sa.Engine
    clock: Clock
    write: Write
    new_request_id: NewId
    timer: Timer
    is_latest: bool
    acked: int = 0
    received: int = 0
    behind: int = 0
    pages: int = 0
    fitted: int = 0
    offered: bool = False
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    links: list[Answered] = field(default_factory=list)
    held_back: set[tuple[str, int]] = field(default_factory=set)
    changes: Changes = field(default_factory=Changes)

    def take(self, frame: Answered) -> None:
        if frame.declined:
            problem = _read(frame.body, Problem)
            self.error, self.facts = code_for_people(problem.code), problem.facts
            if frame.path == EXCHANGE_PATH:
                self._mend(_read(frame.asked, ExchangeRequest), problem)
            elif frame.path == ADMIT_PATH and problem.code in SPENT_CODES and self.is_latest:
                self._change(code="")  # the next file must not use up the tries
        elif frame.path == ADMIT_PATH:
            with reading(self.engine) as conn:
                known = enrolled(conn).admitted_at is not None
            if not known:
                self._change(code="", admitted_at=self.clock())
        elif frame.path == EXCHANGE_PATH:
            self._exchange(_read(frame.asked, ExchangeRequest), _read(frame.body, ExchangeResponse))
        elif frame.path == OFFER_PATH:
            self.offered = True
        elif frame.path == LINKS_PATH:
            self.links.append(frame)

    def _exchange(self, request: ExchangeRequest, response: ExchangeResponse) -> None:
        fetches = request.pull.max_bytes > 0
        with reading(self.engine) as conn:
            state = enrolled(conn)
        if self.offered and fetches and state.must_offer and state.hub_epoch == response.hub_epoch:
            self._change(must_offer=False)
        taking = LateTaking(request, response, received=self.clock(), timer=self.timer)
        while not taking.finished:
            self.changes = self.changes | self.write(partial(taking.step, self.engine)).changes
        self.acked += taking.acked
        self.held_back.update((request.epoch, told.n) for told in response.ack.verdicts)
        self.pages += fetches
        if taking.fits and fetches:
            self.fitted += 1
            self.received += len(response.page.commits)
            self.behind = response.page.behind

    def _mend(self, request: ExchangeRequest, problem: Problem) -> None:
        """What the center declined is put right here as in a round, where the no is not older than what is here."""
        acked_n = problem.facts.get("acked_n")
        if isinstance(acked_n, int):
            self.acked += self.write(partial(take_carried_ack, self.engine, request, acked_n))
        with reading(self.engine) as conn:
            state, here = enrolled(conn), standing(conn)
            known = known_epoch(conn, here, request.epoch)
        if problem.code == "epoch" and problem.facts.get("hub_epoch") == state.hub_epoch:
            self.error, self.facts = "", {}  # known since
            return
        if state.hub_epoch not in ("", request.hub_epoch):
            raise Refused("carried_old_center", "file")
        if known is None or known.serial != request.serial or known.n < request.have_n:
            self.error, self.facts = "", {}
            return
        if problem.code == "not_admitted" and not self.is_latest:
            return
        recovery = Recovery(self.engine, _LinksInFile(self.links), self.clock, self.new_request_id, self.write)
        try:
            mended = recovery.mend(request, problem.code, problem.facts)
        except Declined:
            return
        if mended is not None:
            self.changes = self.changes | mended
            self.error, self.facts = MENDED, {}

    def _remember(self, size: int) -> None:
        with writing(self.engine) as conn:
            counts = {"sent": self.acked, "received": self.received, "bytes_out": 0, "bytes_in": size}
            remember_round(conn, self.clock(), self.error or BY_HAND, **counts)

    def _change(self, **values: Any) -> None:
        self.write(partial(_change_state, self.engine, **values))

    def report(self, made_at: int, size: int) -> Unpacked:
        self.write(partial(self._remember, size))
        with reading(self.engine) as conn:
            waiting = unsent(conn)
        return Unpacked(
            made_at=made_at,
            acked=self.acked,
            received=self.received,
            verdicts=len(self.held_back),
            unsent=waiting,
            behind=self.behind,
            is_old=self.fitted < self.pages or not self.pages,
            is_latest=self.is_latest,
            changes=self.changes,
            error=self.error,
            facts=self.facts,
        )


class _LinksInFile:
    """`Transport` for what recovery asks: the center put it into the file beforehand."""

    def __init__(self, frames: list[Answered]) -> None:
        self._frames = frames

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        asked = _read(body, LinksRequest)
        for frame in self._frames:
            told = _read(frame.asked, LinksRequest)
            if (path, told.epoch, told.upto) == (LINKS_PATH, asked.epoch, asked.upto):
                return _read(frame.body, expected)
        raise Declined("fork")

    def traffic(self) -> tuple[int, int]:
        return 0, 0


def _read(body: bytes, expected: type[M]) -> M:
    try:
        return unpack(body, expected)
    except BadBody:
        raise Refused("carried_unreadable", "file") from None


def _change_state(engine: sa.Engine, **values: Any) -> None:
    with writing(engine) as conn:
        change_state(conn, **values)
