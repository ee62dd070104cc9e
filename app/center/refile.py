"""After a node was moved in the org tree: what is filed upwards is filed anew, and its new readers begin anew.

A stream into which old commits were put gets a mark with the seq of the move; marks are part of every cursor, so that
those who read the stream fetch it from the start. What they have already is not applied again.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from app.center.tables import feed
from app.journal.load import chunks
from app.journal.streams import Tree

_MARK = "new:"


def moved_nodes(before: Tree, after: Tree) -> list[str]:
    """Nodes known before whose line of ancestors is another now."""

    def line(tree: Tree, node: str) -> list[tuple[str, str | None]]:
        return [(up, tree.tier.get(up)) for up in tree.above(node)]

    return [node for node in before.parent if node in after.parent and line(before, node) != line(after, node)]


def seqs_of(conn: sa.Connection, nodes: Iterable[str]) -> list[int]:
    """The commits filed under these nodes."""
    found: set[int] = set()
    for chunk in chunks([f"own:{node}" for node in nodes]):
        found.update(conn.execute(sa.select(feed.c.seq).where(feed.c.stream.in_(chunk))).scalars())
    return sorted(found)


def replace_rows(conn: sa.Connection, seqs: Sequence[int], rows: list[dict[str, object]], at: int) -> None:
    """File these commits under these rows instead, and mark the streams that got some they had not. `at`: the seq of
    the move."""
    had: set[tuple[str, int]] = set()
    for chunk in chunks(seqs):
        old = conn.execute(sa.select(feed.c.stream, feed.c.seq).where(feed.c.seq.in_(chunk)))
        had.update((stream, seq) for stream, seq in old if not stream.startswith(_MARK))
        conn.execute(feed.delete().where(feed.c.seq.in_(chunk), ~feed.c.stream.startswith(_MARK)))
    grown = {str(row["stream"]) for row in rows if (row["stream"], row["seq"]) not in had}
    marks = [{"stream": _MARK + stream, "seq": at, "places": ""} for stream in sorted(grown)]
    if rows:
        conn.execute(feed.insert(), rows)
    if marks:
        conn.execute(feed.insert(), marks)


def last_mark(conn: sa.Connection, streams: Sequence[str]) -> int:
    """When one of these streams last got old commits; 0 where none did."""
    marks = sa.select(sa.func.max(feed.c.seq)).where(feed.c.stream.in_([_MARK + stream for stream in streams]))
    return int(conn.execute(marks).scalar() or 0)
