"""A case from its first contact to its closure: visits, notes, notices, corrections, closing, opening again."""

import pytest

from app.base.clock import DAY
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_case import (
    AddNote,
    AmendCase,
    AmendEncounter,
    CloseCase,
    GiveNotice,
    PlanFollowUp,
    RecordFollowUp,
    ReopenCase,
    ReviewCase,
    WithdrawConsent,
)
from app.features.cases.facts import GoodsGiven
from app.features.cases.queries import CaseFilter, case_count, case_ids, case_rows, find_cases, today, visits_due
from app.features.cases.queries_case import case_detail, case_history
from app.features.org.amending import shown_heads
from app.features.org.commands import EngageStaff
from app.features.people.commands import LinkPersons
from app.journal.act import Actor
from app.journal.heads import disputes
from tests.features.cases.givens import complete, nameless, water
from tests.features.conftest import Point


def logged(point: Point, command: LogEncounter) -> dict[str, str]:
    return dict(point.do(command).made)


def test_a_complete_case_closes(point: Point) -> None:
    ids = logged(point, complete())
    point.do(CloseCase(case=ids["case"], close_type="NEED_MET"))
    case = point.row("case", ids["case"])
    assert (case["case_status"], case["close_type"], case["left_at"]) == ("CLOSED", "NEED_MET", point.clock.now)
    assert point.refused(CloseCase(case=ids["case"], close_type="NEED_MET")) == ("case_closed", "case")
    again = LogEncounter(case=ids["case"], place_type="POINT", health_obs=("OK",), disposition="CONSULT_ONLY")
    assert point.refused(again) == ("case_closed", "case")


def test_a_visitor_who_leaves_content_is_one_act(point: Point) -> None:
    ids = logged(point, complete(close_type="NEED_MET"))
    case = point.row("case", ids["case"])
    assert (case["case_status"], case["close_type"]) == ("CLOSED", "NEED_MET")
    with point.reading() as conn:
        assert [event.what for event in case_history(conn, ids["case"]) if event.kind == "case"] == ["created"]


@pytest.mark.parametrize(
    ("left_out", "field"),
    [
        ({"id_doc_type": None}, "id_doc_type"),
        ({"special_groups": None}, "special_groups"),
        ({"reasons": None}, "reasons"),
        ({"needs": None}, "needs"),
        ({"basis": None, "notice_version": None}, "policy_told"),
        ({"basis": None, "notice_version": None, "policy_told": False}, "basis"),
        ({"close_type": "KIN_TOOK"}, "receiver_name"),
        ({"age_est": 15, "special_groups": ()}, "guardian_name"),
    ],
)
def test_what_closing_asks_for(point: Point, left_out: dict[str, object], field: str) -> None:
    command = complete(**({"close_type": "NEED_MET"} | left_out))
    assert point.refused(command) == ("missing_to_close", field)


def test_nobody_protected_is_closed_as_gone(point: Point) -> None:
    child = complete(age_est=15, guardian_name="张山", guardian_phone="13812341234", disposition="MINOR_CENTER")
    case = logged(point, child)["case"]
    for close_type in ("REFUSED", "SELF_LEFT"):
        assert point.refused(CloseCase(case=case, close_type=close_type)) == ("minor_cannot_refuse", "close_type")
    point.do(CloseCase(case=case, close_type="TO_MINOR_CENTER"))


def test_a_case_opens_again_with_a_reason_and_the_person_comes_again(point: Point) -> None:
    ids = logged(point, complete(close_type="NEED_MET"))
    point.do(ReopenCase(case=ids["case"], reason="登记错了人"))
    case = point.row("case", ids["case"])
    assert (case["case_status"], case["close_type"]) == ("REOPENED", None)
    assert point.refused(ReopenCase(case=ids["case"], reason="再来")) == ("case_not_closed", "case")


def test_a_person_who_comes_after_closure_is_a_new_case(point: Point) -> None:
    ids = logged(point, complete(close_type="NEED_MET"))
    again = LogEncounter(person=ids["person"], place_type="POINT", health_obs=("OK",), disposition="CONSULT_ONLY")
    assert "case" in logged(point, again)
    with point.reading() as conn:
        assert case_count(conn, CaseFilter(person=ids["person"])) == 2


def test_a_review_is_done_by_somebody_else(point: Point) -> None:
    case = logged(point, complete(close_type="NEED_MET"))["case"]
    assert point.refused(ReviewCase(case=case)) == ("reviewer_handled_it", "case")
    head = point.make(EngageStaff(code="h1", name="李主任", role="POINT_HEAD"), "staff")
    point.actor = Actor(head, "POINT_HEAD", point.node)
    point.do(ReviewCase(case=case))
    assert point.row("case", case)["reviewer"] == head


