"""A point's database is put back from an older copy, by the program or behind its back, at every point of its story."""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.features.inventory.queries import stock_by_code
from app.features.people.tables import person
from app.journal.heads import Dispute, disputes
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.epochs import begin_epoch
from tests.proof.city import WATER, City, Laptop, agreed
from tests.proof.ugly_days.days import (
    amend,
    file_kept,
    file_put_back,
    names,
    people_at,
    reopened,
    somebody,
    sound,
    whole_disk_copied,
)

SHELF = 100
GOODS = {"item": WATER, "batch": "B", "expires_on": "2027-06-30"}


def give(one: Laptop) -> None:
    one.do("HandOut", item=WATER, quantity=1, head_count=1)


def story(one: Laptop) -> list[Callable[[], object]]:
    """What somebody does at this point, one after the other. Every `sync` acknowledges what was written before it."""
    met: list[str] = []
    return [
        lambda: one.do("OpeningCount", lines=[{**GOODS, "quantity": SHELF}], counter="张三"),
        lambda: met.append(somebody(one, "甲")),
        one.sync,
        lambda: amend(one, met[0], phone="13800000001"),
        lambda: give(one),
        one.sync,
        lambda: met.append(somebody(one, "乙")),
        lambda: amend(one, met[0], phone="13800000002"),
        one.sync,
        lambda: give(one),
        lambda: amend(one, met[1], phone="13800000003"),
    ]


def stock(one: Laptop) -> int:
    with reading(one.session.engine) as conn:
        return stock_by_code(conn, one.status().node)["WATER01"]


def phones(one: Laptop) -> dict[str, str | None]:
    return {row.name: row.phone for row in one.rows(sa.select(person.c.name, person.c.phone))}


def disputed(one: Laptop) -> list[Dispute]:
    with reading(one.session.engine) as conn:
        return disputes(conn)


STEPS = 11


SENTINELS = ["stayed", "went back too"]


@pytest.mark.parametrize("sentinel", SENTINELS)
@pytest.mark.parametrize("kept_after", range(1, STEPS))
def test_put_back_behind_the_programs_back(city: City, tmp_path: Path, kept_after: int, sentinel: str) -> None:
    one, other = city.laptop("V1", tmp_path / "one"), city.laptop("V1", tmp_path / "other", "w")
    kept, mark = tmp_path / "kept.db", tmp_path / "one" / "sentinel"
    old_mark = b""
    for number, step in enumerate(story(one), start=1):
        step()
        if number == kept_after:
            file_kept(one, kept)
            old_mark = mark.read_bytes() if mark.exists() else b""
            one.session = reopened(one).session
    acked = acknowledged(city, one)
    file_put_back(one, kept)
    if sentinel == "went back too":
        mark.unlink()
        if old_mark:
            mark.write_bytes(old_mark)
    one = reopened(one)
    new = somebody(one, "丙")
    for phone in ("13800000004", "13800000005"):
        amend(one, new, phone=phone)
    give(one)
    for laptop in (one, other, one):
        assert laptop.sync().error == ""
    assert acked <= acknowledged(city, one)
    assert agreed(city, one, other)
    assert names(one) == names(other) == people_at(city) == sorted(["甲", "乙", "丙"])
    assert phones(one) == phones(other) == {"甲": "13800000002", "乙": None, "丙": "13800000005"}
    # Each says what it follows, by whatever name that goes by now.
    assert disputed(one) == disputed(other) == []
    # Handed out: what was acknowledged, what the copy had that was not, and what was written after it was put back.
    assert stock(one) == stock(other) == SHELF - 1 - (kept_after >= 10) - 1
    assert sound(one)
    assert city.set_aside() == 0
    one.session.close()
    other.session.close()


def acknowledged(city: City, one: Laptop) -> set[str]:
    """What the center has of this device, by what it says: ids may change, records may not."""
    with reading(city.engine) as conn:
        payloads = conn.execute(sa.select(journal.c.payload).where(journal.c.device == one.status().device)).scalars()
        return {bytes(payload).hex() for payload in payloads}


def test_numbers_are_never_given_twice_however_often_it_is_put_back(city: City, tmp_path: Path) -> None:
    one = city.laptop("V1", tmp_path / "one")
    kept = tmp_path / "kept.db"
    somebody(one, "甲0")
    one.sync()
    file_kept(one, kept)
    one = reopened(one)
    for number in itertools.count(1):
        somebody(one, f"甲{number}")
        one.sync()
        if number == 4:
            break
        file_put_back(one, kept)
        one = reopened(one)
    assert names(one) == people_at(city) == [f"甲{number}" for number in range(5)]
    with reading(one.session.engine) as conn:
        assert standing(conn).serial == 4
        assert conn.execute(sa.select(journal.c.n).where(journal.c.seq.is_(None))).first() is None
    assert one.status().standing.told == "told_put_back"
    assert agreed(city, one)
    one.session.close()


def test_put_back_while_what_was_written_in_an_earlier_epoch_waits(city: City, tmp_path: Path) -> None:
    """An image of the whole disk: nothing beside the file tells that it went on since."""
    one = city.laptop("V1", tmp_path / "one")
    assert one.sync().error == ""
    somebody(one, "甲")
    with writing(one.session.engine) as conn:
        begin_epoch(conn)
    somebody(one, "乙")
    image = whole_disk_copied(one, tmp_path / "image")
    one = reopened(one)
    somebody(one, "旧一")
    somebody(one, "旧二")
    assert one.sync().error == ""
    one.session.close()
    shutil.rmtree(one.data)
    shutil.copytree(image, one.data)
    one = reopened(one)
    somebody(one, "新一")
    assert one.sync().error == one.sync().error == ""
    assert names(one) == people_at(city) == sorted(["甲", "乙", "旧一", "旧二", "新一"])
    assert agreed(city, one)
    assert sound(one)
    one.session.close()
    assert city.set_aside() == 0
