"""The same acts and lists on the center's database."""

from app.base.clock import DAY
from app.features.cases.commands_case import AmendEncounter
from app.features.cases.commands_undo import UndoCommit
from app.features.cases.queries import CaseFilter, case_count, case_ids, case_rows, find_cases, today
from app.features.cases.queries_case import case_detail, case_history
from app.features.cases.search import Hit, find, is_ready
from app.features.org.queries import load_tree, staff_of
from app.features.people.queries import same_persons
from app.store.engine import open_postgres
from tests.clocks import FakeClock
from tests.features.cases.givens import nameless
from tests.features.conftest import found_point, settle_in


def test_the_center_answers_the_same(postgres_database: str, clock: FakeClock) -> None:
    engine = open_postgres(postgres_database)
    try:
        point = found_point(engine, clock, "a" * 32, "A", "village")
        settle_in(point)
        hurt = nameless(health_obs=("BLEEDING",), disposition="TREAT_FIRST", weather="SNOW", name="张大山")
        outcome = point.do(hurt)
        made = dict(outcome.made)
        point.do(AmendEncounter(encounter=made["encounter"], reason="核对", health_obs=("BLEEDING", "WEAK")))
        refused = dict(point.do(nameless(disposition="REFUSED_ALL", refusal_reason="FREEDOM")).made)
        point.clock.pass_by(8 * DAY)
        with point.reading() as conn:
            assert case_ids(conn) == [refused["case"], made["case"]]
            assert case_count(conn, CaseFilter(reason="STOLEN", due_before=clock.now)) == 0
            assert [row.called for row in case_rows(conn, [made["case"]], clock.now)] == ["张*"]
            day = today(conn, clock.now)
            assert [row.signs for row in day.red] == [("DANGER",), ("OVERDUE",)]
            assert [visit.case for visit in day.visits] == [refused["case"]]
            assert find_cases(conn, "大山") == [made["case"]]
            assert not is_ready(conn)
            assert find(conn, "大山") == [Hit("case", made["case"])]
            detail = case_detail(conn, made["case"], clock.now)
            assert detail is not None
            assert set(detail.encounters[0].health_obs) == {"BLEEDING", "WEAK"}
            assert [event.what for event in case_history(conn, made["case"])].count("added") == 1
            assert len(load_tree(conn).parent) == 5
            assert [row.name for row in staff_of(conn, point.node)] == ["王单洁"]
            assert same_persons(conn, [made["person"]]) == {made["person"]}
        point.do(UndoCommit(commit=outcome.commit, reason="重复登记"))
        with point.reading() as conn:
            assert case_ids(conn) == [refused["case"]]
    finally:
        engine.dispose()
