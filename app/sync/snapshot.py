"""A snapshot in place of history: for a new device, and for one that was away too long.

Asked for once everything of this device is at the center; fetched piece by piece, which goes on where it was cut, also
after a restart; loaded beside the old tables while work goes on; then put in place at once. Not here: the transactions
(`snapshot_load.py`, `snapshot_swap.py`), the round that it is part of.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from app.base.clock import Clock
from app.base.errors import Environment
from app.base.ids import NewId
from app.journal.entities import find_entity
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading, writing, writing_lightly
from app.sync.bytes import MOST_PIECE
from app.sync.exchange import SLICE_S, Timer
from app.sync.outbox import MOST_BATCH, Pace
from app.sync.protocol import CLIENT_LEVEL, VERSION, pack
from app.sync.snapshot_load import (
    Fetching,
    Loading,
    abandon,
    begin,
    begun,
    drop_fresh,
    fits,
    is_loaded,
    keep_piece,
    make_fresh,
    next_to_fetch,
)
from app.sync.snapshot_swap import Swapped, swap
from app.sync.snapshot_wire import GOOD_FOR, SNAPSHOT_PATH, BadSegment, SnapshotRequest, SnapshotResponse
from app.sync.state import change_state, enrolled
from app.sync.tables import snapshot_segment
from app.sync.transport import Declined, Transport
from app.sync.writing import Write

DUE = "!"
"""`sync_state.lacking` where a new snapshot is to be asked for."""
_LET_GO = frozenset({"not_referenced", "not_here_yet", "bad_request", "center_failed"})
"""The center says so where it let go of a segment meanwhile, holds fewer bytes of it than it named, or cannot read it:
asked anew, it looks at what it holds."""
_MOST_BEGINNINGS = 3
_MOST_BROKEN = 5
"""How often in a row a piece may break off in one round."""

Told = Callable[[int, int], None]
"""(bytes or lines done, of how many)"""


class Pieces(Protocol):
    """Where the bytes of segments come from: the line (`app.sync.bytes.Bytes`) or a file carried by hand."""

    def fetch(self, name: str, offset: int, length: int) -> tuple[bytes, int]:
        """At most `length` bytes from `offset`, and how many there are in all."""
        ...


@dataclass
class Snapshot:
    """One snapshot being taken. `tell`: bytes fetched of all; `stop_if_asked` may raise. `pace`: how much comes at
    once; a line that breaks gets smaller pieces. `broken`: how many broke off in a row."""

    engine: sa.Engine
    transport: Transport
    segments: Pieces
    clock: Clock
    write: Write
    new_request_id: NewId
    tell: Told
    stop_if_asked: Callable[[], None]
    timer: Timer = time.perf_counter
    slice_s: float = SLICE_S
    pace: Pace = field(default_factory=lambda: Pace(MOST_BATCH, page_bytes=MOST_PIECE))
    broken: int = 0

    def take(self) -> Swapped:
        """Go on with what was begun, or begin; gives what came of it. Raises as `Transport`."""
        is_over, trouble = False, Declined("sync_stuck")
        for _ in range(_MOST_BEGINNINGS):
            self._begin_unless_begun(is_over=is_over)
            try:
                if self._fetch():
                    self._load()
                    swapped: Swapped = self.write(self._swap)
                    return swapped
                is_over = True  # one is spoilt: the center looks at what it holds when it is asked anew
            except BadSegment:
                self.write(self._abandon)
            except Declined as declined:
                if declined.code not in _LET_GO:
                    raise
                is_over = True  # what it names again is here as far as it came
                if declined.code == "center_failed":
                    trouble = declined
        raise trouble

    def _begin_unless_begun(self, *, is_over: bool) -> None:
        """`is_over`: what was begun is not to be had any more."""
        with reading(self.engine) as conn:
            state, old = enrolled(conn), begun(conn)
        now = self.clock()
        is_good = old is not None and old["hub_epoch"] == state.hub_epoch and 0 <= now - old["begun_at"] < GOOD_FOR
        if is_good and not is_over and self.write(self._fit):
            return
        self.stop_if_asked()
        with reading(self.engine) as conn:
            request = snapshot_request(conn, self.new_request_id())
        body = pack(request, CLIENT_LEVEL)
        answer = self.transport.call(SNAPSHOT_PATH, request.request_id, body, SnapshotResponse)
        self.write(partial(self._begin, answer, now))

    def _begin(self, answer: SnapshotResponse, now: int) -> None:
        with writing(self.engine) as conn:
            begin(conn, answer, now)

    def _fit(self) -> bool:
        """Another program may have begun it: what it loaded for its own tables is loaded again for these. False where
        bytes of that are not here any more."""
        with writing(self.engine) as conn:
            if not fits(conn):
                if conn.execute(sa.select(snapshot_segment.c.place).where(snapshot_segment.c.loaded)).first():
                    return False
                drop_fresh(conn)
                make_fresh(conn)
                conn.execute(snapshot_segment.update().values(lines=0))
            return True

    def _abandon(self) -> None:
        with writing(self.engine) as conn:
            abandon(conn)

    def _fetch(self) -> bool:
        """Whether all is here; False where one came whole and does not answer to its name."""
        while True:
            with reading(self.engine) as conn:
                wanted = next_to_fetch(conn)
                s = snapshot_segment.c
                here, total = conn.execute(sa.select(sa.func.sum(s.here), sa.func.sum(s.bytes))).one()
            self.tell(int(here or 0), int(total or 0))
            if wanted is None:
                return True
            self.stop_if_asked()
            data = self._piece(wanted)
            if data is not None and not self.write(partial(self._keep, wanted, data)):
                return False

    def _piece(self, wanted: Fetching) -> bytes | None:
        """What comes next; None where it broke off, and less is to be tried."""
        began = self.timer()
        try:
            length = min(self.pace.page_bytes, wanted.bytes - wanted.here)
            data, _ = self.segments.fetch(wanted.sha, wanted.here, length)
        except Environment as trouble:
            if trouble.code != "line_broken":
                raise
            self.broken += 1
            self.pace.broke_off()
            if self.broken > _MOST_BROKEN:
                raise
            return None
        self.broken = 0
        self.pace.came(self.timer() - began)
        return data

    def _keep(self, wanted: Fetching, data: bytes) -> bool:
        with writing_lightly(self.engine) as conn:
            return keep_piece(conn, wanted, data)

    def _load(self) -> None:
        loading = Loading()
        while self.write(partial(self._slice, loading)):
            self.stop_if_asked()
        if not is_loaded(self.engine):
            raise BadSegment("not whole")

    def _slice(self, loading: Loading) -> bool:
        """Lines for about a slice's time, in one transaction; whether there may be more."""
        with writing_lightly(self.engine) as conn:
            began = self.timer()
            while loading.step(conn):
                if self.timer() - began > self.slice_s / 2:
                    return True
        return False

    def _swap(self) -> Swapped:
        with writing(self.engine) as conn:
            return swap(conn)


