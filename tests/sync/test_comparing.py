"""How little is told again where little differs. What is mended, and how, is in test_repair."""

import sqlalchemy as sa

from app.center.moves import written_about
from app.features.people.commands import AmendPerson, RegisterPerson
from app.features.people.tables import person
from app.journal.digest import bucket_of
from app.journal.ops import Op
from app.journal.sweep import erased_whole
from app.journal.tables import head, journal
from app.store.engine import reading, writing
from app.sync.pages import take_commits
from tests.sync.in_memory import Device, World, damage, sync
from tests.sync.test_aside import page_commit


def of_a_full_bucket(device: Device) -> str:
    """Somebody who is summed up together with somebody else."""
    found: set[int] = set()
    while True:
        made = device.runner.do(RegisterPerson(name="李四", gender="MALE", age_est=40), device.actor).made[0][1]
        if bucket_of(made) in found:
            return made
        found.add(bucket_of(made))


def test_only_what_differs_is_made_anew(world: World) -> None:
    one, two = world.device("V1"), world.device("V1")
    spoilt = of_a_full_bucket(one)
    sync(one, two)
    damage(two, person.table.update().where(person.c.id == spoilt).values(features="错"))
    mended = world.repair(two)
    assert (mended.even, mended.renewed, mended.dropped) == (True, 1, 0)
    assert two.digest() == world.must_hold(two) == one.digest()


def test_what_is_told_of_a_record_that_never_came_goes(world: World) -> None:
    """A center that was put back had told it on the way to where the record enters, and has lost that it does."""
    author, other = world.device("V1"), world.device("V2")
    who = author.runner.do(RegisterPerson(name="李四", gender="MALE", age_est=40), author.actor).made[0][1]
    author.runner.do(AmendPerson(person=who, phone="13900001111", reason="问到了"), author.actor)
    sync(author, other)
    with reading(world.hub.engine) as conn:
        _, *later = written_about(conn, [("person", who)]).commits([who])
    with writing(other.engine) as conn:
        take_commits(conn, later, 0)
    assert (heads_of(other, who), told_of(other, who)) == (1, 1)
    assert world.repair(other).even
    assert (heads_of(other, who), told_of(other, who)) == (0, 0)
    assert world.repair(author).even
    assert heads_of(author, who) == 1


def test_that_a_record_that_is_not_here_was_erased_stays_known(world: World) -> None:
    """What comes late of one that left is stripped by it."""
    point, heir = world.device("V1"), world.device("V2")
    gone = heir.runner.do(RegisterPerson(name="李四", gender="MALE", age_est=40), heir.actor).made[0][1]
    sync(point, heir)
    op = Op("erase", "person", gone, point.actor.node, {}, {})
    with writing(point.engine) as conn:
        take_commits(conn, [page_commit("d" * 32, 1, op)], 0)
    assert world.repair(point).even
    with reading(point.engine) as conn:
        assert erased_whole(conn, [gone]) == {gone}


def heads_of(device: Device, record: str) -> int:
    with reading(device.engine) as conn:
        return len(conn.execute(sa.select(head.c.grp).where(head.c.record == record)).all())


def told_of(device: Device, record: str) -> int:
    """In how many commits there are words of it."""
    with reading(device.engine) as conn:
        return sum(record.encode() in payload for payload in conn.execute(sa.select(journal.c.payload)).scalars())
