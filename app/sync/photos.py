"""Photos on their way: after the records are even, in pieces, in a queue and a budget of their own.

Records never wait for photos: a turn begins when an exchange has ended, ends when its budget is spent or somebody asks
it to, and what is cut off goes on at the byte where the center stands. What somebody opened comes first, then what
this device has to send, the oldest first. One photo that cannot go is passed over, and the queue goes on. Like a round
a turn does not raise: how it ended stands in its report. Not here: what travels is never looked into; the bytes'
place in the encrypted file is `app.journal.attached`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import isqrt
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.errors import Environment
from app.base.ids import NewId, new_id
from app.journal import attached
from app.journal.attached import MOST_BYTES, Attached, Waiting
from app.store.engine import reading, writing
from app.sync.bytes import Bytes, Carrier
from app.sync.reports import CANCELLED
from app.sync.state import enrolled, load_state
from app.sync.transport import Declined
from app.sync.writing import Write, inline, never, unwatched

FIRST_PIECE = 32 * 1024
LEAST_PIECE = 2 * 1024
FULL_PIECE = 256 * 1024
"""As much as a good line is given at once; the center takes more (`app.sync.bytes`)."""
_MOST_FAILURES = 6
"""Times in a row that a line may break without one more byte there."""
_AROUND = 700
"""Bytes said around a piece: the heads of a request and its answer."""
_BROKEN = frozenset({"time_out", "line_broken"})
"""After these less at once may go through."""
_PASSED_OVER = frozenset(
    {"not_referenced", "not_here_yet", "photo_too_large", "mismatch", "photo_damaged", "bad_request"}
)
"""These are about one photo alone."""
_FAILED = "center_failed"
"""This may be about one photo alone, or about the center."""
_MOST_FAILED = 8
"""Photos in a row, fetched or sent, that the center may fail at: then it is about the center, or all that are wanted
are spoilt there."""
DAMAGED = "photo_damaged"
CAME_DAMAGED = "photo_came_damaged"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one turn may take, so that records get their turn again. `seconds`, `bytes`: of both ways together."""

    seconds: float = 30.0
    bytes: int = 16 * 1024 * 1024


UNBOUNDED = Budget(float("inf"), 1 << 62)
"""Until all of them are through: at the command line nobody waits for anything else."""


@dataclass(frozen=True, slots=True)
class PhotoProgress:
    """`waiting`: photos still to be sent; `done` of `total` bytes of the one that is on its way."""

    waiting: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """How a turn went. `sent`, `received`: photos that are whole where they went; `waiting`: still to be sent; `more`:
    the budget ended it, another turn goes on. `error`: empty, or the code of what ended it, with its `facts`."""

    sent: int
    received: int
    bytes_out: int
    bytes_in: int
    waiting: int
    more: bool
    changes: Changes
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Written:
    """What one transaction of a turn changed for the screen."""

    changes: Changes


class _Ends(Exception):
    """The budget is spent, or somebody wants the line; where there is an `error`, no turn follows at once."""

    def __init__(self, error: str = "", facts: dict[str, Any] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.facts = facts or {}


def photos_waiting(conn: sa.Connection) -> Waiting:
    """The photos that the center does not have yet."""
    state = load_state(conn)
    return attached.waiting(conn, state.hub_epoch) if state is not None else Waiting(0, 0, "")


def photo_turn(
    engine: sa.Engine,
    carrier: Carrier,
    *,
    write: Write | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[PhotoProgress], None] | None = None,
    budget: Budget | None = None,
    new_request_id: NewId = new_id,
    timer: Callable[[], float] = time.monotonic,
) -> PhotoReport:
    """Carry photos until there are none, or the budget is spent. `write` carries each transaction to the writer."""
    return _Turn(
        engine=engine,
        bytes=Bytes(carrier, new_request_id),
        write=write or inline,
        cancelled=cancelled or never,
        progress=progress or unwatched,
        budget=budget or Budget(),
        timer=timer,
    ).run()


