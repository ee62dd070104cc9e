"""The search index: any two characters, pinyin, initials, ends of numbers; never behind for long, never wrong."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.features.cases.commands import LogEncounter
from app.features.cases.commands_case import AddNote
from app.features.cases.commands_undo import UndoCommit
from app.features.cases.search import Hit, check, find, is_ready, pairs, step
from app.features.people.commands import AmendPerson, RegisterPerson
from app.journal.moving import enter, leave
from app.store.engine import writing
from tests.features.cases.givens import nameless
from tests.features.conftest import Exchange, Point


def fill(point: Point) -> int:
    """Step until nothing is left; how many steps it took."""
    steps = 1
    with writing(point.engine) as conn:
        check(conn)
    while True:
        with writing(point.engine) as conn:
            if not step(conn):
                return steps
        steps += 1


def found(point: Point, words: str) -> list[Hit]:
    with point.reading() as conn:
        return find(conn, words)


def ids(hits: list[Hit]) -> set[str]:
    return {hit.id for hit in hits}


def test_people_and_cases_are_found_by_what_is_remembered(any_point: Point) -> None:
    point = any_point
    who = {"name": "单大山", "id_no": "11010519491231002X", "phone": "13812341234"}
    made = dict(point.do(nameless(**who, place_text="黄河路立交桥下", note="带着一只黄狗")).made)
    other = point.make(RegisterPerson(name="张大海", gender="MALE", age_est=30), "person")
    fill(point)
    me = Hit("person", made["person"])
    for words in ("大山", "单大山", "单", "山", "002X", "002x", "1234", "灰色棉衣", "单大 002x"):
        assert me in found(point, words), words
    for words in ("shandashan", "shanda", "danda", "sds", "dds", "sd"):
        assert me in found(point, words), words
    its_case = Hit("case", made["case"])
    for words in ("立交桥", "桥下", "黄狗", "A001", "jz20261121", "20261121-A001"):
        assert found(point, words) == [its_case], words
    assert ids(found(point, "大")) == {made["person"], other}
    for words in ("山大", "不在", '"', "(", "*", "AND", "words:", "", "  ", "NOT 大"):
        assert found(point, words) == [], words


def test_the_index_follows_acts_corrections_and_undo(point: Point) -> None:
    fill(point)
    outcome = point.do(nameless(name="赵一"))
    with writing(point.engine) as conn:
        assert not step(conn, outcome.changes)
    made = dict(outcome.made)
    assert ids(found(point, "赵一")) == {made["person"]}
    point.do(AmendPerson(person=made["person"], name="钱二", reason="听错了"))
    point.do(AddNote(encounter=made["encounter"], text="原名孙三"))
    fill(point)
    assert found(point, "赵一") == []
    assert ids(found(point, "钱二")) == {made["person"]}
    assert found(point, "孙三") == [Hit("case", made["case"])]
    point.do(UndoCommit(commit=outcome.commit, reason="重复登记"))
    fill(point)
    assert found(point, "钱二") == found(point, "孙三") == []


def test_what_came_from_others_is_found(two_points: tuple[Point, Point, Exchange]) -> None:
    left, right, exchange = two_points
    fill(right)
    person = left.make(RegisterPerson(name="周四", gender="MALE", age_est=30), "person")
    exchange.round()
    fill(right)
    assert found(right, "周四") == [Hit("person", person)]
    fill(left)
    assert found(left, "zs") == [Hit("person", person)]


def is_indexed(point: Point, word: str) -> tuple[bool, bool]:
    """Whether the word is in the index, and in the bytes of its pages."""
    with writing(point.engine) as conn:
        conn.execute(sa.text("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search_text, row)"))
        listed = conn.execute(sa.text("SELECT 1 FROM temp.terms WHERE term = :word"), {"word": word}).first()
        conn.execute(sa.text("DROP TABLE temp.terms"))
        blocks = conn.execute(sa.text("SELECT block FROM search_text_data")).scalars().all()
    return listed is not None, any(word.encode() in block for block in blocks)


def test_what_leaves_is_out_of_the_index_at_once_and_out_of_its_pages_behind(
    any_point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.features.cases.search._PAGES", 1)
    point = any_point
    stays = point.make(RegisterPerson(name="司徒", gender="MALE", age_est=40), "person")
    for sign in "甲乙丙丁戊己庚辛":
        fill(point)
        point.make(RegisterPerson(name=f"路{sign}", gender="MALE", age_est=40), "person")
    for _ in range(2):  # the second time its pages are as the first left them
        made = dict(point.do(nameless(name="欧阳慕容", note="带着一只黄狗")).made)
        fill(point)
        assert is_indexed(point, "慕容") == (True, True)
        with writing(point.engine) as conn:
            leave(conn, made.items(), is_offered=True)
        assert found(point, "欧阳") == found(point, "黄狗") == []
        assert not is_indexed(point, "慕容")[0]
        fill(point)
        assert is_indexed(point, "慕容") == (False, False)
    assert ids(found(point, "司徒")) == {stays}
    assert is_indexed(point, "司徒") == (True, True)
    with writing(point.engine) as conn:
        leave(conn, [("person", stays)], is_offered=True)
    fill(point)
    assert is_indexed(point, "司徒") == (False, False)
    assert len(found(point, "路")) == 8


def test_what_was_taken_back_and_then_leaves_is_out_of_its_pages_too(any_point: Point) -> None:
    point = any_point
    outcome = point.do(nameless(name="欧阳慕容"))
    fill(point)
    point.do(UndoCommit(commit=outcome.commit, reason="重复登记"))
    fill(point)
    with writing(point.engine) as conn:
        leave(conn, outcome.made, is_offered=True)
    fill(point)
    assert is_indexed(point, "慕容") == (False, False)


def test_what_enters_is_found_although_nothing_new_was_written(point: Point) -> None:
    made = dict(point.do(nameless(name="欧阳慕容")).made)
    fill(point)
    with writing(point.engine) as conn:
        leave(conn, made.items(), is_offered=True)
    fill(point)
    with writing(point.engine) as conn:
        enter(conn, made.items(), [])
    fill(point)
    assert Hit("person", made["person"]) in found(point, "欧阳")


def test_it_is_filled_in_slices_and_searched_otherwise_until_then(
    point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.features.cases.search.SLICE", 3)
    made = [dict(point.do(nameless(name=f"吴{sign}")).made)["case"] for sign in "甲乙丙丁戊"]
    with point.reading() as conn:
        assert not is_ready(conn)
        assert find(conn, "吴丙") == [Hit("case", made[2])]
    assert fill(point) > 4
    with point.reading() as conn:
        assert is_ready(conn)
        assert len(find(conn, "吴")) == 5


def test_an_index_that_missed_a_commit_begins_anew(point: Point) -> None:
    fill(point)
    person = point.make(RegisterPerson(name="郑五", gender="MALE", age_est=30), "person")
    with writing(point.engine) as conn:
        conn.execute(sa.text("UPDATE search_state SET n = n + 1"))
    with writing(point.engine) as conn:
        check(conn)
        assert not is_ready(conn)
    fill(point)
    assert found(point, "郑五") == [Hit("person", person)]


def test_a_person_met_again_is_one_hit(point: Point) -> None:
    person = point.make(RegisterPerson(name="王六", gender="MALE", age_est=30), "person")
    again = LogEncounter(
        person=person, place_type="PARK", place_text="王六胡同", health_obs=("OK",), disposition="CONSULT_ONLY"
    )
    for _ in range(3):
        point.do(again)
    fill(point)
    hits = found(point, "王六")
    assert hits[0] == Hit("person", person)
    assert len(hits) == len(set(hits)) == 2


@given(st.text("张大山a1-， ", min_size=1, max_size=12), st.integers(0, 10), st.integers(2, 5))
def test_pairs_hold_every_stretch_of_a_run(text: str, start: int, size: int) -> None:
    run = text.replace("-", "").replace("，", " ").split(" ")[0].casefold()
    wanted = run[start : start + size]
    if len(wanted) >= 2:
        asked = [wanted[at : at + 2] for at in range(len(wanted) - 1)]
        held = pairs(text)
        assert any(held[at : at + len(asked)] == asked for at in range(len(held)))
