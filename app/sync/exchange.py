"""One exchange as the point sees it: what to ask, and what an answer changes, slice by slice.

No network, no clock, no thread: requests and answers are values, times are given in, and the caller decides where the
database work runs. The simulation runs this very code.
"""

import base64
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.changes import Changes
from app.journal.apply import Stamp, apply_skew, apply_stamps
from app.journal.here import Here, save_here, standing
from app.journal.ops import SCHEMA, CommitId
from app.journal.tables import journal
from app.store.bulk import Kept
from app.store.engine import writing, writing_lightly
from app.sync.epochs import PUT_BACK, begin_epoch, tell
from app.sync.holding import end_page
from app.sync.outbox import Batch, OpenEpoch, Pace, empty_batch, next_batch
from app.sync.pages import clashes, in_order, take_items
from app.sync.pins import known_of
from app.sync.protocol import (
    CLIENT_LEVEL,
    CLIENT_LEVEL_LARGE,
    LARGE,
    VERSION,
    AdmitRequest,
    ExchangeRequest,
    ExchangeResponse,
    Held,
    LateAck,
    Move,
    PageCommit,
    PastAck,
    Pull,
    Push,
    Verdict,
    pack,
)
from app.sync.state import SyncState, change_state, enrolled, hear_address, hear_pins
from app.sync.tables import past_epoch
from app.sync.verdicts import forget_verdicts, held_now, note_dropped, note_held, note_verdicts

APP = "aidpoint/0.1.0"
SLICE_S = 0.02
_FIRST_SLICE = 64
_MOST_SLICE = 2_000

Timer = Callable[[], float]
"""Seconds, for measuring how long a slice took."""


