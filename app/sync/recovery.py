"""What a point does by itself when the center declines: its history is another one, its serial is taken, the center was
put back. The round then goes on; nothing of it needs a person.

Each mend is tried a few times in a round and no more, so that two sides that do not understand each other stop. Not
here: the round itself, and what is offered to a restored center (`offering.py`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import Clock
from app.base.ids import NewId
from app.journal.attached import forget_kept
from app.journal.here import save_here, standing
from app.journal.renumber import forget_numbers
from app.store.engine import reading, writing
from app.sync import aside
from app.sync.epochs import CENTER_RESTORED, FORKED, PUT_BACK, begin_epoch, set_serial, take_serials_after, tell
from app.sync.exchange import Diverged, acknowledge_upto
from app.sync.links import LINKS_PATH, LinksRequest, LinksResponse, common_n, is_other_at
from app.sync.protocol import CLIENT_LEVEL, VERSION, ExchangeRequest, pack
from app.sync.reissue import reissue
from app.sync.snapshot import ask_again
from app.sync.state import NEVER_COMPARED, change_state, enrolled
from app.sync.tables import past_epoch, verdict
from app.sync.transport import Declined, Transport
from app.sync.verdicts import ask_how_it_ended, note_verdicts
from app.sync.writing import Write, write_state

MOST_TRIES = 3
"""How often one kind of trouble is mended in one round."""


class Fork(msgspec.Struct):
    """Facts of 409 fork: the center has `known_n` commits of the epoch."""

    known_n: int


class Serial(msgspec.Struct):
    """Facts of 409 serial. `known`: the center knows the epoch, under this serial; else it is the greatest given."""

    serial: int
    known: bool = False


class Restored(msgspec.Struct):
    """Facts of 409 epoch: the center was put back. `since`: the last number it still has; `epochs`: of this device,
    epoch → acked_n and safe_n there."""

    hub_epoch: str
    since: int
    epochs: dict[str, tuple[int, int]]


@dataclass
class Recovery:
    """`mend` gives what changed here, or None where nothing can be done."""

    engine: sa.Engine
    transport: Transport
    clock: Clock
    new_request_id: NewId
    write: Write
    tried: Counter[str] = field(default_factory=Counter)

    def mend(self, request: ExchangeRequest, code: str, facts: dict[str, Any]) -> Changes | None:
        """Raises `Environment` or `Declined` where the center has to be asked and does not answer."""
        if code == "not_admitted":
            self.write(partial(write_state, self.engine, admitted_at=None))
            return None
        mends: dict[str, Callable[[ExchangeRequest, Any], Changes]] = {
            "fork": self._mend_fork,
            "serial": self._mend_serial,
            "epoch": self._mend_epoch,
        }
        told = _read(code, facts)
        self.tried[code] += 1
        if code not in mends or told is None or self.tried[code] > MOST_TRIES:
            return None
        return mends[code](request, told)

    def _mend_fork(self, request: ExchangeRequest, _told: Fork) -> Changes:
        """What both have not in common gets new ids."""
        common, serial = self._common(request.device, request.epoch, request.have_n)
        done: Changes = self.write(partial(self._reissue, request.epoch, common, serial))
        return done

    def prove(self, request: ExchangeRequest, told: Diverged) -> Changes:
        """Is what the center has of this epoch what was written here? Else it is a fork. Raises as `mend`."""
        self.tried["unproven"] += 1
        if self.tried["unproven"] > MOST_TRIES:
            raise Declined("sync_stuck")
        common, serial = self._common(request.device, request.epoch, request.have_n)
        if common < min(told.known_n, request.have_n):
            done: Changes = self.write(partial(self._reissue, request.epoch, common, serial))
        else:
            done = self.write(partial(self._acknowledge, request, told, serial))
        return done

    def _acknowledge(self, request: ExchangeRequest, told: Diverged, serial: int) -> Changes:
        """The center has all that was written here, or the first of it; what it has beyond was lost with a file."""
        with writing(self.engine) as conn:
            here = standing(conn)
            if here.epoch == request.epoch and told.known_n > request.have_n:
                if here.n > request.have_n:  # and under that number the center has another
                    return reissue(conn, request.epoch, request.have_n, serial)
                begin_epoch(conn, serial)
                tell(conn, PUT_BACK, self.clock())
            acknowledge_upto(conn, request.epoch, min(told.known_n, request.have_n))
            note_verdicts(conn, request.epoch, told.verdicts, self.clock())
            return Changes()

    def _common(self, device: str, epoch: str, upto: int) -> tuple[int, int]:
        """Up to which commit both have the same, told by the links alone, and the greatest serial the center knows."""
        while True:
            answer = self._links(device, epoch, upto)
            with reading(self.engine) as conn:
                common = common_n(conn, device, epoch, answer)
            if common is not None or not answer.from_n <= upto:
                break
            upto = answer.from_n - 1
        return common or 0, answer.serial

    def _reissue(self, epoch: str, common: int, serial: int) -> Changes:
        with writing(self.engine) as conn:
            changes = reissue(conn, epoch, common, serial)
            tell(conn, FORKED, self.clock())
            return changes

    def _mend_serial(self, request: ExchangeRequest, told: Serial) -> Changes:
        done: Changes = self.write(partial(self._take_serial, request.epoch, told))
        return done

    def _take_serial(self, epoch: str, told: Serial) -> Changes:
        with writing(self.engine) as conn:
            change = set_serial if told.known else take_serials_after
            return change(conn, epoch, told.serial)

    def _mend_epoch(self, request: ExchangeRequest, told: Restored) -> Changes:
        """What the center has of this device may be another laptop's with the same disk, who was there first: that of
        this one is then sent anew. In the present epoch the next push tells; in past ones the links do."""
        forks: list[tuple[str, int, int]] = []
        with reading(self.engine) as conn:
            p = past_epoch.c
            known = conn.execute(sa.select(p.epoch, p.acked_n).order_by(p.serial)).all()
        for epoch, acked_n in known:
            upto = min(acked_n, told.epochs.get(epoch, (0, 0))[0])
            if upto and self._is_other(request.device, epoch, upto):
                forks.append((epoch, *self._common(request.device, epoch, upto)))
        done: Changes = self.write(partial(self._begin_with_restored, told, forks))
        return done

    def _begin_with_restored(self, told: Restored, forks: list[tuple[str, int, int]]) -> Changes:
        changes = Changes()
        with writing(self.engine) as conn:
            begin_with_restored(conn, told, self.clock())
            for epoch, common, serial in forks:
                changes = changes | reissue(conn, epoch, common, serial)
        return changes

    def _is_other(self, device: str, epoch: str, n: int) -> bool:
        answer = self._links(device, epoch, n)
        with reading(self.engine) as conn:
            return is_other_at(conn, device, epoch, n, answer)

    def _links(self, device: str, epoch: str, upto: int) -> LinksResponse:
        asked = LinksRequest(VERSION, self.new_request_id(), device, epoch, upto)
        return self.transport.call(LINKS_PATH, asked.request_id, pack(asked, CLIENT_LEVEL), LinksResponse)


def begin_with_restored(conn: sa.Connection, told: Restored, now: int) -> None:
    """Take it that the center is the one it was at `told.since`: what came after has no number and is sent again.

    The cursor stays where anything is in common: the center knows where its own past ended. `now`: wall time, µs.
    """
    forget_numbers(conn, told.since)
    aside.forget_numbers(conn, told.since)
    forget_kept(conn)
    here = standing(conn)
    p = past_epoch.c
    for row in conn.execute(sa.select(p.epoch, p.acked_n, p.safe_n)).all():
        acked_n, safe_n = _as_told(told, row.epoch, row.acked_n, row.safe_n)
        conn.execute(past_epoch.update().where(p.epoch == row.epoch).values(acked_n=acked_n, safe_n=safe_n))
        _forget_verdicts(conn, row.epoch, acked_n)
    acked_n, safe_n = _as_told(told, here.epoch, here.acked_n, here.safe_n)
    save_here(conn, replace(here, acked_n=acked_n, safe_n=safe_n))
    _forget_verdicts(conn, here.epoch, acked_n)
    ask_how_it_ended(conn)
    if enrolled(conn).floor_seq > told.since:  # what stands here came from a state that the center no longer has
        ask_again(conn)
    floor_seq = min(enrolled(conn).floor_seq, told.since)
    # What the center does not take back is not to stay here: once all is offered and read, what is held is compared.
    change_state(
        conn, hub_epoch=told.hub_epoch, must_offer=True, behind=0, floor_seq=floor_seq, compared_at=NEVER_COMPARED
    )
    if not told.since:  # nothing is in common: every number comes anew
        change_state(conn, cursor="")
    tell(conn, CENTER_RESTORED, now)


def _as_told(told: Restored, epoch: str, acked_n: int, safe_n: int) -> tuple[int, int]:
    """Never more than was acknowledged of this very history."""
    there = told.epochs.get(epoch, (0, 0))
    return min(acked_n, there[0]), min(safe_n, acked_n, there[1])


def _forget_verdicts(conn: sa.Connection, epoch: str, acked_n: int) -> None:
    conn.execute(verdict.delete().where(verdict.c.epoch == epoch, verdict.c.n > acked_n))


def _read(code: str, facts: dict[str, Any]) -> Fork | Serial | Restored | None:
    types: dict[str, type[Fork | Serial | Restored]] = {"fork": Fork, "serial": Serial, "epoch": Restored}
    try:
        return msgspec.convert(facts, types[code]) if code in types else None
    except msgspec.ValidationError:
        return None
