"""What a device must hold: which streams, as one digest, and that it keeps nothing else."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.base.changes import Changes
from app.journal.digest import combine, stream_digests
from app.journal.here import standing
from app.journal.moving import strays
from app.journal.streams import Tree, may_name_tree, streams_read, tree_of
from app.sync import aside
from app.sync.protocol import Page
from app.sync.state import change_state, enrolled
from app.sync.verdicts import dropped_now

_UNSURE = "?"
"""Stands before `sync_state.streams` while the tree may have changed and not all of it has been read."""


def device_digest(conn: sa.Connection, tree: Tree, node: str) -> str:
    """The digest of all that a device at `node` reads, of what has a number; hex."""
    return combine(stream_digests(conn, tree, frozenset(streams_read(tree, node))))


def end_page(conn: sa.Connection, page: Page) -> Changes:
    """The page is here whole. Where more follows, the org tree here may be one of the past, while what comes is for the
    readers of today: strays are looked for at the end."""
    if not page.more:
        return leave_strays(conn) if _may_change_tree(page) or is_half_way(conn) else Changes()
    if _may_change_tree(page) and not is_half_way(conn):
        change_state(conn, streams=f"{_UNSURE}{enrolled(conn).streams}")
    return Changes()


def is_half_way(conn: sa.Connection) -> bool:
    """Whether the org tree here may be one of the past, because more is to be read."""
    return enrolled(conn).streams.startswith(_UNSURE)


def _may_change_tree(page: Page) -> bool:
    return any(may_name_tree(bytes(commit.parts)) for commit in page.commits)


def has_strays(conn: sa.Connection) -> bool:
    """Whether `leave_strays` would find anything, looking always. Reads all records: not for a transaction that writes,
    in which the user waits."""
    tree = tree_of(conn)
    reads = streams_read(tree, standing(conn).node)
    return enrolled(conn).streams != _named(reads) or bool(strays(conn, tree, reads, dropped_now(conn)))


def leave_strays(conn: sa.Connection, *, always: bool = False) -> Changes:
    """After this device's node was put under another: drop what is for none of the streams it reads now.

    The center begins anew with such a device and cannot know what it still has. `always`: look even where the streams
    are those of the last time.
    """
    tree, state = tree_of(conn), enrolled(conn)
    reads = streams_read(tree, standing(conn).node)
    before, now = state.streams.removeprefix(_UNSURE), _named(reads)
    if state.streams != now:
        change_state(conn, streams=now)
    if before != now:  # what is aside came while it was read by streams of before
        aside.drop(conn, aside.strays(conn, tree, reads))
    if always or before != now:  # before the first time, what the enrolment file brought is looked at too
        left = strays(conn, tree, reads, dropped_now(conn))
        return aside.leave(conn, left, is_offered=not state.must_offer)
    return Changes()


def _named(streams: Iterable[str]) -> str:
    """As `sync_state.streams` names them."""
    return " ".join(sorted(streams))
