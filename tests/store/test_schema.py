"""The tables of a new database are those that are declared, whichever database it is."""

import pytest
import sqlalchemy as sa

from app.features.registry import load_features
from app.store.engine import open_plain, open_postgres
from app.store.schema import create_tables, metadata


def _made(engine: sa.Engine) -> dict[str, tuple[object, ...]]:
    """Table → its columns and indexes, as the database tells them."""
    seen = sa.inspect(engine)
    return {
        name: (str(seen.get_columns(name)), sorted(map(str, seen.get_indexes(name))), str(seen.get_pk_constraint(name)))
        for name in seen.get_table_names()
    }


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_tables_are_made_as_they_are_declared(where: str, request: pytest.FixtureRequest) -> None:
    load_features()

    def opened() -> sa.Engine:
        return open_plain(None) if where == "sqlite" else open_postgres(request.getfixturevalue("postgres_database"))

    engine = opened()
    create_tables(engine)
    made = _made(engine)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    assert made == _made(engine)
    assert made.keys() == metadata.tables.keys()
    engine.dispose()
