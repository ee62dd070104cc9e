"""The main act: one commit with person, case, encounter, notice, note, goods and the next visit."""

from collections.abc import Callable

import pytest

from app.base.clock import DAY, HOUR
from app.features.cases.commands import LogEncounter, OpenCase
from app.features.cases.facts import GoodsGiven
from app.features.org.commands_notices import StartCampaign
from app.features.people.commands import RegisterPerson
from app.journal.elements import decode_elements
from tests.features.cases.givens import erase, nameless, on_shelf, water
from tests.features.conftest import Point


def test_seven_facts_are_enough(point: Point) -> None:
    outcome = point.do(nameless())
    assert [kind for kind, _ in outcome.made] == ["person", "case", "encounter"]
    ids = dict(outcome.made)
    person, case, met = (point.row(kind, ids[kind]) for kind in ("person", "case", "encounter"))
    assert person["identity_status"] == "UNKNOWN"
    assert person["alias"] == "无名氏男-0101-261121-A01"
    assert case["person"] == person["id"]
    assert case["biz_no"] == "41020200101-JZ-20261121-A001"
    assert (case["case_status"], case["case_stage"], case["mode"]) == ("IN_SERVICE", "RELIEVE", "DAILY")
    assert met["case"] == case["id"]
    assert met["started_at"] is None
    assert met["staff"] == point.actor.id
    assert (decode_elements(met["health_obs"]), met["health_obs_answer"]) == ([], "NONE")
    assert decode_elements(met["services"]) == ["SCREEN"]


@pytest.mark.parametrize("fact", ["gender", "age_est", "features", "place_type", "health_obs", "disposition"])
def test_each_of_the_seven_facts_is_asked_for(point: Point, fact: str) -> None:
    assert point.refused(nameless(**{fact: None})) == ("seven_facts_missing", fact)


def test_a_name_stands_for_the_features(point: Point) -> None:
    ids = dict(point.do(nameless(features=None, name="张大山")).made)
    assert point.row("person", ids["person"])["identity_status"] == "CLAIMED"


def test_one_commit_holds_everything(point: Point) -> None:
    item = water(point)
    before = point.commits()
    outcome = point.do(
        nameless(
            basis="STATUTORY",
            notice_version="2026-1",
            note="愿意明天再谈",
            goods=(GoodsGiven(item=item, quantity=2),),
            disposition="REFUSED_GOODS",
            refusal_reason="FREEDOM",
            persuasion_minutes=20,
        )
    )
    assert point.commits() == before + 1
    assert [kind for kind, _ in outcome.made] == [
        "person", "case", "encounter", "notice_given", "note", "movement", "follow_up",
    ]  # fmt: skip
    ids = dict(outcome.made)
    assert point.row("movement", ids["movement"])["of_id"] == ids["encounter"]
    assert decode_elements(point.row("encounter", ids["encounter"])["services"]) == ["GOODS", "SCREEN"]
    assert point.row("encounter", ids["encounter"])["policy_told"] is True
    assert point.row("note", ids["note"])["text"] == "愿意明天再谈"
    visit = point.row("follow_up", ids["follow_up"])
    assert visit["due_at"] == point.clock.now + 7 * DAY
    assert point.row("case", ids["case"])["next_due"] == visit["due_at"]
    assert on_shelf(point) == 46


def test_goods_over_the_limit_want_a_reason_under_their_line(point: Point) -> None:
    item = water(point, limit=2)
    given = (GoodsGiven(item=item, quantity=3),)
    assert point.refused(nameless(goods=given)) == ("over_limit_needs_reason", "goods.0.over_limit_reason")


def test_the_second_night_goes_on_with_the_open_case(point: Point) -> None:
    first = dict(point.do(nameless(disposition="REFUSED_ALL", refusal_reason="NO_REPLY", needs=("FOOD",))).made)
    point.clock.pass_by(DAY)
    again = LogEncounter(
        person=first["person"], place_type="BRIDGE", health_obs=("FEVER",), disposition="ON_SITE_AID", needs=("WATER",)
    )
    second = dict(point.do(again).made)
    assert "case" not in second
    assert point.row("encounter", second["encounter"])["case"] == first["case"]
    case = point.row("case", first["case"])
    assert set(decode_elements(case["needs"])) == {"FOOD", "WATER"}
    assert case["next_due"] is None
    visit = point.row("follow_up", first["follow_up"])
    assert (visit["follow_result"], visit["method"], visit["done_at"]) == ("ACCEPTED", "VISIT", point.clock.now)


