"""The search index of a point under what rounds bring: records that come and go, snapshots, what is erased by law."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.changes import Changes
from app.center.erase import erase
from app.center.hub import Hub
from app.features.cases import search
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.tables import case
from app.store.engine import reading, writing
from app.sync import pages
from tests.features.cases.former_index import plant_former_index
from tests.sync.in_memory import Device, World, meet, sync

NAME = "欧阳慕容"


def index(device: Device) -> None:
    more = True
    while more:
        with writing(device.engine) as conn:
            more = search.step(conn)


def found(device: Device) -> list[search.Hit]:
    with reading(device.engine) as conn:
        return search.find(conn, NAME)


def test_under_the_index_of_a_former_program_cases_come_and_go(world: World) -> None:
    owner, guest = world.device("V1"), world.device("V2")
    case_id, _ = meet(owner, name=NAME)
    sync(owner, guest)
    plant_former_index(guest.engine)
    owner.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="请协助"), owner.actor)
    sync(owner, guest)
    assert search.Hit("case", case_id) in found(guest)
    index(guest)
    assert found(guest)[0].kind == "person"
    plant_former_index(guest.engine)
    owner.runner.do(RevokeCase(case=case_id, point=guest.actor.node, reason="已完成"), owner.actor)
    sync(owner, guest)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(case.c.id)).all() == []
    assert found(guest) == []
    index(guest)
    assert found(guest) == []
    assert guest.digest() == world.must_hold(guest)


def erase_whom_it_is_about(world: World, device: Device, case_id: str, folder: Path) -> None:
    """By law, at the center."""
    with reading(device.engine) as conn:
        who = str(conn.execute(sa.select(case.c.person).where(case.c.id == case_id)).scalar_one())
    erase(Hub(world.hub.engine, world.hub.clock, files=folder), "person", who)


def is_in_pages(device: Device) -> bool:
    with reading(device.engine) as conn:
        blocks = conn.execute(sa.text("SELECT block FROM search_text_data")).scalars().all()
    return any("慕容".encode() in block for block in blocks)


def test_what_was_erased_is_out_of_it(world: World, tmp_path: Path) -> None:
    author, reader = world.device("V1"), world.device("V1")
    case_id, _ = meet(author, name=NAME)
    sync(author, reader)
    index(reader)
    assert found(reader)[0].kind == "person"
    erase_whom_it_is_about(world, reader, case_id, tmp_path)
    sync(reader)
    index(reader)
    assert found(reader) == []
    assert not is_in_pages(reader)


def test_what_was_erased_is_out_of_it_where_only_a_comparison_tells(world: World, tmp_path: Path) -> None:
    """The number of the erase is one that the index has gone past."""
    author, reader = world.device("V1"), world.device("V1")
    case_id, _ = meet(author, name=NAME)
    sync(author, reader)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pages, "apply", lambda _conn, _commits, **_more: Changes())  # lost on the way
        erase_whom_it_is_about(world, reader, case_id, tmp_path)
        sync(reader)
    meet(author, name="司徒")
    sync(author, reader)
    index(reader)
    assert found(reader)[0].kind == "person"
    assert world.repair(reader).renewed
    index(reader)
    assert found(reader) == []
    assert not is_in_pages(reader)
