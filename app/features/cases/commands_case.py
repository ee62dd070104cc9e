"""What happens to a case after its first encounter: notes, notices, visits, corrections, closing and opening again."""

from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.features import codes
from app.features.cases.facts import CaseFacts, ClosureFacts, EncounterFacts, NoticeFacts
from app.features.cases.rules import check
from app.features.cases.tables import encounter, notice_given
from app.features.cases.writing import check_times, close, facts_for, give_notice, pending_visits, plan_visit
from app.features.org.amending import Correction, as_written, correct, explain, sets_for, values_for
from app.features.people.answers import LOOKED_AT, stored
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Code, Instant, Ref, Text


@dataclass(frozen=True, kw_only=True)
class AmendCase(CaseFacts, Correction):
    case: Annotated[str, Ref("case")]


@dataclass(frozen=True, kw_only=True)
class AmendEncounter(EncounterFacts, Correction):
    NEVER_EMPTY = frozenset({"disposition"})

    encounter: Annotated[str, Ref("encounter")]


@dataclass(frozen=True, kw_only=True)
class CloseCase(ClosureFacts):
    """结案. Raises `missing_to_close` with every field that is still empty."""

    case: Annotated[str, Ref("case")]


@dataclass(frozen=True, kw_only=True)
class ReopenCase(Command):
    case: Annotated[str, Ref("case")]
    reason: Annotated[str, Text(400)]


@dataclass(frozen=True, kw_only=True)
class ReviewCase(Command):
    """复核: somebody other than who handled it looked at a closed case of a special group."""

    case: Annotated[str, Ref("case")]


@dataclass(frozen=True, kw_only=True)
class AddNote(Command):
    encounter: Annotated[str, Ref("encounter")]
    text: Annotated[str, Text(4000)]


@dataclass(frozen=True, kw_only=True)
class GiveNotice(NoticeFacts):
    """What was told after the encounter was saved: an emergency comes first, the notice later."""

    encounter: Annotated[str, Ref("encounter")]


@dataclass(frozen=True, kw_only=True)
class WithdrawConsent(Command):
    notice: Annotated[str, Ref("notice_given")]
    withdrawn_at: Annotated[int | None, Instant()] = None


@dataclass(frozen=True, kw_only=True)
class PlanFollowUp(Command):
    """Somebody has to look again by then."""

    encounter: Annotated[str, Ref("encounter")]
    due_at: Annotated[int, Instant()]


@dataclass(frozen=True, kw_only=True)
class RecordFollowUp(Command):
    """A visit or a call that was due. `next_due` plans the next one."""

    follow_up: Annotated[str, Ref("follow_up")]
    follow_result: Annotated[str, Code(codes.FOLLOW_RESULT)]
    method: Annotated[str, Code(codes.FOLLOW_METHOD)] = "VISIT"
    done_at: Annotated[int | None, Instant()] = None
    next_due: Annotated[int | None, Instant()] = None
    note: Annotated[str | None, Text(400)] = None


@handles(AmendCase)
def amend_case(act: Act, command: AmendCase) -> None:
    values = values_for("case", command)
    values |= {f"{name}_answer": "ASKED" for name in ("reasons", "needs") if getattr(command, name)}
    correct(act, "case", command.case, command, values=values)


@handles(AmendEncounter)
def amend_encounter(act: Act, command: AmendEncounter) -> None:
    row = act.row("encounter", command.encounter, "encounter")
    check_times(command.started_at or row["started_at"], command.ended_at or row["ended_at"], act.now)
    values, sets = values_for("encounter", command), dict(sets_for("encounter", command))
    if command.health_obs is not None:
        sets["health_obs"], values["health_obs_answer"] = stored(command.health_obs, LOOKED_AT)
    if command.services is not None:
        sets["services"], values["services_answer"] = stored(command.services, {})
    if correct(act, "encounter", command.encounter, command, values=values, sets=sets):
        _check_outcome(act, command.encounter)


