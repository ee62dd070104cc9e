"""Whether a point holds what the center says it must, and what is done where it does not: once a day, and on request.

Three questions, each only about what differed in the one before: the digests of the streams, their 256 buckets, the
records of the buckets that differ. The answer to the last brings whatever was written about those records; they are
made anew from that and from what waits here to be sent, never simply overwritten. A center with news for this device
does not compare. Not here: the digests (`app.journal.digest`).
"""

import base64
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import DAY, Clock
from app.base.errors import Environment
from app.base.ids import NewId, new_id
from app.journal.apply import apply_heads
from app.journal.digest import BUCKETS, SUMMING, Buckets, bucket_of, combine, record_digests, stream_digests
from app.journal.entities import Entity, by_entity
from app.journal.here import standing
from app.journal.load import chunks
from app.journal.moving import all_read_without_number, never_made, with_heads_or_voids, without_number
from app.journal.ops import Key
from app.journal.streams import is_of_tree, streams_read, tree_of
from app.store.engine import reading, writing
from app.sync.holding import has_strays, is_half_way, leave_strays
from app.sync.pages import take_move
from app.sync.protocol import CLIENT_LEVEL, VERSION, Move, pack
from app.sync.state import enrolled
from app.sync.transport import Declined, Transport
from app.sync.verdicts import dropped_now
from app.sync.writing import Write, inline, write_state

log = logging.getLogger(__name__)

COMPARE_PATH = "/sync/v1/compare"
MOST_RECORDS = 4_000
"""Records listed in one question."""
SUMMED_OTHERWISE = "summed_otherwise"
"""The code of a center whose program sums up in another way than the one here."""
_MOST_TRIES = 50
"""Questions about records in one comparison; each mends some hundred."""
_MOST_LEFT_OUT = 300
"""Records that may be told in vain in one comparison: where it is more, asking on would bring few others their turn."""
PERIOD = DAY


class CompareRequest(msgspec.Struct):
    """One of the three questions; the others are left empty."""

    version: int
    request_id: str
    device: str
    cursor: str
    streams: dict[str, str] = {}
    """Stream → digest, hex: of all that are read."""
    buckets: dict[str, str] = {}
    """Stream → its 256 sums of 16 bytes each, base64."""
    within: dict[str, list[int]] = {}
    """Stream → buckets, all of whose records are in `records`."""
    records: list[tuple[str, str, str]] = []
    """(kind, id, digest as hex; empty where the record has no number at the device)."""
    summing: int = 1
    """How the device sums up (`app.journal.digest.SUMMING`)."""
    left_out: list[str] = []
    """Ids of records that were told and did not get better for it: nothing more is to be said of them."""


class CompareResponse(msgspec.Struct):
    request_id: str
    now: int
    streams: list[str] = []
    """Those that differ."""
    buckets: dict[str, list[int]] = {}
    """Those that differ, by stream."""
    move: Move | None = None
    """What does not belong at the device, and what is to be made anew there."""
    more: bool = False
    """More records differ than had room."""
    summing: int = 1
    """How the center sums up."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How it went. `even`: nothing differs now; False also where the center had news first. `renewed`, `dropped`:
    records."""

    even: bool
    renewed: int
    dropped: int
    changes: Changes


def is_due(conn: sa.Connection, now: int) -> bool:
    """Whether a day has passed since the last time. `now`: wall time, µs."""
    state = enrolled(conn)
    last = state.compared_at if state.compared_at is not None else state.admitted_at
    return last is not None and abs(now - last) >= PERIOD


def compare_if_due(
    engine: sa.Engine, transport: Transport, clock: Clock, write: Write, new_request_id: NewId
) -> Changes:
    """`repair_round` once a day. A center that cannot answer it now will be asked the next time, one with a program of
    another version the next day: no round fails for it."""
    with reading(engine) as conn:
        due = is_due(conn, clock())
    if not due:
        return Changes()
    try:
        return repair_round(engine, transport, clock=clock, write=write, new_request_id=new_request_id).changes
    except (Declined, Environment) as trouble:
        log.info("not compared: %s", trouble.code)
        if trouble.code == SUMMED_OTHERWISE:  # until it is brought up to date, which may take months
            write(partial(write_state, engine, compared_at=clock()))
        return Changes()


