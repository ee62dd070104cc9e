"""A month of three points whose exchanges are carried by hand: out of order, twice, lost on the way, read days later,
between rounds over the line. In the end everybody holds what the center says, and the books are what lies on the
shelves; what was carried tells nobody anything.
"""

import io
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, MINUTE
from app.base.errors import Refused
from app.base.ids import meaning_id
from app.center import admin
from app.center.carrying import take_file
from app.center.hub import Hub, standing_city
from app.cli.simulate.bugs import planted
from app.features.cases.commands import LogEncounter
from app.features.inventory.commands import HandOut, LotAmount, ReceivedGoods, ReceiveGoods, WriteOff
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.inventory.commands_count import (
    Difference,
    FinishCount,
    OpeningCount,
    RecordCountLine,
    StartCount,
)
from app.features.inventory.goods import Goods
from app.features.inventory.ids import item_id
from app.features.inventory.queries import stock_by_code
from app.features.inventory.rules import lot_id
from app.features.inventory.tables import lot as lot_entity
from app.features.people.tables import person
from app.journal.drafts import KeepDraft
from app.store.engine import reading
from app.sync.carried import MOST_OPENING
from app.sync.carrying import note_packed, pack_file
from app.sync.protocol import MAX_BODY
from app.sync.sealed import Opened, Way
from app.sync.state import enrolled
from app.sync.unpacking import Unpacked, unpack_file
from tests.clocks import FakeClock
from tests.proof.leaving import PLANTED
from tests.proof.readable import forms
from tests.sync.town import Laptop, Town, opened

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WATER = item_id("WATER01")
BATCH, EXPIRES = "B1", "2031-06-30"
LOT = lot_id(WATER, BATCH, EXPIRES)


PLACES = {"first": "V1", "second": "V1", "third": "V2", "fourth": "T1"}
"""Laptop → point. The town T1 has a shelf of its own, and the books of V1 and V2."""
ZSTD = b"\x28\xb5\x2f\xfd"
"""How whatever the program compresses begins."""
LATE = 3 * DAY
SEED = 1
"""Of a month in which a count is numbered long after what was moved beside it: where it stood by its number, the books
would be wrong."""


@dataclass
class Post:
    """What lies in bags and pockets. Nothing is ever thrown away: it may be read again at any time. `made`: when each
    file was. `read`: file → how old it was when it was read first, at either end."""

    to_center: list[bytes] = field(default_factory=list)
    to_point: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    made: dict[bytes, int] = field(default_factory=dict)
    read: dict[bytes, int] = field(default_factory=dict)

    def is_read(self, file: bytes, now: int) -> None:
        self.read.setdefault(file, now - self.made[file])

    def late(self, files: list[bytes]) -> int:
        """How many of these were read for the first time when they were days old."""
        return sum(self.read.get(file, 0) >= LATE for file in files)

    def answers(self) -> list[bytes]:
        return [file for files in self.to_point.values() for file in files]


