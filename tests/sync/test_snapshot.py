"""The state of all in place of history: for a new laptop and for one that was away too long, with work in hand."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center.erase import erase
from app.center.hub import Hub
from app.cli.point_check import check_point
from app.features.cases import search
from app.features.cases.commands_case import AmendCase, CloseCase
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.commands_undo import UndoCommit
from app.features.cases.tables import case
from app.features.people.tables import person
from app.features.photos.commands import FetchPhoto, PhotoTaken
from app.journal import attached
from app.journal.drafts import KeepDraft, drafts
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.outbox import unsent
from app.sync.pages import take_commits
from app.sync.photos import photo_turn
from app.sync.protocol import PageCommit
from app.sync.snapshot_load import begun
from app.sync.state import enrolled
from app.sync.tables import snapshot_segment
from tests.features.cases.former_index import plant_former_index
from tests.features.cases.givens import complete, nameless
from tests.photographs import keep_photo, prepared
from tests.sync.town import Laptop, Town, opened

FAR = 5
"""How many commits are far behind in these tests."""


@pytest.fixture
def far_town(center_engine: sa.Engine, tmp_path: Path) -> Iterator[Town]:
    """A served center that gives a snapshot to whoever is a few commits behind."""
    with opened(center_engine, tmp_path, snapshot_behind=FAR, files=tmp_path / "files") as town:
        yield town


def names(engine: sa.Engine) -> set[str]:
    with reading(engine) as conn:
        return set(conn.execute(sa.select(person.c.name)).scalars())


def floor(laptop: Laptop) -> int:
    with reading(laptop.engine) as conn:
        return enrolled(conn).floor_seq


def agree(town: Town, *laptops: Laptop) -> bool:
    """Whether each holds what the center says, and what it says itself of its past."""
    for laptop in laptops:
        assert check_point(laptop.engine) == dict.fromkeys(("file", "chain", "records", "heads", "shelf"), "ok")
    return all(laptop.status().digest == town.digest_of(laptop) for laptop in laptops)


def many(laptop: Laptop, count: int, prefix: str = "来人") -> list[str]:
    made = [laptop.register(f"{prefix}{n}") for n in range(count)]
    laptop.sync()
    return made


def test_a_copied_disk_that_is_far_behind_keeps_what_it_wrote_under_a_number_that_is_taken(
    far_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first push is of what both have: that the other went on, the refusal says which sends it for the state."""
    laptop, other = far_town.laptop("V1"), far_town.laptop("V1")
    for each in (laptop, other):
        each.sync()
    laptop.register("甲")
    laptop.register("乙")
    copy = far_town.copy_of(laptop)
    laptop.register("丙")
    laptop.sync()
    many(other, FAR + 2)
    copy.register("丁")
    monkeypatch.setattr("app.sync.outbox.MOST_RAW", 1)  # a commit at a time
    copy.sync()
    laptop.sync()
    assert floor(copy)
    assert {"甲", "乙", "丙", "丁"} <= names(copy.engine) == names(far_town.engine)
    assert agree(far_town, copy, laptop)


def test_a_new_laptop_is_given_the_state_and_reads_on_from_there(far_town: Town) -> None:
    old = far_town.laptop("V1")
    ids = many(old, 3 * FAR)
    old.amend(ids[0], phone="13800000000")
    old.sync()
    new = far_town.laptop("V1")
    new.sync()
    assert floor(new) > 0
    assert names(new.engine) == names(old.engine)
    assert agree(far_town, old, new)
    at = floor(new)
    old.amend(ids[0], phone="13911111111")
    old.register("后来的")
    old.sync()
    new.amend(ids[1], phone="13722222222")
    new.sync()
    old.sync()
    assert floor(new) == at
    assert names(new.engine) == names(old.engine)
    assert agree(far_town, old, new)
    assert not new.disputes()


def test_thirteen_months_away_with_work_that_was_never_sent(far_town: Town) -> None:
    away, other = far_town.laptop("V1"), far_town.laptop("V1")
    ids = many(other, 4)
    away.sync()
    away.amend(ids[0], phone="13800000000")
    away.amend(ids[1], phone="13811111111")
    away.register("没送出去的")
    away.do(KeepDraft(key="entry", content="{}"))
    other.amend(ids[0], phone="13899999999")
    many(other, 3 * FAR, "这一年的")
    before = away.rows(journal)
    away.sync()
    other.sync()
    assert floor(away) > 0
    assert agree(far_town, away, other)
    assert names(away.engine) == names(other.engine)
    assert (
        [(d.id, d.group) for d in away.disputes()] == [(ids[0], "phone")] == [(d.id, d.group) for d in other.disputes()]
    )
    with reading(away.engine) as conn:
        assert [draft.key for draft in drafts(conn)] == ["entry"]
        assert unsent(conn) == 0
        here = standing(conn)
        kept = {(row["device"], row["epoch"], row["n"]): row["payload"] for row in away.rows(journal)}
    for row in before:
        assert kept[row["device"], row["epoch"], row["n"]] == row["payload"]
    assert all(row["seq"] for row in away.rows(journal) if row["device"] == here.device)


