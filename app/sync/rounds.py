"""A round: exchange after exchange until nothing is left to send or to fetch. Admission comes first where it is due.

The network runs apart from the database: `write` carries each transaction to whoever writes (the desktop's database
thread; inline at the command line), and none is open while a round waits. A round does not raise for the network or
the center: how it ended stands in its report (`reports.py`), and what was taken until then stays taken.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import Clock
from app.base.errors import Environment
from app.base.ids import NewId, new_id
from app.journal.heads import disputes_to_settle
from app.journal.here import standing
from app.journal.load import chunks, with_heads
from app.store.engine import reading, writing_lightly
from app.sync.bytes import Bytes, Carrier
from app.sync.comparing import compare_if_due
from app.sync.exchange import (
    APP,
    Diverged,
    Outgoing,
    Taking,
    Timer,
    admit_request,
    build_request,
    late_ack,
    take_late_ack,
)
from app.sync.offering import offer_all
from app.sync.outbox import LEAST_PAGE, Pace, open_epoch, unsent
from app.sync.overruled import look_for_overruled
from app.sync.pages import commits_in
from app.sync.protocol import (
    ADMIT_PATH,
    CLIENT_LEVEL,
    EXCHANGE_PATH,
    AdmitResponse,
    Dropped,
    ExchangeResponse,
    LateAck,
    Verdict,
    pack,
)
from app.sync.recovery import Recovery
from app.sync.reports import (
    CANCELLED,
    OK,
    SPENT_CODES,
    Progress,
    RoundReport,
    code_for_people,
    remember_round,
)
from app.sync.sentinel import Sentinel, promise
from app.sync.snapshot import DUE, Snapshot
from app.sync.state import SyncState, change_state, enrolled
from app.sync.tidying import is_erasing, tidy
from app.sync.transport import Declined, Transport
from app.sync.verdicts import kept_still
from app.sync.writing import Write, inline, never, unwatched, write_state

_MOST_HALVINGS = 3
_MOST_SNAPSHOTS = 2
"""Snapshots in one round: the second where the center went on meanwhile."""
_MOST_IDLE = 2
"""Exchanges in a row that bring nothing forward although something waits."""


def sync_round(
    engine: sa.Engine,
    transport: Transport,
    *,
    clock: Clock,
    write: Write | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    new_request_id: NewId = new_id,
    timer: Timer = time.perf_counter,
    app: str = APP,
    sentinel: Sentinel | None = None,
) -> RoundReport:
    """Bring both sides up to date. Reads use connections of their own and never wait for the writer.

    `sentinel`: told, before anything is sent, how far this device has offered its commits.
    """
    return _Round(
        engine=engine,
        transport=transport,
        clock=clock,
        write=write or inline,
        progress=progress or unwatched,
        cancelled=cancelled or never,
        new_request_id=new_request_id,
        timer=timer,
        app=app,
        sentinel=sentinel,
    ).run()


class _Cancelled(Exception):
    """Somebody pressed 停止."""


@dataclass
class _Round:
    engine: sa.Engine
    transport: Transport
    clock: Clock
    write: Write
    progress: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    new_request_id: NewId
    timer: Timer
    app: str
    sentinel: Sentinel | None
    sent: int = 0
    received: int = 0
    exchanges: int = 0
    halvings: int = 0
    took_s: float = 0.0
    idle: int = 0
    waited: int = 0
    snapshots: int = 0
    was_admitted: bool = False
    """Once, and the center that said otherwise may have been another one, or the same as it was long ago: only an
    exchange shows it."""
    refused: Declined | None = None
    """Why the center takes no commits of this device for now: the round goes on without, and ends by saying so."""
    held_back: set[tuple[str, int]] = field(default_factory=set)
    changes: Changes = field(default_factory=Changes)
    pace: Pace = field(default_factory=lambda: Pace(0))
    recovery: Recovery = field(init=False)

    def __post_init__(self) -> None:
        self.recovery = Recovery(self.engine, self.transport, self.clock, self.new_request_id, self.write)

    def run(self) -> RoundReport:
        began = self.clock()
        before = self.transport.traffic()
        error, facts = "", {}
        try:
            self._admit()
            self._exchange_until_even()
            self.changes |= compare_if_due(self.engine, self.transport, self.clock, self.write, self.new_request_id)
            if self.sent or self.received or self.snapshots or is_erasing(self.engine):
                tidy(self.engine, self.write, self.clock())
            if self.refused is not None:
                raise self.refused
        except _Cancelled:
            error = CANCELLED
        except Declined as declined:
            error, facts = code_for_people(declined.code), declined.facts
        except Environment as trouble:
            error, facts = trouble.code, trouble.facts
        after = self.transport.traffic()
        return self._report(began, after[0] - before[0], after[1] - before[1], error, facts)

    def _admit(self) -> None:
        with reading(self.engine) as conn:
            state, here, epoch = enrolled(conn), standing(conn), open_epoch(conn)
        # A line that holds little on its way there holds little on its way back.
        self.pace = Pace(state.batch_bytes, page_bytes=max(LEAST_PAGE, state.batch_bytes))
        if state.admitted_at is not None:
            return
        if not state.code:
            if state.last_contact is None:
                raise Declined("not_admitted")
            self.was_admitted = True
            return
        self._tell("admitting")
        request = admit_request(state, here, epoch, self.new_request_id())
        try:
            answer = self.transport.call(ADMIT_PATH, request.request_id, pack(request, CLIENT_LEVEL), AdmitResponse)
        except Declined as declined:
            if declined.code in SPENT_CODES:  # a round that comes by itself must not use up the tries
                self.write(partial(write_state, self.engine, code=""))
            raise
        # What the file of enrolment said of the center's epoch stays: a center restored since then says so itself.
        hub_epoch = state.hub_epoch or answer.hub_epoch
        self.write(partial(write_state, self.engine, code="", admitted_at=self.clock(), hub_epoch=hub_epoch))

    def _exchange_until_even(self) -> None:
        while True:
            self._stop_if_asked()
            with reading(self.engine) as conn:
                outgoing = build_request(
                    conn,
                    self.pace,
                    wall=self.clock(),
                    request_id=self.new_request_id(),
                    app=self.app,
                    pushes=self.refused is None,
                )
                waiting, state, here = unsent(conn), enrolled(conn), standing(conn)
            if outgoing.batch.commits:
                promise(self.sentinel, here)
            self._tell("exchanging", unsent=waiting, behind=state.behind)
            response = self._send_and_take(outgoing)
            if response is None:
                continue
            with reading(self.engine) as conn:
                waiting, cursor = unsent(conn), enrolled(conn).cursor
            if state.must_offer and not waiting:
                self._offer()
                continue
            if state.lacking == DUE and not waiting and self._take_snapshot():
                continue
            if not response.page.more and (not waiting or self.refused is not None):
                return
            moved = response.ack.n > outgoing.batch.epoch.acked_n or cursor != outgoing.request.pull.cursor
            self.idle = 0 if moved else self.idle + 1
            if self.idle >= _MOST_IDLE:
                raise self.refused or Declined("sync_stuck")

    def _send_and_take(self, outgoing: Outgoing) -> ExchangeResponse | None:
        """The answer, taken; None where something was mended and the next request is another."""
        try:
            response = self._send(outgoing)
            if response is not None:
                self._take(outgoing, response)
            return response
        except Diverged as diverged:
            self.changes = self.changes | self.recovery.prove(outgoing.request, diverged)
            return None
        except Declined as trouble:
            declined = trouble
        if declined.code == "aside_full" and outgoing.batch.commits:
            self.refused = declined
            return None
        if declined.code == "snapshot_required" and self._take_snapshot():
            return None
        mended = self.recovery.mend(outgoing.request, declined.code, declined.facts)
        if mended is None:
            raise declined
        self.changes = self.changes | mended
        return None

    def _take_snapshot(self) -> bool:
        """Take the state of all in place of history, once everything unsent has gone; False where it leads nowhere."""
        with reading(self.engine) as conn:
            waiting = unsent(conn)
        if waiting and waiting != self.waited:
            self.waited = waiting
            return True
        self.snapshots += 1
        if self.snapshots > _MOST_SNAPSHOTS or not isinstance(self.transport, Carrier):
            return False
        taking = Snapshot(
            engine=self.engine,
            transport=self.transport,
            segments=Bytes(self.transport, self.new_request_id),
            clock=self.clock,
            write=self.write,
            new_request_id=self.new_request_id,
            tell=lambda done, total: self._tell("fetching", done=done, total=total),
            stop_if_asked=self._stop_if_asked,
            timer=self.timer,
            pace=self.pace,
        )
        swapped = taking.take()
        self.changes = self.changes | swapped.changes
        self.received += swapped.commits
        return True

    def _offer(self) -> None:
        self._tell("offering")
        self.sent += offer_all(
            self.engine,
            self.transport,
            write=self.write,
            new_request_id=self.new_request_id,
            stop_if_asked=self._stop_if_asked,
        )

    def _send(self, outgoing: Outgoing) -> ExchangeResponse | None:
        """The answer; None where the same is to be tried again with less."""
        self.exchanges += 1
        began = self.timer()
        try:
            answer = self.transport.call(EXCHANGE_PATH, outgoing.request.request_id, outgoing.body, ExchangeResponse)
            self.took_s = self.timer() - began
            return answer
        except Environment as trouble:
            # Silence with little on its way is no matter of how much.
            silent = trouble.code == "time_out" and len(outgoing.batch.commits) > 1
            if not (silent or trouble.code == "line_broken") or not self._may_try_again():
                raise
        except Declined as declined:
            if declined.code != "too_large" or not self._may_send_less(outgoing):
                self._take_late(outgoing, late_ack(declined.facts))
                raise
            self.halvings = 0
        return None

    def _take_late(self, outgoing: Outgoing, ack: LateAck | None) -> None:
        if ack is not None:
            self.sent += self.write(partial(take_late_ack, self.engine, outgoing.request, ack, self.clock()))
            self._held_back(outgoing, ack.verdicts)

    def _held_back(self, outgoing: Outgoing, verdicts: Sequence[Verdict], dropped: Sequence[Dropped] = ()) -> None:
        self.held_back |= kept_still(outgoing.request.epoch, verdicts, dropped)

    def _may_try_again(self) -> bool:
        """After a line that broke off, or was too slow, with something on it."""
        self.halvings += 1
        self.pace.broke_off()
        return self.halvings <= _MOST_HALVINGS

    def _may_send_less(self, outgoing: Outgoing) -> bool:
        self.halvings += 1
        return len(outgoing.batch.commits) > 1 and self.halvings <= _MOST_HALVINGS and self.pace.halve()

    def _take(self, outgoing: Outgoing, response: ExchangeResponse) -> None:
        taking = Taking(outgoing.request, response, received=self.clock(), timer=self.timer)
        while not taking.finished:
            self._stop_if_asked()
            piece = self.write(partial(taking.step, self.engine))
            self.changes = self.changes | piece.changes
            self._tell("saving", behind=response.page.behind, done=piece.done, total=piece.total)
        self.sent += max(0, response.ack.n - outgoing.batch.epoch.acked_n)
        if taking.fits:
            device = outgoing.request.device
            self.received += sum(commit.device != device for commit in commits_in(response.page))
        self._held_back(outgoing, response.ack.verdicts, response.ack.dropped)
        self.halvings = 0
        if outgoing.batch.commits:
            self.pace.went(self.took_s, response.directives.max_bytes)
        if response.page.commits:
            self.pace.came(self.took_s)
        if self.was_admitted:
            self.write(partial(write_state, self.engine, admitted_at=self.clock()))
            self.was_admitted = False

    def _stop_if_asked(self) -> None:
        if self.cancelled():
            raise _Cancelled

    def _tell(self, step: str, **numbers: int) -> None:
        self.progress(Progress(step, self.sent, self.received, **numbers))

    def _report(self, began: int, bytes_out: int, bytes_in: int, error: str, facts: dict[str, Any]) -> RoundReport:
        try:
            look_for_overruled(self.engine, self.write)  # however it ended: what was taken until then stays taken
            self.write(partial(self._record, began, bytes_out, bytes_in, error))
        except Environment as trouble:
            error, facts = error or trouble.code, facts or trouble.facts
        with reading(self.engine) as conn:
            state: SyncState = enrolled(conn)
            # Nearly all that comes is as it was made, and no two values of it compete.
            busy = with_heads(conn, [id_ for _, id_ in self.changes.pairs()])
            conflicts = sum(len(disputes_to_settle(conn, chunk)) for chunk in chunks(busy))
            waiting = unsent(conn)
        return RoundReport(
            sent=self.sent,
            received=self.received,
            conflicts=conflicts,
            verdicts=len(self.held_back),
            unsent=waiting,
            exchanges=self.exchanges,
            bytes_out=bytes_out,
            bytes_in=bytes_in,
            next_in_s=state.next_in_s,
            notice=state.notice,
            changes=self.changes,
            error=error,
            facts=facts,
        )

    def _record(self, began: int, bytes_out: int, bytes_in: int, error: str) -> None:
        with writing_lightly(self.engine) as conn:
            change_state(conn, last_error=error, batch_bytes=self.pace.batch_bytes or enrolled(conn).batch_bytes)
            counts = {"sent": self.sent, "received": self.received, "bytes_out": bytes_out, "bytes_in": bytes_in}
            remember_round(conn, began, error or OK, **counts)
