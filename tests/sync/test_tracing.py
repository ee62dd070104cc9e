"""How far a record is said to have come: never further than it has."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.journal.here import save_here, standing
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.carrying import on_its_way
from app.sync.epochs import begin_epoch
from app.sync.reissue import reissue
from app.sync.tracing import Stage, Waiting, trace
from tests.sync.by_hand import carry, pack, take, unpack
from tests.sync.town import Laptop, Town

MANY = 5_200
"""More than were once looked at."""


def stages(laptop: Laptop, *ids: str) -> list[Stage]:
    with reading(laptop.engine) as conn:
        return [trace(conn, [id_]).stage for id_ in ids]


def carried(laptop: Laptop) -> int:
    with reading(laptop.engine) as conn:
        found = on_its_way(conn)
    return found.commits if found else 0


def test_what_was_written_after_packing_is_in_no_file_also_after_a_new_epoch(town: Town) -> None:
    laptop = town.laptop("V1")
    carry(town, laptop)
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    before = laptop.register("零")
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    packed = laptop.register("一")
    file = pack(laptop)
    after = laptop.register("二")
    for _ in range(2):
        assert stages(laptop, before, packed, after) == [Stage.SENT, Stage.SENT, Stage.WAITING]
        assert carried(laptop) == 2
        with writing(laptop.engine) as conn:
            begin_epoch(conn)
    later = laptop.register("三")
    assert stages(laptop, before, packed, after, later) == [Stage.SENT, Stage.SENT, Stage.WAITING, Stage.WAITING]
    assert carried(laptop) == 2
    got = unpack(laptop, take(town, file)[0])
    assert (got.acked, got.unsent, carried(laptop)) == (2, 2, 0)
    carry(town, laptop)
    assert stages(laptop, before, packed, after, later) == [Stage.MERGED] * 4


def test_what_got_new_ids_is_in_no_file(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("一")
    carry(town, laptop)
    who = laptop.register("二")
    pack(laptop)
    assert (stages(laptop, who), carried(laptop)) == ([Stage.SENT], 1)
    with writing(laptop.engine) as conn:
        reissue(conn, standing(conn).epoch, 1, 0)
    assert (stages(laptop, who), carried(laptop)) == ([Stage.WAITING], 0)


@pytest.fixture
def long_offline(town: Town) -> tuple[Laptop, str]:
    """A laptop that wrote of somebody first, and thousands of times of others since."""
    laptop = town.laptop("V1")
    who = laptop.register("一")
    laptop.register("二")
    with writing(laptop.engine) as conn:
        j = journal.c
        row = dict(conn.execute(sa.select(journal).where(j.n == 2, j.device == standing(conn).device)).mappings().one())
        conn.execute(journal.insert(), [{**row, "n": n} for n in range(3, MANY)])
        save_here(conn, replace(standing(conn), n=MANY - 1))
    return laptop, who


def test_what_waits_longest_is_never_told_as_merged(long_offline: tuple[Laptop, str]) -> None:
    laptop, who = long_offline
    waiting = Waiting()
    assert stages(laptop, who) == [Stage.WAITING]
    with reading(laptop.engine) as conn:
        assert waiting.among(conn, [who]) == {who}


def test_lists_hear_of_what_came_to_the_outbox_and_of_what_left_it(town: Town) -> None:
    laptop, waiting = town.laptop("V1"), Waiting()

    def marked(*ids: str) -> set[str]:
        with reading(laptop.engine) as conn:
            return set(waiting.among(conn, ids))

    one = laptop.register("一")
    assert marked(one) == {one}
    two = laptop.register("二")
    assert marked(one, two) == {one, two}
    file = pack(laptop)
    laptop.amend(two, phone="13800000001")
    unpack(laptop, take(town, file)[0])
    assert marked(one, two) == {two}
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    three = laptop.register("三")
    assert marked(one, two, three) == {two, three}
    laptop.sync()
    assert marked(one, two, three) == set()
