"""What the rules make necessary in an encounter, and when to look again (`domain.md` section 4). Pure.

The form opens what `necessities` names and explains it with the rule's words (the rule's code is a refusal code); the
handler refuses only what `check` finds against a rule.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.base.clock import DAY, HOUR
from app.base.errors import Refused
from app.features.people.rules import INCAPABLE_GROUPS

LIFE_SIGNS = frozenset({"UNCONSCIOUS", "BLEEDING"})
CARE_SIGNS = frozenset({"HYPOTHERMIA", "HEATSTROKE"})
REFUSALS = frozenset({"REFUSED_GOODS", "REFUSED_ALL"})
NOT_FOR_PROTECTED = REFUSALS | {"SELF_LEFT", "INELIGIBLE"}
"""Ways to end that a minor, or an adult who may be unable to decide, cannot take."""
TRACKED = REFUSALS | {"PERSUADED_LATER"}
"""Dispositions after which somebody has to look again."""
_POLICE_GROUPS = frozenset({"TRAFFICKED", "ABANDONED", "LOST"})
_HANDED_OVER = frozenset(
    {"ESCORT_STATION", "STATION_PICKUP", "TREAT_FIRST", "POLICE", "MINOR_CENTER", "REFER_OTHER", "KIN_PICKUP"}
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. `weather_extreme`: a warning level or an emergency campaign holds."""

    minor: bool = False
    special_groups: Collection[str] = ()
    identity_status: str | None = None
    health_obs: Collection[str] = ()
    disposition: str | None = None
    refusal_reason: str | None = None
    ineligible_reason: str | None = None
    called_120: bool = False
    weather_extreme: bool = False

    @property
    def incapable(self) -> bool:
        return bool(INCAPABLE_GROUPS & set(self.special_groups))

    @property
    def in_danger(self) -> bool:
        return bool(LIFE_SIGNS & set(self.health_obs)) or "CRITICAL" in self.special_groups


@dataclass(frozen=True, slots=True)
class Necessity:
    """One rule that applies. `fields`: what the form opens; `fixed`: values the rule sets; `barred`: dispositions not
    to be chosen; `refuses`: whether saving is refused while `field` stands against it, under that field."""

    rule: str
    fields: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    refuses: str | None = None


def necessities(facts: Facts) -> list[Necessity]:
    """Every rule that applies to these facts, the most urgent first."""
    return [*_danger(facts), *_protection(facts), *_outcome(facts), *_identity(facts)]


def check(facts: Facts) -> None:
    """Raises `Refused` with the first rule these facts stand against, under the field to mend."""
    for necessity in necessities(facts):
        if necessity.refuses is not None:
            raise Refused(necessity.rule, necessity.refuses)


def _danger(facts: Facts) -> list[Necessity]:
    if facts.in_danger:
        answered = facts.disposition == "TREAT_FIRST" or facts.called_120
        return [
            Necessity(
                "danger_needs_120",
                ("called_120_at", "called_110_at"),
                {"screening": "TREAT_FIRST", "disposition": "TREAT_FIRST"},
                NOT_FOR_PROTECTED,
                refuses=None if answered and facts.disposition not in NOT_FOR_PROTECTED else "disposition",
            )
        ]
    groups = set(facts.special_groups)
    if CARE_SIGNS & set(facts.health_obs) or groups & {"INJURED", "INFECT_SUSP", "MENTAL_SUSP"}:
        return [Necessity("care_may_need_120", ("called_120_at",))]
    return []


def _protection(facts: Facts) -> list[Necessity]:
    found = []
    barred_now = "disposition" if facts.disposition in NOT_FOR_PROTECTED else None
    if facts.minor:
        rule = "ineligible_not_for_protected" if facts.disposition == "INELIGIBLE" else "minor_cannot_refuse"
        opened = ("guardian_name", "guardian_phone", "called_110_at")
        found.append(Necessity(rule, opened, {"screening": "PROTECT"}, NOT_FOR_PROTECTED, refuses=barred_now))
    elif facts.incapable:
        rule = "ineligible_not_for_protected" if facts.disposition == "INELIGIBLE" else "incapable_cannot_refuse"
        opened = ("kin_name", "kin_phone", "called_110_at")
        found.append(Necessity(rule, opened, {"screening": "PROTECT"}, NOT_FOR_PROTECTED, refuses=barred_now))
    groups = set(facts.special_groups)
    if groups & _POLICE_GROUPS or ("DV_VICTIM" in groups and (facts.minor or facts.incapable)):
        found.append(Necessity("police_at_once", ("called_110_at",)))
    return found


