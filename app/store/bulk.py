"""Many rows at once: one statement, compiled once, the driver's own executemany.

For inserts and updates by key, of values the driver takes as they are (text, whole numbers, booleans, bytes, null).
SQLAlchemy's own path converts parameters row by row, which costs more than the write itself.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

_Compiled = tuple[str, tuple[tuple[str, str], ...]]
"""The SQL, and for each of its parameters (its name, the row's key)."""

_compiled: dict[tuple[Any, ...], _Compiled] = {}


def insert_rows(conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns."""
    if not rows:
        return
    names = tuple(rows[0])
    key = ("insert", conn.dialect.name, table.name, names)
    if key not in _compiled:
        compiled = table.insert().compile(dialect=conn.dialect, column_keys=list(names))
        _compiled[key] = str(compiled), tuple((name, name) for name in _parameters(compiled))
    _run(conn, _compiled[key], rows)


def update_rows(conn: sa.Connection, table: sa.Table, where: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Update each row found by the columns `where`; the other names in the rows are set."""
    if not rows:
        return
    names = tuple(rows[0])
    key = ("update", conn.dialect.name, table.name, names, tuple(where))
    if key not in _compiled:
        statement = table.update().where(*(table.c[name] == sa.bindparam(f"at_{name}") for name in where))
        values: dict[str, Any] = {name: sa.bindparam(f"to_{name}") for name in names if name not in where}
        compiled = statement.values(values).compile(dialect=conn.dialect)
        _compiled[key] = str(compiled), tuple((name, name[3:]) for name in _parameters(compiled))
    _run(conn, _compiled[key], rows)


def among(conn: sa.Connection, column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """`column IN values` with one parameter however many values there are, so that the statement stays the same."""
    if conn.dialect.name == "sqlite":
        listed = sa.func.json_each(msgspec.json.encode(list(values)).decode()).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    return column == sa.func.any(sa.bindparam(None, list(values), sa.ARRAY(column.type)))


def _parameters(compiled: Any) -> list[str]:
    return list(compiled.params) if compiled.positiontup is None else list(compiled.positiontup)


def _run(conn: sa.Connection, compiled: _Compiled, rows: Sequence[Mapping[str, Any]]) -> None:
    sql, parameters = compiled
    if conn.dialect.positional:
        keys = [key for _, key in parameters]
        conn.exec_driver_sql(sql, [tuple([row[key] for key in keys]) for row in rows])
    else:
        conn.exec_driver_sql(sql, [{name: row[key] for name, key in parameters} for row in rows])
