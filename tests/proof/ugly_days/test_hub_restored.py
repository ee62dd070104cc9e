"""The center is restored from a backup: what it had lost is sent to it again, by authors and by readers."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center import admin
from app.center.hub import Hub
from app.center.tables import quarantine, relayed
from app.center.vouching import accept, not_seen
from app.cli.bootstrap import create_point
from app.features.cases.tables import case
from app.features.org.reviews import RELAYED, open_reviews
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.state import enrolled
from tests.proof.city import PASSWORD, Laptop, agreed
from tests.proof.examples import MET
from tests.proof.ugly_days.days import Restorable, amend, names, people_at, reopened, somebody, sound, whole_disk_copied


@pytest.fixture
def center(database: str, tmp_path: Path) -> Iterator[Restorable]:
    made = Restorable(database, tmp_path)
    yield made
    made.close()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def laptop(center: Restorable, opened: ExitStack, name: str, user: str = "u", at: str = "V1") -> Laptop:
    made = center.city.laptop(at, center.folder / name, user)
    opened.callback(made.session.close)
    return made


def rounds(*laptops: Laptop) -> None:
    for one in laptops:
        assert one.sync().error == ""


def numbers(one: Laptop) -> list[int | None]:
    return [row[0] for row in one.rows(sa.select(journal.c.seq).order_by(journal.c.device, journal.c.n))]


def test_a_hundred_synced_restored_at_fifty_one_author_dead_a_hundred_back(
    center: Restorable, opened: ExitStack
) -> None:
    """The one who wrote half of what was lost never comes back; who had read it brings it."""
    author, dead, reader = (laptop(center, opened, name, user) for name, user in (("a", "u"), ("b", "w"), ("c", "w")))
    with center.up() as city:
        for i in range(50):
            somebody(author if i % 2 else dead, f"甲{i:03}")
        rounds(author, dead, reader)
        backup = center.back_up()
        for i in range(50, 100):
            who = somebody(author if i % 2 else dead, f"甲{i:03}")
            if i % 10 == 0:
                amend(author if i % 2 else dead, who, phone=f"1380000{i:04}")
        rounds(author, dead, reader, author)
        everybody = names(reader)
        assert len(everybody) == 100
    center.restore(backup)
    assert len(people_at(center.city)) == 50
    dead.session.close()
    with center.up() as city:
        rounds(author, reader, author, reader)
        assert people_at(city) == everybody == names(author) == names(reader)
        assert agreed(city, author, reader)
        assert all(number is not None for number in numbers(reader))
        assert city.set_aside() == 0
        assert admin.status(city.engine)["relayed"] == 25 + 5
    assert sound(author)
    assert sound(reader)
    with reading(reader.session.engine) as conn:
        found = [review for review in open_reviews(conn) if review.code == RELAYED]
    assert len(found) == 30
    assert {review.kind for review in found} == {"person"}
    for one in (author, reader):
        assert one.status().standing.told == "told_center_restored"


def test_a_case_given_away_by_one_who_is_dead_is_back_when_somebody_vouches_for_it(
    center: Restorable, opened: ExitStack
) -> None:
    """The center has lost that it was given: whom it was given to says so alone."""
    dead, owner = laptop(center, opened, "a"), laptop(center, opened, "b", at="V2")
    with center.up() as city:
        rounds(dead, owner)
        backup = center.back_up()
        met = dead.do("LogEncounter", **MET).id("case")
        dead.do("HandOverCase", case=met, point=meaning_id("node", "V2"), reason="住到那边去了")
        rounds(dead, owner)
    center.restore(backup)
    dead.session.close()
    with center.up() as city:
        rounds(owner)
        hub = Hub(city.engine)
        with reading(city.engine) as conn:
            assert conn.execute(sa.select(case.c.id)).first() is None
            kept = not_seen(conn, owner.status().device)
        assert sum(accept(hub, id_).taken for id_ in kept) == len(kept) == 2
        assert city.set_aside() == 0
        rounds(owner)
        with reading(city.engine) as conn:
            rows = conn.execute(sa.select(case.c.id, case.c.node)).all()
        assert [tuple(row) for row in rows] == [(met, meaning_id("node", "V2"))]
        assert owner.rows(sa.select(case.c.id)) == [(met,)]
        assert agreed(city, owner)
    assert sound(owner)


def test_the_author_who_comes_later_after_all_makes_it_whole(center: Restorable, opened: ExitStack) -> None:
    author, reader, late = (laptop(center, opened, name, user) for name, user in (("a", "u"), ("b", "w"), ("c", "w")))
    with center.up() as city:
        rounds(author, reader, late)
        backup = center.back_up()
        for i in range(6):
            who = somebody(author, f"乙{i}")
            amend(author, who, phone=f"1390000000{i}")
        rounds(author, reader)
        somebody(author, "乙未送")
    center.restore(backup)
    with center.up() as city:
        rounds(reader, late)
        assert len(people_at(city)) == 6
        with reading(city.engine) as conn:
            rows = conn.execute(sa.select(journal.c.chain).where(journal.c.device == author.status().device)).all()
        assert [row.chain for row in rows] == [None] * 12
        rounds(author, reader, late)
        assert names(author) == names(reader) == names(late) == people_at(city)
        assert len(names(late)) == 7
        assert agreed(city, author, reader, late)
        with reading(city.engine) as conn:
            assert conn.execute(sa.select(relayed)).first() is None
            rows = conn.execute(
                sa.select(journal.c.n, journal.c.chain, journal.c.seq)
                .where(journal.c.device == author.status().device)
                .order_by(journal.c.n)
            ).all()
        with reading(author.session.engine) as conn:
            own = conn.execute(
                sa.select(journal.c.n, journal.c.chain, journal.c.seq)
                .where(journal.c.device == author.status().device)
                .order_by(journal.c.n)
            ).all()
        assert [tuple(row) for row in rows] == [tuple(row) for row in own]
        assert len({row.seq for row in rows}) == 13
    assert sound(author)


def test_nothing_is_fetched_anew_that_stands_before_the_backup(center: Restorable, opened: ExitStack) -> None:
    one, other = laptop(center, opened, "a"), laptop(center, opened, "b", "w")
    with center.up():
        for i in range(40):
            somebody(one, f"丙{i:02}")
        rounds(one, other)
        backup = center.back_up()
        somebody(one, "丙末")
        rounds(one, other)
    center.restore(backup)
    with center.up() as city:
        report = one.sync()
        assert (report.error, report.sent, report.received) == ("", 1, 0)
        report = other.sync()
        assert (report.error, report.received) == ("", 1)
        assert agreed(city, one, other)


def test_restored_twice_from_the_same_backup(center: Restorable, opened: ExitStack) -> None:
    """The second time the center knows nothing of what it was after the first."""
    one, other = laptop(center, opened, "a"), laptop(center, opened, "b", "w")
    with center.up():
        somebody(one, "丁一")
        rounds(one, other)
        backup = center.back_up()
        somebody(other, "丁二")
        rounds(other, one)
    center.restore(backup)
    with center.up():
        rounds(one)
        somebody(one, "丁三")
        rounds(one)
    center.restore(backup)
    with center.up() as city:
        somebody(other, "丁四")
        rounds(other, one, other)
        assert names(one) == names(other) == people_at(city) == ["丁一", "丁三", "丁二", "丁四"]
        assert agreed(city, one, other)
        assert city.set_aside() == 0


def test_a_database_that_other_tools_put_back(center: Restorable, opened: ExitStack) -> None:
    """What was pushed while the operator had not said it yet is not mixed up with what was lost."""
    one, other = laptop(center, opened, "a"), laptop(center, opened, "b", "w")
    with center.up():
        somebody(one, "戊一")
        rounds(one, other)
        backup = center.back_up()
        somebody(one, "戊二")
        rounds(one, other)
    center.restore(backup)
    center.say_put_back()  # said twice does no harm
    with center.up() as city:
        rounds(other, one, other)
        assert names(one) == names(other) == people_at(city) == ["戊一", "戊二"]
        assert agreed(city, one, other)


def test_what_the_center_itself_wrote_comes_back_and_its_numbers_are_not_given_twice(
    center: Restorable, opened: ExitStack
) -> None:
    one = laptop(center, opened, "a")
    with center.up() as city:
        rounds(one)
        backup = center.back_up()
        admin.engage(city.engine, code="n-V1", name="王五", role="SPECIALIST", node_code="V1")
        rounds(one)
    center.restore(backup)
    with center.up() as city:
        admin.engage(city.engine, code="m-V1", name="王五", role="SPECIALIST", node_code="V1")
        rounds(one)
        assert agreed(city, one)
        with reading(city.engine) as conn:
            assert standing(conn).serial == 2
            codes = set(conn.execute(sa.text("SELECT code FROM staff_row")).scalars())
        assert {"n-V1", "m-V1"} <= codes


def test_a_device_admitted_after_the_backup_is_told_what_to_do(center: Restorable, opened: ExitStack) -> None:
    with center.up():
        backup = center.back_up()
        late = laptop(center, opened, "late")
        somebody(late, "己")
        rounds(late)
    center.restore(backup)
    with center.up() as city:
        assert late.sync().error == "not_admitted"
        file, code = admin.enroll(city.engine, "V1")
        late.session.close()
        create_point(late.data, file, "u-V1", PASSWORD, code=code)
        late = reopened(late)
        opened.callback(late.session.close)
        rounds(late)
        assert people_at(city) == ["己"]
        assert agreed(city, late)


def test_devices_learn_what_is_in_a_backup(center: Restorable, opened: ExitStack) -> None:
    one = laptop(center, opened, "a")
    with center.up():
        somebody(one, "庚一")
        rounds(one)
        with reading(one.session.engine) as conn:
            assert standing(conn).safe_n == 0
        center.back_up()
        somebody(one, "庚二")
        rounds(one)
        with reading(one.session.engine) as conn:
            assert (standing(conn).acked_n, standing(conn).safe_n) == (2, 1)


def test_a_review_says_who_and_where(center: Restorable, opened: ExitStack) -> None:
    author, reader = laptop(center, opened, "a"), laptop(center, opened, "b", "w")
    with center.up():
        rounds(author, reader)
        backup = center.back_up()
        who = somebody(author, "辛")
        rounds(author, reader)
    center.restore(backup)
    with center.up():
        rounds(reader)
        with reading(reader.session.engine) as conn:
            (review,) = open_reviews(conn)
            assert enrolled(conn).must_offer is False
            actors = conn.execute(sa.select(journal.c.actor).where(journal.c.device == author.status().device))
            (by,) = actors.scalars()
        assert (review.kind, review.record, review.code) == ("person", who, RELAYED)
        assert (review.node, review.by) == (meaning_id("node", "V1"), by)


@pytest.mark.parametrize("reader_first", [True, False])
def test_another_commit_under_a_number_that_readers_know_otherwise(
    center: Restorable, opened: ExitStack, reader_first: bool
) -> None:
    """The center and one laptop's whole disk are put back: what it had written since is known to a colleague alone."""
    author, reader = laptop(center, opened, "a"), laptop(center, opened, "b", "w")
    with center.up():
        somebody(author, "李四")
        rounds(author, reader)
        backup = center.back_up()
    author.session.close()
    disk = whole_disk_copied(author, center.folder / "disk")
    author = reopened(author)
    with center.up():
        somebody(author, "王五")
        rounds(author, reader)
    author.session.close()
    shutil.rmtree(author.data)
    shutil.copytree(disk, author.data)
    author = reopened(author)
    opened.callback(author.session.close)
    center.restore(backup)
    with center.up() as city:
        if reader_first:
            rounds(reader)
        somebody(author, "赵六")
        rounds(author, reader, author)
        assert {"李四", "赵六"} <= set(people_at(city))
        with reading(city.engine) as conn:
            entries = conn.execute(sa.select(quarantine.c.code, quarantine.c.raw)).all()
        if reader_first:
            assert "王五" in people_at(city)
            assert entries == []
            assert agreed(city, author, reader)
        else:
            (entry,) = entries
            assert entry.code == "relayed_other"
            assert "王五".encode() in entry.raw
            assert agreed(city, author)
    assert sound(author)
