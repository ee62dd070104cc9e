"""Statements compiled once and run on the driver's own cursor: the same answers as SQLAlchemy's own way, on both."""

import secrets
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.store.bulk import Kept, all_rows, insert_rows, rows_among, update_rows, values_found
from app.store.engine import KEY_SIZE, open_encrypted, open_plain, open_postgres, reading, writing

tables = sa.MetaData()
thing = sa.Table(
    "thing",
    tables,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("count", sa.BigInteger),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("raw", sa.LargeBinary),
)
mark = sa.Table("mark", tables, sa.Column("id", sa.String(8)), sa.Column("word", sa.Text))
NAMES = ("id", "count", "open", "raw")
ROWS: list[dict[str, Any]] = [
    {"id": "a", "count": 1, "open": True, "raw": b"\x00\xff"},
    {"id": "b", "count": None, "open": False, "raw": None},
    {"id": "c", "count": 1 << 40, "open": True, "raw": b""},
]
OPEN_FROM = Kept(sa.select(thing).where(thing.c.open, thing.c.count >= sa.bindparam("least")).order_by(thing.c.id))
CLOSE = Kept(thing.update().where(thing.c.id == sa.bindparam("which")).values(open=False))


@pytest.fixture(params=["sqlite", "encrypted", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "postgres":
        made = open_postgres(request.getfixturevalue("postgres_database"))
    elif request.param == "encrypted":
        made = open_encrypted(tmp_path / "things.db", secrets.token_bytes(KEY_SIZE))
    else:
        made = open_plain(tmp_path / "things.db")
    tables.create_all(made)
    with writing(made) as conn:
        insert_rows(conn, thing, ROWS)
    yield made
    made.dispose()


def by_id(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return sorted(rows, key=itemgetter(0))


def test_what_is_read_is_what_was_written(engine: sa.Engine) -> None:
    with reading(engine) as conn:
        plain = [dict(row) for row in conn.execute(sa.select(thing).order_by(thing.c.id)).mappings()]
        read = [dict(zip(NAMES, row, strict=True)) for row in by_id(all_rows(conn, thing, NAMES))]
        among = [dict(zip(NAMES, row, strict=True)) for row in by_id(rows_among(conn, thing, NAMES, "id", "abcx"))]
    assert plain == read == among == ROWS


def test_one_question_says_which_values_any_of_the_tables_has(engine: sa.Engine) -> None:
    with writing(engine) as conn:
        insert_rows(conn, mark, [{"id": id_, "word": "老人"} for id_ in ("b", "d", "d", None)])
        assert values_found(conn, (thing, mark), "id", ["a", "b", "d", "d", "x", "'"]) == {"a", "b", "d"}
        assert values_found(conn, (mark, thing), "id", {"c", "x"}) == {"c"}
        assert values_found(conn, (mark,), "id", ["a", "b"]) == {"b"}
        assert values_found(conn, (mark, thing), "id", ["x"]) == set()
        assert values_found(conn, (mark, thing), "id", []) == set()


def test_a_kept_statement_gives_values_as_their_columns_have_them(engine: sa.Engine) -> None:
    with reading(engine) as conn:
        assert OPEN_FROM.mappings(conn, least=0) == [ROWS[0], ROWS[2]]
        first = OPEN_FROM.first(conn, least=2)
        assert first == ROWS[2]
        assert first is not None
        assert first["open"] is True
        assert OPEN_FROM.scalar(conn, least=2) == "c"
        assert OPEN_FROM.first(conn, least=1 << 50) is None
        assert OPEN_FROM.scalar(conn, least=1 << 50) is None


def test_a_kept_statement_that_writes_says_how_many_rows_it_met(engine: sa.Engine) -> None:
    with writing(engine) as conn:
        assert CLOSE.do(conn, which="a") == 1
        assert CLOSE.do(conn, which="x") == 0
    with reading(engine) as conn:
        assert OPEN_FROM.mappings(conn, least=0) == [ROWS[2]]


def test_writes_of_one_row_and_of_many_are_undone_with_their_transaction(engine: sa.Engine) -> None:
    def write_and_fail() -> None:
        with writing(engine) as conn:
            update_rows(conn, thing, ("id",), [{"id": "a", "open": False}])
            update_rows(conn, thing, ("id",), [{"id": "b", "count": 7}, {"id": "c", "count": 8}])
            insert_rows(conn, thing, [{"id": "d", "count": 1, "open": True, "raw": None}])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with reading(engine) as conn:
        assert sorted(row[0] for row in all_rows(conn, thing, ("id",))) == ["a", "b", "c"]
        assert OPEN_FROM.mappings(conn, least=0) == [ROWS[0], ROWS[2]]


def test_locked_rows_come_in_their_order_and_stay_locked(engine: sa.Engine) -> None:
    with writing(engine) as conn:
        assert list(map(tuple, rows_among(conn, thing, ("id",), "id", ["c", "a"], lock=True))) == [("a",), ("c",)]
        if engine.dialect.name == "postgresql":
            free = thing.select().with_for_update(skip_locked=True)
            with writing(engine) as other:
                assert [row.id for row in other.execute(free)] == ["b"]
