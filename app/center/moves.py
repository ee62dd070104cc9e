"""What a page says of records that leave or enter its reader's scope, and whatever was written about those that enter.

What counts is where a record is now: of one that left and came back since, nothing leaves. Not here: when something
moves (`refile.py`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.center.past import was_put_back
from app.center.refile import seqs_filed
from app.center.tables import moved
from app.journal.entities import by_entity
from app.journal.load import chunks
from app.journal.ops import Key, Malformed, OpPart, decode_head, kept_parts, pack_parts
from app.journal.presence import Presence, with_followers
from app.journal.streams import Tree, home_stream
from app.journal.tables import journal
from app.store.bulk import rows_among
from app.sync.protocol import FRAME, Move, PageCommit, page_commit

AT_ONCE = 200
"""Commits read at once."""
MOST_MOVED = 500
"""Records whose writings are looked for at once."""
FRAME_BYTES = 150
"""Bytes of JSON around the ops of a commit."""
READ = (*FRAME, "payload")
"""What a page says of a commit as it stands in the journal."""


@dataclass
class Written:
    """What was written about some records: record → (its commit's row, its parts)."""

    parts: dict[str, list[tuple[Mapping[str, Any], list[OpPart]]]] = field(default_factory=dict)

    def size(self, id_: str) -> int:
        """About how many bytes of JSON its parts are."""
        return sum(FRAME_BYTES + sum(len(part.raw) + 12 for part in parts) for _, parts in self.parts.get(id_, ()))

    def commits(self, ids: Iterable[str]) -> list[PageCommit]:
        """The commits about these records, in the center's order, with the parts about them alone, without salts."""
        rows: dict[int, Mapping[str, Any]] = {}
        parts: dict[int, dict[int, OpPart]] = {}
        for id_ in ids:
            for row, found in self.parts.get(id_, ()):
                rows[row["seq"]] = row
                parts.setdefault(row["seq"], {}).update((part.at, OpPart(part.at, "", part.raw)) for part in found)
        return [
            page_commit(rows[seq], pack_parts([parts[seq][at] for at in sorted(parts[seq])])) for seq in sorted(rows)
        ]


class Moves:
    """The moves of a page, for one reader."""

    def __init__(self, conn: sa.Connection, tree: Tree, streams: Collection[str], seqs: Collection[int]) -> None:
        """`seqs`: those at which something moves in one of the reader's streams."""
        self._conn = conn
        lines: dict[int, dict[str, str]] = {}
        for chunk in chunks(sorted(seqs)):
            query = sa.select(moved.c.seq, moved.c.kind, moved.c.record)
            for seq, kind, record in conn.execute(query.where(moved.c.seq.in_(chunk), moved.c.stream.in_(streams))):
                lines.setdefault(seq, {})[record] = kind
        here = within(conn, tree, streams, ((kind, id_) for found in lines.values() for id_, kind in found.items()))
        self._leave = {seq: [(k, i) for i, k in sorted(found.items()) if i not in here] for seq, found in lines.items()}
        self._enter = {seq: [(k, i) for i, k in sorted(found.items()) if i in here] for seq, found in lines.items()}
        if was_put_back(conn):
            self._enter = {seq: _with_all_below(conn, tree, streams, found) for seq, found in self._enter.items()}
        self._written: Written | None = None

    def at(self, seq: int, budget: int, *, after: str = "", at_least_one: bool) -> tuple[Move | None, int, str]:
        """The move with commit `seq`, its size, and the last record that enters where not all had room, else "".

        `after`: entered up to this record already, and everything has left. None where nothing is to be said, or
        nothing has room.
        """
        leave = [] if after else self._leave.get(seq, [])
        enter = [record for record in self._enter.get(seq, []) if record[1] > after]
        if not leave and not enter:
            return None, 0, ""
        size, fit = 60 * len(leave), 0
        if enter and self._written is None:
            self._written = written_about(self._conn, [record for found in self._enter.values() for record in found])
        for _, id_ in enter:
            size += 60 + (self._written.size(id_) if self._written else 0)
            if size > budget and (fit or leave or not at_least_one):
                break
            fit += 1
        kept = enter[:fit]
        commits = self._written.commits(id_ for _, id_ in kept) if self._written and kept else []
        rest = (kept[-1][1] if kept else after or "0" * 32) if fit < len(enter) else ""
        return Move(seq, leave, kept, commits), size, rest


def _with_all_below(conn: sa.Connection, tree: Tree, streams: Collection[str], entering: list[Key]) -> list[Key]:
    """These records and what hangs on them now, by their ids. What the center lost of it and was given back since has
    dropped at its readers with what it hung on; and of its own commits a reader is told the number alone."""
    below = with_followers(conn, by_entity(entering)) if entering else {}
    hung = {(entity.kind, id_) for entity, ids in below.items() for id_ in ids}.difference(entering)
    here = within(conn, tree, streams, hung) if hung else set[str]()
    return sorted([*entering, *(record for record in hung if record[1] in here)], key=lambda record: record[1])


def within(conn: sa.Connection, tree: Tree, streams: Collection[str], records: Iterable[Key]) -> set[str]:
    """The ids of those of these records that are in one of the streams now."""
    held = streams_held(conn, tree, records)
    return {id_ for id_, each in held.items() if not each.isdisjoint(streams)}


def streams_held(conn: sa.Connection, tree: Tree, records: Iterable[Key]) -> dict[str, frozenset[str]]:
    """Id → the streams that those of these records that are there are in now."""
    return Presence(conn, tree).of(by_entity(records))


def written_about(conn: sa.Connection, records: Sequence[Key]) -> Written:
    """Every part of every numbered commit about these records.

    Looks through what is filed where the records are or were: as much as their points have written, never the city.
    """
    found = Written()
    ids = {id_ for _, id_ in records}
    raw_ids = [id_.encode() for id_ in ids]
    for seqs in chunks(seqs_filed(conn, _streams_filed(conn, records)), AT_ONCE):
        rows = [dict(zip(READ, values, strict=True)) for values in rows_among(conn, journal, READ, "seq", seqs)]
        for row in sorted(rows, key=lambda row: int(row["seq"])):
            payload = bytes(row["payload"])
            if len(raw_ids) <= AT_ONCE and not any(id_ in payload for id_ in raw_ids):
                continue
            by_record: dict[str, list[OpPart]] = {}
            for part in kept_parts(payload):
                try:
                    about = decode_head(part.raw, row["schema"]).id
                except Malformed:
                    continue
                if about in ids:
                    by_record.setdefault(about, []).append(part)
            for id_, parts in by_record.items():
                found.parts.setdefault(id_, []).append((row, parts))
    return found


def _streams_filed(conn: sa.Connection, records: Sequence[Key]) -> set[str]:
    """Streams that between them have every commit about these records: of the nodes they belong to and belonged to."""
    streams: set[str] = set()
    for entity, ids in by_entity(records).items():
        for (node,) in rows_among(conn, entity.table, ("node",), "id", ids):
            streams.add(home_stream(entity, node))
        for (stream,) in rows_among(conn, moved, ("stream",), "record", ids):
            if stream.startswith("own:"):
                streams.add(stream)
    return streams


def left_among(conn: sa.Connection, streams: Collection[str], ids: Collection[str]) -> set[Key]:
    """Those of these records that ever left one of these streams."""
    rows = rows_among(conn, moved, ("kind", "record", "stream"), "record", ids, {"enters": False})
    return {(kind, record) for kind, record, stream in rows if stream in streams}
