"""What was erased by law goes from a point's journal too, whichever way the point learns of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, wall_clock
from app.base.ids import meaning_id
from app.center.erase import erase
from app.center.hub import Hub
from app.cli.point_check import check_point
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.tables import case
from app.features.org.commands import AmendNode, FoundNode
from app.features.org.history import history_of
from app.features.photos.commands import PhotoTaken
from app.journal.retention import KEPT_FOR
from app.journal.tables import erasing, head, journal
from app.store.engine import open_plain, reading, writing
from app.sync.comparing import repair_round
from app.sync.state import change_state, enrolled
from tests.features.cases.givens import complete
from tests.photographs import keep_photo, prepared
from tests.sync.by_hand import carry, even, pack, take, unpack
from tests.sync.photographing import bytes_at, name, turn
from tests.sync.town import Laptop, Town, opened

FAR = 5
"""How many commits are far behind in these tests."""
NAME, PHONE, STORY = "赵秘密", "13900001111", "秘密故事"


@pytest.fixture
def far_town(tmp_path: Path) -> Iterator[Town]:
    """A served center that gives a snapshot to whoever is a few commits behind."""
    engine = open_plain(tmp_path / "center.db")
    with opened(engine, tmp_path, snapshot_behind=FAR, files=tmp_path / "files") as town:
        yield town


def erase_at(town: Town, kind: str, id_: str, *writes: str) -> None:
    erase(Hub(town.engine, town.clock, files=town.folder / "files"), kind, id_, writes)


def said(laptop: Laptop, words: str) -> int:
    """How many commits kept here say this."""
    with reading(laptop.engine) as conn:
        payloads = conn.execute(sa.select(journal.c.payload)).scalars()
        return sum(words.encode() in bytes(payload) for payload in payloads)


def fall_far_behind(town: Town, writer: Laptop) -> None:
    for n in range(3 * FAR):
        writer.register(f"来{n}")
    writer.sync()


def two_wrote(town: Town) -> tuple[Laptop, Laptop, str]:
    """Two laptops of one village that have both written about a person; the person's id."""
    one, two = town.laptop("V1"), town.laptop("V1")
    id_ = one.register(NAME)
    one.sync()
    two.sync()
    two.amend(id_, phone=PHONE)
    two.sync()
    one.sync()
    assert (said(one, NAME), said(one, PHONE)) == (1, 1)
    return one, two, id_


def test_an_erase_that_a_snapshot_brings_goes_through_the_journal(far_town: Town) -> None:
    away, other, id_ = two_wrote(far_town)
    erase_at(far_town, "person", id_)
    fall_far_behind(far_town, other)
    away.sync()
    assert (said(away, NAME), said(away, PHONE), away.rows(erasing)) == (0, 0, [])
    with reading(away.engine) as conn:
        told = [value for event in history_of(conn, "person", id_) for value in event.after.values()]
    assert not {NAME, PHONE} & set(told)
    assert away.status().digest == far_town.digest_of(away)


def test_the_erase_of_single_writes_that_a_snapshot_brings_takes_these_alone(far_town: Town) -> None:
    away, other, id_ = two_wrote(far_town)
    with reading(away.engine) as conn:
        write = conn.execute(sa.select(head.c.write).where(head.c.record == id_, head.c.grp == "phone")).scalar_one()
    erase_at(far_town, "person", id_, write)
    fall_far_behind(far_town, other)
    away.sync()
    assert (said(away, NAME), said(away, PHONE)) == (1, 0)
    assert away.status().digest == far_town.digest_of(away)


def test_photos_go_with_an_erase_that_a_snapshot_brings(far_town: Town) -> None:
    away, other = far_town.laptop("V1"), far_town.laptop("V1")
    away.do(keep_photo(1))
    photo = name(prepared(1))
    made = dict(away.do(complete(photos=(PhotoTaken(photo=photo),))).made)
    away.sync()
    other.sync()
    assert turn(away).sent == 1
    erase_at(far_town, "case", made["case"])
    fall_far_behind(far_town, other)
    away.sync()
    assert bytes_at(away, photo) is None


def test_an_erase_that_a_comparison_brings_goes_through_the_journal(town: Town) -> None:
    one, two, id_ = two_wrote(town)
    erase_at(town, "person", id_)
    two.sync()
    with reading(two.engine) as conn:
        cursor = enrolled(conn).cursor
    with writing(one.engine) as conn:  # as if the erase had come and got lost
        change_state(conn, cursor=cursor)
    assert repair_round(one.engine, one.transport, clock=wall_clock).even
    assert id_ in [row["record"] for row in one.rows(erasing)]


