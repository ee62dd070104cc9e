"""The ugly days by hand: put back, forked, far behind, a restored center; files alone mend them all."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import meaning_id
from app.center import admin
from app.center.hub import Hub
from app.center.restore import say_put_back
from app.features.cases.tables import case, encounter
from app.features.org.commands import AmendNode, FoundNode
from app.features.people.tables import person
from app.store.backup import copy_store
from app.store.engine import file_of, open_plain, reading
from app.sync.state import enrolled
from tests.features.cases.givens import nameless
from tests.sync.by_hand import carry, even, other_town, pack, state_of, take, unpack
from tests.sync.town import Laptop, Town, laptop_at

__all__ = ["other_town"]


def put_back(laptop: Laptop, copy: Path, town: Town) -> Laptop:
    """The laptop with its file as it was when it was copied."""
    file = file_of(laptop.engine)
    assert file is not None
    laptop.transport.close()
    laptop.engine.dispose()
    for leftover in file.parent.glob(f"{file.name}-*"):
        leftover.unlink()
    shutil.copyfile(copy, file)
    again = laptop_at(open_plain(file), laptop.clock, "u-V1", town.url)
    town.laptops[town.laptops.index(laptop)] = again
    return again


def test_pages_for_a_history_that_is_gone_here_are_left(town: Town, tmp_path: Path) -> None:
    """Put back from a copy, the file has less than the answer takes for granted."""
    laptop = town.laptop("V1")
    laptop.register("一")
    laptop.sync()
    copy_store(laptop.engine, tmp_path / "copy.db")
    laptop.register("二")
    laptop.register("三")
    answer = take(town, pack(laptop))[0]
    laptop = put_back(laptop, tmp_path / "copy.db", town)
    assert unpack(laptop, answer).received == 0
    laptop.register("四")
    laptop.sync()
    even(town, laptop)
    assert len(laptop.rows(person.table)) == 4


def test_a_fork_is_told_and_mended_by_file(either_town: Town, tmp_path: Path) -> None:
    town = either_town
    laptop = town.laptop("V1")
    laptop.register("一")
    carry(town, laptop)
    copy_store(laptop.engine, tmp_path / "copy.db")
    laptop.register("二")
    carry(town, laptop)
    laptop = put_back(laptop, tmp_path / "copy.db", town)
    laptop.register("三")
    laptop.register("四")
    answer, taken = take(town, pack(laptop))
    assert taken.declined == "fork"
    got = unpack(laptop, answer)
    assert (got.error, got.unsent) == ("carried_again", 2)
    before = state_of(laptop)["here"]
    assert unpack(laptop, answer).error == ""  # the same no is not taken twice
    assert state_of(laptop)["here"] == before
    got = carry(town, laptop)
    assert (got.error, got.acked, got.received) == ("", 2, 1)
    even(town, laptop)
    assert sorted(row["name"] for row in laptop.rows(person.table)) == sorted("一二三四")


def test_a_point_far_behind_gets_the_state_of_all_by_file(either_town: Town, tmp_path: Path) -> None:
    """In place of history, as over the line; what was written since it was packed is kept."""
    town = either_town
    laptop, other = town.laptop("V1", url="http://127.0.0.1:1"), town.laptop("V1")
    for number in range(60):
        other.register(f"来人{number}")
    other.sync()
    laptop.register("一")
    file = pack(laptop)
    laptop.register("二")
    answer, taken = take(town, file, Hub(town.engine, town.clock, snapshot_behind=20, files=tmp_path / "files"))
    assert (taken.commits, taken.pages, taken.declined) == (1, 0, "")
    got = unpack(laptop, answer)
    assert (got.error, got.acked, got.unsent, got.is_old) == ("", 1, 1, False)
    assert got.received >= 60
    with reading(laptop.engine) as conn:
        assert enrolled(conn).floor_seq > 0
    before = state_of(laptop)
    again = unpack(laptop, answer)
    assert (again.brought_nothing, again.is_old) == (True, True)
    assert state_of(laptop) == before
    assert carry(town, laptop).acked == 1
    even(town, laptop)
    assert len(laptop.rows(person.table)) == 62


def restored(town: Town, copy: Path) -> None:
    """The center's database as it was when it was copied."""
    file = file_of(town.engine)
    assert file is not None
    town.engine.dispose()
    for leftover in file.parent.glob(f"{file.name}-*"):
        leftover.unlink()
    shutil.copyfile(copy, file)
    town.engine = open_plain(file)
    say_put_back(Hub(town.engine, town.clock))


