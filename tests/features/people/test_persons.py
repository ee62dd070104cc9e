"""Registering, correcting, linking and looking up persons."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base.clock import DAY
from app.features import codes
from app.features.people.answers import LOOKED_AT, shown, stored
from app.features.people.commands import AmendPerson, LinkPersons, RegisterPerson, ShowInFull
from app.features.people.queries import (
    MASKED,
    links_of,
    person_detail,
    person_ids,
    person_rows,
    same_persons,
    shown_in_full,
)
from app.features.people.rules import Warn, is_minor, warnings_of
from app.journal.elements import decode_elements
from tests.features.conftest import Exchange, Point

CARD = "11010519491231002X"


def zhang(**more: object) -> RegisterPerson:
    facts: dict[str, object] = {"name": "张大山", "gender": "MALE", "age_est": 45}
    return RegisterPerson(**(facts | more))  # type: ignore[arg-type]


def test_a_card_tells_birth_and_sex(point: Point) -> None:
    person = point.row("person", point.make(RegisterPerson(name="王芳", id_no="110105 1949 1231 002x"), "person"))
    assert (person["id_no"], person["id_doc_type"]) == (CARD, "RIC")
    assert (person["birth_date"], person["gender"]) == ("1949-12-31", "FEMALE")
    assert person["identity_status"] == "CLAIMED"


@pytest.mark.parametrize(
    ("verify", "status"), [("SIGHTED", "KNOWN"), ("READER", "KNOWN"), ("SELF_SAID", "CLAIMED"), (None, "CLAIMED")]
)
def test_known_is_who_was_checked(point: Point, verify: str | None, status: str) -> None:
    person = point.make(zhang(id_no=CARD, id_verify=verify), "person")
    assert point.row("person", person)["identity_status"] == status


def test_what_is_wrong_with_a_number_is_kept_and_remarked(point: Point) -> None:
    wrong = {"id_no": CARD[:-1] + "1", "phone": "有两个号"}
    person = point.row("person", point.make(zhang(**wrong), "person"))
    assert (person["id_no"], person["phone"]) == (wrong["id_no"], wrong["phone"])
    assert warnings_of(wrong, date(2026, 11, 21)) == [
        Warn("id_no", "ID_WARNING", "RIC_CHECK_DIGIT"),
        Warn("phone", "PHONE_WARNING", "PHONE_FORM"),
    ]


@pytest.mark.parametrize(
    ("left_out", "field"), [({"gender": None}, "gender"), ({"age_est": None}, "age_est"), ({"name": None}, "features")]
)
def test_what_a_person_needs(point: Point, left_out: dict[str, None], field: str) -> None:
    assert point.refused(zhang(**left_out)) == ("missing", field)


def test_unknown_persons_of_two_laptops_never_share_an_alias(two_points: tuple[Point, Point, Exchange]) -> None:
    aliases = []
    for point in two_points[:2]:
        for _ in range(2):
            unknown = RegisterPerson(gender="FEMALE", age_est=60, features="白发")
            aliases.append(point.row("person", point.make(unknown, "person"))["alias"])
    assert aliases == [f"无名氏女-0101-261121-{tail}" for tail in ("A01", "A02", "B01", "B02")]


def test_who_is_found_out_keeps_the_alias(point: Point) -> None:
    person = point.make(RegisterPerson(gender="MALE", age_est=60, features="白发"), "person")
    point.do(AmendPerson(person=person, name="李四", identity_status="RESOLVED", reason="公安核实"))
    row = point.row("person", person)
    assert (row["name"], row["alias"], row["identity_status"]) == ("李四", "无名氏男-0101-261121-A01", "RESOLVED")


def test_none_of_the_groups_is_an_answer_not_an_element(point: Point) -> None:
    person = point.make(zhang(special_groups=("NONE",)), "person")
    row = point.row("person", person)
    assert (decode_elements(row["special_groups"]), row["special_groups_answer"]) == ([], "NONE")
    with point.reading() as conn:
        detail = person_detail(conn, person, point.clock.now)
    assert detail is not None
    assert detail.special_groups == ("NONE",)
    point.do(AmendPerson(person=person, special_groups=("ELDERLY", "NONE"), reason="看清了"))
    row = point.row("person", person)
    assert (decode_elements(row["special_groups"]), row["special_groups_answer"]) == (["ELDERLY"], "ASKED")


@given(st.lists(st.sampled_from(codes.HEALTH_OBS.codes), unique=True))
def test_chips_survive_being_stored(chosen: list[str]) -> None:
    found = shown(*stored(chosen, LOOKED_AT), LOOKED_AT)
    findings = tuple(code for code in chosen if code not in LOOKED_AT)
    assert found == findings if findings else set(found) <= set(chosen) and bool(found) == bool(chosen)


def test_lists_show_nothing_that_identifies(point: Point) -> None:
    person = point.make(
        zhang(id_no=CARD, phone="13812341234", kin_name="张小山", household_addr="开封市龙亭区北书店街道1号"), "person"
    )
    with point.reading() as conn:
        row = person_rows(conn, [person], point.clock.now)[person]
        detail = person_detail(conn, person, point.clock.now)
    assert (row.called, row.id_no, row.phone) == ("张*", "110*************2X", "138****1234")
    assert detail is not None
    told = repr(detail)
    for secret in ("张大山", "张小山", CARD, "13812341234", "1号"):
        assert secret not in told


def test_a_full_value_costs_an_entry_in_the_look_up_book(point: Point) -> None:
    person = point.make(zhang(phone="13812341234"), "person")
    look = ShowInFull(person=person, fields=("name", "phone"), purpose="CONTACT")
    assert point.refused(ShowInFull(person=person, fields=("name",))) == ("purpose_missing", "purpose")
    assert point.refused(ShowInFull(person=person, fields=("node",), purpose="CONTACT"))[0] == "unknown_field"
    entry = point.make(look, "audit_entry")
    with point.reading() as conn:
        assert shown_in_full(conn, entry) == {"name": "张大山", "phone": "13812341234"}
    row = point.row("audit_entry", entry)
    assert (row["record"], row["purpose"]) == (person, "CONTACT")


def test_every_masked_field_is_a_field_of_persons(point: Point) -> None:
    person = point.make(zhang(), "person")
    look = ShowInFull(person=person, fields=tuple(sorted(MASKED)), purpose="REVIEW")
    entry = point.make(look, "audit_entry")
    with point.reading() as conn:
        assert set(shown_in_full(conn, entry)) == MASKED


def test_age_goes_on_and_a_birth_date_decides(point: Point) -> None:
    person = point.make(zhang(age_est=17), "person")
    with point.reading() as conn:
        assert person_rows(conn, [person], point.clock.now)[person].is_minor
        later = person_rows(conn, [person], point.clock.now + 366 * DAY)[person]
    assert (later.age, later.is_minor) == (18, True)
    assert not is_minor(18, ("MINOR",), age_is_sure=True)
    assert is_minor(17, (), age_is_sure=True)
    assert not is_minor(None, ("ELDERLY",), age_is_sure=False)


def test_links_join_and_part_persons(point: Point) -> None:
    first, second, third = (point.make(zhang(name=name), "person") for name in ("张甲", "张乙", "张丙"))
    link = point.make(LinkPersons(first=second, second=first, verdict="SAME"), "person_link")
    point.do(LinkPersons(first=second, second=third, verdict="SAME"))
    with point.reading() as conn:
        assert same_persons(conn, [first]) == {first, second, third}
        assert [(row.other, row.verdict) for row in links_of(conn, first)] == [(second, "SAME")]
        assert person_ids(conn) == [third, second, first]
    point.do(LinkPersons(first=first, second=second, verdict="UNDONE", reason="不是同一人"))
    assert point.row("person_link", link)["verdict"] == "UNDONE"
    with point.reading() as conn:
        assert same_persons(conn, [first]) == {first}
    assert point.refused(LinkPersons(first=first, second=first, verdict="SAME")) == ("same_person_twice", "second")
    assert point.refused(LinkPersons(first=first, second="e" * 32, verdict="SAME"))[0] == "unknown_record"


def test_two_laptops_that_judge_a_pair_judge_one_record(two_points: tuple[Point, Point, Exchange]) -> None:
    left, right, exchange = two_points
    pair = [left.make(zhang(name=name), "person") for name in ("张甲", "张乙")]
    exchange.round()
    left.do(LinkPersons(first=pair[0], second=pair[1], verdict="SAME"))
    right.do(LinkPersons(first=pair[1], second=pair[0], verdict="SAME"))
    exchange.round()
    for point in (left, right):
        assert len(point.rows("person_link")) == 1