@dataclass
class _Turn:
    engine: sa.Engine
    bytes: Bytes
    write: Write
    cancelled: Callable[[], bool]
    progress: Callable[[PhotoProgress], None]
    budget: Budget
    timer: Callable[[], float]
    sent: int = 0
    received: int = 0
    bytes_out: int = 0
    bytes_in: int = 0
    failures: int = 0
    piece: int = FIRST_PIECE
    stretch: int = 0
    """Bytes that went through since the line last broke."""
    reached: int = 0
    """The byte up to which the photo on its way is at the other end."""
    hub_epoch: str = ""
    has_moved: bool = False
    """Whether anything went through in this turn."""
    trouble: Environment | None = None
    """Why the line broke last."""
    failed: int = 0
    """Photos in a row that the center failed at, one way."""
    unfetched: Declined | None = None
    """The center failed at so many that are wanted that no more are asked for in this turn."""
    passed: list[str] = field(default_factory=list)
    """Names that are not tried again in this turn."""
    changes: Changes = field(default_factory=Changes)
    began: float = 0.0

    def run(self) -> PhotoReport:
        self.began = self.timer()
        error, facts, more = "", {}, False
        try:
            with reading(self.engine) as conn:
                self.hub_epoch = enrolled(conn).hub_epoch
            if self.hub_epoch:
                self._carry_all()
        except _Ends as end:
            error, facts, more = end.error, end.facts, not end.error
        except Declined as declined:
            error, facts = declined.code, declined.facts
        except Environment as trouble:
            error, facts = trouble.code, trouble.facts
        with reading(self.engine) as conn:
            left = photos_waiting(conn).photos
        return PhotoReport(
            sent=self.sent,
            received=self.received,
            bytes_out=self.bytes_out,
            bytes_in=self.bytes_in,
            waiting=left,
            more=more,
            changes=self.changes,
            error=error,
            facts=facts,
        )

    def _carry_all(self) -> None:
        """What somebody wants to see first; where the center is full, what is wanted still comes."""
        self._fetch_wanted()
        while (one := self._next(partial(_next_unsent, self.hub_epoch))) is not None:
            self._carry(one, self._send)
            self._fetch_wanted()  # somebody opened one meanwhile
        if self.unfetched is not None:
            raise self.unfetched

    def _fetch_wanted(self) -> None:
        """Where the center fails at what is wanted, what is to be sent, perhaps from here alone, still goes."""
        failed_to_send, self.failed = self.failed, 0
        try:
            while self.unfetched is None and (one := self._next(attached.next_wanted)) is not None:
                self._carry(one, self._fetch)
        except Declined as declined:
            if declined.code != _FAILED:
                raise
            self.unfetched = declined
        self.failed = failed_to_send

    def _next(self, choose: Callable[[sa.Connection, list[str]], Attached | None]) -> Attached | None:
        with reading(self.engine) as conn:
            return choose(conn, self.passed)

    def _carry(self, one: Attached, way: Callable[[Attached], None]) -> None:
        """One photo, as often as the line breaks. What is wrong with it alone is noted, and the queue goes on."""
        self.reached = 0
        try:
            while True:
                self._stop_if_due()
                try:
                    way(one)
                except Environment as trouble:
                    if trouble.code not in _BROKEN or self.failures >= _MOST_FAILURES:
                        raise
                    self._broke(trouble)
                else:
                    return
        except Declined as declined:
            self._pass_over(one, declined.code)
            self.failed = self.failed + 1 if declined.code == _FAILED else 0
            if declined.code not in _PASSED_OVER and not 0 < self.failed < _MOST_FAILED:
                raise

    def _send(self, one: Attached) -> None:
        offset = self.bytes.offset(one.name)
        if offset > self.reached:  # an answer was lost, and the piece was not
            self._went(offset, offset - self.reached)
        while offset < one.size:
            self._stop_if_due()
            with reading(self.engine) as conn:
                piece = attached.read_bytes(conn, one.name, offset, self.piece)
                left = attached.waiting(conn, self.hub_epoch).photos
            self.progress(PhotoProgress(left, offset, one.size))
            try:
                now = self.bytes.send(one.name, offset, piece)
            except Declined as declined:
                if declined.code == "mismatch":
                    self._look_at_own(one)
                at = declined.facts.get("at")
                # An answer got lost, and the piece with it is there; else something else stands there: begin there.
                if declined.code != "offset" or not isinstance(at, int) or not 0 <= at <= one.size or at == offset:
                    raise
                now = at
            else:
                self.bytes_out += len(piece)
                self._went(now, len(piece))
            offset = now
        self._write(partial(_note_kept, self.engine, one.name, self.hub_epoch))
        self.passed.append(one.name)
        self.sent += 1
        self.has_moved = True

    def _look_at_own(self, one: Attached) -> None:
        """The center's hash differs: is it the line, or what stands here? What is damaged here is not sent again."""
        with reading(self.engine) as conn:
            sound = attached.answers_to_name(conn, one.name)
        if not sound:
            raise Declined(DAMAGED)

    def _fetch(self, one: Attached) -> None:
        with reading(self.engine) as conn:
            known = attached.find(conn, one.name)
        if known is None:  # erased meanwhile
            self.passed.append(one.name)
            return
        offset, size = known.here, known.size
        while offset < size:
            self._stop_if_due()
            piece, size = self.bytes.fetch(one.name, offset, self.piece)
            if not 0 < size <= MOST_BYTES or offset + len(piece) > size:
                raise Declined("bad_request")
            self.bytes_in += len(piece)
            self._write(partial(_keep_piece, self.engine, one.name, offset, piece, size))
            offset += len(piece)
            self._went(offset, len(piece))
            self.progress(PhotoProgress(0, offset, size))
        if self._write(partial(_finish, self.engine, one.name, self.hub_epoch)):
            self.received += 1
        self.passed.append(one.name)

    def _pass_over(self, one: Attached, code: str) -> None:
        self._write(partial(_note, self.engine, one.name, code))
        self.passed.append(one.name)

    def _went(self, offset: int, size: int) -> None:
        self.failures, self.failed, self.reached, self.has_moved = 0, 0, offset, True
        self.stretch += size
        self.piece = min(FULL_PIECE, max(self.piece, _fitting(self.stretch)))

    def _broke(self, trouble: Environment) -> None:
        self.trouble = trouble
        self.piece = max(LEAST_PIECE, min(self.piece // 2, _fitting(self.stretch) or self.piece))
        self.failures, self.stretch = self.failures + 1, 0

    def _stop_if_due(self) -> None:
        if self.cancelled():
            raise _Ends(CANCELLED)
        if self.timer() - self.began >= self.budget.seconds or self.bytes_out + self.bytes_in >= self.budget.bytes:
            if self.trouble is not None and not self.has_moved:  # on a silent line the next turn would fare no better
                raise _Ends(self.trouble.code, self.trouble.facts)
            raise _Ends

    def _write(self, job: Callable[[], _Written]) -> Changes:
        done: _Written = self.write(job)
        self.changes = self.changes | done.changes
        return done.changes


def _fitting(stretch: int) -> int:
    """The piece that costs least on a line that breaks after so many bytes: half a piece is lost at each break, and the
    smaller they are the more is said around them."""
    return isqrt(2 * _AROUND * stretch)


def _next_unsent(hub_epoch: str, conn: sa.Connection, passed: list[str]) -> Attached | None:
    return attached.next_unsent(conn, hub_epoch, passed)


def _note_kept(engine: sa.Engine, name: str, hub_epoch: str) -> _Written:
    with writing(engine) as conn:
        attached.note_kept(conn, name, hub_epoch)
        attached.drop_unreferenced(conn, [name])  # it waited only for this, where all that named it has gone
    return _Written(Changes())


def _note(engine: sa.Engine, name: str, code: str) -> _Written:
    """Where nothing names it any more, neither a record nor what was written here, it is not kept."""
    with writing(engine) as conn:
        attached.note(conn, name, code)
        attached.drop_unreferenced(conn, [name])
        return _Written(attached.naming(conn, name))


def _keep_piece(engine: sa.Engine, name: str, offset: int, piece: bytes, size: int) -> _Written:
    with writing(engine) as conn:
        attached.resize(conn, name, size)
        attached.add_piece(conn, name, offset, piece)
    return _Written(Changes())


def _finish(engine: sa.Engine, name: str, hub_epoch: str) -> _Written:
    """All bytes are here: kept where they answer to their name, else asked for anew in the next turn. Where that brings
    the wrong ones too it is not the line: they are damaged at the center, and would come again at every round."""
    with writing(engine) as conn:
        known = attached.find(conn, name)
        if known is None or not known.whole:
            return _Written(Changes())
        if not attached.answers_to_name(conn, name):
            attached.begin_again(conn, name)
            attached.note(conn, name, CAME_DAMAGED)
            if known.trouble == CAME_DAMAGED:
                attached.give_up(conn, name)
            return _Written(Changes())
        attached.note_kept(conn, name, hub_epoch)
        return _Written(attached.naming(conn, name))