class Diverged(Exception):
    """The center has more of this device's commits than this file has sent: an answer was lost, or the file was put
    back or copied and both were written to. `known_n`: how many the center has."""

    def __init__(self, known_n: int, verdicts: Sequence[Verdict] = ()) -> None:
        super().__init__(f"acknowledged {known_n}")
        self.known_n = known_n
        self.verdicts = verdicts


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request ready to be sent, with its packed bytes and what it pushes."""

    request: ExchangeRequest
    body: bytes
    batch: Batch


@dataclass(frozen=True, slots=True)
class Slice:
    """What one transaction of taking an answer did. `done`: commits and stamps of the page so far."""

    changes: Changes
    done: int
    total: int


def build_request(
    conn: sa.Connection, pace: Pace, *, wall: int, request_id: str, app: str = APP, pushes: bool = True
) -> Outgoing:
    """The next request: the cursor and, where it `pushes`, what is unsent, as much as the pace allows. Reads only."""
    state, here = enrolled(conn), standing(conn)
    batch = next_batch(conn, pace.raw_bytes()) if pushes else empty_batch(conn)
    state = replace(state, max_bytes=min(state.max_bytes, pace.page_bytes))
    # With the last of what is to be sent, or with nothing: while much waits, looking through it each time would cost.
    held = held_now(conn) if not batch.commits or batch.commits[-1].n == here.n else []
    request = request_of(state, here, batch, held, wall=wall, request_id=request_id, app=app)
    body = pack(request, CLIENT_LEVEL if batch.raw < LARGE else CLIENT_LEVEL_LARGE)
    pace.learn(batch.raw, len(body))
    return Outgoing(request, body, batch)


def request_of(
    state: SyncState, here: Here, batch: Batch, held: list[Held], *, wall: int, request_id: str, app: str
) -> ExchangeRequest:
    """What to ask with this batch, by whatever way it goes."""
    return ExchangeRequest(
        version=VERSION,
        request_id=request_id,
        app=app,
        schema=SCHEMA,
        device=here.device,
        epoch=batch.epoch.epoch,
        serial=batch.epoch.serial,
        have_n=batch.epoch.n,
        head=batch.head,
        wall=wall,
        push=Push(batch.from_n, batch.commits),
        # A restored center is first given back what it lost: until then nothing is fetched.
        pull=Pull(state.cursor, 0 if state.must_offer else state.max_bytes),
        hub_epoch=state.hub_epoch,
        trusts=known_of(msgspec.json.decode(state.pins), state.next_url or state.url),
        held=held,
    )


def admit_request(state: SyncState, here: Here, epoch: OpenEpoch, request_id: str) -> AdmitRequest:
    """How this device asks to be admitted, under the one-time code it was given."""
    identity = state.identity(here.device)
    return AdmitRequest(
        version=VERSION,
        request_id=request_id,
        code=state.code,
        enrolment=state.enrolment,
        device=here.device,
        epoch=epoch.epoch,
        serial=epoch.serial,
        sign_key=base64.b64encode(identity.public_sign_key()).decode(),
        seal_key=base64.b64encode(identity.public_seal_key()).decode(),
    )


class Taking:
    """An answer on its way into the database: call `step` until `finished`, each a transaction of about 20 ms.

    The acknowledgement goes with the first, the cursor and the skew with the last. A slice repeated is harmless, so an
    answer that was taken in part is simply asked for again. `fits`: whether its page is taken.
    """

    def __init__(
        self,
        request: ExchangeRequest,
        response: ExchangeResponse,
        *,
        received: int,
        timer: Timer = time.perf_counter,
        slice_s: float = SLICE_S,
    ) -> None:
        """`received`: wall time when the answer was here, µs."""
        self._request = request
        self._response = response
        self._received = received
        self._timer = timer
        self._slice_s = slice_s
        self._items: list[Stamp | PageCommit | Move] = [*_stamps(request, response), *in_order(response.page)]
        self._at = 0
        self._size = _FIRST_SLICE
        self._each = math.inf
        self._begun = False
        self.fits = True

    @property
    def finished(self) -> bool:
        return self._begun and self._at >= len(self._items)

    def step(self, engine: sa.Engine) -> Slice:
        """Take the next slice. Raises `Diverged` before anything is written, or `Environment`."""
        # A slice that is not the last is taken again if a power cut undoes it; the last one waits for the disk.
        begin = writing_lightly if self._brings_nothing() or self._at + self._size < len(self._items) else writing
        with begin(engine) as conn:
            began = self._timer()
            if not self._begun:
                self._take_acknowledgement(conn)
            piece = self._items[self._at : self._at + self._size]
            ends = self._at + len(piece)
            stamps = [item for item in piece if isinstance(item, Stamp)]
            changes = apply_stamps(conn, stamps) if stamps else Changes()
            forget_verdicts(conn, [stamp.id for stamp in stamps], _own(piece, self._request.device))
            taken = take_items(conn, piece, self._received)
            changes = changes | taken if changes else taken
            if ends >= len(self._items):
                changes = changes | self._finish(conn)
            # The commit is not counted: a slow disk takes as long for a small slice as for a large one.
            took = self._timer() - began
        self._at, self._begun = ends, True
        # What was held up once says little: of two slices the quicker one tells how much fits.
        each = took / max(1, len(piece))
        quicker, self._each = min(each, self._each), each
        if took > self._slice_s:
            self._size = max(1, min(self._size, int(self._slice_s / quicker * 0.8)))
        elif len(piece) == self._size and took < self._slice_s / 2:
            self._size = min(_MOST_SLICE, self._size * 2)
        return Slice(changes, self._at, len(self._items))

    def _brings_nothing(self) -> bool:
        """Whether the answer says no more than that both sides are even."""
        request, response = self._request, self._response
        known = response.ack.n == request.push.from_n - 1 and response.page.cursor == request.pull.cursor
        told = response.ack.verdicts or response.ack.held or response.ack.dropped
        return known and not (self._items or told)

    def _take_acknowledgement(self, conn: sa.Connection) -> None:
        request, response = self._request, self._response
        ack, here = response.ack, standing(conn)
        if ack.n > request.push.from_n + len(request.push.commits) - 1 < request.have_n:
            # The chain was compared up to what was sent: of the rest another laptop may have sent its own.
            raise Diverged(ack.n, ack.verdicts)
        if ack.n > request.have_n and here.epoch == request.epoch:
            # The center knows the history this file has, and how it went on: the file was put back.
            if here.n > request.have_n:
                raise Diverged(ack.n, ack.verdicts)
            here = begin_epoch(conn)
            tell(conn, PUT_BACK, self._received)
        acked_n, safe_n = min(ack.n, request.have_n), min(ack.safe_n, request.have_n)
        if here.epoch == request.epoch:
            here = replace(here, acked_n=acked_n, safe_n=safe_n)
        else:
            _acknowledge_past(conn, request.epoch, acked_n=acked_n, safe_n=safe_n)
        save_here(conn, replace(here, bound=response.now))
        _confirm_past(conn, ack.past)
        note_verdicts(conn, request.epoch, ack.verdicts, self._received, ack.dropped)
        note_held(conn, request.held, ack.held, self._received)
        note_dropped(conn, ack.dropped)
        directives = response.directives
        change_state(
            conn,
            # Another one than asked: it was restored meanwhile, which the next request is told in full.
            hub_epoch=request.hub_epoch or response.hub_epoch,
            twin=directives.twin,
            max_bytes=max(1024, directives.max_bytes),
            next_in_s=max(0, directives.next_in_s),
            notice=directives.notice,
            last_contact=self._received,
            last_error="",
        )
        at = response.now  # and that is the time: what it dated later than this, it said while its clock was wrong
        hear_pins(conn, directives.pins, at, at)
        hear_address(conn, directives.url, at, at)
        if clashes(conn, response.page):
            self._leave_page()

    def _leave_page(self) -> None:
        """The page is asked for again once it can be taken."""
        self.fits, self._items = False, []

    def _end_page(self, conn: sa.Connection) -> Changes:
        """The page is here whole: the next one begins at its end."""
        page = self._response.page
        change_state(conn, cursor=page.cursor, behind=page.behind)
        return end_page(conn, page)

    def _finish(self, conn: sa.Connection) -> Changes:
        left = self._end_page(conn) if self.fits else Changes()
        here = standing(conn)
        skew = _skew(here.skew, self._request.wall, self._response.now, self._received)
        changes = Changes() if skew == here.skew else apply_skew(conn, here.device, skew)
        if changes or skew != here.skew or self._items:
            last_eff = eff_of(conn, here) if here.n else here.last_eff
            save_here(conn, replace(here, skew=skew, last_eff=last_eff))
        return changes | left


def late_ack(facts: Mapping[str, Any]) -> LateAck | None:
    """What a refusal with these facts says of the push; None where it says nothing of it."""
    try:
        return msgspec.convert(facts, LateAck)
    except msgspec.ValidationError:
        return None


def take_late_ack(engine: sa.Engine, request: ExchangeRequest, ack: LateAck, at: int) -> int:
    """Take an acknowledgement that came with a refusal: the push was kept, the pull was not answered. Gives how many
    commits more the center has. `at`: wall time, µs. Raises `Diverged` before anything is written."""
    before = request.push.from_n - 1
    if ack.acked_n > before + len(request.push.commits):
        # Also where the refusal asks for a snapshot: it would give what was written here the numbers of something else.
        raise Diverged(ack.acked_n, ack.verdicts)
    if ack.acked_n < 0:
        return 0
    with writing(engine) as conn:
        acknowledge_upto(conn, request.epoch, ack.acked_n)
        note_verdicts(conn, request.epoch, [told for told in ack.verdicts if told.n <= ack.acked_n], at)
    return max(0, ack.acked_n - before)


def acknowledge_upto(conn: sa.Connection, epoch: str, acked_n: int) -> None:
    """Take that the center has so much of this epoch."""
    here = standing(conn)
    if here.epoch == epoch:
        save_here(conn, replace(here, acked_n=acked_n))
    else:
        _acknowledge_past(conn, epoch, acked_n=acked_n)


def _acknowledge_past(conn: sa.Connection, epoch: str, **values: int) -> None:
    conn.execute(past_epoch.update().where(past_epoch.c.epoch == epoch).values(values))


def _confirm_past(conn: sa.Connection, told: list[PastAck]) -> None:
    """Take what the center says of earlier epochs: what is safe there, and where it has less than it once acknowledged.

    More it cannot say this way: that its commits are the ones of this file, a push in that epoch alone shows.
    """
    p = past_epoch.c
    for past in told:
        conn.execute(past_epoch.update().where(p.epoch == past.epoch, p.acked_n > past.n).values(acked_n=past.n))
        safe_n = safe_in(past)
        conn.execute(past_epoch.update().where(p.epoch == past.epoch, p.safe_n != safe_n).values(safe_n=safe_n))


def safe_in(told: PastAck) -> sa.ColumnElement[int]:
    """Of a row of `past_epoch`: up to where its commits are in a backup of the center. Of what comes after those that
    were acknowledged here the center may have another's: the file was put back, or its disk copied."""
    acked_n = past_epoch.c.acked_n
    return sa.case((acked_n < told.safe_n, acked_n), else_=told.safe_n)


