"""A center whose disk is full says so, keeps nothing by halves, and takes the same again once there is room.

On SQLite alone: there a full disk ends the whole transaction, at PostgreSQL a statement.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.center.hub import Hub
from app.center.tables import quarantine
from app.features.people.tables import person
from app.journal.ops import Op
from app.journal.tables import journal
from app.store.engine import reading
from tests.center.points import PointAt
from tests.center.restoring import Lose, create, offer, page_commit

MANY = 60


@contextmanager
def full_after(engine: sa.Engine, room: int) -> Iterator[None]:
    """So many pages are free until the end of this."""
    with reading(engine) as conn:
        there = int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    most = there + room

    def bound(conn: sa.Connection) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    sa.event.listen(engine, "begin", bound)
    try:
        yield
    finally:
        sa.event.remove(engine, "begin", bound)
        with reading(engine) as conn:
            conn.exec_driver_sql("PRAGMA max_page_count = 1000000")


def counted(hub: Hub, column: sa.Column[str], *where: sa.ColumnElement[bool]) -> int:
    with reading(hub.engine) as conn:
        return int(conn.execute(sa.select(sa.func.count(column)).where(*where)).scalar_one())


def people(node: str) -> list[Op]:
    return [create("person", node, name="王" * 1_500) for _ in range(MANY)]


@pytest.mark.parametrize("room", [3, 15, 40])
@pytest.mark.parametrize("center_engine", ["sqlite"], indirect=True)
def test_a_push_to_a_full_disk_is_kept_whole_or_not_at_all(hub: Hub, point_at: PointAt, room: int) -> None:
    point = point_at("V1")
    point.sync()
    for op in people(point.actor.node):
        point.write(op)
    with full_after(hub.engine, room), pytest.raises(Environment) as trouble:
        point.sync()
    assert trouble.value.code == "disk_full"
    mine = journal.c.device == point.device
    assert (counted(hub, journal.c.device, mine), counted(hub, quarantine.c.device)) == (0, 0)
    point.sync()
    assert counted(hub, person.c.id) == counted(hub, journal.c.device, mine) == MANY


@pytest.mark.parametrize("room", [3, 15, 40])
@pytest.mark.parametrize("center_engine", ["postgres"], indirect=True)  # put back into SQLite
def test_what_a_reader_brings_to_a_full_disk_is_kept_whole_or_not_at_all(
    point_at: PointAt, lose: Lose, room: int
) -> None:
    author, reader = point_at("V1"), point_at("V1")
    lose.keep()
    made = [author.write(op) for op in people(author.actor.node)]
    author.sync()
    again = lose()
    brought = [page_commit(author, commit) for commit in made]
    with full_after(again.engine, room), pytest.raises(Environment) as trouble:
        offer(again, reader, *brought)
    assert trouble.value.code == "disk_full"
    mine = journal.c.device == author.device
    assert (counted(again, journal.c.device, mine), counted(again, quarantine.c.device)) == (0, 0)
    assert offer(again, reader, *brought).taken == MANY
