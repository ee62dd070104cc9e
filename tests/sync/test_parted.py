"""A center and an author were both put back: what readers have read of the lost commits gives way to what the author
then wrote under the same ids."""

import sqlalchemy as sa

from app.base.ids import new_id
from app.features.people.tables import person
from app.journal.ops import Op
from app.journal.renumber import forget_numbers
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.pages import take_commits
from tests.sync.in_memory import Device, World
from tests.sync.test_aside import page_commit

AUTHOR = "d" * 32


def told(device: Device) -> list[bytes]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(journal.c.payload).where(journal.c.device == AUTHOR)).scalars())


def take(device: Device, name: str, who: str, *, is_lost: bool = False) -> None:
    op = Op("create", "person", who, device.actor.node, {"name": name}, {})
    with writing(device.engine) as conn:
        take_commits(conn, [page_commit(AUTHOR, 2, op)], 0)
        if is_lost:
            forget_numbers(conn, 0)


def test_the_lost_commit_gives_way_to_the_one_the_center_has(world: World) -> None:
    reader, lost, kept = world.device("V1"), new_id(), new_id()
    take(reader, "欧阳慕容", lost, is_lost=True)
    take(reader, "李四", kept)
    (words,) = told(reader)
    assert ("李四".encode() in words, "欧阳慕容".encode() in words) == (True, False)
    with reading(reader.engine) as conn:
        assert kept in conn.execute(sa.select(person.c.id)).scalars().all()


def test_the_same_words_get_their_new_number(world: World) -> None:
    reader, who = world.device("V1"), new_id()
    take(reader, "李四", who, is_lost=True)
    before = told(reader)
    take(reader, "李四", who)
    assert told(reader) == before
    with reading(reader.engine) as conn:
        assert conn.execute(sa.select(journal.c.seq).where(journal.c.device == AUTHOR)).scalar() is not None
