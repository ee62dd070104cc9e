"""Under an index that another program made, nothing fails: it is not asked, and it is filled anew."""

import pytest
import sqlalchemy as sa

from app.features.cases.search import Hit, begin_again, check, find, indexed, is_ready, step
from app.features.people.commands import RegisterPerson
from app.journal.apply import apply_replaced
from app.journal.moving import enter, leave
from app.store.engine import writing
from tests.features.cases.former_index import plant_former_index
from tests.features.cases.givens import nameless
from tests.features.cases.test_search import fill, found, is_indexed
from tests.features.conftest import Point


@pytest.fixture
def updated(any_point: Point) -> tuple[Point, dict[str, str]]:
    """A point whose program was updated, and what is known of 欧阳慕容."""
    made = dict(any_point.do(nameless(name="欧阳慕容")).made)
    plant_former_index(any_point.engine)
    return any_point, made


def columns(point: Point) -> list[str]:
    with point.reading() as conn:
        return list(conn.execute(sa.text("SELECT name FROM pragma_table_info('search_state')")).scalars())


def test_it_is_filled_anew_at_the_next_start(updated: tuple[Point, dict[str, str]]) -> None:
    point, made = updated
    fill(point)
    assert Hit("person", made["person"]) in found(point, "oymr")
    point.make(RegisterPerson(name="司徒", gender="MALE", age_est=40), "person")
    fill(point)
    assert len(found(point, "司徒")) == 1


def test_it_is_filled_anew_by_steps_alone(updated: tuple[Point, dict[str, str]]) -> None:
    point, made = updated
    more = True
    while more:
        with writing(point.engine) as conn:
            more = step(conn)
    assert Hit("person", made["person"]) in found(point, "oymr")


def test_what_is_sought_is_read_from_the_records_until_then(updated: tuple[Point, dict[str, str]]) -> None:
    point, made = updated
    with point.reading() as conn:
        assert not is_ready(conn)
        assert indexed(conn) == set()
        assert find(conn, "欧阳") == [Hit("case", made["case"])]


def test_a_record_may_leave(updated: tuple[Point, dict[str, str]]) -> None:
    point, made = updated
    with writing(point.engine) as conn:
        leave(conn, made.items(), is_offered=True)
    assert is_indexed(point, "慕容") == (False, False)
    fill(point)
    assert found(point, "欧阳") == []
    assert is_indexed(point, "慕容") == (False, False)


def test_a_record_may_enter(updated: tuple[Point, dict[str, str]]) -> None:
    point, made = updated
    with writing(point.engine) as conn:
        leave(conn, made.items(), is_offered=True)
    plant_former_index(point.engine)
    with writing(point.engine) as conn:
        enter(conn, made.items(), [])
    fill(point)
    assert Hit("person", made["person"]) in found(point, "欧阳")


def test_all_records_may_be_replaced_at_once(updated: tuple[Point, dict[str, str]]) -> None:
    point, made = updated
    with writing(point.engine) as conn:
        apply_replaced(conn)
    fill(point)
    assert Hit("person", made["person"]) in found(point, "oymr")


@pytest.mark.parametrize(
    "change",
    [
        ["UPDATE search_state SET version = 3"],
        ["ALTER TABLE search_state ADD COLUMN more TEXT", "UPDATE search_state SET version = 3"],
        ["ALTER TABLE search_state DROP COLUMN seq"],
        ["ALTER TABLE search_state RENAME COLUMN version TO edition"],
        ["DELETE FROM search_state"],
    ],
)
def test_an_index_of_whatever_make_is_no_trouble(point: Point, change: list[str]) -> None:
    made = dict(point.do(nameless(name="欧阳慕容")).made)
    for do in (check, step, begin_again, lambda conn: leave(conn, made.items(), is_offered=True)):
        fill(point)
        with writing(point.engine) as conn:
            for statement in change:
                conn.execute(sa.text(statement))
            assert not is_ready(conn)
            do(conn)
        fill(point)
        assert bool(found(point, "oymr")) == (Hit("person", made["person"]) in found(point, "欧阳"))
    assert columns(point)[-1] == "clearing"
