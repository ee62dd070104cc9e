"""What a case must hold before it may be closed: the fields that `domain.md` section 2 marks with "!". Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.base.errors import Refused
from app.features.cases.rules import NOT_FOR_PROTECTED

_NO_GUARDIAN_AT_HAND = frozenset({"LOST", "ABANDONED", "TRAFFICKED"})


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with what belongs to it, as stored: values by field, sets as tuples. `told`: a notice was given."""

    person: Mapping[str, Any]
    case: Mapping[str, Any]
    encounter: Mapping[str, Any]
    told: bool
    minor: bool
    incapable: bool

    @property
    def protected(self) -> bool:
        return self.minor or self.incapable


def missing_to_close(file: CaseFile) -> list[tuple[str, str]]:
    """(kind, field) of what is still missing, in the order of the form."""
    lacking = [("person", name) for name in _of_person(file)]
    lacking += [("case", name) for name in ("reasons", "needs") if not _answered(file.case, name)]
    met = file.encounter
    if not met:
        return [*lacking, ("encounter", "disposition")]
    lacking += [("encounter", name) for name in ("health_obs", "services") if not _answered(met, name)]
    lacking += [
        ("encounter", name)
        for name in ("screening", "disposition", "policy_told", "with_minor", "staff")
        if met.get(name) is None
    ]
    if not file.told:
        lacking.append(("notice_given", "basis"))
    return lacking + [("case", name) for name in _of_closure(file)]


def check_closing(file: CaseFile) -> None:
    """Raises `Refused` where the case may not be closed so."""
    close_type = file.case.get("close_type")
    if close_type in ("REFUSED", "SELF_LEFT", "INELIGIBLE") and file.protected:
        if close_type == "INELIGIBLE":
            raise Refused("ineligible_not_for_protected", "close_type")
        raise Refused("minor_cannot_refuse" if file.minor else "incapable_cannot_refuse", "close_type")
    if file.encounter.get("disposition") in NOT_FOR_PROTECTED and file.protected:
        raise Refused("minor_cannot_refuse" if file.minor else "incapable_cannot_refuse", "close_type")
    lacking = missing_to_close(file)
    if lacking:
        raise Refused("missing_to_close", lacking[0][1], fields=[name for _, name in lacking])


def _of_person(file: CaseFile) -> list[str]:
    person = file.person
    unknown = person.get("identity_status") == "UNKNOWN"
    names = ["identity_status", "gender", *(["features"] if unknown else ["id_doc_type", "id_verify"])]
    lacking = [name for name in names if person.get(name) is None]
    if person.get("birth_date") is None and person.get("age_est") is None:
        lacking.append("age_est")
    if not _answered(person, "special_groups"):
        lacking.append("special_groups")
    nobody_there = unknown or _NO_GUARDIAN_AT_HAND & set(person.get("special_groups") or ())
    if file.minor and not nobody_there:
        lacking += [name for name in ("guardian_name", "guardian_phone") if not person.get(name)]
    return lacking


def _of_closure(file: CaseFile) -> list[str]:
    case = file.case
    lacking = [name for name in ("close_type",) if case.get(name) is None]
    if case.get("close_type") == "KIN_TOOK":
        lacking += [name for name in ("receiver_name", "receiver_relation") if not case.get(name)]
        if file.protected and not case.get("receiver_id_checked"):
            lacking.append("receiver_id_checked")
    return lacking


def _answered(values: Mapping[str, Any], name: str) -> bool:
    return bool(values.get(name)) or values.get(f"{name}_answer") in ("ASKED", "NONE", "NOT_SEEN")