def test_a_refusal_is_looked_after_until_it_is_no_more(point: Point) -> None:
    ids = logged(point, nameless(disposition="REFUSED_ALL", refusal_reason="FREEDOM"))
    with point.reading() as conn:
        assert visits_due(conn, point.clock.now + DAY, point.clock.now) == []
    point.clock.pass_by(7 * DAY)
    with point.reading() as conn:
        (visit,) = visits_due(conn, point.clock.now + DAY, point.clock.now)
    assert (visit.id, visit.refusals, visit.called) == (ids["follow_up"], 1, "无名氏男-0101-261121-A01")
    later = point.clock.now + 3 * DAY
    point.do(RecordFollowUp(follow_up=visit.id, follow_result="REFUSED", next_due=later, note="给了水"))
    assert point.row("case", ids["case"])["next_due"] == later
    assert point.refused(RecordFollowUp(follow_up=visit.id, follow_result="STABLE"))[0] == "visit_done_before"
    (second,) = point.rows("follow_up", done_at=None)
    point.do(RecordFollowUp(follow_up=second["id"], follow_result="MOVED", method="PHONE"))
    assert point.row("case", ids["case"])["next_due"] is None
    with point.reading() as conn:
        assert visits_due(conn, point.clock.now + 30 * DAY, point.clock.now) == []


def test_the_case_says_the_first_of_its_visits(point: Point) -> None:
    ids = logged(point, nameless(disposition="REFUSED_ALL", refusal_reason="FREEDOM"))
    soon = point.clock.now + DAY
    point.do(PlanFollowUp(encounter=ids["encounter"], due_at=soon))
    assert point.row("case", ids["case"])["next_due"] == soon
    point.do(PlanFollowUp(encounter=ids["encounter"], due_at=soon + DAY))
    assert point.row("case", ids["case"])["next_due"] == soon


def test_notes_and_notices_come_later_too(point: Point) -> None:
    ids = logged(point, complete(basis="EMERGENCY", deferred_reason="昏迷"))
    point.do(AddNote(encounter=ids["encounter"], text="家属已联系上"))
    told = GiveNotice(encounter=ids["encounter"], basis="CONSENT", signer="SELF", consent_items=("PHOTO",))
    given = point.make(told, "notice_given")
    point.do(WithdrawConsent(notice=given))
    with point.reading() as conn:
        detail = case_detail(conn, ids["case"], point.clock.now)
    assert detail is not None
    (met,) = detail.encounters
    assert [note.text for note in met.notes] == ["家属已联系上"]
    first, second, third = met.notices
    assert (first["told_at"], first["deferred_reason"]) == (None, "昏迷")
    assert (second["told_by"], second["withdrawn_at"]) == (point.actor.id, None)
    assert (third["consent_items"], third["withdrawn_at"]) == (("PHOTO",), point.clock.now)


def test_a_correction_keeps_what_stood_before_and_why(point: Point) -> None:
    ids = logged(point, nameless(temperature=3))
    point.do(
        AmendEncounter(
            encounter=ids["encounter"], reason="看错了地点", place_type="UNDERPASS", health_obs=("WOUND",),
            cleared=("temperature",),
        )
    )  # fmt: skip
    row = point.row("encounter", ids["encounter"])
    assert (row["place_type"], row["temperature"], row["health_obs_answer"]) == ("UNDERPASS", None, "ASKED")
    with point.reading() as conn:
        events = [event for event in case_history(conn, ids["case"]) if event.kind == "encounter"]
    created, *changes = events
    assert created.what == "created"
    moved = next(event for event in changes if event.group == "when_where")
    assert (moved.before["place_type"], moved.after["place_type"]) == ("BRIDGE", "UNDERPASS")
    assert (moved.before["temperature"], moved.after["temperature"]) == (3, None)
    assert (moved.reason, moved.staff_name) == ("看错了地点", "王单洁")
    assert [(event.group, event.element) for event in changes if event.what == "added"] == [("health_obs", "WOUND")]


def test_a_correction_that_changes_nothing_writes_nothing(point: Point) -> None:
    ids = logged(point, nameless())
    before = point.commits()
    point.do(AmendEncounter(encounter=ids["encounter"], reason="核对", place_type="BRIDGE"))
    assert point.commits() == before
    assert point.refused(AmendEncounter(encounter=ids["encounter"], reason="  ", place_type="PARK")) == (
        "empty_reason",
        "reason",
    )