@handles(CloseCase)
def close_case(act: Act, command: CloseCase) -> None:
    row = act.row("case", command.case, "case")
    if row["case_status"] == "CLOSED":
        raise Refused("case_closed", "case")
    closure = {name: getattr(command, name) for name in ClosureFacts.__dataclass_fields__}
    closure["left_at"] = command.left_at or act.now
    check_times(command.left_at, None, act.now)
    close(act, command.case, closure)


@handles(ReopenCase)
def reopen_case(act: Act, command: ReopenCase) -> None:
    row = act.row("case", command.case, "case")
    if row["case_status"] != "CLOSED":
        raise Refused("case_not_closed", "case")
    act.set("case", command.case, "status", {"case_status": "REOPENED", "case_stage": row["case_stage"]})
    act.set("case", command.case, "closure", {})
    explain(act, "case", command.case, command.reason)


@handles(ReviewCase)
def review_case(act: Act, command: ReviewCase) -> None:
    act.row("case", command.case, "case")
    handled_by = sa.select(encounter.c.staff).where(encounter.c.case == command.case, ~encounter.c.hidden)
    if act.actor.id in act.conn.execute(handled_by).scalars():
        raise Refused("reviewer_handled_it", "case")
    act.set("case", command.case, "review", {"reviewer": act.actor.id, "reviewed_at": act.now})


@handles(AddNote)
def add_note(act: Act, command: AddNote) -> None:
    met = act.row("encounter", command.encounter, "encounter")
    act.create("note", {"encounter": met["id"], "text": command.text}, node=met["node"])


@handles(GiveNotice)
def give_notice_later(act: Act, command: GiveNotice) -> None:
    met = act.row("encounter", command.encounter, "encounter")
    if command.basis is None:
        raise Refused("missing", "basis")
    give_notice(act, command, met["id"], met["node"])


@handles(WithdrawConsent)
def withdraw_consent(act: Act, command: WithdrawConsent) -> None:
    given = as_written(act, "notice_given", act.row("notice_given", command.notice, "notice")["id"])
    values: dict[str, Any] = {name: given[name] for name in notice_given.group_of}
    values["withdrawn_at"] = command.withdrawn_at or act.now
    act.create("notice_given", values, {"consent_items": given["consent_items"]}, node=given["node"])


@handles(PlanFollowUp)
def plan_follow_up(act: Act, command: PlanFollowUp) -> None:
    met = act.row("encounter", command.encounter, "encounter")
    case = act.row("case", met["case"], "encounter")
    plan_visit(act, met["id"], case["id"], case["person"], command.due_at, met["node"])
    _say_next(
        act, case["id"], case["next_due"], [command.due_at, *(due for _, due in pending_visits(act.conn, case["id"]))]
    )


@handles(RecordFollowUp)
def record_follow_up(act: Act, command: RecordFollowUp) -> None:
    visit = act.row("follow_up", command.follow_up, "follow_up")
    if visit["done_at"] is not None:
        raise Refused("visit_done_before", "follow_up")
    check_times(command.done_at, None, act.now)
    done = values_for("follow_up", command) | {"done_at": command.done_at or act.now}
    act.set("follow_up", visit["id"], "done", done)
    case = act.row("case", visit["case"], "follow_up")
    due = [due for id_, due in pending_visits(act.conn, case["id"]) if id_ != visit["id"]]
    if command.next_due is not None:
        plan_visit(act, visit["encounter"], case["id"], visit["person"], command.next_due, visit["node"])
        due.append(command.next_due)
    _say_next(act, case["id"], case["next_due"], due)


def _say_next(act: Act, case_id: str, said: int | None, due: list[int]) -> None:
    """The case says when the first of its visits is due; `said` is what it says now."""
    first = min(due, default=None)
    if first != said:
        act.set("case", case_id, "next_due", {"next_due": first})


def _check_outcome(act: Act, encounter_id: str) -> None:
    """A correction must not end a protected person's encounter in a way a new one could not."""
    met = as_written(act, "encounter", encounter_id)
    case = as_written(act, "case", met["case"])
    person = as_written(act, "person", case["person"])
    check(facts_for(person, met, met["health_obs"], act.now, case["mode"]))