def _outcome(facts: Facts) -> list[Necessity]:
    found = []
    if facts.disposition in REFUSALS:
        opened = ("refusal_reason", "guide_card_no", "persuasion_minutes", "next_due")
        refuses = None if facts.refusal_reason else "refusal_reason"
        found.append(Necessity("refusal_needs_reason", opened, refuses=refuses))
    elif facts.disposition in TRACKED:
        found.append(Necessity("look_again", ("next_due", "persuasion_minutes")))
    if facts.disposition == "INELIGIBLE":
        refuses = None if facts.ineligible_reason else "ineligible_reason"
        found.append(Necessity("ineligible_needs_reason", ("ineligible_reason",), refuses=refuses))
    if facts.disposition in _HANDED_OVER:
        found.append(Necessity("handed_over_belongings", ("belongings",)))
    if facts.disposition == "KIN_PICKUP":
        found.append(Necessity("receiver_is_named", ("receiver_name", "receiver_relation", "receiver_id_checked")))
    return found


def _identity(facts: Facts) -> list[Necessity]:
    return [Necessity("unknown_is_described", ("features",))] if facts.identity_status == "UNKNOWN" else []


def due_after(met_at: int, now: int, *, weather_extreme: bool) -> int:
    """When to look again after a refusal: 24 h in extreme weather, else 7 days (`domain.md` 4.5).

    An encounter written down long after it happened is due a day from now, not in the past.
    """
    due = met_at + (DAY if weather_extreme else 7 * DAY)
    return due if due > now else now + DAY


def is_extreme(weather: str | None, mode: str | None) -> bool:
    return weather not in (None, "NORMAL") or mode == "EMERGENCY"


STATUS_AFTER = {
    "ON_SITE_AID": "IN_SERVICE",
    "CONSULT_ONLY": "IN_SERVICE",
    "PERSUADED_LATER": "FOLLOWING",
    "ESCORT_STATION": "REFERRED",
    "STATION_PICKUP": "WAIT_ARRIVAL",
    "TREAT_FIRST": "REFERRED",
    "POLICE": "REFERRED",
    "MINOR_CENTER": "REFERRED",
    "REFER_OTHER": "REFERRED",
    "KIN_PICKUP": "IN_SERVICE",
    "REFUSED_GOODS": "FOLLOWING",
    "REFUSED_ALL": "FOLLOWING",
    "SELF_LEFT": "FOLLOWING",
    "NOT_FOUND": "FOLLOWING",
    "INELIGIBLE": "IN_SERVICE",
}
"""CASE_STATUS of an open case after an encounter that ended so."""

FOLLOWED = {"REFUSED_GOODS": "REFUSED", "REFUSED_ALL": "REFUSED", "NOT_FOUND": "NOT_FOUND", "SELF_LEFT": "MOVED"}
"""FOLLOW_RESULT that an encounter gives a visit that was due; ACCEPTED where none stands here."""

WAIT = HOUR // 2
"""A station on its way is late after this (`domain.md` section 4, limits); a setting's default."""
BACKLOG = 24 * HOUR
"""A case that stays without a disposition for longer is backlog (`domain.md` 1.2 Q12); a setting's default."""


def stage_after(disposition: str) -> str:
    """CASE_STAGE after an encounter that ended so."""
    if disposition in _HANDED_OVER:
        return "LINK"
    return "RELIEVE" if disposition in ("ON_SITE_AID", "REFUSED_GOODS") else "ASSESS"


def screening_for(facts: Facts) -> str:
    """The SCREENING that follows where none was chosen."""
    if facts.disposition == "TREAT_FIRST" or facts.in_danger:
        return "TREAT_FIRST"
    if facts.minor or facts.incapable:
        return "PROTECT"
    return {"REFER_OTHER": "REFER_OTHER", "INELIGIBLE": "INELIGIBLE"}.get(facts.disposition or "", "ELIGIBLE")


def signs_of(
    *,
    case_status: str | None,
    next_due: int | None,
    waiting_since: int,
    now: int,
    is_minor: bool,
    in_danger: bool,
    never_met: bool,
) -> tuple[str, ...]:
    """Why an open case stands at the top of the day: a word of CASE_SIGN each, the most urgent first."""
    if case_status == "CLOSED":
        return ()
    signs = (
        ("DANGER", in_danger),
        ("MINOR", is_minor),
        ("WAITING", case_status == "WAIT_ARRIVAL" and now - waiting_since > WAIT),
        ("OVERDUE", next_due is not None and next_due < now),
        ("BACKLOG", never_met and now - waiting_since > BACKLOG),
    )
    return tuple(sign for sign, holds in signs if holds)
