"""What is still to be sent: the journal's own commits above what the center has acknowledged, nothing else.

Epochs before the present one go first, so that the center meets them in order. How much goes at once is measured in
compressed bytes, and adapts: larger while it works, halved when it does not.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.here import Here, standing
from app.journal.ops import first_link
from app.journal.tables import journal
from app.store.bulk import Kept
from app.sync.protocol import PushedCommit
from app.sync.tables import past_epoch

LEAST_BATCH = 1024
MOST_BATCH = 256 * 1024
QUICK_S, SLOW_S = 2.5, 16.0
"""A batch that is answered sooner may grow, one that takes longer was too large for this line."""
LEAST_PAGE = 8 * 1024
_GOOD_ENOUGH = 8
MOST_RAW = 8 * 1024 * 1024
"""Bytes of JSON in one push at most; the decoder at the other end is bounded too."""
_FIRST_RATIO = 4.0
_READ_AT_ONCE = 500
_p = past_epoch.c
_FIRST_OPEN = Kept(sa.select(past_epoch).where(_p.n > _p.acked_n).order_by(_p.serial).limit(1))
_PAST_UNSENT = Kept(sa.select(sa.func.sum(_p.n - _p.acked_n)).where(_p.n > _p.acked_n))


@dataclass(frozen=True, slots=True)
class OpenEpoch:
    """An epoch of this device and how far the center has it."""

    epoch: str
    serial: int
    n: int
    acked_n: int
    chain: bytes

    @property
    def unsent(self) -> int:
        return max(0, self.n - self.acked_n)


@dataclass(frozen=True, slots=True)
class Batch:
    """The next commits to push. `head`: the chain's value after the last of them, base64. `raw`: bytes of JSON."""

    epoch: OpenEpoch
    commits: list[PushedCommit]
    head: str
    raw: int

    @property
    def from_n(self) -> int:
        return self.epoch.acked_n + 1


