"""The one metadata in which every table of the program is declared, point and center alike.

Synced tables carry no foreign keys, no unique and no check constraints: operations of other devices must
always apply, in whatever order they come.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    # Constraints need names: SQLite can only alter a table in batch mode if it can name what it drops.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def create_tables(engine: sa.Engine) -> None:
    """Make every table in an empty database, as `metadata.create_all` does; the statements are put together once."""
    with engine.begin() as conn:
        cursor = conn.connection.cursor()
        for statement in _statements(f"{engine.dialect.name}+{engine.dialect.driver}", len(metadata.tables)):
            cursor.execute(statement)
        cursor.close()


@cache
def _statements(driver: str, _tables: int) -> tuple[str, ...]:
    """`_tables`: how many tables there are; a feature that is loaded later adds its own."""
    found: list[str] = []

    def collect(statement: sa.schema.ExecutableDDLElement, *_: Any, **__: Any) -> None:
        found.append(str(statement.compile(dialect=mock.dialect)))

    mock = sa.create_mock_engine(f"{driver}://", collect)
    metadata.create_all(mock, checkfirst=False)
    return tuple(found)
