"""What a device pulls: the feed of its streams from its cursor on, and the order of its own commits.

Reading misses nothing, because commits are numbered last in their transactions: whoever sees number s sees all below.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from app.center.moves import AT_ONCE, FRAME_BYTES, READ, Moves
from app.center.past import common_seq, row_at
from app.center.tables import feed
from app.journal.load import chunks
from app.journal.ops import OpPart, pack_parts, unpack_parts
from app.journal.streams import Tree
from app.journal.tables import journal
from app.store.bulk import Kept, rows_among
from app.sync.protocol import OwnStamp, Page, page_commit

MOST_ROWS = 2_000
MOST_PAGE = 1 << 24
_RATIO = 4
"""Bytes of JSON that become one on the wire; records here shrink to a fifth."""
_STAMP = 12
"""Bytes of JSON of one stamp in a row of them."""
_STAMPED = ("device", "epoch", "n", "seq", "eff")
_CURSOR = re.compile(
    r"(?P<hub_epoch>[0-9a-f]{16})\.(?P<streams>[0-9a-f]{12})\.(?P<seq>\d{1,18})\.(?P<row>[0-9a-f]{12})"
    r"(\.(?P<entered>[0-9a-f]{32}))?",
    re.ASCII,
)
_Row = Mapping[str, Any]
"""A row of the journal, by column."""
_BEHIND = 20_000
"""Counting what is still to come ends here."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who pulls. Commits of `device` in `epoch` up to `have_n` come back as stamps, without payload."""

    device: str
    epoch: str
    have_n: int
    streams: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed: text for devices, who must not look inside.

    `entered`: of the records that enter with commit `seq`, the rest after this one is still to come.
    """

    hub_epoch: str
    streams: str
    seq: int
    row: str
    entered: str = ""

    def text(self) -> str:
        text = f"{self.hub_epoch}.{self.streams}.{self.seq}.{self.row}"
        return f"{text}.{self.entered}" if self.entered else text


def read_page(conn: sa.Connection, tree: Tree, reader: Reader, cursor: str, hub_epoch: str, max_bytes: int) -> Page:
    """The next commits for this reader, in the center's order, about `max_bytes` compressed, at least one.

    A cursor of another center, of other streams, or whose row is not the one it was, begins anew: what is known
    already is not applied again.
    """
    streams = _streams_id(reader.streams)
    after, entered = _place_of(conn, cursor, hub_epoch, streams)
    lines, more = _next_rows(conn, reader, after)
    moving = {seq for seq, line in lines.items() if line.moves}
    moves = Moves(conn, tree, reader.streams, moving | {after} if entered else moving) if moving or entered else None
    page = Page([], [], cursor if after else "", more, 0)
    filling = _Filling(page, reader, max_bytes * _RATIO, moves)
    if entered:
        filling.go_on(after, row_at(conn, after), entered)
    for chunk in chunks(() if filling.entered else sorted(lines), AT_ONCE):
        if not all(filling.add(row, lines[row["seq"]]) for row in _rows(conn, reader, chunk, lines)):
            page.more = True
            break
    last = filling.last
    if last is not None:
        page.more = page.more or bool(filling.entered)
        page.cursor = Cursor(hub_epoch, streams, last["seq"], _row_digest(last), filling.entered).text()
        if page.more:
            page.behind = _count_behind(conn, reader, last["seq"])
    return page


@dataclass(slots=True)
class _Line:
    """What of one commit is for a reader. `places`: which ops, None for all; `moves`: whether something moves too;
    `own`: whether the reader wrote it."""

    places: set[int] | None
    moves: bool
    own: bool = False


def _rows(conn: sa.Connection, reader: Reader, seqs: Sequence[int], lines: Mapping[int, _Line]) -> list[_Row]:
    """The commits of these numbers, in their order; without payload where a stamp says all of it."""
    # By number alone: asked by the device as well, the database may look through all that the device ever wrote.
    own = rows_among(conn, journal, _STAMPED, "seq", [seq for seq in seqs if lines[seq].own])
    found = [dict(zip(_STAMPED, row, strict=True)) for row in own]
    rows = {row["seq"]: row for row in found if row["epoch"] == reader.epoch and row["n"] <= reader.have_n}
    for row in rows_among(conn, journal, READ, "seq", [seq for seq in seqs if seq not in rows]):
        whole = dict(zip(READ, row, strict=True))
        rows[whole["seq"]] = whole
    return [rows[seq] for seq in seqs if seq in rows]


@dataclass
class _Filling:
    """A page being filled. `budget`: bytes of JSON that may still come; `last`: the last commit that all is said of.
    `entered`: of what enters with it, the rest after this record had no room."""

    page: Page
    reader: Reader
    budget: int
    moves: Moves | None
    last: _Row | None = None
    entered: str = ""

    def go_on(self, seq: int, row: _Row | None, entered: str) -> None:
        """Say what else enters with a commit of the page before."""
        if row is not None:
            self.last = {**row, "seq": seq}
            self._move(seq, entered)

    def add(self, row: _Row, line: _Line) -> bool:
        """Put a commit and its moves into the page; False where not all of it had room. The first always has."""
        first = self.last is None
        if line.places is None or line.places:
            size = self._add(row, line.places, whatever=first)
            if size is None:
                return False
            self.budget -= size
        self.last = row
        if line.moves:
            self._move(row["seq"], "")
        return not self.entered

    def _move(self, seq: int, entered: str) -> None:
        if self.moves is None:
            return
        move, size, self.entered = self.moves.at(seq, self.budget, after=entered, at_least_one=not self.page.moves)
        self.budget -= size
        if move is not None:
            self.page.moves.append(move)

    def _add(self, row: _Row, places: Collection[int] | None, *, whatever: bool) -> int | None:
        """The size of what was put into the page; None for what had no room."""
        reader = self.reader
        if (row["device"], row["epoch"]) == (reader.device, reader.epoch) and row["n"] <= reader.have_n:
            _add_stamp(self.page, row, self.last)
            return _STAMP
        parts = unpack_parts(row["payload"])
        if row["device"] != reader.device:
            # Salts are for those who verify chains; who reads a part of a commit cannot.
            parts = [OpPart(part.at, "", part.raw) for part in parts if places is None or part.at in places]
        raw = pack_parts(parts)
        size = len(raw) + FRAME_BYTES
        if size > self.budget and not whatever:
            return None
        self.page.commits.append(page_commit(row, raw))
        return size


def _add_stamp(page: Page, row: _Row, last: _Row | None) -> None:
    run = page.stamps[-1] if page.stamps else None
    if run and last and (run.n + len(run.effs), run.seq + len(run.effs)) == (row["n"], row["seq"]):
        run.effs.append(row["eff"] - last["eff"])  # in a run without gaps the one before is the last row
    else:
        page.stamps.append(OwnStamp(row["epoch"], row["n"], row["seq"], [row["eff"]]))


def _next_rows(conn: sa.Connection, reader: Reader, after: int) -> tuple[dict[int, _Line], bool]:
    """Seq → what of it is for the reader, over all streams, and whether there are more."""
    given = {f"stream_{at}": stream for at, stream in enumerate(reader.streams)}
    merged = _next_query(len(reader.streams)).rows(conn, **given, device=reader.device, after=after)
    found: dict[int, _Line] = {}
    for seq, text, moves, own in merged:
        line = found.get(seq)
        if line is None:
            line = found[seq] = _Line(set(), moves=False)
        line.own = line.own or bool(own)
        line.moves = line.moves or bool(moves)
        if not text:
            line.places = None
        elif line.places is not None:
            line.places.update(msgspec.json.decode(text, type=list[int]))
    # Every branch is complete up to its own last row, so the union is up to its MOST_ROWS-th.
    kept = sorted(found)[:MOST_ROWS]
    # One stream alone may have filled its branch: then there may be more although no row was left out here.
    return {seq: found[seq] for seq in kept}, len(found) >= MOST_ROWS


@cache
def _next_query(streams: int) -> Kept:
    """The next rows of so many streams and of the reader's own; kept, because building it takes longer than asking."""
    # LIMIT stands inside each branch: outside, the database would sort the whole rest of the feed.
    f, j = feed.c, journal.c
    after = sa.bindparam("after", type_=sa.BigInteger)
    branches = [
        sa.select(f.seq, f.places, f.moves, sa.false().label("own"))
        .where(f.stream == sa.bindparam(f"stream_{at}"), f.seq > after)
        .order_by(f.seq)
        .limit(MOST_ROWS)
        for at in range(streams)
    ]
    nothing = (sa.literal("").label("places"), sa.false().label("moves"), sa.true().label("own"))
    own = sa.select(j.seq, *nothing).where(j.device == sa.bindparam("device"), j.seq > after)
    branches.append(own.order_by(j.seq).limit(MOST_ROWS))
    return Kept(sa.union_all(*(sa.select(branch.subquery()) for branch in branches)))


