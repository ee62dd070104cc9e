"""Opening a case and logging an encounter: the act the whole application is about.

`LogEncounter` writes, in one commit, whatever the moment needs: the person, the case, the encounter, what was told,
a note, the goods given, and when to look again. Changing what is saved: `commands_case.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.features.cases.facts import CaseFacts, ClosureFacts, EncounterFacts, GoodsGiven, NoticeFacts
from app.features.cases.rules import (
    FOLLOWED,
    STATUS_AFTER,
    TRACKED,
    Facts,
    check,
    due_after,
    screening_for,
    stage_after,
)
from app.features.cases.tables import case
from app.features.cases.writing import (
    campaign_for,
    check_times,
    close,
    facts_for,
    give_notice,
    new_case,
    pending_visits,
    plan_visit,
)
from app.features.inventory.issue import issue_lines
from app.features.org.amending import as_written, change, put, sets_for, values_for
from app.features.people.answers import LOOKED_AT, NO_GROUP, stored
from app.features.people.commands import PersonFacts, register
from app.features.people.rules import completed
from app.features.photos.commands import PhotoTaken, hang
from app.journal.act import Act
from app.journal.commands import handles
from app.journal.fields import Flag, Instant, Ref, Text
from app.journal.sweep import erased_whole


@dataclass(frozen=True, kw_only=True)
class OpenCase(CaseFacts):
    """A case before anybody was met: somebody asked, or a clue became a case."""

    person: Annotated[str, Ref("person")]


@dataclass(frozen=True, kw_only=True)
class LogEncounter(PersonFacts, CaseFacts, EncounterFacts, ClosureFacts, NoticeFacts):
    """One contact. Without `person` the facts of a new person are given here; without `case` the person's open case
    goes on, or a new one is opened (`new_case` opens one anyway). With `close_type` the case is closed at once."""

    person: Annotated[str | None, Ref("person")] = None
    case: Annotated[str | None, Ref("case")] = None
    new_case: Annotated[bool | None, Flag()] = None
    note: Annotated[str | None, Text(4000)] = None
    goods: tuple[GoodsGiven, ...] = ()
    photos: tuple[PhotoTaken, ...] = ()
    next_due: Annotated[int | None, Instant()] = None


@handles(OpenCase)
def open_case(act: Act, command: OpenCase) -> None:
    _check_known(act, command.person)
    values = new_case(act, command, command.person, *campaign_for(act, command)) | {
        "case_status": "OPEN",
        "case_stage": "ASK",
    }
    act.create("case", values, sets_for("case", command))


@handles(LogEncounter)
def log_encounter(act: Act, command: LogEncounter) -> None:
    check_times(command.started_at, command.ended_at, act.now)
    going_on = _case_to_go_on(act, command)
    known = str(going_on["person"]) if going_on else command.person
    person = _person_values(act, command, known)
    _check_seven_facts(person, command, is_known=known is not None)
    mode, campaign = (going_on["mode"], None) if going_on else campaign_for(act, command, command.started_at)
    facts = facts_for(person, values_for("encounter", command), command.health_obs or (), act.now, mode)
    check(facts)

    person_id = register(act, command) if known is None else _learn(act, known, command)
    case_id = _begin(act, command, person_id, mode, campaign) if going_on is None else _go_on(act, command, going_on)
    node = going_on["node"] if going_on else None
    met_id = _meet(act, command, case_id, facts, node)
    give_notice(act, command, met_id, node)
    if command.note:
        act.create("note", {"encounter": met_id, "text": command.note}, node=node)
    hang(act, "encounter_photo", "encounter", met_id, command.photos, node)
    issue_lines(act, command.goods, "encounter", met_id, command.started_at, at="goods.{}.")
    _look_again(act, command, met_id, case_id, person_id, facts, node)
    if command.close_type is not None:
        closure = {name: getattr(command, name) for name in ClosureFacts.__dataclass_fields__}
        closure["left_at"] = command.left_at or command.ended_at or command.started_at or act.now
        close(act, case_id, closure)
    else:
        _keep_receiver(act, command, case_id)


def _case_to_go_on(act: Act, command: LogEncounter) -> dict[str, Any] | None:
    """The case this encounter belongs to, where there is one already."""
    id_ = command.case
    if id_ is None and command.person is not None and not command.new_case:
        c = case.c
        its_open = (c.person == command.person, c.node == act.node, c.case_status != "CLOSED", ~c.hidden)
        cases = act.conn.execute(sa.select(c.id).where(*its_open).order_by(c.born_at.desc())).scalars().all()
        erased = erased_whole(act.conn, cases)
        id_ = next((each for each in cases if each not in erased), None)
    if id_ is None:
        return None
    row = act.row("case", id_, "case")
    if erased_whole(act.conn, [id_]):
        raise Refused("unknown_record", "case")
    if row["case_status"] == "CLOSED":
        raise Refused("case_closed", "case")
    if command.person is not None and row["person"] != command.person:
        raise Refused("case_of_other_person", "case")
    return as_written(act, "case", id_)


def _check_known(act: Act, person_id: str) -> None:
    """Whoever was erased by law is not to be written about: those words would go where the others went."""
    act.row("person", person_id, "person")
    if erased_whole(act.conn, [person_id]):
        raise Refused("unknown_record", "person")


def _person_values(act: Act, command: LogEncounter, known: str | None) -> dict[str, Any]:
    """The person as the rules should see them: as known, with what was said now."""
    said = completed(values_for("person", command))
    groups = command.special_groups or ()
    if known is None:
        return {**said, "special_groups": groups}
    _check_known(act, known)
    stored_person = as_written(act, "person", known)
    return {**stored_person, **said, "special_groups": (*stored_person["special_groups"], *groups)}


def _check_seven_facts(person: Mapping[str, Any], command: LogEncounter, *, is_known: bool) -> None:
    """Sex, age, features (of one who has no name), place, health, disposition; the time is now unless typed."""
    lacking = []
    if not is_known:
        if person.get("gender") is None:
            lacking.append("gender")
        if person.get("age_est") is None and person.get("birth_date") is None:
            lacking.append("age_est")
        if not any(person.get(name) for name in ("features", "name", "alias", "id_no")):
            lacking.append("features")
    if command.place_type is None and not command.place_text:
        lacking.append("place_type")
    if not command.health_obs:
        lacking.append("health_obs")
    if command.disposition is None:
        lacking.append("disposition")
    if lacking:
        raise Refused("seven_facts_missing", lacking[0], fields=lacking)


def _learn(act: Act, person_id: str, command: LogEncounter) -> str:
    """What was said of a known person today joins what is known."""
    values = completed(values_for("person", command))
    sets = {}
    if command.special_groups:
        groups, values["special_groups_answer"] = stored(command.special_groups, NO_GROUP)
        sets["special_groups"] = {*as_written(act, "person", person_id)["special_groups"], *groups}
        if sets["special_groups"]:
            values["special_groups_answer"] = "ASKED"
    change(act, "person", person_id, values, sets)
    return person_id


def _status_after(command: LogEncounter) -> dict[str, str]:
    disposition = command.disposition or ""
    status = STATUS_AFTER.get(disposition, "IN_SERVICE")
    return {"case_status": status, "case_stage": stage_after(disposition)}


def _begin(act: Act, command: LogEncounter, person_id: str, mode: str, campaign: str | None) -> str:
    values = new_case(act, command, person_id, mode, campaign) | _status_after(command)
    return act.create("case", values, sets_for("case", command))


def _go_on(act: Act, command: LogEncounter, going_on: Mapping[str, Any]) -> str:
    """Add what was said now to the open case; visits that were due are done by this one."""
    case_id = str(going_on["id"])
    said = ("story", "adrift_since", "belongings", "requested_at", "campaign", "mode")
    values = {name: getattr(command, name) for name in said if getattr(command, name) is not None}
    if command.story and going_on["story"]:
        values["story"] = f"{going_on['story']}\n{command.story}"
    values |= {f"{name}_answer": "ASKED" for name in ("reasons", "needs") if getattr(command, name)}
    grown = {name: {*going_on[name], *more} for name, more in sets_for("case", command).items()}
    change(act, "case", case_id, values | _status_after(command), grown)
    done = {
        "done_at": command.started_at or act.now,
        "method": "PATROL" if command.patrol else "VISIT",
        "follow_result": FOLLOWED.get(command.disposition or "", "ACCEPTED"),
    }
    for visit, _ in pending_visits(act.conn, case_id):
        act.set("follow_up", visit, "done", done)
    return case_id


def _meet(act: Act, command: LogEncounter, case_id: str, facts: Facts, node: str | None) -> str:
    """The encounter itself, with what follows by itself filled in."""
    values = values_for("encounter", command) | {"case": case_id}
    values.setdefault("staff", act.actor.id)
    values.setdefault("screening", screening_for(facts))
    values.setdefault("with_minor", False)
    if command.basis is not None and command.deferred_reason is None:
        values.setdefault("policy_told", True)
    done = [*(command.services or ("SCREEN",))]
    done += ["GOODS"] if command.goods else []
    done += {"CONSULT_ONLY": ["CONSULT"], "ESCORT_STATION": ["GUIDE"]}.get(command.disposition or "", [])
    services, values["services_answer"] = stored(dict.fromkeys(done), {})
    health, values["health_obs_answer"] = stored(command.health_obs or (), LOOKED_AT)
    return act.create("encounter", values, {"services": services, "health_obs": health}, node=node)


def _keep_receiver(act: Act, command: LogEncounter, case_id: str) -> None:
    """What was said of the end of a case that stays open (who came for the person) waits in it for its closing."""
    given = {name: getattr(command, name) for name in ClosureFacts.__dataclass_fields__}
    said = {name: value for name, value in given.items() if value is not None}
    if said:
        stored = as_written(act, "case", case_id)
        put(act, "case", case_id, "closure", {name: said.get(name, stored.get(name)) for name in given})


def _look_again(
    act: Act, command: LogEncounter, met_id: str, case_id: str, person_id: str, facts: Facts, node: str | None
) -> None:
    """Plan the next visit: when it was said, or when the rules say so."""
    due = command.next_due
    if due is None and command.disposition in TRACKED:
        due = due_after(command.started_at or act.now, act.now, weather_extreme=facts.weather_extreme)
    if due is not None:
        plan_visit(act, met_id, case_id, person_id, due, node)
    if due != as_written(act, "case", case_id)["next_due"]:
        put(act, "case", case_id, "next_due", {"next_due": due})
