"""Carrying an exchange by hand between laptops and their center, in memory."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import wall_clock
from app.center.carrying import Taken, take_file
from app.center.hub import Hub
from app.features.people.tables import person
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import open_plain, reading
from app.store.upgrade import upgrade
from app.sync.carrying import Packed, note_packed, pack_file
from app.sync.state import enrolled
from app.sync.unpacking import Unpacked, unpack_file
from tests.sync.town import Laptop, Town, found_city


def pack(laptop: Laptop) -> bytes:
    return packed(laptop)[0]


def packed(laptop: Laptop) -> tuple[bytes, Packed]:
    file = io.BytesIO()
    told = pack_file(laptop.engine, file, clock=laptop.clock)
    note_packed(laptop.engine, told)
    assert told.size == len(file.getvalue())
    return file.getvalue(), told


def take(town: Town, file: bytes, hub: Hub | None = None, **options: Any) -> tuple[bytes, Taken]:
    answer = io.BytesIO()
    told = take_file(hub or Hub(town.engine, town.clock), io.BytesIO(file), answer, **options)
    return answer.getvalue(), told


def unpack(laptop: Laptop, file: bytes) -> Unpacked:
    return unpack_file(laptop.engine, io.BytesIO(file), clock=laptop.clock)


def carry(town: Town, laptop: Laptop) -> Unpacked:
    """There and back."""
    return unpack(laptop, take(town, pack(laptop))[0])


def state_of(laptop: Laptop) -> dict[str, Any]:
    """Everything a file could change."""
    with reading(laptop.engine) as conn:
        state = enrolled(conn)
        people = conn.execute(sa.select(person.table).order_by(person.c.id)).all()
        commits = conn.execute(sa.select(journal).order_by(*journal.primary_key.columns)).all()
        return {"here": standing(conn), "state": state, "people": people, "commits": commits}


def even(town: Town, *laptops: Laptop) -> None:
    for laptop in laptops:
        assert laptop.status().digest == town.digest_of(laptop)


@pytest.fixture
def other_town(tmp_path: Path) -> Iterator[Town]:
    """Another city, whose center nobody can reach."""
    folder = tmp_path / "other"
    folder.mkdir()
    engine = open_plain(folder / "center.db")
    upgrade(engine, None)
    found_city(engine, "http://127.0.0.1:1")
    town = Town(engine, "http://127.0.0.1:1", wall_clock, folder)
    yield town
    town.close()
    engine.dispose()
