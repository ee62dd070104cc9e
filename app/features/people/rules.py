"""Rules about persons: which status an identity has, who counts as a minor, what to remark about a number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.features.people.identity import (
    age_on,
    check_number,
    check_phone,
    facts_of_ric,
    is_real_name,
    normal_number,
    normal_phone,
)

MINOR_GROUPS = frozenset({"MINOR", "MINOR_U14"})
INCAPABLE_GROUPS = frozenset({"MENTAL_SUSP", "INTELLECT_SIGN", "DEMENTIA_SUSP"})
"""Signs that an adult may be unable to decide alone (`domain.md` section 4, 快速判别)."""
_CHECKED = frozenset({"SIGHTED", "READER", "POLICE", "STATION"})
_PHONES = ("phone", "kin_phone", "guardian_phone")


@dataclass(frozen=True, slots=True)
class Warn:
    """A remark beside a field, never a block. `table`: ID_WARNING or PHONE_WARNING."""

    field: str
    table: str
    code: str


def warnings_of(values: Mapping[str, Any], today: date) -> list[Warn]:
    """What a form should remark about these values of a person."""
    found = []
    number = values.get("id_no")
    if number:
        code = check_number(values.get("id_doc_type") or "RIC", number, today)
        if code:
            found.append(Warn("id_no", "ID_WARNING", code))
    for name in _PHONES:
        code = check_phone(values.get(name) or "")
        if code:
            found.append(Warn(name, "PHONE_WARNING", code))
    return found


def age_of(birth_date: str | None, age_est: int | None, est_on: date, day: date) -> int | None:
    """Full years on `day`; an estimated age counts from the day on which it was estimated."""
    if birth_date:
        return age_on(date.fromisoformat(birth_date), day)
    if age_est is None:
        return None
    return age_est + max(0, day.year - est_on.year - ((day.month, day.day) < (est_on.month, est_on.day)))


def is_minor(age: int | None, groups: Collection[str], *, age_is_sure: bool) -> bool:
    """未成年人: by age or by what was ticked. Only a birth date outweighs the tick, an estimate does not."""
    young = age is not None and age < 18
    return young or (bool(MINOR_GROUPS & set(groups)) and not (age_is_sure and age is not None))


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored: well-formed numbers in one form, with what a valid identity number tells."""
    whole = {name: value for name, value in values.items() if value is not None}
    if whole.get("id_no"):
        whole["id_no"] = normal_number(whole["id_no"])
        facts = facts_of_ric(whole["id_no"]) if whole.get("id_doc_type", "RIC") in ("RIC", "TMP_RIC") else None
        if facts is not None:
            whole.setdefault("id_doc_type", "RIC")
            whole.setdefault("birth_date", facts.birth_date.isoformat())
            whole.setdefault("gender", facts.gender)
    for name in _PHONES:
        if whole.get(name) and check_phone(whole[name]) is None:
            whole[name] = normal_phone(whole[name])
    return whole


def identity_status(values: Mapping[str, Any]) -> str:
    """The IDENTITY_STATUS where none was chosen: known is who was checked against a document or by an office."""
    if not is_real_name(values.get("name") or "") and not values.get("id_no"):
        return "UNKNOWN"
    return "KNOWN" if values.get("id_verify") in _CHECKED else "CLAIMED"


def with_minor_groups(groups: Collection[str], age: int | None) -> tuple[str, ...]:
    """The special groups with those that follow from the age: 未成年人, 不满14周岁."""
    follows = [code for code, most in (("MINOR", 17), ("MINOR_U14", 13)) if age is not None and age <= most]
    return tuple(dict.fromkeys([*groups, *follows]))
