"""The sums of streams as the center has them, kept in memory while nothing new is filed under the stream.

A thousand devices that compare what all of them read cost one sum. Not here: what is compared (`comparing.py`).
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.center.tables import feed
from app.journal.digest import BUCKETS, Buckets, stream_digests
from app.journal.streams import Tree

_MOST_KEPT = 512
"""Streams whose sums are remembered: some 10 MiB."""


@dataclass
class Sums:
    """The sums of streams, while nothing new is filed under them. Safe to share between threads: whoever comes second
    computes in vain."""

    _kept: OrderedDict[str, tuple[tuple[str, int], list[int]]] = field(default_factory=OrderedDict)

    def of(self, conn: sa.Connection, tree: Tree, hub_epoch: str, streams: Iterable[str]) -> Buckets:
        marks = {stream: (hub_epoch, _newest(conn, stream)) for stream in streams}
        known = {stream: kept for stream in marks if (kept := self._kept.get(stream)) is not None}
        found = {stream: sums for stream, (mark, sums) in known.items() if mark == marks[stream]}
        missing = frozenset(marks.keys() - found.keys())
        if missing:
            fresh = stream_digests(conn, tree, missing, by_node=True)
            for stream in missing:
                found[stream] = fresh.get(stream, [0] * BUCKETS)
                self._kept[stream] = marks[stream], found[stream]
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found


def _newest(conn: sa.Connection, stream: str) -> int:
    newest = sa.select(feed.c.seq).where(feed.c.stream == stream).order_by(feed.c.seq.desc()).limit(1)
    return int(conn.execute(newest).scalar() or 0)
