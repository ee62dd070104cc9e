"""Years of history at a hub, planted by the database itself: real rows of one real commit, many times over.

Every planted commit has its journal row, its record and its places in the feed, spread evenly over the villages of the
city as their second laptops would have written them. Works on PostgreSQL and SQLite.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.clock import SECOND
from app.center.tables import counter, device_epoch, feed
from app.cli.bench.city import Planted
from app.features.cases.tables import encounter
from app.features.org.queries import load_tree
from app.journal.tables import journal
from app.store.engine import writing

_WRITER = sa.table(
    "bench_writer", *(sa.column(name) for name in ("number", "device", "epoch", "node", "town", "district"))
)
_MAKE = """CREATE TABLE bench_writer
    (number INTEGER PRIMARY KEY, device TEXT, epoch TEXT, node TEXT, town TEXT, district TEXT)"""


@dataclass
class History:
    """`writers`: devices whose first has sent one commit with one new encounter, which is the pattern."""

    engine: sa.Engine
    writers: Sequence[Planted]
    planted: int = 0

    def begin(self) -> None:
        with writing(self.engine) as conn:
            tree = load_tree(conn)
            rows = []
            for number, one in enumerate(self.writers):
                town, district, *_ = tree.above(one.node)
                who = {"number": number, "device": one.id, "epoch": one.epoch, "node": one.node}
                rows.append({**who, "town": town, "district": district})
            conn.execute(sa.text(_MAKE))
            conn.execute(_WRITER.insert(), rows)

    def grow(self, commits: int) -> None:
        """Until there are so many of them."""
        first, last = self.planted, commits - 1
        if last < first:
            return
        with writing(self.engine) as conn:
            seq = conn.execute(sa.select(counter.c.v)).scalar_one()
            self._insert(conn, first, last, seq + 1 - first)
            conn.execute(counter.update().values(v=seq + commits - first))
            per_writer = (commits + len(self.writers) - 1) // len(self.writers) + 1
            ids = [one.id for one in self.writers]
            conn.execute(device_epoch.update().where(device_epoch.c.device.in_(ids)).values(acked_n=per_writer))
        self.planted = commits
        with self.engine.connect() as conn:
            conn.execute(sa.text("ANALYZE"))
            conn.commit()

    def _insert(self, conn: sa.Connection, first: int, last: int, seq: int) -> None:
        pattern = self.writers[0]
        row = conn.execute(sa.select(journal).where(journal.c.device == pattern.id, journal.c.n == 1)).mappings().one()
        record = (
            conn.execute(sa.select(encounter.table).where(encounter.c.born_device == pattern.id)).mappings().first()
        )
        if record is None:
            raise RuntimeError("the pattern is not there")
        streams = conn.execute(sa.select(feed.c.stream).where(feed.c.seq == row["seq"])).scalars().all()
        tree = load_tree(conn)
        town, district, *_ = tree.above(pattern.node)
        w = _WRITER.c
        series = _series(first, last)
        i = series.c.i
        n = sa.cast(i // len(self.writers) + 2, sa.BigInteger)
        source = series.join(_WRITER, w.number == i % len(self.writers))
        id_ = _id(conn, i)
        eff = row["eff"] - (last - i) * SECOND
        text = _text(conn, sa.bindparam("payload", bytes(row["payload"]), sa.LargeBinary))
        text = sa.func.replace(sa.func.replace(text, record["id"], id_), pattern.node, w.node)
        own: dict[str, Any] = {
            "device": w.device, "epoch": w.epoch, "n": n, "seq": i + seq, "eff": eff, "payload": _bytes(conn, text)
        }  # fmt: skip
        _copy(conn, journal, dict(row), own, source)
        born = {"id": id_, "node": w.node, "born_device": w.device, "born_epoch": w.epoch, "born_n": n, "born_at": eff}
        _copy(conn, encounter.table, dict(record), born, source)
        for stream in streams:
            place: sa.ColumnElement[str] = sa.literal(stream)
            for old, new in ((pattern.node, w.node), (town, w.town), (district, w.district)):
                place = sa.func.replace(place, old, new)
            _copy(conn, feed, {"places": ""}, {"stream": place, "seq": i + seq}, source)


def _copy(
    conn: sa.Connection,
    table: sa.Table,
    row: dict[str, object],
    own: dict[str, Any],
    source: sa.FromClause,
) -> None:
    """Insert `row` for each row of `source`, with what is its own."""
    names = list(dict.fromkeys([*row, *own]))
    values = [
        own[name] if name in own else sa.cast(sa.literal(row[name], table.c[name].type), table.c[name].type)
        for name in names
    ]
    conn.execute(table.insert().from_select(names, sa.select(*values).select_from(source)))


def _series(first: int, last: int) -> sa.CTE:
    """The numbers from `first` to `last` as a column `i`."""
    numbers = sa.select(sa.literal(first, sa.BigInteger).label("i")).cte("numbers", recursive=True)
    return numbers.union_all(sa.select(numbers.c.i + 1).where(numbers.c.i < last))


def _id(conn: sa.Connection, i: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """32 hex digits that sort as their numbers."""
    if conn.dialect.name == "postgresql":
        return sa.literal("019a") + sa.func.lpad(sa.func.to_hex(i), 28, "0")
    return sa.literal("019a") + sa.func.printf("%028x", i)


def _text(conn: sa.Connection, value: sa.ColumnElement[bytes]) -> sa.ColumnElement[str]:
    return sa.func.convert_from(value, "UTF8") if conn.dialect.name == "postgresql" else sa.cast(value, sa.Text)


def _bytes(conn: sa.Connection, value: sa.ColumnElement[str]) -> sa.ColumnElement[bytes]:
    return sa.func.convert_to(value, "UTF8") if conn.dialect.name == "postgresql" else sa.cast(value, sa.LargeBinary)
