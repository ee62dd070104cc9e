"""An answer that comes late, by hand: it may be old, doubled, or for a moment that is gone.

What it acknowledges counts as far as it goes beyond what is known; its page counts only where it begins at what this
device has, for the history it has. What it says of times counts for nothing: nobody knows how long it was on its way.
"""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.errors import Refused
from app.journal.here import Here, save_here, standing
from app.journal.tables import journal
from app.store.engine import writing
from app.sync.epochs import PUT_BACK, begin_epoch, tell
from app.sync.exchange import Taking, eff_of, note_verdicts
from app.sync.protocol import ExchangeRequest, PastAck, Verdict
from app.sync.state import change_state, enrolled, take_pins
from app.sync.tables import past_epoch


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


class LateTaking(Taking):
    """`Taking` of an answer that was carried. `fits`: its page is taken. `acked`: commits it acknowledged that were
    not."""

    fits = False
    acked = 0

    def _take_acknowledgement(self, conn: sa.Connection) -> None:
        """Raises `Refused("carried_old_center")` where it is from before the center was put back."""
        request, response = self._request, self._response
        state, here = enrolled(conn), standing(conn)
        if state.hub_epoch not in ("", response.hub_epoch):
            raise Refused("carried_old_center", "file")
        known = known_epoch(conn, here, request.epoch)
        if known is not None:
            if response.ack.n > known.n and here.epoch == request.epoch:
                # The center knows the history this file has, and how it went on: the file was put back.
                begin_epoch(conn)
                tell(conn, PUT_BACK, self._received)
            self.acked = acknowledge(conn, request, response.ack.n, response.ack.safe_n)
            _confirm_safe(conn, response.ack.past)
            note_verdicts(conn, request.epoch, _still_held(conn, request, response.ack.verdicts), self._received)
        self.fits = (
            known is not None
            and known.n >= request.have_n
            and state.cursor == request.pull.cursor
            and not state.must_offer
        )
        if not self.fits:
            self._items = []
        take_pins(conn, response.directives.pins, response.now)
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


def acknowledge(conn: sa.Connection, request: ExchangeRequest, acked_n: int, safe_n: int) -> int:
    """Take that the center has so much of this epoch, as far as the request could know it and where it is more than was
    known; gives how much more."""
    here = standing(conn)
    known = known_epoch(conn, here, request.epoch)
    if known is None:
        return 0
    acked = max(known.acked_n, min(acked_n, request.have_n, known.n))
    safe = max(known.safe_n, min(safe_n, acked))
    if here.epoch == request.epoch:
        save_here(conn, replace(here, acked_n=acked, safe_n=safe))
    else:
        values = {"acked_n": acked, "safe_n": safe}
        conn.execute(past_epoch.update().where(past_epoch.c.epoch == request.epoch).values(values))
    return acked - known.acked_n


def _confirm_safe(conn: sa.Connection, told: list[PastAck]) -> None:
    """What of earlier epochs is in a backup by now."""
    p = past_epoch.c
    for past in told:
        where = (p.epoch == past.epoch, p.safe_n < past.safe_n, p.acked_n >= past.safe_n)
        conn.execute(past_epoch.update().where(*where).values(safe_n=past.safe_n))


def take_carried_ack(engine: sa.Engine, request: ExchangeRequest, acked_n: int) -> int:
    """`acknowledge` what came with a refusal."""
    with writing(engine) as conn:
        return acknowledge(conn, request, acked_n, 0)


def _still_held(conn: sa.Connection, request: ExchangeRequest, verdicts: list[Verdict]) -> list[Verdict]:
    """Without those that have a number by now."""
    j = journal.c
    numbered = sa.select(j.n).where(
        j.device == request.device, j.epoch == request.epoch, j.n.in_([told.n for told in verdicts]), j.seq.is_not(None)
    )
    done = set(conn.execute(numbered).scalars()) if verdicts else set()
    return [told for told in verdicts if told.n not in done]