def test_a_new_case_can_be_asked_for(point: Point) -> None:
    first = dict(point.do(nameless()).made)
    again = LogEncounter(
        person=first["person"], new_case=True, place_type="POINT", health_obs=("OK",), disposition="CONSULT_ONLY"
    )
    second = dict(point.do(again).made)
    assert second["case"] != first["case"]
    assert point.row("case", second["case"])["biz_no"].endswith("-A002")


def test_a_case_opened_before_is_gone_on_with(point: Point) -> None:
    person = point.make(RegisterPerson(name="李四", gender="FEMALE", age_est=30), "person")
    case = point.make(OpenCase(person=person, reasons=("STOLEN",)), "case")
    assert point.row("case", case)["case_status"] == "OPEN"
    done = point.do(LogEncounter(case=case, place_type="POINT", health_obs=("NOT_SEEN",), disposition="ESCORT_STATION"))
    met = dict(done.made)["encounter"]
    assert point.row("encounter", met)["health_obs_answer"] == "NOT_SEEN"
    assert point.row("case", case)["case_status"] == "REFERRED"
    other = point.make(RegisterPerson(name="王五", gender="MALE", age_est=50), "person")
    wrong = LogEncounter(case=case, person=other, place_type="POINT", health_obs=("OK",), disposition="CONSULT_ONLY")
    assert point.refused(wrong) == ("case_of_other_person", "case")


def test_what_is_said_of_a_known_person_is_added(point: Point) -> None:
    first = dict(point.do(nameless(special_groups=("DISABLED",))).made)
    point.do(
        LogEncounter(
            person=first["person"],
            phone="138 1234 1234",
            special_groups=("ELDERLY",),
            place_type="PARK",
            health_obs=("OK",),
            disposition="CONSULT_ONLY",
        )
    )
    person = point.row("person", first["person"])
    assert person["phone"] == "13812341234"
    assert set(decode_elements(person["special_groups"])) == {"DISABLED", "ELDERLY"}
    assert person["features"] == "灰色棉衣，左眉有疤"


def test_typed_times(point: Point, at: Callable[[str], int]) -> None:
    assert point.refused(nameless(started_at=point.clock.now + HOUR)) == ("time_in_future", "started_at")
    late = nameless(started_at=at("2026-11-21 10:00"), ended_at=at("2026-11-21 09:00"))
    assert point.refused(late) == ("ended_before_started", "ended_at")


def test_a_paper_note_typed_weeks_later_is_due_tomorrow_not_in_the_past(point: Point, at: Callable[[str], int]) -> None:
    note = nameless(started_at=at("2026-10-01 20:00"), disposition="REFUSED_ALL", refusal_reason="OTHER")
    ids = dict(point.do(note).made)
    assert point.row("follow_up", ids["follow_up"])["due_at"] == point.clock.now + DAY
    assert point.row("encounter", ids["encounter"])["started_at"] == at("2026-10-01 20:00")


def test_extreme_weather_brings_the_next_visit_forward(point: Point) -> None:
    ids = dict(point.do(nameless(weather="COLD_O", disposition="PERSUADED_LATER")).made)
    assert point.row("follow_up", ids["follow_up"])["due_at"] == point.clock.now + DAY


def test_a_case_belongs_to_the_campaign_in_force(point: Point, nodes: dict[str, str]) -> None:
    winter = point.make(
        StartCampaign(type="WINTER_WARM", name="寒冬送温暖", starts_on="2026-11-01", node=nodes["city"]), "campaign"
    )
    case = point.row("case", dict(point.do(nameless()).made)["case"])
    assert (case["campaign"], case["mode"]) == (winter, "CAMPAIGN")


def test_in_an_encrypted_file(encrypted_point: Point) -> None:
    ids = dict(encrypted_point.do(nameless()).made)
    assert encrypted_point.row("case", ids["case"])["person"] == ids["person"]


def test_nothing_is_written_about_who_was_erased(point: Point) -> None:
    who = point.make(nameless(), "person")
    erase(point, "person", who)
    assert point.refused(nameless(person=who)) == ("unknown_record", "person")
    assert point.refused(OpenCase(person=who)) == ("unknown_record", "person")


def test_what_is_said_after_a_case_was_erased_stands_in_a_new_one(point: Point) -> None:
    ids = dict(point.do(nameless()).made)
    erase(point, "case", ids["case"])
    begun = point.make(nameless(person=ids["person"], story="钱包丢了"), "case")
    assert point.row("case", begun)["story"] == "钱包丢了"
    assert point.refused(nameless(case=ids["case"], person=ids["person"])) == ("unknown_record", "case")