def snapshot_request(conn: sa.Connection, request_id: str) -> SnapshotRequest:
    """Asks for all this device reads, as it stands now."""
    device, hub_epoch = standing(conn).device, enrolled(conn).hub_epoch
    return SnapshotRequest(VERSION, request_id, device, hub_epoch, _unnumbered(conn))


def ask_again(conn: sa.Connection) -> None:
    """Have a new snapshot asked for in the next round: the one this file rests on says too little, or too much."""
    if enrolled(conn).floor_seq:
        change_state(conn, lacking=DUE)


def ask_again_if_known(conn: sa.Connection) -> None:
    """At the start of a program: what the last snapshot named and the program of then did not know may be known now."""
    for name in enrolled(conn).lacking.split():
        kind, _, column = name.partition(".")
        entity = find_entity(kind)
        if entity is not None and (not column or column in entity.table.c):
            ask_again(conn)
            return


def _unnumbered(conn: sa.Connection) -> list[tuple[str, int, int]]:
    """Per own epoch the first and the last commit without a number. What another laptop with the same disk wrote has
    no chain here: what has its number at the center may be another commit by now."""
    j = journal.c
    own = (j.device == standing(conn).device, j.seq.is_(None), j.chain.is_not(None))
    rows = conn.execute(sa.select(j.epoch, sa.func.min(j.n), sa.func.max(j.n)).where(*own).group_by(j.epoch))
    return [(epoch, first, last) for epoch, first, last in rows]