def _stamps(request: ExchangeRequest, response: ExchangeResponse) -> Iterator[Stamp]:
    for run in response.page.stamps:
        for offset, eff in enumerate(accumulate(run.effs)):
            yield Stamp(CommitId(request.device, run.epoch, run.n + offset), run.seq + offset, eff)


def _skew(known: int, sent: int, center: int, received: int) -> int:
    """What to add to the wall clock. The center answered between sending and receiving: any skew that fits is as good
    as another, so the known one stays where it fits."""
    low, high = center - received, center - sent
    if low > high:  # the clock was set while we waited
        return low
    return max(low, min(known, high))


_j = journal.c
_EFF = Kept(
    sa.select(_j.eff).where(
        _j.device == sa.bindparam("of_device"), _j.epoch == sa.bindparam("in_epoch"), _j.n == sa.bindparam("at_n")
    )
)


def eff_of(conn: sa.Connection, here: Here) -> int:
    """The effective time of the last own commit, as known now."""
    return int(_EFF.scalar(conn, of_device=here.device, in_epoch=here.epoch, at_n=here.n))


def _own(items: Sequence[Stamp | PageCommit | Move], device: str) -> list[CommitId]:
    """Those of this device that come with all they say: it wrote them in an epoch that is past."""
    found: list[CommitId] = []
    for item in items:
        commits = item.commits if isinstance(item, Move) else [item] if isinstance(item, PageCommit) else []
        found += [CommitId(each.device, each.epoch, each.n) for each in commits if each.device == device]
    return found
