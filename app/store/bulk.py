"""Many rows at once: one statement, compiled once, the driver's own executemany.

For reads by key, inserts and updates by key, of values the driver takes as they are (text, whole numbers, booleans,
bytes, null). SQLAlchemy's own path builds the statement each time and converts row by row, which costs more than the
read or write itself; so this goes to the driver's own cursor, inside the connection's transaction. What goes wrong is
then an error of the driver, not of SQLAlchemy.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

_Take = Callable[[Mapping[str, Any]], Any]
_Compiled = tuple[str, _Take]
"""The SQL, and what makes its parameters of a row."""

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
        _compiled[key] = _keep(conn, query)
    return _read(conn, table, names, _compiled[key], {**same, _LISTED: _list(conn, values)})


def values_found(conn: sa.Connection, tables: Sequence[sa.Table], column: str, values: Collection[Any]) -> set[Any]:
    """Those of these values that `column` has in any row of these tables: one question for all of them."""
    if not values:
        return set()
    key = ("found", conn.dialect.name, *(table.name for table in tables), column)
    if key not in _compiled:
        if conn.dialect.name == "sqlite":
            each = sa.func.json_each(sa.bindparam(_LISTED)).table_valued("value")
        else:
            listed = sa.bindparam(_LISTED, type_=sa.ARRAY(tables[0].c[column].type))
            each = sa.func.unnest(listed).table_valued("value").render_derived()
        there = (sa.exists().where(table.c[column] == each.c.value) for table in tables)
        _compiled[key] = _keep(conn, sa.select(each.c.value).where(sa.or_(*there)))
    return {row[0] for row in _read(conn, tables[0], (column,), _compiled[key], {_LISTED: _list(conn, values)})}


def _list(conn: sa.Connection, values: Collection[Any]) -> Any:
    return msgspec.json.encode(list(values)).decode() if conn.dialect.name == "sqlite" else list(values)


def all_rows(conn: sa.Connection, table: sa.Table, names: tuple[str, ...]) -> Sequence[Sequence[Any]]:
    """The columns `names` of every row: for tables that have one."""
    key = ("all", conn.dialect.name, table.name, names)
    if key not in _compiled:
        _compiled[key] = _keep(conn, sa.select(*(table.c[name] for name in names)))
    return _read(conn, table, names, _compiled[key], {})


def _read(
    conn: sa.Connection, table: sa.Table, names: tuple[str, ...], compiled: _Compiled, given: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    sql, take = compiled
    cursor = conn.connection.cursor()
    try:
        cursor.execute(sql, take(given))
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

    def pieces(self, conn: sa.Connection, size: int, **given: Any) -> Iterator[list[dict[str, Any]]]:
        """The rows as mappings, so many at a time: for what may be too much to hold at once."""
        flags = self._flags if conn.dialect.name == "sqlite" else ()
        cursor = self._run(conn, given)
        try:
            while rows := cursor.fetchmany(size):
                whole = (_with_flags(row, flags) for row in rows) if flags else rows
                yield [dict(zip(self._names, row, strict=True)) for row in whole]
        finally:
            cursor.close()

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


def delete_among(conn: sa.Connection, table: sa.Table, column: str, values: Collection[Any]) -> None:
    """Delete every row whose `column` is one of `values`."""
    if not values:
        return
    key = ("delete", conn.dialect.name, table.name, column)
    if key not in _compiled:
        listed = sa.bindparam(_LISTED, type_=None if conn.dialect.name == "sqlite" else sa.ARRAY(table.c[column].type))
        _compiled[key] = _keep(conn, table.delete().where(_is_listed(conn, table.c[column], listed)))
    _run(conn, _compiled[key], [{_LISTED: _list(conn, values)}])


def insert_rows(conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns."""
    if not rows:
        return
    names = tuple(rows[0])
    key = ("insert", conn.dialect.name, table.name, names)
    if key not in _compiled:
        _compiled[key] = _keep(conn, table.insert(), column_keys=list(names))
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
        _compiled[key] = _keep(conn, statement.values(values), skip=len("at_"))
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


def _keep(conn: sa.Connection, statement: Any, column_keys: list[str] | None = None, skip: int = 0) -> _Compiled:
    """The statement as this database has it. Its parameters are named as a row's keys, after `skip` letters."""
    compiled = statement.compile(dialect=conn.dialect, column_keys=column_keys)
    names = tuple(_parameters(compiled))
    if not conn.dialect.positional:
        return str(compiled), lambda row: {name: row[name[skip:]] for name in names}
    keys = [name[skip:] for name in names]
    if len(keys) > 1:
        return str(compiled), itemgetter(*keys)
    return str(compiled), lambda row: tuple([row[key] for key in keys])


def _run(conn: sa.Connection, compiled: _Compiled, rows: Sequence[Mapping[str, Any]]) -> None:
    sql, take = compiled
    cursor = conn.connection.cursor()
    try:
        if len(rows) == 1:
            cursor.execute(sql, take(rows[0]))
        else:
            cursor.executemany(sql, list(map(take, rows)))
    finally:
        cursor.close()