def _count_behind(conn: sa.Connection, reader: Reader, after: int) -> int:
    f, j = feed.c, journal.c
    rows = sa.union(
        *(
            sa.select(sa.select(f.seq).where(f.stream == stream, f.seq > after).limit(_BEHIND).subquery())
            for stream in reader.streams
        ),
        sa.select(sa.select(j.seq).where(j.device == reader.device, j.seq > after).limit(_BEHIND).subquery()),
    ).subquery()
    return int(conn.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def _streams_id(streams: Sequence[str]) -> str:
    """Which streams are read: others after the reader's node was put under another."""
    return hashlib.sha256(" ".join(streams).encode()).hexdigest()[:12]


def _row_digest(row: _Row) -> str:
    return hashlib.sha256(f"{row['device']}.{row['epoch']}.{row['n']}.{row['eff']}".encode()).hexdigest()[:12]


def _place_of(conn: sa.Connection, text: str, hub_epoch: str, streams: str) -> tuple[int, str]:
    """The seq a cursor stands at, and what entered with it so far where that is not all; 0 where it is none of this
    center's history."""
    match = _CURSOR.fullmatch(text)
    if match is None or match["streams"] != streams:
        return 0, ""
    seq = int(match["seq"])
    if match["hub_epoch"] != hub_epoch:
        common = common_seq(conn, match["hub_epoch"])
        if common is None or seq > common:  # whoever read on in what was lost has read all that is left of it
            return common or 0, ""
    row = row_at(conn, seq)
    if row is None or _row_digest(row) != match["row"]:
        return 0, ""
    return seq, match["entered"] or ""


def is_even(conn: sa.Connection, device: str, streams: Sequence[str], cursor: str, hub_epoch: str) -> bool:
    """Whether a reader that stands there has everything."""
    after, entered = _place_of(conn, cursor, hub_epoch, _streams_id(streams))
    lines, _ = _next_rows(conn, Reader(device, "", 0, streams), after)
    return not lines and not entered


def seq_in(cursor: str) -> int:
    """The seq that a cursor of ours names; 0 for any other text."""
    match = _CURSOR.fullmatch(cursor)
    return int(match["seq"]) if match else 0


_j = journal.c
_NEWEST = Kept(
    sa.select(_j.device, _j.epoch, _j.n, _j.eff, _j.seq).where(_j.seq.is_not(None)).order_by(_j.seq.desc()).limit(1)
)


def newest_cursor(conn: sa.Connection, streams: Sequence[str], hub_epoch: str) -> str:
    """Where a reader of these streams stands who has everything; empty where there is nothing yet."""
    row = _NEWEST.first(conn)
    if row is None:
        return ""
    return Cursor(hub_epoch, _streams_id(streams), row["seq"], _row_digest(row)).text()


def public_page(conn: sa.Connection, tree: Tree, streams: Sequence[str], public: Sequence[str], hub_epoch: str) -> Page:
    """Everything in the `public` ones among a reader's streams, in one page.

    Where nothing stands yet in its other streams, the cursor is that of a full page; else it is empty, and the first
    exchange begins anew.
    """
    whole = read_page(conn, tree, Reader("", "", 0, public), "", hub_epoch, MOST_PAGE)
    while whole.more:
        page = read_page(conn, tree, Reader("", "", 0, public), whole.cursor, hub_epoch, MOST_PAGE)
        whole.commits += page.commits
        whole.cursor, whole.more = page.cursor, page.more
    private = [stream for stream in streams if stream not in public]
    place = _CURSOR.fullmatch(whole.cursor)
    if place is None:
        return whole
    missed = sa.select(feed.c.seq).where(feed.c.stream.in_(private), feed.c.seq <= int(place["seq"])).limit(1)
    begun = conn.execute(missed).first() is not None
    if begun:
        whole.cursor = ""
    else:
        whole.cursor = Cursor(hub_epoch, _streams_id(streams), int(place["seq"]), place["row"]).text()
    whole.behind = 0
    return whole
