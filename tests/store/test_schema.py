"""The tables of a new database are those that are declared, whichever database it is."""

import pytest
import sqlalchemy as sa

from app.features.registry import load_features
from app.store.engine import open_plain, open_postgres
from app.store.schema import create_tables, metadata

TELLS = {
    "sqlite": ("SELECT name, sql FROM sqlite_master",),
    "postgres": (
        (
            "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        ),
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    ),
}
"""What a database says its tables and indexes are."""


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_tables_are_made_as_they_are_declared(where: str, request: pytest.FixtureRequest) -> None:
    load_features()

    def opened() -> sa.Engine:
        return open_plain(None) if where == "sqlite" else open_postgres(request.getfixturevalue("postgres_database"))

    def made() -> list[str]:
        with engine.connect() as conn:
            return sorted(str(row) for query in TELLS[where] for row in conn.execute(sa.text(query)).all())

    engine = opened()
    create_tables(engine)
    found = made()
    assert set(sa.inspect(engine).get_table_names()) == metadata.tables.keys()
    metadata.drop_all(engine)
    metadata.create_all(engine)
    assert found == made()
    engine.dispose()
