"""What could not be applied at a reader may be all that is left of it once the center is put back and its author is
gone: the center is given it back, and the reader takes it for lost until it has a number again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec import Raw
from msgspec.structs import replace

from app.features.people.tables import person
from app.journal.apply import apply
from app.journal.ops import pack_parts
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync import aside
from app.sync.aside import all_aside
from app.sync.offering import whole_offers
from app.sync.pages import commit_of
from tests.sync.fragile import Fragile, fragile
from tests.sync.in_memory import Device, meet, sync
from tests.sync.test_aside import NAME, failing_on, names, restart, told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        yield made


@pytest.fixture
def reader(world: Fragile) -> Device:
    """It read what its author can send to nobody any more, could not apply it, and the center has lost it since."""
    author, reader = world.device("V1"), world.device("V1")
    sync(author, reader)
    backup = world.end.copy()
    meet(author, name=NAME)
    with failing_on(NAME):
        sync(author, reader)
    assert told(reader)
    world.lose(backup)
    return reader


def at_center(world: Fragile) -> list[str | None]:
    with reading(world.hub.engine) as conn:
        return list(conn.execute(sa.select(person.c.name)).scalars())


def test_what_lies_aside_is_offered_to_a_center_that_was_put_back(world: Fragile, reader: Device) -> None:
    with failing_on(NAME):
        sync(reader)
    assert at_center(world) == [NAME]
    restart(reader)
    assert (names(reader), told(reader)) == ([NAME], [])
    assert world.repair(reader).dropped == 0
    assert names(reader) == [NAME]
    assert reader.digest() == world.must_hold(reader)


def test_what_was_aside_has_no_number_that_the_center_has_lost(world: Fragile, reader: Device) -> None:
    """A newer program applies it before it was offered."""
    with failing_on(NAME):
        world.pushes_alone(reader)
    restart(reader)
    with reading(reader.engine) as conn:
        lost = conn.execute(sa.select(journal.c.device).where(journal.c.seq.is_(None))).all()
    assert (names(reader), len(lost)) == ([NAME], 1)
    sync(reader)
    assert at_center(world) == [NAME]
    assert world.repair(reader).dropped == 0
    assert names(reader) == [NAME]
    assert reader.digest() == world.must_hold(reader)


def test_what_lies_aside_goes_by_hand_too_with_what_is_here_of_the_same_commit(world: Fragile, reader: Device) -> None:
    with failing_on(NAME):
        world.pushes_alone(reader)
    with writing(reader.engine) as conn:
        (whole,) = all_aside(conn)
        first = commit_of(whole)
        parts, first.parts = first.parts, first.parts[:1]
        apply(conn, [first])
        aside.put(conn, replace(whole, parts=Raw(pack_parts(parts[1:]))), "apply_failed", 1)
    ((brought,),) = whole_offers(reader.engine)
    assert len(parts) > 1
    assert commit_of(brought).parts == parts