@dataclass
class World:
    town: Town
    time: FakeClock
    """One time for all: what is wrong with clocks has tests of its own."""
    chance: random.Random
    shelf: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Point → bottles that really lie there, whatever the books say."""
    missing: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Point → bottles gone since its last count that nobody wrote down: the books still have them."""
    post: Post = field(default_factory=Post)
    people: int = 0
    online: int = 0
    """Rounds over the line."""
    read: list[Unpacked] = field(default_factory=list)

    def wait(self, most: int) -> None:
        self.time.now += self.chance.randrange(MINUTE, most)

    # what hands do

    def open_shelf(self, laptop: Laptop, point: str, bottles: int) -> None:
        line = Goods(item=WATER, quantity=bottles, batch=BATCH, expires_on=EXPIRES)
        laptop.do(OpeningCount(lines=(line,), counter="张三"))
        self.shelf[point] = bottles

    def act(self, laptop: Laptop, point: str) -> None:
        self.wait(90 * MINUTE)
        what, bottles = self.chance.choice(("meet", "meet", "hand out", "receive", "spoil", "lose", "count")), 0
        if what != "meet" and not self.knows_lot(laptop):
            what = "meet"
        if what in ("hand out", "spoil", "lose"):
            bottles = min(self.shelf[point], self.chance.randrange(1, 9))
        if what == "meet":
            self.meet(laptop)
        elif what == "receive":
            bottles = -self.chance.randrange(1, 50)
            goods = ReceivedGoods(item=WATER, quantity=-bottles, batch=BATCH, expires_on=EXPIRES)
            laptop.do(ReceiveGoods(lines=(goods,), source_type="CENTER"))
        elif what == "count":
            self.count(laptop, point)
        elif bottles and what == "hand out":
            laptop.do(HandOut(item=WATER, quantity=bottles, head_count=bottles, lot=LOT, over_limit_reason="天冷"))
        elif bottles and what == "spoil":
            line = LotAmount(lot=LOT, quantity=bottles)
            laptop.do(WriteOff(lines=(line,), cause="DAMAGE", reason="瓶子裂了"))
        elif what == "lose":
            self.missing[point] += bottles
        self.shelf[point] -= bottles

    def meet(self, laptop: Laptop) -> None:
        self.people += 1
        met = LogEncounter(
            name=f"{PLANTED['name']}{self.people}",
            gender="FEMALE",
            age_est=40,
            id_doc_type="RIC",
            id_no=PLANTED["id number"],
            kin_name=PLANTED["kin"],
            phone=PLANTED["phone"],
            story=PLANTED["story"],
            note=PLANTED["note"],
            place_type="BRIDGE",
            health_obs=("OK",),
            disposition="ON_SITE_AID",
        )
        laptop.do(met)
        laptop.do(KeepDraft(key="entry", content=json.dumps({"note": PLANTED["draft"]}, ensure_ascii=False)))

    def count(self, laptop: Laptop, point: str) -> None:
        count = laptop.do(StartCount(take_type="SPOT", counter="张三", observer="李四")).made[0][1]
        laptop.do(RecordCountLine(count=count, lot=LOT, quantity=self.shelf[point]))
        laptop.do(FinishCount(count=count, lines=(Difference(lot=LOT, diff_reason="MISCOUNT"),)))
        self.missing[point] = 0

    def knows_lot(self, laptop: Laptop) -> bool:
        with reading(laptop.engine) as conn:
            return conn.execute(sa.select(lot_entity.c.id).where(lot_entity.c.id == LOT)).first() is not None

    # what is carried

    def pack(self, laptop: Laptop) -> bytes:
        file = io.BytesIO()
        note_packed(laptop.engine, pack_file(laptop.engine, file, clock=laptop.clock))
        self.post.to_center.append(file.getvalue())
        self.post.made[file.getvalue()] = self.time.now
        return file.getvalue()

    def take(self, file: bytes) -> bytes:
        answer = io.BytesIO()
        taken = take_file(Hub(self.town.engine, self.time, files=self.town.folder / "files"), io.BytesIO(file), answer)
        assert (taken.declined, taken.aside) == ("", 0)
        self.post.is_read(file, self.time.now)
        self.post.to_point[taken.device].append(answer.getvalue())
        self.post.made[answer.getvalue()] = self.time.now
        return answer.getvalue()

    def unpack(self, laptop: Laptop, file: bytes) -> None:
        got = unpack_file(laptop.engine, io.BytesIO(file), clock=laptop.clock)
        assert (got.error, got.verdicts) == ("", 0)
        self.post.is_read(file, self.time.now)
        self.read.append(got)

    def carry(self, laptop: Laptop) -> None:
        """What the post does with one laptop at the end of a day."""
        chance, mine = self.chance, self.post.to_point[laptop.device]
        roll = chance.random()
        if roll < 0.5:
            file = self.pack(laptop)
            if chance.random() < 0.6:
                answer = self.take(file)
                if chance.random() < 0.7:
                    self.unpack(laptop, answer)
        elif roll < 0.6:
            laptop.sync()
            self.online += 1
        if self.post.to_center and chance.random() < 0.3:
            self.take(chance.choice(self.post.to_center))  # an old file, of anybody, maybe for the third time
        if mine and chance.random() < 0.4:
            self.unpack(laptop, chance.choice(mine))  # an old answer, maybe once more
        others = [file for device, files in self.post.to_point.items() if device != laptop.device for file in files]
        if others and chance.random() < 0.1:
            with pytest.raises(Refused, match="carried_other_point"):
                self.unpack(laptop, chance.choice(others))

    def there_and_back(self, laptop: Laptop) -> None:
        self.unpack(laptop, self.take(self.pack(laptop)))

    def books(self, engine: sa.Engine, point: str) -> int:
        with reading(engine) as conn:
            return stock_by_code(conn, meaning_id("node", point)).get("WATER01", 0)

    def check_books(self, laptops: dict[str, Laptop]) -> None:
        """What lies on each shelf, and what nobody knows to be gone, at its point and at everybody above."""
        for point, bottles in self.shelf.items():
            theirs = [laptops[name].engine for name in PLACES if PLACES[name] in (point, "T1")]
            books = {self.books(engine, point) for engine in (self.town.engine, *theirs)}
            assert books == {bottles + self.missing[point]}, point


@pytest.fixture
def world(center_engine: sa.Engine, tmp_path: Path) -> Iterator[World]:
    time = FakeClock()
    with opened(center_engine, tmp_path, time) as town:
        town.do(AddStandardItems())
        yield World(town, time, random.Random(SEED))


def a_month(world: World, laptops: dict[str, Laptop], days: int) -> None:
    world.open_shelf(laptops["first"], "V1", 500)
    world.open_shelf(laptops["third"], "V2", 300)
    world.open_shelf(laptops["fourth"], "T1", 400)
    begun = world.time.now
    for day in range(days):
        for name, laptop in laptops.items():
            for _ in range(world.chance.randrange(3)):
                world.act(laptop, PLACES[name])
        for laptop in laptops.values():
            world.carry(laptop)
        world.time.now = begun + (day + 1) * DAY
    for point in world.shelf:  # in the last night somebody helps himself
        world.shelf[point] -= 1
        world.missing[point] += 1


