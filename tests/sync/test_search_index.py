"""The search index of a point under what rounds bring: records that come and go, snapshots, what is erased by law."""

import sqlalchemy as sa

from app.features.cases import search
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.tables import case
from app.store.engine import reading, writing
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
