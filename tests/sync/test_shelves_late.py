"""What comes later than it was counted or given out, and what takes the place of something lost: the shelf is the same
everywhere, for the same reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR
from app.base.ids import meaning_id
from app.center.tables import relayed
from app.features.inventory.commands import HandOut
from app.features.inventory.commands_catalogue import AddItem
from app.features.inventory.commands_count import Difference, FinishCount, RecordCountLine, StartCount
from app.features.inventory.rules import lot_id
from app.features.inventory.tables import ledger, shelf
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading
from tests.sync.fragile import Fragile, copied, fragile
from tests.sync.in_memory import Device, damage, sync


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        yield made


@dataclass
class Shelf:
    """Of a point: two laptops count its towels, and the town above is given the state in place of history. `count`: one
    that was begun, as all of them know."""

    world: Fragile
    one: Device
    other: Device
    town: Device
    count: str
    item: str

    def record(self, device: Device, quantity: int) -> None:
        command = RecordCountLine(count=self.count, item=self.item, quantity=quantity)
        device.runner.do(command, device.actor)
        self.world.now[0] += HOUR

    def hand_out(self, device: Device, quantity: int) -> None:
        device.runner.do(HandOut(item=self.item, quantity=quantity, head_count=quantity), device.actor)
        self.world.now[0] += HOUR

    def show(self, quantity: int) -> None:
        """The town learns what is new, and all show so much, for the same reasons."""
        sync(self.one, self.other, self.town, self.one)
        rows = []
        for engine in (self.world.hub.engine, self.one.engine, self.other.engine, self.town.engine):
            with reading(engine) as conn:
                assert conn.execute(sa.select(shelf.c.on_hand)).scalars().all() == [quantity]
                rows.append(conn.execute(sa.select(ledger).order_by(ledger.c.id)).all())
        assert all(each == rows[0] for each in rows)


@pytest.fixture
def towels(world: Fragile) -> Shelf:
    item = meaning_id("item", "TOWEL")
    world.do(AddItem(item_code="TOWEL", name="毛巾", category="HYGIENE", unit="STRIP"))
    one, other, town = world.device("V1"), world.device("V1"), world.device("T1")
    sync(one, other, town)
    started = one.runner.do(StartCount(take_type="SPOT", counter="张三", observer="李四"), one.actor)
    sync(one, other)
    return Shelf(world, one, other, town, dict(started.made)["count"], item)


def test_a_count_that_is_explained_after_a_snapshot_stays_where_it_was_counted(towels: Shelf) -> None:
    """Also where the clock it was counted by is another since: when that was, its first writing says."""
    one, world = towels.one, towels.world
    towels.record(one, 10)
    towels.hand_out(one, 4)
    sync(one)
    world.given_the_state(towels.town)
    one.clock.wrong = -DAY
    lines = (Difference(lot=lot_id(towels.item, None, None), diff_reason="MISCOUNT"),)
    one.runner.do(FinishCount(count=towels.count, lines=lines), one.actor)
    towels.show(6)


@pytest.mark.parametrize("with_words", [True, False], ids=["with words", "without, from a former center"])
def test_what_another_laptop_counted_after_a_snapshot_does_not_move_what_the_snapshot_has(
    towels: Shelf, with_words: bool
) -> None:
    one, other, world = towels.one, towels.other, towels.world
    one.clock.wrong = -366 * DAY
    sync(one)
    towels.hand_out(other, 4)
    towels.record(other, 20)
    towels.record(one, 10)
    sync(one)
    world.given_the_state(towels.town)
    if not with_words:
        damage(towels.town, journal.update().where(journal.c.device == one.id).values(payload=b'[[0,"",null]]'))
    towels.show(10)


def test_what_takes_the_place_of_a_lost_hand_out_stands_when_it_was_written(towels: Shelf) -> None:
    """Its author was put back with the center, and then counted and gave out others under the same number."""
    world, other = towels.world, towels.other
    center, file = world.end.copy(), copied(world, towels.one)
    towels.hand_out(towels.one, 4)
    sync(towels.one, other)
    world.lose(center)
    towels.one = file
    world.now[0] += 2 * DAY
    before = world.now[0]
    towels.record(other, 46)
    given = HandOut(item=towels.item, quantity=2, head_count=2, happened_at=before)
    file.runner.do(given, file.actor)
    towels.show(46)
    for device in (file, other, towels.town):
        assert device.digest() == world.must_hold(device)


def test_what_was_brought_in_part_does_not_date_what_its_author_wrote_anew(towels: Shelf) -> None:
    """Another point saw of the lost count only that there is such a lot, and names it first; so does the new count."""
    world, other, guest = towels.world, towels.other, towels.world.device("V2")
    sync(guest)
    center, file = world.end.copy(), copied(world, towels.one)
    towels.record(towels.one, 10)
    sync(towels.one, guest)
    world.lose(center)
    sync(guest)
    with reading(world.hub.engine) as conn:
        assert len(conn.execute(sa.select(relayed)).all()) == 1
    towels.one = file
    world.now[0] += 2 * DAY
    towels.hand_out(other, 4)
    towels.record(file, 7)
    towels.show(7)
    sync(guest, file)
    for device in (file, other, towels.town, guest):
        assert device.digest() == world.must_hold(device)


def test_what_a_laptop_with_the_same_disk_wrote_anew_is_not_what_it_lost_by_a_snapshot(towels: Shelf) -> None:
    """One reads the other's commits, which then are lost with the center and its disk. The state of all says the number
    of what took their place."""
    world, one, twin = towels.world, towels.one, copied(towels.world, towels.one)
    for device in (one, twin):
        towels.hand_out(device, 1)
        device.sync()
    towels.hand_out(twin, 1)
    sync(twin, one)
    center, disk = world.end.copy(), copied(world, twin)
    towels.hand_out(twin, 4)
    sync(twin, one)
    world.lose(center)
    towels.hand_out(disk, 2)
    sync(disk)
    world.pushes_alone(one)
    world.given_the_state(one)
    sync(one)
    with reading(disk.engine) as conn:
        here = standing(conn)
        its = (journal.c.device == here.device, journal.c.epoch == here.epoch, journal.c.n == here.n)
        written = conn.execute(sa.select(journal.c.seq, journal.c.wall).where(*its)).one()
    with reading(one.engine) as conn:
        assert conn.execute(sa.select(journal.c.seq, journal.c.wall).where(*its)).one() == written
    towels.one = disk
    towels.show(-5)
    assert one.digest() == world.must_hold(one)