def laptops_of(town: Town) -> dict[str, Laptop]:
    return {name: town.laptop(point) for name, point in PLACES.items()}


def all_there_and_back(world: World, laptops: dict[str, Laptop]) -> None:
    """Twice, so that the first gets what the last brought."""
    for _ in range(2):
        for laptop in laptops.values():
            world.there_and_back(laptop)


def last_counts(world: World, laptops: dict[str, Laptop]) -> None:
    """What was lost, the books learn now."""
    for name in ("second", "third", "fourth"):
        world.wait(90 * MINUTE)
        world.count(laptops[name], PLACES[name])
    all_there_and_back(world, laptops)


def read_it_all_again(world: World, laptops: dict[str, Laptop]) -> None:
    """It brings nothing and changes nothing."""
    for file in world.chance.sample(world.post.to_center, min(10, len(world.post.to_center))):
        world.take(file)
    for laptop in laptops.values():
        for file in world.post.to_point[laptop.device]:
            world.unpack(laptop, file)
            assert world.read[-1].brought_nothing


@pytest.mark.timeout(3_600)  # of the size of --deep
def test_a_month_by_files(world: World, sized: Callable[[int, int], int]) -> None:
    town, post = world.town, world.post
    laptops, days, began = laptops_of(town), sized(30, 365), world.time.now
    a_month(world, laptops, days)
    assert world.time.now - began >= days * DAY
    assert world.online > 3
    assert post.late(post.to_center) > 3
    assert post.late(post.answers()) > 3
    assert sum(file not in post.read for file in post.to_center) > 3
    assert sum(file not in post.read for file in post.answers()) > 3
    all_there_and_back(world, laptops)
    assert all(world.missing.values())
    world.check_books(laptops)
    last_counts(world, laptops)
    assert not any(world.missing.values())
    world.check_books(laptops)
    assert sum(got.is_old for got in world.read) > 3
    assert sum(got.received for got in world.read) > 20
    files = [*post.to_center, *post.answers()]
    read_it_all_again(world, laptops)
    world.check_books(laptops)
    for laptop in laptops.values():
        status = laptop.status()
        assert (status.standing.unsent, status.digest) == (0, town.digest_of(laptop))
    with reading(town.engine) as conn:
        people = conn.execute(sa.select(person.c.name).where(person.c.name.startswith(PLANTED["name"]))).scalars().all()
    assert sorted(people) == sorted(f"{PLANTED['name']}{number + 1}" for number in range(world.people))
    assert admin.status(town.engine)["quarantine"] == 0
    check_nobody_can_read(world, laptops, files)


@pytest.mark.parametrize("center_engine", ["sqlite"], indirect=True)
def test_a_count_that_stood_where_it_was_numbered_would_show_in_such_a_month(world: World) -> None:
    laptops = laptops_of(world.town)
    with planted("count ordered by seq"):
        a_month(world, laptops, 30)
        all_there_and_back(world, laptops)
        with pytest.raises(AssertionError, match=r"V[12]"):
            world.check_books(laptops)


def check_nobody_can_read(world: World, laptops: dict[str, Laptop], files: list[bytes]) -> None:
    """But those whom they are for, who find all that was written and no drafts."""
    assert unzipped(files) == []
    assert readable(files) == set()
    with reading(world.town.engine) as conn:
        asked = unsealed(files, Way.TO_CENTER, standing_city(conn)["seal_key"])
    with reading(laptops["first"].engine) as conn:
        answered = unsealed(files, Way.TO_POINT, enrolled(conn).seal_key)
    for frames in (asked, answered):
        found = readable([*frames, *unzipped(frames)])
        assert {what for what, form in found if form == "utf-8"} == PLANTED.keys() - {"draft"}
        assert not any(what == "draft" for what, _ in found)


def readable(files: list[bytes]) -> set[tuple[str, str]]:
    """What of the planted stands readable in these files, and how it is written there."""
    wanted = {what: forms(text) for what, text in PLANTED.items()}
    return {
        (what, form)
        for file in files
        for what, encodings in wanted.items()
        for form, encoded in encodings.items()
        if encoded in file
    }


def unzipped(files: list[bytes]) -> list[bytes]:
    """What stands compressed in these files. By chance such bytes may begin anywhere, but then no whole comes out."""
    found: list[bytes] = []
    for file in files:
        at = file.find(ZSTD)
        while at >= 0:
            unzip = zstd.ZstdDecompressor()
            with suppress(zstd.ZstdError):
                content = unzip.decompress(file[at:], MAX_BODY)
                found += [content] if unzip.eof else []
            at = file.find(ZSTD, at + 1)
    return found


def unsealed(files: list[bytes], way: Way, key: bytes) -> list[bytes]:
    """What the holder of this private key reads in those that are for it, frame by frame."""
    found: list[bytes] = []
    for file in files:
        try:
            opened = Opened(io.BytesIO(file), way, key)
        except Refused:
            continue
        assert opened.first(MOST_OPENING)
        found += opened.frames()
    return found