def test_work_that_goes_on_while_it_loads_is_not_lost(far_town: Town) -> None:
    other = far_town.laptop("V1")
    many(other, 3 * FAR)
    new = far_town.laptop("V1")
    done: list[str] = []

    def write(job: Callable[[], Any]) -> Any:
        given = job()
        with reading(new.engine) as conn:
            loading = begun(conn) is not None
        if loading and len(done) < 20:
            done.append(new.register(f"边装边登{len(done)}"))
        return given

    new.sync(write=write)
    assert done
    other.sync()
    assert {f"边装边登{n}" for n in range(len(done))} <= names(new.engine) == names(other.engine)
    assert agree(far_town, new, other)


class Killed(BaseException):
    """The power went."""


@pytest.mark.parametrize("after", [1, 2, 3, 5, 6])
def test_killed_between_any_two_transactions_it_goes_on_where_it_was(far_town: Town, after: int) -> None:
    """Old or new, never a mixture; what was fetched is not fetched again."""
    other = far_town.laptop("V1")
    many(other, 3 * FAR)
    new = far_town.laptop("V1")
    mine = new.register("没送出去的")
    jobs = 0

    def write(job: Callable[[], Any]) -> Any:
        nonlocal jobs
        with reading(new.engine) as conn:
            taking = begun(conn) is not None
        jobs += taking
        if jobs == after:
            raise Killed
        return job()

    old_names = names(new.engine)
    try:
        new.sync(write=write)
    except Killed:
        assert names(new.engine) in (old_names, old_names | names(other.engine))
    fetched = new.transport.traffic()[1]
    new.sync()
    if after > 4:
        assert new.transport.traffic()[1] - fetched < fetched
    other.sync()
    assert mine
    assert names(new.engine) == names(other.engine)
    assert agree(far_town, new, other)


def test_what_a_former_program_had_loaded_is_loaded_anew_for_tables_that_are_others_now(far_town: Town) -> None:
    other, new = far_town.laptop("V1"), far_town.laptop("V1")
    many(other, 3 * FAR)

    def write(job: Callable[[], Any]) -> Any:
        got = job()
        loaded = sa.select(snapshot_segment.c.place).where(snapshot_segment.c.loaded)
        with reading(new.engine) as conn:
            if begun(conn) is not None and conn.execute(loaded).first():
                raise Killed
        return got

    with pytest.raises(Killed):
        new.sync(write=write)
    with writing(new.engine) as conn:  # as a migration of the next program does
        conn.exec_driver_sql("ALTER TABLE person_row ADD COLUMN newer TEXT")
    new.sync()
    assert names(new.engine) == names(other.engine)


def test_a_segment_that_the_center_let_go_is_asked_for_anew(far_town: Town) -> None:
    other = far_town.laptop("V1")
    ids = many(other, 3 * FAR)
    new = far_town.laptop("V1")
    stopped = False

    def write(job: Callable[[], Any]) -> Any:
        nonlocal stopped
        given = job()
        with reading(new.engine) as conn:
            if begun(conn) is not None and not stopped:
                stopped = True
                raise Killed
        return given

    with pytest.raises(Killed):
        new.sync(write=write)
    erase(Hub(far_town.engine, files=far_town.folder / "files"), "person", ids[0])
    new.sync()
    other.sync()
    assert agree(far_town, new, other)
    with reading(new.engine) as conn:
        assert conn.execute(sa.select(person.c.name).where(person.c.id == ids[0])).scalar() is None


def test_bytes_that_do_not_answer_to_their_name_change_nothing(far_town: Town) -> None:
    other = far_town.laptop("V1")
    many(other, 3 * FAR)
    new = far_town.laptop("V1")
    before = names(new.engine)

    def spoil(job: Callable[[], Any]) -> Any:
        for file in (far_town.folder / "files").rglob("*"):
            if file.is_file() and len(file.name) == 64:
                file.write_bytes(bytes(file.stat().st_size))
        return job()

    report = new.try_sync(write=spoil)
    assert report.error == "sync_stuck"
    assert names(new.engine) == before


