"""Two laptops with the same disk, and a center that was put back: which wrote later, and when."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, MINUTE
from app.center.hub import Hub
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.load import load_commits
from app.journal.ops import CommitId
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.epochs import begin_epoch
from tests.sync.fragile import Fragile, copied, fragile
from tests.sync.in_memory import Device, meet, sync


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        yield made


def amend_by_a_clock_of_yesterday(device: Device, person_id: str, name: str) -> None:
    """In an epoch of its own. The clock is put right before it is sent: it is as old as the last answer before it."""
    with writing(device.engine) as conn:
        begin_epoch(conn)
    device.clock.wrong = -DAY
    device.runner.do(AmendPerson(person=person_id, name=name, reason="问到了"), device.actor)
    device.clock.wrong = 0


def test_readers_take_the_order_in_which_a_restored_center_met_them(world: Fragile) -> None:
    one, reader = world.device("V1"), world.device("V1")
    meet(one, name="王五")
    sync(one, reader)
    with reading(one.engine) as conn:
        person_id = conn.execute(sa.select(person.c.id)).scalar_one()
    twin, backup = copied(world, one), world.end.copy()
    amend_by_a_clock_of_yesterday(one, person_id, "王武")
    amend_by_a_clock_of_yesterday(twin, person_id, "王伍")
    sync(twin, one, reader)
    with reading(world.hub.engine) as conn:
        made = conn.execute(sa.select(journal.c.eff, journal.c.serial).where(journal.c.device == one.id)).all()
    assert len({each.eff for each in made}) < len(made), "both stand at one moment"
    world.lose(backup)
    sync(one, twin, reader, one, twin)
    shown, serials = set[str](), set[tuple[tuple[str, int], ...]]()
    for engine in (world.hub.engine, one.engine, twin.engine, reader.engine):
        with reading(engine) as conn:
            shown.update(conn.execute(sa.select(person.c.name)).scalars())
            query = sa.select(journal.c.epoch, journal.c.serial).distinct().order_by(journal.c.serial)
            serials.add(tuple(map(tuple, conn.execute(query.where(journal.c.device == one.id)))))
    assert len(serials) == 1
    assert shown == {"王伍"}
    for device in (one, twin, reader):
        assert device.digest() == world.must_hold(device)


def test_what_another_laptop_with_the_disk_wrote_keeps_its_time_though_the_clock_here_is_set(world: Fragile) -> None:
    """Nothing but the number of it is lost with the center; it was not written by the clock that stands here."""
    one = world.device("V1")
    meet(one, name="王五")
    sync(one)
    with reading(one.engine) as conn:
        person_id = conn.execute(sa.select(person.c.id)).scalar_one()
    stolen, backup = copied(world, one), world.end.copy()
    with writing(stolen.engine) as conn:
        begin_epoch(conn)
    stolen.clock.wrong = -366 * DAY
    world.now[0] += DAY
    sync(stolen)
    told = stolen.runner.do(AmendPerson(person=person_id, name="王武", reason="问到了"), stolen.actor).commit
    assert told
    sync(stolen, one)
    at = _eff(one, told)
    world.lose(backup)
    one.clock.wrong = MINUTE
    sync(one)
    assert _eff(one, told) == at == _eff(world.hub, told)


def _eff(there: Device | Hub, commit: str) -> int:
    device, epoch, n = commit.split(".")
    id_ = CommitId(device, epoch, int(n))
    with reading(there.engine) as conn:
        return int(load_commits(conn, [id_])[id_]["eff"])
