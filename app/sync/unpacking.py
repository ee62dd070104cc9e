"""Taking a file that the center gave back: its receipt, what is new, what has to be put right.

Files may be read in any order, any number of times, between online rounds, also by another laptop with the same disk:
an acknowledgement never goes back and counts for the history it was given to, a page is taken only where it begins at
what this device has, and nothing a file says touches how the clocks stand to each other. Not here: the container
(`sealed.py`), folders and sticks, packing (`carrying.py`).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
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
from app.sync import tables
from app.sync.carried import MOST_OPENING, Answered, Piece, frame_in, opening_in
from app.sync.exchange import Timer, late_ack
from app.sync.late import LateTaking, goes_on_alike, known_epoch, shared_n, take_carried_ack
from app.sync.links import LINKS_PATH, LinksRequest, LinksResponse
from app.sync.offering import OFFER_PATH
from app.sync.outbox import unsent
from app.sync.overruled import look_for_overruled
from app.sync.protocol import (
    ADMIT_PATH,
    EXCHANGE_PATH,
    BadBody,
    ExchangeRequest,
    ExchangeResponse,
    Problem,
    unpack,
)
from app.sync.recovery import Recovery
from app.sync.reports import SPENT_CODES, code_for_people, remember_round
from app.sync.sealed import Opened, Way
from app.sync.snapshot import Snapshot
from app.sync.snapshot_wire import SNAPSHOT_PATH, SnapshotResponse
from app.sync.state import change_state, enrolled
from app.sync.tidying import tidy
from app.sync.transport import Declined, R
from app.sync.verdicts import kept_still
from app.sync.writing import Write, inline, unwatched, write_state

M = TypeVar("M", bound=msgspec.Struct)
BY_HAND = "by_hand"
"""How an exchange that was carried stands among the last rounds."""
MENDED = "carried_again"
"""The histories of both ends were put right by a file; the next one carries the rest."""


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
    taking = _Unpacking(
        opened,
        engine,
        clock,
        write or inline,
        new_request_id,
        timer,
        is_latest=opening.asked == latest,
        is_news=opening.made_at - here.skew > (state.last_contact or 0),
    )
    frames = opened.frames()
    next(frames)
    for content in frames:
        if taking.error:
            break
        frame = frame_in(content)
        if isinstance(frame, Answered):
            taking.take(frame)
        elif not isinstance(frame, Piece):
            raise Refused("carried_unreadable", "file")
    return taking.report(opening.made_at, opened.size)


@dataclass
class _Unpacking:
    """Takes one answer after the other. `is_latest`: they answer the file that was packed last; `is_news`: nothing was
    heard of the center since they were made."""

    opened: Opened
    engine: sa.Engine
    clock: Clock
    write: Write
    new_request_id: NewId
    timer: Timer
    is_latest: bool
    is_news: bool
    acked: int = 0
    received: int = 0
    behind: int = 0
    pages: int = 0
    fitted: int = 0
    offered: bool = False
    wants_snapshot: bool = False
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    links: list[Answered] = field(default_factory=list)
    held_back: set[tuple[str, int]] = field(default_factory=set)
    changes: Changes = field(default_factory=Changes)

    def take(self, frame: Answered) -> None:
        if frame.declined:
            problem = _read(frame.body, Problem)
            if problem.code == "snapshot_required":  # it follows
                self._required(_read(frame.asked, ExchangeRequest), problem)
                return
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
        elif frame.path == SNAPSHOT_PATH:
            self._snapshot(_read(frame.body, SnapshotResponse))
        elif frame.path == OFFER_PATH:
            self.offered = True
        elif frame.path == LINKS_PATH:
            self.links.append(frame)

    def _exchange(self, request: ExchangeRequest, response: ExchangeResponse) -> None:
        fetches = request.pull.max_bytes > 0
        if self.offered and fetches and self._offered_here(request, response):
            self._change(must_offer=False)
        taking = LateTaking(request, response, received=self.clock(), timer=self.timer)
        while not taking.finished:
            self.changes = self.changes | self.write(partial(taking.step, self.engine)).changes
        self.acked += taking.acked
        self.held_back |= kept_still(request.epoch, response.ack.verdicts, response.ack.dropped)
        self.pages += fetches
        if taking.fits and fetches:
            self.fitted += 1
            self.received += len(response.page.commits)
            self.behind = response.page.behind

    def _offered_here(self, request: ExchangeRequest, response: ExchangeResponse) -> bool:
        """Whether what the restored center was offered is what this file holds, and no other laptop's."""
        with reading(self.engine) as conn:
            state, is_own = enrolled(conn), shared_n(conn, request) is not None
        is_same = (state.hub_epoch, state.cursor) == (response.hub_epoch, request.pull.cursor)
        return state.must_offer and is_own and is_same

    def _required(self, request: ExchangeRequest, problem: Problem) -> None:
        """The state of all follows in place of pages; it is taken where they would be."""
        acked_n = self._acknowledge(request, problem)
        with reading(self.engine) as conn:
            state, alike = enrolled(conn), goes_on_alike(conn, request, acked_n)
        if state.hub_epoch not in ("", request.hub_epoch):
            raise Refused("carried_old_center", "file")
        self.pages += 1
        self.wants_snapshot = alike and state.cursor == request.pull.cursor and not state.must_offer

    def _acknowledge(self, request: ExchangeRequest, problem: Problem) -> int:
        """Take how far the center says it has this epoch, all the same; gives that."""
        ack = late_ack(problem.facts)
        if ack is None:
            return 0
        self.acked += self.write(partial(take_carried_ack, self.engine, request, ack, self.clock()))
        return ack.acked_n

    def _snapshot(self, answer: SnapshotResponse) -> None:
        if not self.wants_snapshot:
            return
        taking = Snapshot(
            engine=self.engine,
            transport=_SnapshotInFile(answer),
            segments=_PiecesInFile(self.opened),
            clock=self.clock,
            write=self.write,
            new_request_id=self.new_request_id,
            tell=unwatched,
            stop_if_asked=_go_on,
            timer=self.timer,
        )
        swapped = taking.take()
        self.fitted += 1
        self.received += swapped.commits
        self.behind = 0
        self.changes = self.changes | swapped.changes

    def _mend(self, request: ExchangeRequest, problem: Problem) -> None:
        """What the center declined is put right here as in a round, where the no is to the history that is here."""
        self._acknowledge(request, problem)
        with reading(self.engine) as conn:
            state, known = enrolled(conn), known_epoch(conn, standing(conn), request.epoch)
            shared = shared_n(conn, request)
        if problem.code == "epoch" and problem.facts.get("hub_epoch") == state.hub_epoch:
            self.error, self.facts = "", {}  # known since
            return
        if state.hub_epoch not in ("", request.hub_epoch):
            raise Refused("carried_old_center", "file")
        if known is None or shared is None or known.serial != request.serial:
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
        """Keep how it went, as of a round: a no stands until the center says yes to what was sent after it."""
        with writing(self.engine) as conn:
            if self.is_news and (self.error or (self.is_latest and self.fitted)):
                change_state(conn, last_error=self.error)
            counts = {"sent": self.acked, "received": self.received, "bytes_out": 0, "bytes_in": size}
            remember_round(conn, self.clock(), self.error or BY_HAND, **counts)

    def _change(self, **values: Any) -> None:
        self.write(partial(write_state, self.engine, **values))

    def report(self, made_at: int, size: int) -> Unpacked:
        look_for_overruled(self.engine, self.write)
        self.write(partial(self._remember, size))
        with reading(self.engine) as conn:
            waiting, skew = unsent(conn), standing(conn).skew
        if not self.error:
            # By the center's clock: the one here may have been wrong for as long as there was no network.
            tidy(self.engine, self.write, made_at - skew)
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