def test_an_old_page_brings_nothing_that_the_snapshot_has(far_town: Town) -> None:
    other = far_town.laptop("V1")
    ids = many(other, 3 * FAR)
    other.amend(ids[0], phone="13800000000")
    other.amend(ids[0], phone="13811111111")
    other.sync()
    new = far_town.laptop("V1")
    new.sync()
    rows = other.rows(journal)
    pages = [
        PageCommit(**{name: row[name] for name in PageCommit.__struct_fields__[:-1]}, parts=msgspec.Raw(row["payload"]))
        for row in rows
        if row["seq"] is not None
    ]
    with writing(new.engine) as conn:
        take_commits(conn, pages, 0)
    assert agree(far_town, new, other)
    assert not new.disputes()


def test_what_enters_again_after_a_snapshot_is_as_it_stood_in_it(far_town: Town) -> None:
    """A move carries all that was written of a record; of that a snapshot has only what counts, and knows the rest."""
    district, town = far_town.laptop("D1"), far_town.laptop("T1")
    met = district.do(nameless())
    its = dict(met.made)["case"]
    given = district.do(HandOverCase(case=its, point=meaning_id("node", "T1"), reason="住在镇上"))
    district.sync()
    town.sync()
    for mode in ("EMERGENCY", "DAILY"):
        town.do(AmendCase(case=its, mode=mode, reason="核对后更正"))
    town.sync()
    many(district, 3 * FAR)
    new = far_town.laptop("D1")
    new.sync()
    assert floor(new) > 0
    assert given.commit
    district.do(UndoCommit(commit=given.commit, reason="给错了"))
    district.sync()
    new.sync()
    with reading(new.engine) as conn:
        assert conn.execute(sa.select(case.c.node, case.c.mode)).one() == (meaning_id("node", "D1"), "DAILY")
    assert agree(far_town, district, new)
    assert not new.disputes()


def test_words_about_what_a_snapshot_leaves_out_go_in_the_same_round_though_it_brings_nothing_new(
    far_town: Town,
) -> None:
    village, above = far_town.laptop("V1"), far_town.laptop("T1")
    its = dict(village.do(complete()).made)["case"]
    village.sync()
    above.sync()
    before = floor(above)
    for n in range(FAR + 1):
        village.do(AmendCase(case=its, story=f"第{n}次说的", reason="补正"))
    village.sync()
    village.do(CloseCase(case=its, close_type="NEED_MET"))
    village.sync()
    assert above.sync().received == 0
    assert floor(above) > before
    assert not [row for row in above.rows(journal) if its.encode() in row["payload"]]


def test_photos_of_what_a_snapshot_leaves_out_go_and_what_is_here_alone_stays(far_town: Town) -> None:
    village, above = far_town.laptop("V1"), far_town.laptop("T1")
    village.sync()
    above.sync()
    gone, alone = (hashlib.sha256(prepared(seed).data).hexdigest() for seed in (1, 2))
    village.do(keep_photo(1))
    met = dict(village.do(complete(photos=(PhotoTaken(photo=gone),))).made)
    village.sync()
    photo_turn(village.engine, village.transport)
    above.sync()
    above.do(FetchPhoto(photo=gone))
    assert photo_turn(above.engine, above.transport).received == 1
    above.do(keep_photo(2))
    above.do(nameless(photos=(PhotoTaken(photo=alone),)))
    before = floor(above)
    village.do(CloseCase(case=met["case"], close_type="NEED_MET"))
    for _ in range(3 * FAR):
        village.do(nameless())
    village.sync()
    above.sync()
    assert floor(above) > before
    with reading(above.engine) as conn:
        assert attached.find(conn, gone) is None
        assert attached.whole_bytes(conn, alone) == prepared(2).data


def test_under_the_search_index_of_a_former_program_it_is_taken(far_town: Town) -> None:
    away, other = far_town.laptop("V1"), far_town.laptop("V1")
    many(other, 4)
    away.sync()
    plant_former_index(away.engine)
    many(other, 3 * FAR, "这一年的")
    away.sync()
    assert floor(away) > 0
    assert names(away.engine) == names(other.engine)
    more = True
    while more:
        with writing(away.engine) as conn:
            more = search.step(conn)
    with reading(away.engine) as conn:
        assert len(search.find(conn, "一年的1")) == 6
