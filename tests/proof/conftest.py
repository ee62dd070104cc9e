"""Cities for the proofs, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.city import City, served_city


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database for a center."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_database"))
    return f"sqlite:///{tmp_path / 'center.db'}"


@pytest.fixture
def city(database: str) -> Iterator[City]:
    with served_city(database) as made:
        yield made