class _SnapshotInFile:
    """`Transport` for what a snapshot asks: the answer is here already."""

    def __init__(self, answer: SnapshotResponse) -> None:
        self._answer = answer

    def call(self, path: str, _request_id: str, _body: bytes, expected: type[R]) -> R:
        if path != SNAPSHOT_PATH or not isinstance(self._answer, expected):
            raise Declined("bad_request")
        return self._answer

    def traffic(self) -> tuple[int, int]:
        return 0, 0


class _PiecesInFile:
    """`app.sync.snapshot.Pieces` out of the file: they stand there in the order in which they are asked for."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._frames: Iterator[bytes] = iter(())
        self._piece = Piece("", 0, 0, b"")

    def fetch(self, name: str, offset: int, length: int) -> tuple[bytes, int]:
        if not self._holds(name, offset) and not self._find(name, offset):
            self._frames = self._opened.frames()
            next(self._frames)
            if not self._find(name, offset):
                raise Declined("not_here_yet")
        at = offset - self._piece.offset
        return self._piece.body[at : at + length], self._piece.total

    def _find(self, name: str, offset: int) -> bool:
        for content in self._frames:
            frame = frame_in(content)
            if isinstance(frame, Piece):
                self._piece = frame
                if self._holds(name, offset):
                    return True
        return False

    def _holds(self, name: str, offset: int) -> bool:
        piece = self._piece
        return piece.name == name and piece.offset <= offset < piece.offset + len(piece.body)


def _go_on() -> None:
    """A snapshot in a file is taken whole: the file is here."""


class _LinksInFile:
    """`Transport` for what recovery asks: the center put it into the file beforehand."""

    def __init__(self, frames: list[Answered]) -> None:
        self._frames = frames

    def call(self, _path: str, _request_id: str, body: bytes, expected: type[R]) -> R:
        asked = _read(body, LinksRequest)
        for frame in self._frames:
            told, links = _read(frame.asked, LinksRequest), _read(frame.body, LinksResponse)
            # It may begin above what is asked: the center did not know how much of the epoch is here.
            if told.epoch == asked.epoch and links.from_n <= asked.upto <= told.upto and isinstance(links, expected):
                return links
        raise Declined("fork")

    def traffic(self) -> tuple[int, int]:
        return 0, 0


def _read(body: bytes, expected: type[M]) -> M:
    try:
        return unpack(body, expected)
    except BadBody:
        raise Refused("carried_unreadable", "file") from None