def repair_round(
    engine: sa.Engine, transport: Transport, *, clock: Clock, write: Write | None = None, new_request_id: NewId = new_id
) -> Compared:
    """Compare all that is held here with the center and mend what differs. Raises `Declined` (`not_even`: something is
    still to come; `summed_otherwise`: by an older or newer program there), `Environment`."""
    with reading(engine) as conn:
        # What the center has lost may be here alone; what is for none of the streams of then may be for those of now.
        if enrolled(conn).must_offer or is_half_way(conn):
            raise Declined("not_even")
    comparison = _Comparison(engine, transport, clock, write or inline, new_request_id)
    comparison.ask_about_lost()  # a node among them says who reads what
    comparison.mend_here()
    even = False
    try:
        even = comparison.run()
    finally:
        # Asking at every round mends nothing where something lies aside here, also where this was cut short.
        if even or comparison.is_stuck:
            comparison.write(partial(write_state, engine, compared_at=clock()))
    if comparison.renewed or comparison.dropped:
        comparison.leave_strays()  # what hangs on what left
    if comparison.renewed or comparison.dropped:
        log.info("of what is held here %d records were made anew, %d dropped", *comparison.counts())
    return Compared(even, *comparison.counts(), comparison.changes)


@dataclass
class _Comparison:
    engine: sa.Engine
    transport: Transport
    clock: Clock
    write: Write
    new_request_id: NewId
    renewed: int = 0
    dropped: int = 0
    is_stuck: bool = False
    """Whether what the center told of the records that differ did not make them alike."""
    changes: Changes = field(default_factory=Changes)

    def counts(self) -> tuple[int, int]:
        return self.renewed, self.dropped

    def mend_here(self) -> None:
        """What this device can tell by itself: records for none of its streams, rows that do not show their heads."""
        self.leave_strays()
        with reading(self.engine) as conn:
            pairs = with_heads_or_voids(conn)
        for some in chunks(pairs):
            shown = self.write(partial(self._show_heads, by_entity(some)))
            self.renewed += sum(1 for _ in shown.pairs())
            self.changes = self.changes | shown

    def leave_strays(self) -> None:
        with reading(self.engine) as conn:
            if not has_strays(conn):
                return
        self.changes = self.changes | self.write(self._leave_strays)

    def ask_about_lost(self) -> None:
        """The digests leave out what has no number, and what is told of a record that is not here. Where the center has
        no news, it has numbered what others made, and that is not for this device, or is to be told once more; or it
        does not know it, and says nothing of it. What all read stands as the center has it: what it lost of that it
        takes back from none below."""
        with reading(self.engine) as conn:
            dropped = dropped_now(conn)
            found = (all_read_without_number, without_number, never_made)
            lost = list(dict.fromkeys(record for find in found for record in find(conn, dropped)))
        for some in chunks(lost, MOST_RECORDS):
            asked = [(kind, id_, "") for kind, id_ in some]
            while asked:
                answer = self._ask(records=asked)
                if answer.move is None or not (answer.move.leave or answer.move.enter):
                    break
                self._take(answer.move)
                done = {id_ for _, id_ in (*answer.move.leave, *answer.move.enter)}
                asked = [record for record in asked if record[1] not in done]

    def run(self) -> bool:
        """Ask until nothing differs, or nothing gets better; whether nothing differs. What does not get better, though
        it was told and made anew, is left out from then on, so that the others get their turn; but not where that is so
        much that few will be left."""
        tried, left_out, passed = set[Key](), set[Key](), set[tuple[str, int]]()
        for _ in range(_MOST_TRIES):
            mine = self._sums()
            differing = self._ask(streams={stream: combine({stream: sums}) for stream, sums in mine.items()}).streams
            if not differing:
                return True
            told = {stream: _packed(mine[stream]) for stream in differing if stream in mine}
            if not told:  # who reads what is told otherwise there
                break
            asked = _pairs(self._ask(buckets=told).buckets) - passed
            if not asked:
                break
            listed, within = self._records(asked)
            answer = self._ask(records=listed, within=within, left_out=sorted(id_ for _, id_ in left_out))
            told_of = set() if answer.move is None else {*answer.move.leave, *answer.move.enter}
            if told_of <= left_out:  # nothing else is wrong there, or an older program does not leave it out
                passed |= _pairs(within)
                if asked <= passed:
                    break
                continue
            fresh, again = told_of - tried, told_of & tried
            tried |= fresh
            left_out |= again
            if fresh and answer.move is not None:
                self._take(answer.move)
            if any(is_of_tree(kind) for kind, _ in fresh):  # what was in vain before may not be now
                tried = {key for key in tried if is_of_tree(key[0])}
                left_out &= tried
                passed.clear()
            self.is_stuck = bool(left_out)
            if len(left_out) > _MOST_LEFT_OUT:
                break
        return False

    def _sums(self) -> Buckets:
        """The sums of every stream this device reads, also of those it has nothing of."""
        with reading(self.engine) as conn:
            tree = tree_of(conn)
            reads = streams_read(tree, standing(conn).node)
            return {**{stream: [0] * BUCKETS for stream in reads}, **stream_digests(conn, tree, frozenset(reads))}

    def _records(self, asked: set[tuple[str, int]]) -> tuple[list[tuple[str, str, str]], dict[str, list[int]]]:
        """The records of as many of these buckets as have room, and which buckets these are."""
        listed: dict[tuple[str, int], list[tuple[str, str, str]]] = {}
        with reading(self.engine) as conn:
            for kind, id_, value, streams in record_digests(conn, tree_of(conn), frozenset(s for s, _ in asked)):
                for stream in streams:
                    if (stream, bucket_of(id_)) in asked:
                        listed.setdefault((stream, bucket_of(id_)), []).append((kind, id_, f"{value:032x}"))
        told: dict[str, tuple[str, str, str]] = {}
        chosen: dict[str, list[int]] = {}
        for stream, bucket in sorted(asked):
            found = listed.get((stream, bucket), [])
            if chosen and len(told) + len(found) > MOST_RECORDS:
                break
            told.update((each[1], each) for each in found)
            chosen.setdefault(stream, []).append(bucket)
        return list(told.values()), chosen

    def _ask(self, **question: Any) -> CompareResponse:
        with reading(self.engine) as conn:
            device, cursor = standing(conn).device, enrolled(conn).cursor
        request = CompareRequest(VERSION, self.new_request_id(), device, cursor, **question, summing=SUMMING)
        body = pack(request, CLIENT_LEVEL)
        answer = self.transport.call(COMPARE_PATH, request.request_id, body, CompareResponse)
        if answer.summing != SUMMING:
            raise Declined(SUMMED_OTHERWISE)
        return answer

    def _take(self, move: Move) -> None:
        self.changes = self.changes | self.write(partial(self._take_within, move))
        self.renewed += len(move.enter)
        self.dropped += len(move.leave)

    def _take_within(self, move: Move) -> Changes:
        with writing(self.engine) as conn:
            taken = take_move(conn, move, self.clock(), anew=True)
            if any(is_of_tree(kind) for kind, _ in move.enter):  # who reads what may be another matter now
                taken = taken | leave_strays(conn, always=True)
            return taken

    def _leave_strays(self) -> Changes:
        with writing(self.engine) as conn:
            left = leave_strays(conn, always=True)
        self.dropped += sum(1 for _ in left.pairs())
        return left

    def _show_heads(self, wanted: Mapping[Entity, Collection[str]]) -> Changes:
        with writing(self.engine) as conn:
            return apply_heads(conn, wanted)


def _pairs(buckets: Mapping[str, list[int]]) -> set[tuple[str, int]]:
    return {(stream, bucket) for stream, found in buckets.items() for bucket in found}


def _packed(sums: list[int]) -> str:
    return base64.b64encode(b"".join(value.to_bytes(16, "big") for value in sums)).decode()
