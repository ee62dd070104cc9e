"""What a newer program wrote of a kind nobody knows here: it leaves like anything else, and once the program knows the
kind, what was erased meanwhile is taken out of the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.base.ids import new_id
from app.features.people.tables import person
from app.journal import entities
from app.journal.apply import apply_unread
from app.journal.ops import Op, WriteId
from app.journal.tables import erasing, journal, unread
from app.store.engine import reading, writing
from app.sync.pages import take_commits, take_move
from app.sync.protocol import Move
from app.sync.tidying import tidy
from app.sync.writing import inline
from tests.sync.in_memory import Device, World
from tests.sync.test_aside import page_commit

NAME, PHONE = "欧阳慕容", "13900001111"
AUTHOR = "d" * 32
WHOLE: tuple[WriteId, ...] = ()
THE_PHONE = (WriteId(AUTHOR, "e1", 2, 0),)


@contextmanager
def no_person_known() -> Iterator[None]:
    """An older program, which has no word for persons."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delitem(entities._registry, "person")
        yield


@contextmanager
def no_phone_known() -> Iterator[None]:
    """An older program, whose persons have no phone."""
    known = {name: group for name, group in person.group_of.items() if name != "phone"}
    groups = {name: fields for name, fields in person.groups.items() if name != "phone"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(entities._registry, "person", replace(person, groups=groups, group_of=known))
        yield


def said(device: Device) -> list[bool]:
    """Which of the words still stand in its journal."""
    with reading(device.engine) as conn:
        told = b"".join(conn.execute(sa.select(journal.c.payload)).scalars())
    return [words.encode() in told for words in (NAME, PHONE)]


def write_about(device: Device, who: str, *more: Op) -> None:
    node = device.actor.node
    ops = [
        Op("create", "person", who, node, {"name": NAME}, {}),
        Op("set", "person", who, node, {"phone": PHONE}, {}, group="phone"),
        *more,
    ]
    with writing(device.engine) as conn:
        for n, op in enumerate(ops, start=1):
            take_commits(conn, [page_commit(AUTHOR, n, op)], 0)


def rows(device: Device, table: sa.Table) -> list[object]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(table)).all())


def test_what_is_of_no_known_kind_leaves_with_all_its_words(world: World) -> None:
    reader, who = world.device("V1"), new_id()
    with no_person_known():
        write_about(reader, who)
        assert (said(reader), len(rows(reader, unread))) == ([True, True], 2)
        with writing(reader.engine) as conn:
            take_move(conn, Move(20_000, [("person", who)], [], []), 0)
    assert (said(reader), rows(reader, unread)) == ([False, False], [])


@pytest.mark.parametrize("named", [WHOLE, THE_PHONE])
def test_what_was_erased_before_its_kind_was_known_goes_once_it_is(world: World, named: tuple[WriteId, ...]) -> None:
    reader, who = world.device("V1"), new_id()
    with no_person_known():
        write_about(reader, who, Op("erase", "person", who, reader.actor.node, {}, {}, seen=named))
        assert said(reader) == [True, True]
    with writing(reader.engine) as conn:
        apply_unread(conn)
    tidy(reader.engine, inline, reader.clock())
    assert (said(reader), rows(reader, erasing)) == ([bool(named), False], [])
    with reading(reader.engine) as conn:
        row = conn.execute(sa.select(person.c.name, person.c.phone).where(person.c.id == who)).one()
    assert tuple(row) == (NAME if named else None, None)


def test_what_nobody_here_understood_does_not_come_back_while_its_erase_goes_through_the_journal(world: World) -> None:
    reader, who = world.device("V1"), new_id()
    node = reader.actor.node
    made = page_commit(AUTHOR, 1, Op("create", "person", who, node, {"name": NAME, "phone": PHONE}, {}))
    erased = page_commit(AUTHOR, 2, Op("erase", "person", who, node, {}, {}))
    with no_phone_known():
        for told in (made, erased):
            with writing(reader.engine) as conn:
                take_commits(conn, [told], 0)
    assert said(reader) == [True, True], "not looked through yet"
    with writing(reader.engine) as conn:
        apply_unread(conn)
    with reading(reader.engine) as conn:
        row = conn.execute(sa.select(person.c.name, person.c.phone).where(person.c.id == who)).one()
    assert tuple(row) == (None, None)
