"""Who stands at the counter: found by a few letters, with what is known of their cases."""

import pytest

from app.base.clock import DAY
from app.features.cases import search
from app.features.cases.queries import OPEN, CaseFilter
from app.features.cases.queries_person import acquaintances, matching_cases, perhaps_known, persons_called
from app.store.engine import writing
from tests.features.cases.givens import complete, erase, nameless
from tests.features.conftest import Point


@pytest.fixture
def people(point: Point) -> dict[str, str]:
    """Somebody met twice in one open case, somebody met once whose case is closed, and a man without a name."""
    known = point.make(complete(name="单洁", phone="13812349876", id_no="11010519491231002X"), "person")
    point.clock.pass_by(DAY)
    point.do(nameless(person=known))
    closed = point.make(complete(name="曾杰", close_type="NEED_MET"), "person")
    return {"单洁": known, "曾杰": closed, "无名氏": point.make(nameless(), "person")}


@pytest.mark.parametrize("words", ["单", "单洁", "sj", "dj", "shanj", "9876", "002x", "1002X"])
def test_a_name_is_found_as_it_is_heard(point: Point, people: dict[str, str], words: str) -> None:
    with point.reading() as conn:
        assert people["单洁"] in persons_called(conn, words)
        assert people["无名氏"] not in persons_called(conn, words)


@pytest.mark.parametrize("words", ["", " ", "s", "%", "_", "123", "zzz"])
def test_too_little_finds_nobody(point: Point, people: dict[str, str], words: str) -> None:
    with point.reading() as conn:
        assert not persons_called(conn, words)


def test_what_is_known_of_them_is_masked_and_counted(point: Point, people: dict[str, str]) -> None:
    with point.reading() as conn:
        (found,) = perhaps_known(conn, "单洁", point.clock())
        (other,) = perhaps_known(conn, "cengj", point.clock())
    assert (found.person.called, found.cases, found.times_met) == ("单*", 1, 2)
    assert found.open_case is not None
    assert found.last == found.open_case
    assert other.open_case is None
    assert other.last is not None


def test_who_was_erased_is_nobodys_acquaintance(point: Point, people: dict[str, str]) -> None:
    erased, other = people["单洁"], people["曾杰"]
    erase(point, "person", erased)
    with point.reading() as conn:
        assert [each.person.id for each in acquaintances(conn, [erased, other], point.clock())] == [other]


def test_an_erased_case_does_not_go_on(point: Point, people: dict[str, str]) -> None:
    who = people["单洁"]
    (going_on,) = point.rows("case", person=who)
    erase(point, "case", going_on["id"])
    with point.reading() as conn:
        (found,) = acquaintances(conn, [who], point.clock())
    assert found.open_case is None
    assert found.last is None


def test_a_list_is_narrowed_within_its_filter(point: Point, people: dict[str, str]) -> None:
    with point.reading() as conn:
        assert len(matching_cases(conn, OPEN)) == 2
        assert len(matching_cases(conn, OPEN, "shanjie")) == 1
        assert not matching_cases(conn, OPEN, "cengjie")
        assert len(matching_cases(conn, CaseFilter(), "cengjie")) == 1


def test_words_of_the_contact_are_found_once_the_index_is_there(point: Point, people: dict[str, str]) -> None:
    point.do(nameless(person=people["单洁"], place_text="油坊桥东侧"))
    with writing(point.engine) as conn:
        search.check(conn)
        while search.step(conn):
            pass
    with point.reading() as conn:
        assert len(matching_cases(conn, OPEN, "坊桥")) == 1
