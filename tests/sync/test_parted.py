"""A center and an author were both put back: what readers have read of the lost commits gives way to what the author
then wrote under the same ids."""

from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.ids import new_id
from app.features.people.tables import person
from app.journal.heads import disputes
from app.journal.ops import Op, WriteId
from app.journal.renumber import forget_numbers
from app.journal.tables import head, journal
from app.store.engine import reading, writing
from app.sync.pages import take_commits
from tests.sync.in_memory import Device, World
from tests.sync.test_aside import page_commit

AUTHOR = "d" * 32


def told(device: Device) -> list[bytes]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(journal.c.payload).where(journal.c.device == AUTHOR)).scalars())


def making(device: Device, name: str, who: str) -> Op:
    return Op("create", "person", who, device.actor.node, {"name": name}, {})


def take(device: Device, *ops: Op, n: int = 2, is_lost: bool = False, **frame: Any) -> None:
    with writing(device.engine) as conn:
        take_commits(conn, [msgspec.structs.replace(page_commit(AUTHOR, n, *ops), **frame)], 0)
        if is_lost:
            forget_numbers(conn, 0)


def names_and_disputes(device: Device) -> tuple[set[str | None], int]:
    with reading(device.engine) as conn:
        return set(conn.execute(sa.select(person.c.name)).scalars()), len(disputes(conn))


def test_the_lost_commit_gives_way_to_the_one_the_center_has(world: World) -> None:
    reader, lost, kept = world.device("V1"), new_id(), new_id()
    take(reader, making(reader, "欧阳慕容", lost), is_lost=True)
    take(reader, making(reader, "李四", kept))
    (words,) = told(reader)
    assert ("李四".encode() in words, "欧阳慕容".encode() in words) == (True, False)
    with reading(reader.engine) as conn:
        assert kept in conn.execute(sa.select(person.c.id)).scalars().all()


def test_the_same_words_get_their_new_number(world: World) -> None:
    reader, who = world.device("V1"), new_id()
    take(reader, making(reader, "李四", who), is_lost=True)
    before = told(reader)
    take(reader, making(reader, "李四", who))
    assert told(reader) == before
    with reading(reader.engine) as conn:
        assert conn.execute(sa.select(journal.c.seq).where(journal.c.device == AUTHOR)).scalar() is not None


def test_the_same_words_by_somebody_else_at_another_time_are_theirs(world: World) -> None:
    reader, who = world.device("V1"), new_id()
    take(reader, making(reader, "李四", who), making(reader, "欧阳慕容", new_id()), is_lost=True)
    take(reader, making(reader, "李四", who), actor="u2", wall=7, bound=5)
    (words,) = told(reader)
    assert "欧阳慕容".encode() not in words
    with reading(reader.engine) as conn:
        row = conn.execute(sa.select(journal).where(journal.c.device == AUTHOR)).mappings().one()
    assert (row["actor"], row["wall"], row["bound"]) == ("u2", 7, 5)


def test_what_both_tell_is_taken_once(world: World) -> None:
    """Somebody said otherwise since: what was said first does not stand beside it again."""
    reader, both, lost, kept = world.device("V1"), new_id(), new_id(), new_id()
    same = making(reader, "李四", both)
    take(reader, same, making(reader, "欧阳慕容", lost), is_lost=True)
    seen = (WriteId(AUTHOR, "e1", 2, 0),)
    said = Op("set", "person", both, reader.actor.node, {"name": "李思"}, {}, group="name", seen=seen)
    take(reader, said, n=3)
    take(reader, same, making(reader, "王五", kept))
    names, disputed = names_and_disputes(reader)
    assert ({"李思", "王五"} <= names, disputed) == (True, 0)


def test_what_was_stripped_by_law_meanwhile_is_the_same_commit(world: World) -> None:
    reader, who = world.device("V1"), new_id()
    take(reader, making(reader, "李四", who), is_lost=True)
    take(reader, Op("create", "person", who, reader.actor.node, {"name": None}, {}))
    names, disputed = names_and_disputes(reader)
    assert (len(names), disputed) == (1, 0)
    with reading(reader.engine) as conn:
        assert conn.execute(sa.select(journal.c.seq).where(journal.c.device == AUTHOR)).scalar() is not None
        assert conn.execute(sa.select(head.c.write).where(head.c.record == who)).all() == []
