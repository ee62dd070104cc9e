"""Many rows at once: one statement, compiled once, the driver's own executemany.

For reads by key, inserts and updates by key, of values the driver takes as they are (text, whole numbers, booleans,
bytes, null). SQLAlchemy's own path builds the statement each time and converts row by row, which costs more than the
read or write itself; so this goes to the driver's own cursor, inside the connection's transaction. What goes wrong is
then an error of the driver, not of SQLAlchemy.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

_Compiled = tuple[str, tuple[tuple[str, str], ...]]
"""The SQL, and for each of its parameters (its name, the row's key)."""

_compiled: dict[tuple[Any, ...], _Compiled] = {}
_LISTED = "listed_values"


@cache
def column_names(table: sa.Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def rows_among(
    conn: sa.Connection,
    table: sa.Table,
    names: tuple[str, ...],
    column: str,
    values: Collection[Any],
    same: Mapping[str, Any] | None = None,
    *,
    lock: bool = False,
) -> Sequence[Sequence[Any]]:
    """The columns `names` of every row whose `column` is one of `values`, and whose columns in `same` are as there.

    `lock`: for update, in the order of `column`.
    """
    if not values:
        return ()
    same = same or {}
    key = ("select", conn.dialect.name, table.name, names, column, tuple(same), lock)
    if key not in _compiled:
        listed = sa.bindparam(_LISTED, type_=None if conn.dialect.name == "sqlite" else sa.ARRAY(table.c[column].type))
        where = [_is_listed(conn, table.c[column], listed), *(table.c[name] == sa.bindparam(name) for name in same)]
        query = sa.select(*(table.c[name] for name in names)).where(*where)
        if lock:
            query = query.order_by(table.c[column]).with_for_update()
        compiled = query.compile(dialect=conn.dialect)
        _compiled[key] = str(compiled), tuple((name, name) for name in _parameters(compiled))
    on_sqlite = conn.dialect.name == "sqlite"
    given = {**same, _LISTED: msgspec.json.encode(list(values)).decode() if on_sqlite else list(values)}
    return _read(conn, table, names, _compiled[key], given)


def all_rows(conn: sa.Connection, table: sa.Table, names: tuple[str, ...]) -> Sequence[Sequence[Any]]:
    """The columns `names` of every row: for tables that have one."""
    key = ("all", conn.dialect.name, table.name, names)
    if key not in _compiled:
        _compiled[key] = str(sa.select(*(table.c[name] for name in names)).compile(dialect=conn.dialect)), ()
    return _read(conn, table, names, _compiled[key], {})


def _read(
    conn: sa.Connection, table: sa.Table, names: tuple[str, ...], compiled: _Compiled, given: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    sql, parameters = compiled
    cursor = conn.connection.cursor()
    try:
        cursor.execute(sql, tuple([given[name] for name, _ in parameters]) if conn.dialect.positional else given)
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
    finally:
        cursor.close()
    flags = _flags(table, names) if conn.dialect.name == "sqlite" else ()
    return [_with_flags(row, flags) for row in rows] if flags else rows


@cache
def _flags(table: sa.Table, names: tuple[str, ...]) -> tuple[int, ...]:
    """Where among these columns are booleans, which SQLite keeps as 0 and 1."""
    return tuple(at for at, name in enumerate(names) if isinstance(table.c[name].type, sa.Boolean))


def _with_flags(row: Sequence[Any], flags: tuple[int, ...]) -> list[Any]:
    values = list(row)
    for at in flags:
        if values[at] is not None:
            values[at] = bool(values[at])
    return values


class Kept:
    """A statement asked often: built once, compiled once for each database, run on the driver's own cursor.

    Give what it asks for by the names of its bind parameters; `IN` with a list is not for it.
    """

    def __init__(self, statement: sa.ClauseElement) -> None:
        self._statement = statement
        columns = statement.selected_columns if isinstance(statement, sa.SelectBase) else ()
        self._names = tuple(column.key or "" for column in columns)
        self._flags = tuple(at for at, column in enumerate(columns) if isinstance(column.type, sa.Boolean))
        self._compiled: dict[str, tuple[str, tuple[str, ...], Mapping[str, Any]]] = {}

    def rows(self, conn: sa.Connection, **given: Any) -> Sequence[Sequence[Any]]:
        cursor = self._run(conn, given)
        try:
            rows: Sequence[Sequence[Any]] = cursor.fetchall()
        finally:
            cursor.close()
        flags = self._flags if conn.dialect.name == "sqlite" else ()
        return [_with_flags(row, flags) for row in rows] if flags else rows

    def mappings(self, conn: sa.Connection, **given: Any) -> list[dict[str, Any]]:
        return [dict(zip(self._names, row, strict=True)) for row in self.rows(conn, **given)]

    def first(self, conn: sa.Connection, **given: Any) -> dict[str, Any] | None:
        return next(iter(self.mappings(conn, **given)), None)

    def scalar(self, conn: sa.Connection, **given: Any) -> Any:
        return next((row[0] for row in self.rows(conn, **given)), None)

    def do(self, conn: sa.Connection, **given: Any) -> int:
        """For one that writes; gives how many rows it met."""
        cursor = self._run(conn, given)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _run(self, conn: sa.Connection, given: Mapping[str, Any]) -> Any:
        known = self._compiled.get(conn.dialect.name)
        if known is None:
            compiled = self._statement.compile(dialect=conn.dialect)
            known = str(compiled), tuple(_parameters(compiled)), dict(compiled.params)
            self._compiled[conn.dialect.name] = known
        sql, names, always = known
        cursor = conn.connection.cursor()
        values = {name: given.get(name, always[name]) for name in names}
        try:
            cursor.execute(sql, tuple(values[name] for name in names) if conn.dialect.positional else values)
        except BaseException:
            cursor.close()
            raise
        return cursor


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
        return _is_listed(conn, column, msgspec.json.encode(list(values)).decode())
    return _is_listed(conn, column, sa.bindparam(None, list(values), sa.ARRAY(column.type)))


def _is_listed(conn: sa.Connection, column: sa.ColumnElement[Any], listed: Any) -> sa.ColumnElement[bool]:
    """`listed`: a JSON array on SQLite, an array elsewhere."""
    if conn.dialect.name == "sqlite":
        each = sa.func.json_each(listed).table_valued("value")
        return column.in_(sa.select(each.c.value))
    return column == sa.func.any(listed)


def _parameters(compiled: Any) -> list[str]:
    return list(compiled.params) if compiled.positiontup is None else list(compiled.positiontup)


def _run(conn: sa.Connection, compiled: _Compiled, rows: Sequence[Mapping[str, Any]]) -> None:
    sql, parameters = compiled
    given: list[Any]
    if conn.dialect.positional:
        given = list(map(_taker(tuple(key for _, key in parameters)), rows))
    else:
        given = [{name: row[key] for name, key in parameters} for row in rows]
    cursor = conn.connection.cursor()
    try:
        if len(given) == 1:
            cursor.execute(sql, given[0])
        else:
            cursor.executemany(sql, given)
    finally:
        cursor.close()


@cache
def _taker(keys: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Takes these values out of a row, in this order."""
    take = itemgetter(*keys)
    return take if len(keys) > 1 else lambda row: (take(row),)
