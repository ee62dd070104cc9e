"""Nothing but `apply` writes what it owns: with triggers armed, any other write fails."""

import sqlite3
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.journal.apply import Stamp, apply, apply_stamps, door_open
from app.journal.ops import CommitId
from app.journal.tables import cover, head, journal, void
from app.store.engine import open_plain, writing
from app.store.schema import create_tables
from tests.journal.model_entities import MODEL_ENTITIES
from tests.journal.translation import real_commit
from tests.reference.histories import history

GUARDED = [journal, head, cover, void, *(entity.table for entity in MODEL_ENTITIES.values())]


@pytest.fixture
def guarded() -> Iterator[sa.Engine]:
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        driver = conn.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.create_function("door_open", 0, lambda: int(door_open.get()))
        for table in GUARDED:
            for what in ("INSERT", "UPDATE", "DELETE"):
                conn.exec_driver_sql(
                    f"CREATE TRIGGER guard_{table.name}_{what} BEFORE {what} ON {table.name} "
                    "WHEN NOT door_open() BEGIN SELECT RAISE(ABORT, 'not through the door'); END"
                )
    yield engine
    engine.dispose()


def test_apply_writes_through_the_door(guarded: sa.Engine) -> None:
    story = history(3)
    laptop = story.laptops[0]
    for event in story.events:
        if event[1] != laptop:
            continue
        with writing(guarded) as conn:
            if event[0] == "apply":
                apply(conn, [real_commit(commit, 0) for commit in event[2]])
            elif event[0] == "stamp":
                apply_stamps(conn, [Stamp(CommitId(*id_), seq, eff) for id_, seq, eff in event[2]])
    with writing(guarded) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(journal)).scalar_one() > 10


@pytest.mark.parametrize("table", GUARDED, ids=lambda table: str(table.name))
def test_any_other_write_fails(guarded: sa.Engine, table: sa.Table) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="not through the door"), writing(guarded) as conn:
        conn.execute(table.insert(), {column.name: 1 if column.primary_key else None for column in table.columns})


def test_an_error_closes_the_door(guarded: sa.Engine) -> None:
    with pytest.raises(AttributeError), writing(guarded) as conn:
        apply(conn, [None])  # type: ignore[list-item]
    assert not door_open.get()
