"""Rules of an encounter: what becomes necessary, what may not be the end, when to look again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base.clock import DAY, HOUR, MINUTE
from app.base.errors import Refused
from app.base.texts import Texts
from app.features import codes
from app.features.cases.commands_case import AmendEncounter
from app.features.cases.rules import (
    NOT_FOR_PROTECTED,
    STATUS_AFTER,
    Facts,
    check,
    due_after,
    necessities,
    signs_of,
    stage_after,
)
from tests.features.cases.givens import nameless
from tests.features.conftest import Point

WORDS = Texts("zh_CN")
subsets = {
    "special_groups": st.sets(st.sampled_from(codes.SPECIAL_GROUP.codes), max_size=4),
    "health_obs": st.sets(st.sampled_from(codes.HEALTH_OBS.codes), max_size=3),
}
some_facts = st.builds(
    Facts,
    minor=st.booleans(),
    identity_status=st.sampled_from(codes.IDENTITY_STATUS.codes),
    disposition=st.sampled_from(codes.DISPOSITION.codes),
    refusal_reason=st.none() | st.sampled_from(codes.REFUSAL_REASON.codes),
    ineligible_reason=st.none() | st.sampled_from(codes.INELIGIBLE.codes),
    called_120=st.booleans(),
    **subsets,
)


def passes(facts: Facts) -> bool:
    try:
        check(facts)
    except Refused:
        return False
    return True


@given(some_facts)
def test_nobody_protected_ends_in_refusal(facts: Facts) -> None:
    if facts.minor or facts.incapable or facts.in_danger:
        assert facts.disposition not in NOT_FOR_PROTECTED or not passes(facts)


@given(some_facts)
def test_there_is_always_a_way_to_save(facts: Facts) -> None:
    """Whatever is seen, the first disposition of the rules and a called ambulance can be saved."""
    assert passes(
        Facts(
            minor=facts.minor,
            special_groups=facts.special_groups,
            identity_status=facts.identity_status,
            health_obs=facts.health_obs,
            disposition="TREAT_FIRST",
        )
    )


@given(some_facts)
def test_every_rule_names_known_fields_values_and_words(facts: Facts) -> None:
    for necessity in necessities(facts):
        assert WORDS.knows_refusal(necessity.rule)
        assert necessity.barred <= set(codes.DISPOSITION.codes)
        assert necessity.fixed.get("screening", "PROTECT") in codes.SCREENING.codes
        assert necessity.refuses is None or necessity.refuses in ("disposition", *necessity.fields)


@pytest.mark.parametrize("sign", ["UNCONSCIOUS", "BLEEDING"])
def test_who_is_in_danger_is_treated_first(point: Point, sign: str) -> None:
    hurt = nameless(health_obs=(sign,))
    assert point.refused(hurt) == ("danger_needs_120", "disposition")
    assert point.do(nameless(health_obs=(sign,), disposition="TREAT_FIRST")).made
    assert point.do(nameless(health_obs=(sign,), called_120_at=point.clock.now)).made


@pytest.mark.parametrize("disposition", sorted(NOT_FOR_PROTECTED))
def test_a_child_is_never_let_go(point: Point, disposition: str) -> None:
    child = nameless(age_est=13, disposition=disposition, refusal_reason="OTHER", ineligible_reason="OTHER")
    code, field = point.refused(child)
    assert code in ("minor_cannot_refuse", "ineligible_not_for_protected")
    assert field == "disposition"


def test_one_who_may_be_unable_to_decide_is_never_let_go(point: Point) -> None:
    lost = nameless(special_groups=("DEMENTIA_SUSP",), disposition="REFUSED_ALL", refusal_reason="NO_REPLY")
    assert point.refused(lost) == ("incapable_cannot_refuse", "disposition")


def test_a_refusal_says_why(point: Point) -> None:
    assert point.refused(nameless(disposition="REFUSED_ALL")) == ("refusal_needs_reason", "refusal_reason")
    assert point.refused(nameless(disposition="INELIGIBLE")) == ("ineligible_needs_reason", "ineligible_reason")


def test_a_correction_cannot_do_what_a_new_encounter_cannot(point: Point) -> None:
    met = dict(point.do(nameless(age_est=12)).made)["encounter"]
    let_go = AmendEncounter(encounter=met, reason="记错了", disposition="REFUSED_ALL", refusal_reason="OTHER")
    assert point.refused(let_go) == ("minor_cannot_refuse", "disposition")


def test_the_age_tells_the_groups(point: Point) -> None:
    person = dict(point.do(nameless(age_est=13, disposition="MINOR_CENTER")).made)["person"]
    assert point.row("person", person)["special_groups"] == '["MINOR","MINOR_U14"]'


def test_every_disposition_leads_to_a_status_and_a_stage() -> None:
    assert set(STATUS_AFTER) == set(codes.DISPOSITION.codes)
    for disposition in codes.DISPOSITION.codes:
        assert STATUS_AFTER[disposition] in codes.CASE_STATUS.codes
        assert stage_after(disposition) in codes.CASE_STAGE.codes


@given(st.integers(0, 10**16), st.integers(0, 10**16), st.booleans())
def test_the_next_visit_is_never_due_before_now(met_at: int, now: int, extreme: bool) -> None:
    due = due_after(met_at, now, weather_extreme=extreme)
    assert due > now
    assert due in (met_at + DAY, met_at + 7 * DAY, now + DAY)


def test_signs_of_a_case() -> None:
    calm = {
        "case_status": "OPEN", "next_due": None, "waiting_since": 0, "now": MINUTE, "is_minor": False,
        "in_danger": False, "never_met": True,
    }  # fmt: skip
    assert signs_of(**calm) == ()  # type: ignore[arg-type]
    assert signs_of(**calm | {"now": 25 * HOUR}) == ("BACKLOG",)  # type: ignore[arg-type]
    late = calm | {"case_status": "WAIT_ARRIVAL", "never_met": False, "now": 31 * MINUTE, "next_due": 5}
    assert signs_of(**late) == ("WAITING", "OVERDUE")  # type: ignore[arg-type]
    assert signs_of(**calm | {"is_minor": True, "in_danger": True}) == ("DANGER", "MINOR")  # type: ignore[arg-type]
    assert signs_of(**late | {"case_status": "CLOSED", "in_danger": True}) == ()  # type: ignore[arg-type]
