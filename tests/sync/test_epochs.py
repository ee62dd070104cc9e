"""Files that were put back from a backup: numbers are not given twice, nothing is lost, both ends hold the same."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.features.people.tables import person
from app.journal.here import standing
from app.journal.tables import journal
from app.store.backup import backup
from app.store.engine import open_plain, reading, writing
from app.sync.epochs import begin_epoch
from app.sync.outbox import unsent
from tests.sync.town import Laptop, Town, laptop_at


def put_back(town: Town, laptop: Laptop, copy: Path, *, say_so: bool) -> Laptop:
    """The laptop as it was when the copy was made; `say_so`: by the program, not behind its back."""
    laptop.transport.close()
    laptop.engine.dispose()
    file = town.folder / f"put-back-{len(town.laptops)}.db"
    shutil.copy(copy, file)
    engine = open_plain(file)
    if say_so:
        with writing(engine) as conn:
            begin_epoch(conn)
    again = laptop_at(engine, laptop.clock, "u-V1", town.url)
    town.laptops.append(again)
    return again


def names(engine: sa.Engine) -> set[str]:
    with reading(engine) as conn:
        return set(conn.execute(sa.select(person.c.name)).scalars())


@pytest.mark.parametrize("copied_after", ["nothing sent", "a part sent", "all sent"])
@pytest.mark.parametrize("say_so", [True, False], ids=["put back by the program", "put back behind its back"])
def test_work_goes_on_after_a_restore(town: Town, copied_after: str, say_so: bool) -> None:
    laptop, other = town.laptop("V1"), town.laptop("V1")
    copy = town.folder / "copy.db"
    laptop.register("甲")
    if copied_after != "nothing sent":
        laptop.sync()
    if copied_after == "a part sent":
        laptop.register("乙")
    backup(laptop.engine, None, copy)
    laptop.register("丙")
    laptop.sync()
    device = laptop.device

    laptop = put_back(town, laptop, copy, say_so=say_so)
    if say_so:
        laptop.register("丁")
    laptop.sync()
    laptop.register("戊")
    laptop.sync()
    other.sync()
    expected = {"甲", "丙", "戊"} | ({"乙"} if copied_after == "a part sent" else set()) | ({"丁"} if say_so else set())
    assert names(laptop.engine) == names(other.engine) == names(town.engine) == expected
    for each in (laptop, other):
        assert each.status().digest == town.digest_of(each)
    with reading(laptop.engine) as conn:
        here = standing(conn)
        assert (here.device, here.serial, here.letter, unsent(conn)) == (device, 2, "A2", 0)
        assert conn.execute(sa.select(sa.func.count()).where(journal.c.seq.is_(None))).scalar() == 0


def test_two_restores_in_a_row_and_unsent_work_of_each_epoch_arrives(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    copy = town.folder / "copy.db"
    for name in ("甲", "乙", "丙"):
        laptop.register(name)
        backup(laptop.engine, None, copy)
        laptop = put_back(town, laptop, copy, say_so=True)
    laptop.register("丁")
    with reading(laptop.engine) as conn:
        assert unsent(conn) == 4
    assert laptop.sync().sent == 4
    assert names(town.engine) == {"甲", "乙", "丙", "丁"}
    assert laptop.status().digest == town.digest_of(laptop)


def test_a_copied_disk_is_noticed_and_both_sides_are_kept(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    clone = town.copy_of(laptop)
    laptop.register("甲")
    clone.register("乙")
    laptop.sync()
    clone.sync()
    laptop.sync()
    assert names(town.engine) == names(clone.engine) == names(laptop.engine) == {"甲", "乙"}
    assert clone.status().digest == laptop.status().digest == town.digest_of(clone)
    assert clone.status().standing.told == "told_forked"
