"""Registering and correcting persons, judging who is the same, showing what is masked.

`register` is used by other acts that meet a new person, an encounter above all.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from app.base.clock import local
from app.base.errors import Refused
from app.features import codes
from app.features.org.amending import Correction, correct, sets_for, values_for
from app.features.org.queries import node_row
from app.features.people.answers import NO_GROUP, stored
from app.features.people.identity import unknown_alias
from app.features.people.rules import age_of, completed, identity_status, with_minor_groups
from app.features.people.tables import link_id, person
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Code, Day, Integer, Many, Ref, Text
from app.journal.heads import heads_of


@dataclass(frozen=True, kw_only=True)
class PersonFacts(Command):
    """What can be said of a person; every field may be left out."""

    name: Annotated[str | None, Text(50)] = None
    alias: Annotated[str | None, Text(50)] = None
    identity_status: Annotated[str | None, Code(codes.IDENTITY_STATUS)] = None
    gender: Annotated[str | None, Code(codes.GENDER)] = None
    birth_date: Annotated[str | None, Day()] = None
    age_est: Annotated[int | None, Integer(0, 130)] = None
    id_doc_type: Annotated[str | None, Code(codes.ID_DOC_TYPE)] = None
    id_no: Annotated[str | None, Text(30)] = None
    id_verify: Annotated[str | None, Code(codes.ID_VERIFY)] = None
    household_division: Annotated[str | None, Text(6)] = None
    household_addr: Annotated[str | None, Text(120)] = None
    ethnic: Annotated[str | None, Code(codes.ETHNIC)] = None
    nationality: Annotated[str | None, Text(3)] = None
    residence_addr: Annotated[str | None, Text(120)] = None
    phone: Annotated[str | None, Text(20)] = None
    features: Annotated[str | None, Text(400)] = None
    accent: Annotated[str | None, Text(50)] = None
    clothing: Annotated[str | None, Text(120)] = None
    welfare_status: Annotated[str | None, Code(codes.WELFARE)] = None
    kin_name: Annotated[str | None, Text(50)] = None
    kin_relation: Annotated[str | None, Code(codes.RELATION)] = None
    kin_phone: Annotated[str | None, Text(20)] = None
    kin_addr: Annotated[str | None, Text(120)] = None
    guardian_name: Annotated[str | None, Text(50)] = None
    guardian_phone: Annotated[str | None, Text(20)] = None
    special_groups: Annotated[tuple[str, ...] | None, Many(Code(codes.SPECIAL_GROUP))] = None


@dataclass(frozen=True, kw_only=True)
class RegisterPerson(PersonFacts):
    """A person comes into the records: known, as they call themselves, or 无名氏 by what is seen."""


@dataclass(frozen=True, kw_only=True)
class AmendPerson(PersonFacts, Correction):
    NEVER_EMPTY = frozenset({"gender", "identity_status"})

    person: Annotated[str, Ref("person")]


@dataclass(frozen=True, kw_only=True)
class LinkPersons(Command):
    """The judgement that two persons are the same, are not, or that an earlier judgement no longer holds."""

    first: Annotated[str, Ref("person")]
    second: Annotated[str, Ref("person")]
    verdict: Annotated[str, Code(codes.PERSON_VERDICT)]
    reason: Annotated[str | None, Text(400)] = None


@dataclass(frozen=True, kw_only=True)
class ShowInFull(Command):
    """Somebody asks to see masked fields of a record; `queries.shown_in_full` then gives them for this entry alone."""

    person: Annotated[str, Ref("person")]
    fields: Annotated[tuple[str, ...], Many(Text(40))]
    purpose: Annotated[str | None, Code(codes.LOOKUP_PURPOSE)] = None
    note: Annotated[str | None, Text(200)] = None


@handles(RegisterPerson)
def register_person(act: Act, command: RegisterPerson) -> None:
    register(act, command)


@handles(AmendPerson)
def amend_person(act: Act, command: AmendPerson) -> None:
    values = completed(values_for("person", command))
    sets = {}
    if command.special_groups is not None:
        sets["special_groups"], values["special_groups_answer"] = stored(command.special_groups, NO_GROUP)
    correct(act, "person", command.person, command, values=values, sets=sets)


@handles(LinkPersons)
def link_persons(act: Act, command: LinkPersons) -> None:
    if command.first == command.second:
        raise Refused("same_person_twice", "second")
    first, second = sorted((command.first, command.second))
    nodes = {act.row("person", id_, "second")["node"] for id_ in (first, second)}
    id_ = link_id(first, second)
    verdict = {"verdict": command.verdict, "reason": command.reason}
    if heads_of(act.conn, "person_link", id_).node:
        act.set("person_link", id_, "verdict", verdict)
    else:
        pair = {"first": first, "second": second}
        act.create("person_link", {**pair, **verdict}, id=id_, node=" ".join(sorted(nodes)))


@handles(ShowInFull)
def show_in_full(act: Act, command: ShowInFull) -> None:
    if command.purpose is None:
        raise Refused("purpose_missing", "purpose")
    act.row("person", command.person, "person")
    for name in command.fields:
        if name not in person.group_of:
            raise Refused("unknown_field", "fields")
    values = {"record": command.person, "kind": "person", "purpose": command.purpose, "note": command.note}
    act.create("audit_entry", values, {"fields": command.fields})


def register(act: Act, facts: PersonFacts) -> str:
    """Create the person these facts tell of; gives the id."""
    values = completed(values_for("person", facts))
    if values.get("gender") is None:
        raise Refused("missing", "gender")
    if values.get("birth_date") is None and values.get("age_est") is None:
        raise Refused("missing", "age_est")
    values.setdefault("identity_status", identity_status(values))
    if values["identity_status"] == "UNKNOWN":
        if not values.get("features"):
            raise Refused("missing", "features")
        if not values.get("name") and not values.get("alias"):
            values["alias"] = _next_alias(act, values["gender"])
    elif not values.get("name") and not values.get("alias") and not values.get("id_no"):
        raise Refused("missing", "name")
    return act.create("person", *_with_groups(act, values, facts))


def _with_groups(act: Act, values: dict[str, Any], facts: PersonFacts) -> tuple[dict[str, Any], dict[str, Any]]:
    day = local(act.now).date()
    age = age_of(values.get("birth_date"), values.get("age_est"), day, day)
    chosen = with_minor_groups(facts.special_groups or (), age)
    groups, answer = stored(chosen, NO_GROUP)
    sets = {**sets_for("person", facts), "special_groups": groups}
    return {**values, "special_groups_answer": answer}, sets


def _next_alias(act: Act, gender: str) -> str:
    """无名氏男-0101-261121-A07: the device's letter keeps two offline laptops apart."""
    day = local(act.now).date()
    serial = act.next_number(f"unknown_{day:%y%m%d}")
    point = node_row(act.conn, act.node)
    return unknown_alias(gender, point.code if point else "", day, f"{act.here.letter}{serial:02}")