def test_an_old_form_keeps_what_its_author_saw(point: Point) -> None:
    """The draft was opened before somebody else's change: both values stay, none is lost."""
    ids = logged(point, nameless())
    with point.reading() as conn:
        bases = shown_heads(conn, "case", ids["case"])
    point.do(AmendCase(case=ids["case"], reason="补充", story="从老家来", needs=("FOOD",)))
    point.do(AmendCase(case=ids["case"], reason="补充", adrift_since="2026-10-01", needs=("WATER",), bases=bases))
    with point.reading() as conn:
        (dispute,) = disputes(conn, [ids["case"]])
    assert [value["story"] for value in dispute.values.values()] == ["从老家来", None]
    assert point.row("case", ids["case"])["needs"] == '["FOOD","WATER"]'


def test_lists_windows_and_search(point: Point) -> None:
    made = [logged(point, nameless(name=f"张{sign}")) for sign in "甲乙丙丁"]
    logged(point, complete(close_type="NEED_MET", phone="13900001111"))
    with point.reading() as conn:
        open_ids = case_ids(conn)
        assert open_ids == [ids["case"] for ids in reversed(made)]
        assert case_ids(conn, limit=2, offset=1) == open_ids[1:3]
        assert case_count(conn) == 4
        assert case_count(conn, CaseFilter()) == 5
        assert case_count(conn, CaseFilter(statuses=("CLOSED",), reason="STOLEN")) == 1
        rows = case_rows(conn, open_ids, point.clock.now)
        assert [row.id for row in rows] == open_ids
        assert rows[0].called == "张*"
        assert find_cases(conn, "张丙") == [made[2]["case"]]
        assert find_cases(conn, "139000") != []
        assert find_cases(conn, "%") == []
        assert find_cases(conn, "A003") == [made[2]["case"]]


def test_today_puts_danger_first(point: Point) -> None:
    logged(point, nameless())
    child = logged(point, nameless(age_est=10, disposition="MINOR_CENTER"))
    hurt = logged(point, nameless(health_obs=("BLEEDING",), disposition="TREAT_FIRST"))
    with point.reading() as conn:
        day = today(conn, point.clock.now)
    assert [(row.id, row.signs) for row in day.red] == [
        (hurt["case"], ("DANGER",)),
        (child["case"], ("MINOR",)),
    ]
    assert day.encounters_today == 3


def test_the_page_of_a_case_shows_goods_and_earlier_cases_of_the_same_person(point: Point) -> None:
    item = water(point)
    earlier = logged(point, nameless())
    ids = logged(point, complete(goods=(GoodsGiven(item=item, quantity=2),)))
    with point.reading() as conn:
        detail = case_detail(conn, ids["case"], point.clock.now)
    assert detail is not None
    assert detail.earlier == []
    (goods,) = detail.encounters[0].goods
    assert (goods.name, goods.quantity, goods.taken_back) == ("矿泉水", 2, False)
    point.do(LinkPersons(first=earlier["person"], second=ids["person"], verdict="SAME"))
    with point.reading() as conn:
        detail = case_detail(conn, ids["case"], point.clock.now)
    assert detail is not None
    assert [row.id for row in detail.earlier] == [earlier["case"]]


def test_who_came_for_somebody_waits_for_the_closing(point: Point) -> None:
    """The form of an encounter asks for the receiver; the case is closed later, by somebody who need not ask again."""
    came = {"disposition": "KIN_PICKUP", "receiver_name": "张小山", "receiver_relation": "CHILD"}
    ids = logged(point, complete(**came))
    point.do(
        LogEncounter(
            case=ids["case"],
            place_type="POINT",
            health_obs=("OK",),
            disposition="KIN_PICKUP",
            policy_told=True,
            receiver_id_checked=True,
        )
    )
    point.do(CloseCase(case=ids["case"], close_type="KIN_TOOK"))
    case = point.row("case", ids["case"])
    assert (case["receiver_name"], case["receiver_relation"], case["case_status"]) == ("张小山", "CHILD", "CLOSED")
    assert case["receiver_id_checked"] is True


def test_a_notice_without_its_basis_is_asked_for_it(point: Point) -> None:
    assert point.refused(nameless(language="维吾尔语")) == ("missing", "basis")
    assert point.refused(nameless(deferred_reason="昏迷")) == ("missing", "basis")
    point.do(nameless(language="维吾尔语", basis="STATUTORY"))