def test_what_was_written_here_goes_though_the_record_was_elsewhere_meanwhile(far_town: Town) -> None:
    away, other, there = far_town.laptop("V1"), far_town.laptop("V1"), far_town.laptop("V2")
    made = dict(away.do(complete(story=STORY)).made)
    away.sync()
    away.do(HandOverCase(case=made["case"], point=there.actor.node, reason="归那边管"))
    away.sync()
    assert (away.rows(case.table), said(away, STORY)) == ([], 1)
    there.sync()
    there.do(HandOverCase(case=made["case"], point=away.actor.node, reason="回来了"))
    there.sync()
    erase_at(far_town, "case", made["case"])
    fall_far_behind(far_town, other)
    away.sync()
    assert said(away, STORY) == 0


def test_an_erase_that_a_file_brings_goes_through_the_journal(town: Town) -> None:
    by_hand, other = town.laptop("V1", url="http://127.0.0.1:1"), town.laptop("V1")
    id_ = by_hand.register(NAME)
    carry(town, by_hand)
    other.sync()
    erase_at(town, "person", id_)
    carry(town, by_hand)
    assert (said(by_hand, NAME), by_hand.rows(erasing)) == (0, [])


def test_a_round_that_moves_nothing_goes_on_with_an_erase(town: Town) -> None:
    laptop, _, id_ = two_wrote(town)
    with writing(laptop.engine) as conn:  # as a round leaves it that did its pieces
        conn.execute(erasing.insert(), {"record": id_, "device": "", "epoch": "", "n": 0})
    laptop.sync()
    assert (said(laptop, NAME), laptop.rows(erasing)) == (0, [])


@pytest.mark.parametrize("whose", ["center", "point"])
def test_where_only_files_come_words_go_with_age_by_the_clock_of_the_center(town: Town, whose: str) -> None:
    def much_later() -> int:
        return town.clock() + KEPT_FOR + DAY

    village = town.laptop("V1")
    clock = much_later if whose == "point" else town.clock
    above = town.laptop("T1", url="http://127.0.0.1:1", clock=clock)
    village.do(complete(story=STORY))
    village.sync()
    carry(town, above)
    assert said(above, STORY) == 1
    answer, _ = take(town, pack(above), Hub(town.engine, much_later if whose == "center" else town.clock))
    unpack(above, answer)
    assert said(above, STORY) == (0 if whose == "center" else 1)


@pytest.mark.parametrize("in_one_push", [False, True])
def test_who_gave_a_record_away_hears_of_its_erase(town: Town, *, in_one_push: bool) -> None:
    author, other, there = town.laptop("V1"), town.laptop("V1"), town.laptop("V2")
    id_ = dict(author.do(complete(story=STORY)).made)["case"]
    giver = author
    if not in_one_push:
        author.sync()
        giver = other
    other.sync()
    giver.do(HandOverCase(case=id_, point=there.actor.node, reason="归那边管"))
    giver.sync()
    author.sync()
    there.sync()
    assert said(author, STORY) == 1
    erase_at(town, "case", id_)
    for laptop in (author, other, there):
        laptop.sync()
        assert (said(laptop, STORY), laptop.rows(erasing)) == (0, [])
        even(town, laptop)
        assert set(check_point(laptop.engine).values()) == {"ok"}
    assert id_ in [row["id"] for row in there.rows(case.table)]
    if not in_one_push:
        assert author.rows(case.table) == []

    there.do(HandOverCase(case=id_, point=author.actor.node, reason="回来了"))
    there.sync()
    for laptop in (author, other):
        laptop.sync()
        even(town, laptop)
        assert [(row["id"], row["story"]) for row in laptop.rows(case.table)] == [(id_, None)]
        assert said(laptop, STORY) == 0


def test_it_is_told_though_its_point_was_put_under_another_town_meanwhile(town: Town) -> None:
    author, there = town.laptop("V1"), town.laptop("V2")
    id_ = dict(author.do(complete(story=STORY)).made)["case"]
    author.sync()
    author.do(HandOverCase(case=id_, point=there.actor.node, reason="归那边管"))
    author.sync()
    erase_at(town, "case", id_)
    town.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")))
    town.do(AmendNode(node=author.actor.node, parent=meaning_id("node", "T2"), reason="街道调整"))
    author.sync()
    assert said(author, STORY) == 0
    even(town, author)