@dataclass(slots=True)
class Pace:
    """How much to push at once. `batch_bytes`: compressed; `ratio`: bytes of JSON that shrank to one.

    `careful`: the line broke while something was on its way, and nobody knows what arrived: the next push is a single
    commit, whose acknowledgement tells. `page_bytes`: how much may come at once, compressed. `ceiling`,
    `page_ceiling`: what broke off was larger; it is tried again after so many `good` pushes, `good_pages`, in a row.
    """

    batch_bytes: int
    ratio: float = _FIRST_RATIO
    careful: bool = False
    page_bytes: int = MOST_BATCH
    ceiling: int = MOST_BATCH
    good: int = 0
    page_ceiling: int = MOST_BATCH
    good_pages: int = 0

    def raw_bytes(self) -> int:
        if self.careful:
            return 0
        return min(int(self.batch_bytes * self.ratio), MOST_RAW)

    def learn(self, raw: int, packed: int) -> None:
        """A small batch is mostly frame and says little."""
        if packed > 4096:
            self.ratio = max(1.0, raw / packed)

    def went(self, seconds: float, most: int = MOST_BATCH) -> None:
        """A push was answered after so many seconds: on a slow line a batch that breaks off costs much."""
        if self.careful:
            self.careful = False
            return
        self.good += 1
        if self.good >= _GOOD_ENOUGH:
            self.ceiling, self.good = min(MOST_BATCH, self.ceiling * 2), 0
        if seconds < QUICK_S:
            self.grow(min(most, self.ceiling))
        elif seconds > SLOW_S:
            self.halve()

    def came(self, seconds: float) -> None:
        """A page came whole after so long."""
        self.good_pages += 1
        if self.good_pages >= _GOOD_ENOUGH:
            self.page_ceiling, self.good_pages = min(MOST_BATCH, self.page_ceiling * 2), 0
        if seconds < QUICK_S:
            self.page_bytes = min(self.page_ceiling, self.page_bytes * 2)
        elif seconds > SLOW_S:
            self.page_bytes = max(LEAST_PAGE, self.page_bytes // 2)

    def broke_off(self) -> None:
        """Less at once, both ways, and first ask what of it arrived."""
        self.halve()
        self.ceiling, self.good, self.careful = self.batch_bytes, 0, True
        self.page_bytes = max(LEAST_PAGE, self.page_bytes // 4)
        self.page_ceiling, self.good_pages = self.page_bytes, 0

    def grow(self, most: int = MOST_BATCH) -> None:
        self.batch_bytes = max(LEAST_BATCH, min(self.batch_bytes * 2, most, MOST_BATCH))

    def halve(self) -> bool:
        """False where it cannot be less."""
        if self.batch_bytes <= LEAST_BATCH:
            return False
        self.batch_bytes = max(LEAST_BATCH, self.batch_bytes // 2)
        return True


def open_epoch(conn: sa.Connection, here: Here | None = None) -> OpenEpoch:
    """The epoch to talk about next: the earliest with something unsent, else the present one."""
    here = here or standing(conn)
    row = _FIRST_OPEN.first(conn)
    if row is not None:
        return OpenEpoch(row["epoch"], row["serial"], row["n"], row["acked_n"], row["chain"])
    return OpenEpoch(here.epoch, here.serial, here.n, here.acked_n, here.chain)


def unsent(conn: sa.Connection) -> int:
    """How many commits the center has not acknowledged."""
    here = standing(conn)
    past = _PAST_UNSENT.scalar(conn)
    return max(0, here.n - here.acked_n) + int(past or 0)


def oldest_unsent(conn: sa.Connection) -> int | None:
    """The wall time of the first commit not acknowledged, µs; None where there is none."""
    epoch = open_epoch(conn)
    if not epoch.unsent:
        return None
    j = journal.c
    first = sa.select(j.wall).where(j.device == standing(conn).device, j.epoch == epoch.epoch, j.n == epoch.acked_n + 1)
    return conn.execute(first).scalar()


def next_batch(conn: sa.Connection, raw_bytes: int) -> Batch:
    """The next commits, about `raw_bytes` of JSON, at least one where there is any."""
    here = standing(conn)
    return batch_of(conn, here.device, open_epoch(conn, here), raw_bytes)


def empty_batch(conn: sa.Connection) -> Batch:
    """None of the next commits, but where they would begin."""
    here = standing(conn)
    epoch = open_epoch(conn, here)
    return Batch(epoch, [], base64.b64encode(_chain_at(conn, here.device, epoch)).decode(), 0)


def all_batches(conn: sa.Connection, raw_bytes: int) -> Iterator[Batch]:
    """Everything unsent, epoch after epoch; the last batch is of the present epoch, and empty where nothing is."""
    here = standing(conn)
    past = conn.execute(sa.select(past_epoch).where(_p.n > _p.acked_n).order_by(_p.serial)).mappings().all()
    epochs = [OpenEpoch(row["epoch"], row["serial"], row["n"], row["acked_n"], row["chain"]) for row in past]
    for epoch in [*epochs, OpenEpoch(here.epoch, here.serial, here.n, here.acked_n, here.chain)]:
        batch = batch_of(conn, here.device, epoch, raw_bytes)
        yield batch
        while batch.commits and batch.commits[-1].n < epoch.n:
            batch = batch_of(conn, here.device, replace(epoch, acked_n=batch.commits[-1].n), raw_bytes)
            yield batch


def batch_of(conn: sa.Connection, device: str, epoch: OpenEpoch, raw_bytes: int) -> Batch:
    """`next_batch` of this epoch, after its `acked_n`."""
    commits: list[PushedCommit] = []
    head: bytes | None = None
    size = 0
    for n, wall, bound, schema, actor, chain, payload in _rows(conn, device, epoch):
        if commits and size + len(payload) > raw_bytes:
            break
        size += len(payload)
        head = chain
        commits.append(PushedCommit(n, wall, bound, schema, actor, msgspec.Raw(payload)))
    if head is None:
        head = _chain_at(conn, device, epoch)
    return Batch(epoch, commits, base64.b64encode(head).decode(), size)


_j = journal.c
_OWN = (_j.device == sa.bindparam("of_device"), _j.epoch == sa.bindparam("in_epoch"))
_NEXT = Kept(
    sa.select(_j.n, _j.wall, _j.bound, _j.schema, _j.actor, _j.chain, _j.payload)
    .where(*_OWN, _j.n > sa.bindparam("after"), _j.n <= sa.bindparam("upto"))
    .order_by(_j.n)
    .limit(_READ_AT_ONCE)
)


def _rows(conn: sa.Connection, device: str, epoch: OpenEpoch) -> Iterable[Sequence[Any]]:
    after = epoch.acked_n
    while after < epoch.n:
        found = _NEXT.rows(conn, of_device=device, in_epoch=epoch.epoch, after=after, upto=epoch.n)
        if not found:
            return
        yield from found
        after = found[-1][0]


_CHAIN = Kept(sa.select(_j.chain).where(*_OWN, _j.n == sa.bindparam("at_n")))


def _chain_at(conn: sa.Connection, device: str, epoch: OpenEpoch) -> bytes:
    if epoch.acked_n == epoch.n:
        return epoch.chain
    if epoch.acked_n == 0:
        return first_link(device, epoch.epoch)
    return bytes(_CHAIN.scalar(conn, of_device=device, in_epoch=epoch.epoch, at_n=epoch.acked_n))
