"""Commits that readers brought back to a restored center, and what happens when more of one comes, or its author.

A relayed commit stands in the journal without its author's chain and perhaps without some of its ops. Whatever is added
gives it a new number, under which it is filed anew, so that every reader gets the rest. Not here: what is offered and
taken (`offers.py`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.center.arrivals import Arrival, Sender
from app.center.brought import says_other
from app.center.hub import Hub
from app.center.publisher import OpsOf
from app.center.refile import mark_moving
from app.center.tables import feed, former_seq, moved, relayed
from app.journal.apply import Stamp, apply, apply_stamps
from app.journal.entities import Entity, by_entity
from app.journal.load import load_commits
from app.journal.ops import FRAMED, Commit, CommitId, Key, Op, kept_parts
from app.journal.presence import Presence, with_followers
from app.journal.renumber import take_whole
from app.store.bulk import Kept
from app.store.trouble import raise_trouble


class Completing:
    """Commits of a push that were relayed before, now come whole from their author."""

    def __init__(self, conn: sa.Connection, hub: Hub, sender: Sender, known: Sequence[Arrival]) -> None:
        self._conn, self._hub, self._sender, self._known = conn, hub, sender, known

    def file(self, nodes: Mapping[Key, str]) -> None:
        """Apply what was not known of them, keep them whole, number and file them anew."""
        if not self._known:
            return
        conn, hub = self._conn, self._hub
        before = hub.publisher.before(conn, (op for arrival in self._known for _, op in arrival.ops))
        done = [arrival for arrival in self._known if self._take(arrival)]
        commits = [(arrival.commit(self._sender), arrival.ops) for arrival in done]
        for commit, _ in commits:  # first: where what it wrote stands depends on its epoch's serial too
            take_whole(conn, commit)
        number_anew(conn, hub, commits)
        r = relayed.c
        mine = (r.device == self._sender.device, r.epoch == self._sender.epoch)
        conn.execute(relayed.delete().where(*mine, r.n.in_([arrival.pushed.n for arrival in done])))
        file_anew(conn, hub, commits, before, nodes)

    def _take(self, arrival: Arrival) -> bool:
        try:
            with self._conn.begin_nested():
                apply(self._conn, [arrival.commit(self._sender)])
        except Exception as error:
            raise_trouble(error)
            arrival.put_aside("apply_failed", type(error).__name__)
            return False
        return True


def as_brought(conn: sa.Connection, sender: Sender, arrivals: list[Arrival], marked: Collection[int]) -> list[Arrival]:
    """Those before the first under whose number readers brought something else: there the histories part. `marked`:
    what `relayed_among` says of them."""
    if not marked:
        return arrivals
    rows = load_commits(conn, [CommitId(sender.device, sender.epoch, n) for n in sorted(marked)])
    known = {id_.n: row for id_, row in rows.items()}
    found = []
    for arrival in arrivals:
        row = known.get(arrival.pushed.n)
        if row is not None and _is_other(arrival, row):
            break
        found.append(arrival)
    return found


def _is_other(arrival: Arrival, row: Mapping[str, Any]) -> bool:
    """Also where the op that a reader saw is the same: one who counts twice names the same lot."""
    brought = kept_parts(row["payload"])
    more = {part.at for part in brought} - {part.at for part in arrival.parts}
    frame = any(getattr(arrival.pushed, name) != row[name] for name in FRAMED)
    return frame or bool(more) or says_other(arrival.parts, brought)


def take_as_judged(conn: sa.Connection, sender: Sender, arrivals: Sequence[Arrival], marked: Collection[int]) -> None:
    """What readers brought was allowed, as of the time that stands here: the rest of the commit is of that time too."""
    rows = load_commits(conn, [CommitId(sender.device, sender.epoch, n) for n in sorted(marked)])
    known = {id_.n: row for id_, row in rows.items()}
    for arrival in arrivals:
        row = known.get(arrival.pushed.n)
        if row is not None:
            arrival.eff = min(arrival.eff, row["eff"])
            arrival.judged = frozenset(part.at for part in kept_parts(row["payload"]))


def number_anew(conn: sa.Connection, hub: Hub, commits: Sequence[tuple[Commit, OpsOf]]) -> None:
    """Give known commits the next numbers and the times they name; their former numbers stay good for cursors."""
    if not commits:
        return
    rows = load_commits(conn, [commit.id for commit, _ in commits])
    for (commit, _), seq in zip(commits, range(hub.publisher.number(conn, len(commits)), 1 << 62), strict=False):
        commit.seq = seq
    names = ("seq", "device", "epoch", "n", "eff")
    conn.execute(former_seq.insert(), [{name: row[name] for name in names} for row in rows.values()])
    for commit, ops in commits:
        _take_feed_along(conn, hub, rows[commit.id]["seq"], commit.seq or 0, (op for _, op in ops))
    apply_stamps(conn, [Stamp(commit.id, commit.seq, commit.eff) for commit, _ in commits])


def file_anew(
    conn: sa.Connection, hub: Hub, commits: Sequence[tuple[Commit, OpsOf]], before: Any, nodes: Mapping[Key, str]
) -> None:
    """File commits that `number_anew` numbered. What moved with them before moves with them still."""
    hub.publisher.file(conn, commits, hub.trees.tree(conn), before, None, nodes)
    for commit, ops in commits:
        seq = commit.seq or 0
        for stream in _moving_streams(conn, seq, (op for _, op in ops)):
            mark_moving(conn, stream, seq)


_r = relayed.c
_MARKED = Kept(
    sa.select(_r.n).where(
        _r.device == sa.bindparam("of_device"),
        _r.epoch == sa.bindparam("in_epoch"),
        _r.n.between(sa.bindparam("first"), sa.bindparam("last")),
    )
)


def relayed_among(conn: sa.Connection, sender: Sender, arrivals: Sequence[Arrival]) -> set[int]:
    """The numbers of those of these commits, in their order, that readers brought before."""
    within = {"first": arrivals[0].pushed.n, "last": arrivals[-1].pushed.n}
    return {row[0] for row in _MARKED.rows(conn, of_device=sender.device, in_epoch=sender.epoch, **within)}


def _take_feed_along(conn: sa.Connection, hub: Hub, old: int, new: int, ops: Iterable[Op]) -> None:
    """The lines of the feed under the former number go; records that came or left with it do so with the new one."""
    wanted = _moved_by(conn, ops)
    ids = [id_ for found in wanted.values() for id_ in found]
    m, f = moved.c, feed.c
    streams = set(conn.execute(sa.select(m.stream).where(m.record.in_(ids), m.seq == old)).scalars())
    streams.update(stream for found in Presence(conn, hub.trees.tree(conn)).of(wanted).values() for stream in found)
    conn.execute(moved.update().where(m.record.in_(ids), m.seq == old).values(seq=new))
    conn.execute(feed.delete().where(f.stream.in_(streams), f.seq == old))


def _moved_by(conn: sa.Connection, ops: Iterable[Op]) -> Mapping[Entity, Collection[str]]:
    """The records that may have come or left with these ops: their own, and what hangs on them."""
    return with_followers(conn, by_entity(op.key for op in ops))


def _moving_streams(conn: sa.Connection, seq: int, ops: Iterable[Op]) -> set[str]:
    m = moved.c
    ids = [id_ for found in _moved_by(conn, ops).values() for id_ in found]
    return set(conn.execute(sa.select(m.stream).where(m.record.in_(ids), m.seq == seq)).scalars())
