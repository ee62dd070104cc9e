"""An answer that comes late, by hand: it may be old, doubled, or for a moment that is gone.

It may also answer another laptop with the same disk, or what this file was before it was put back: of own commits it is
believed as far as its request names a commit of this very history. What it acknowledges counts as far as it goes beyond
what is known; its page counts only where it begins at what this device has. What it says of times counts for nothing:
nobody knows how long it was on its way.
"""

import base64
from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.errors import Refused
from app.journal.here import Here, save_here, standing
from app.journal.ops import first_link
from app.journal.tables import journal
from app.store.engine import writing
from app.sync.epochs import PUT_BACK, begin_epoch, tell
from app.sync.exchange import Taking, eff_of, safe_in
from app.sync.pages import clashes
from app.sync.protocol import ExchangeRequest, LateAck, PastAck, Verdict
from app.sync.state import change_state, clocks_here, enrolled, hear_address, take_pins
from app.sync.tables import past_epoch, verdict
from app.sync.verdicts import note_dropped, note_held, note_verdicts


@dataclass(frozen=True, slots=True)
class Known:
    """An epoch of this device as it stands now."""

    serial: int
    n: int
    acked_n: int
    safe_n: int


def known_epoch(conn: sa.Connection, here: Here, epoch: str) -> Known | None:
    """None where this database never wrote in it, or no longer knows."""
    if epoch == here.epoch:
        return Known(here.serial, here.n, here.acked_n, here.safe_n)
    p = past_epoch.c
    row = conn.execute(sa.select(p.serial, p.n, p.acked_n, p.safe_n).where(p.epoch == epoch)).one_or_none()
    return None if row is None else Known(*row)


def shared_n(conn: sa.Connection, request: ExchangeRequest) -> int | None:
    """Up to which commit of its epoch the history the request was made from is the one in this file; None where it is
    another. The chain's value that it names tells."""
    head, before = base64.b64decode(request.head), request.push.from_n - 1
    if known_epoch(conn, standing(conn), request.epoch) is None:
        return None
    if before == 0 and head == first_link(request.device, request.epoch):
        return 0
    j = journal.c
    own = (j.device == request.device, j.epoch == request.epoch, j.n >= before, j.n <= request.have_n)
    n: int | None = conn.execute(sa.select(j.n).where(*own, j.chain == head).order_by(j.n).limit(1)).scalar()
    return n


class LateTaking(Taking):
    """`Taking` of an answer that was carried. `acked`: commits it acknowledged that were not."""

    acked = 0

    def _take_acknowledgement(self, conn: sa.Connection) -> None:
        """Raises `Refused("carried_old_center")` where it is from before the center was put back."""
        request, response = self._request, self._response
        state, here = enrolled(conn), standing(conn)
        if state.hub_epoch not in ("", response.hub_epoch):
            raise Refused("carried_old_center", "file")
        shared = shared_n(conn, request)
        self.acked = acknowledge(conn, request, response.ack.n, response.ack.safe_n, self._received)
        if shared is not None:
            _confirm_safe(conn, response.ack.past)
            _note_held(conn, request, response.ack.verdicts, shared, self._received)
        note_held(conn, request.held, response.ack.held, self._received)
        note_dropped(conn, response.ack.dropped)
        self.fits = (
            shared is not None
            and state.cursor == request.pull.cursor
            and not state.must_offer
            and not clashes(conn, response.page)
        )
        if not self.fits:
            self._leave_page()
        clocks = clocks_here(conn, self._received)
        take_pins(conn, response.directives.pins, response.now, *clocks)
        hear_address(conn, response.directives.url, response.now, *clocks)
        if response.now > here.bound:  # nothing was heard since
            contact = min(self._received, max(state.last_contact or 0, response.now - here.skew))
            change_state(conn, notice=response.directives.notice, twin=response.directives.twin, last_contact=contact)

    def _finish(self, conn: sa.Connection) -> Changes:
        still_fits = self.fits and enrolled(conn).cursor == self._request.pull.cursor
        left = self._end_page(conn) if still_fits else Changes()
        here = standing(conn)
        if self._items and here.n:
            save_here(conn, replace(here, last_eff=eff_of(conn, here)))
        return left


def acknowledge(conn: sa.Connection, request: ExchangeRequest, acked_n: int, safe_n: int, now: int) -> int:
    """Take that the center has so much of this epoch, as far as the request shows that it is of this history and where
    it is more than was known; gives how much more. `now`: wall time, µs."""
    here = standing(conn)
    known = known_epoch(conn, here, request.epoch)
    if known is None:
        return 0
    if acked_n > known.n and here.epoch == request.epoch:
        # The center knows how this epoch went on: the file was put back, or copied. Either way it is closed.
        here = begin_epoch(conn)
        tell(conn, PUT_BACK, now)
    shared = shared_n(conn, request)
    if shared is None:
        return 0
    acked = max(known.acked_n, min(acked_n, shared))
    safe = max(known.safe_n, min(safe_n, acked))
    if here.epoch == request.epoch:
        save_here(conn, replace(here, acked_n=acked, safe_n=safe))
    else:
        values = {"acked_n": acked, "safe_n": safe}
        conn.execute(past_epoch.update().where(past_epoch.c.epoch == request.epoch).values(values))
    return acked - known.acked_n


def _confirm_safe(conn: sa.Connection, told: list[PastAck]) -> None:
    """What of earlier epochs is in a backup by now; an older answer does not set it back."""
    p = past_epoch.c
    for past in told:
        safe_n = safe_in(past)
        conn.execute(past_epoch.update().where(p.epoch == past.epoch, p.safe_n < safe_n).values(safe_n=safe_n))


def take_carried_ack(engine: sa.Engine, request: ExchangeRequest, ack: LateAck, now: int) -> int:
    """`acknowledge` what came with a refusal. Raises `Refused("carried_old_center")` where it was to a request to the
    center as it was before it was put back."""
    with writing(engine) as conn:
        if enrolled(conn).hub_epoch not in ("", request.hub_epoch):
            raise Refused("carried_old_center", "file")
        shared = shared_n(conn, request)
        if shared is not None:
            _note_held(conn, request, ack.verdicts, shared, now)
        return acknowledge(conn, request, ack.acked_n, 0, now)


def goes_on_alike(conn: sa.Connection, request: ExchangeRequest, acked_n: int) -> bool:
    """Whether all that the center has of the request's epoch, up to `acked_n`, can stand in this file: nothing here has
    the number of something else there."""
    known, shared = known_epoch(conn, standing(conn), request.epoch), shared_n(conn, request)
    return known is not None and shared is not None and min(acked_n, known.n) <= shared


def _note_held(conn: sa.Connection, request: ExchangeRequest, told: list[Verdict], shared: int, now: int) -> None:
    """What of this history the center holds back, without what has a number by now, or was heard of before: what is
    known of that may be newer."""
    verdicts, j, v = [each for each in told if each.n <= shared], journal.c, verdict.c
    if not verdicts:
        return
    asked = [each.n for each in verdicts]
    numbered = sa.select(j.n).where(
        j.device == request.device, j.epoch == request.epoch, j.n.in_(asked), j.seq.is_not(None)
    )
    known = sa.select(v.n).where(v.epoch == request.epoch, v.n.in_(asked))
    done = set(conn.execute(numbered.union(known)).scalars())
    note_verdicts(conn, request.epoch, [each for each in verdicts if each.n not in done], now)