def test_a_restored_center_gets_back_what_it_lost_by_files_alone(other_town: Town, tmp_path: Path) -> None:
    town = other_town
    author, reader = town.laptop("V1"), town.laptop("V1")
    for laptop in (author, reader):
        laptop.register("一")
        carry(town, laptop)
    copy_store(town.engine, tmp_path / "center-copy.db")
    author.register("二")
    reader.register("三")
    old = take(town, pack(reader))[0]
    unpack(reader, old)
    carry(town, author)
    carry(town, reader)
    assert len(reader.rows(person.table)) == 4
    restored(town, tmp_path / "center-copy.db")
    # The author's computer is gone; what it wrote comes from who has read it.
    answer, taken = take(town, pack(reader))
    assert taken.declined == "epoch"
    got = unpack(reader, answer)
    assert (got.error, got.unsent) == ("carried_again", 1)
    with pytest.raises(Refused, match="carried_old_center"):
        unpack(reader, old)
    assert unpack(reader, answer).error == ""
    got = carry(town, reader)
    assert (got.error, got.acked) == ("", 1)
    carry(town, reader)
    with reading(town.engine) as conn:
        assert len(conn.execute(sa.select(person.table)).all()) == 4
    even(town, reader)
    # It was only away: it sends its own, which makes the relayed whole.
    assert carry(town, author).error == "carried_again"
    assert carry(town, author).error == ""
    for _ in range(2):
        carry(town, author)
        carry(town, reader)
    even(town, author, reader)
    assert len(author.rows(person.table)) == 4


def test_a_no_of_a_lost_center_acknowledges_nothing(other_town: Town, tmp_path: Path) -> None:
    """The center kept apart what a revoked computer sent, and lost it; its no is read when that is known."""
    town = other_town
    laptop = town.laptop("V1")
    laptop.register("一")
    carry(town, laptop)
    copy_store(town.engine, tmp_path / "center-copy.db")
    laptop.register("二")
    admin.revoke_device(town.engine, laptop.device)
    old, taken = take(town, pack(laptop))
    assert taken.declined == "revoked"
    restored(town, tmp_path / "center-copy.db")
    assert carry(town, laptop).error == "carried_again"
    with pytest.raises(Refused, match="carried_old_center"):
        unpack(laptop, old)
    assert laptop.status().standing.unsent == 1
    carry(town, laptop)
    assert laptop.status().standing.unsent == 0
    assert admin.status(town.engine)["devices"][0]["acked_n"] == 2


def test_what_enters_and_leaves_comes_by_file_and_an_old_answer_brings_nothing_back(either_town: Town) -> None:
    """The town sees open cases of its villages; a point put under another town is another's to see."""
    town = either_town
    village, above = town.laptop("V1"), town.laptop("T1")
    town.do(FoundNode(code="T2", name="另一个镇", tier="TOWN", parent=meaning_id("node", "D1")))
    made = dict(village.do(nameless()).made)
    carry(town, village)
    opened = take(town, pack(above))[0]
    unpack(above, opened)
    assert [row["id"] for row in above.rows(case.table)] == [made["case"]]
    even(town, village, above)
    town.do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "T2"), reason="区划调整"))
    unpack(above, take(town, pack(above))[0])
    assert above.rows(case.table) == []
    assert above.rows(encounter.table) == []
    even(town, above)
    got = unpack(above, opened)
    assert (got.brought_nothing, above.rows(case.table)) == (True, [])
    carry(town, village)
    even(town, village, above)
