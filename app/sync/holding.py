"""What a device must hold, as one digest: computed alike at the device and at the center."""

import functools

import sqlalchemy as sa

from app.journal.digest import combine, stream_digests
from app.journal.streams import Tree, streams_of, streams_read


def device_digest(conn: sa.Connection, tree: Tree, node: str) -> str:
    """The digest of all that a device at `node` reads, of what has a number; hex."""
    wanted = frozenset(streams_read(tree, node))
    return combine(stream_digests(conn, functools.partial(streams_of, tree), wanted))
