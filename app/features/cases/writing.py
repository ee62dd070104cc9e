"""The pieces of an act about a case: what the rules see, the new case, what was told, the next visit, the closure.

Used by the handlers of `commands.py` and `commands_case.py`; nothing here is an act by itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from app.base.clock import MINUTE, local
from app.base.errors import Refused
from app.features.cases.closing import CaseFile, check_closing
from app.features.cases.facts import CaseFacts, ClosureFacts, NoticeFacts
from app.features.cases.rules import Facts, is_extreme
from app.features.cases.tables import encounter, follow_up, notice_given
from app.features.org.amending import as_written, put, sets_for, values_for
from app.features.org.queries import campaigns_in_force, node_row
from app.features.people.rules import age_of, is_minor
from app.journal.act import Act

CLOCK_SLACK = 10 * MINUTE
"""How far ahead of this PC's clock a typed time may be."""


def facts_for(
    person: Mapping[str, Any], met: Mapping[str, Any], health_obs: Iterable[str], now: int, mode: str | None
) -> Facts:
    """What the rules look at, from values of a person and of an encounter."""
    groups = tuple(person.get("special_groups") or ())
    estimated_on = local(person.get("born_at") or now).date()
    age = age_of(person.get("birth_date"), person.get("age_est"), estimated_on, local(now).date())
    return Facts(
        minor=is_minor(age, groups, age_is_sure=person.get("birth_date") is not None),
        special_groups=groups,
        identity_status=person.get("identity_status"),
        health_obs=tuple(health_obs),
        disposition=met.get("disposition"),
        refusal_reason=met.get("refusal_reason"),
        ineligible_reason=met.get("ineligible_reason"),
        called_120=met.get("called_120_at") is not None,
        weather_extreme=is_extreme(met.get("weather"), mode),
    )


def check_times(started_at: int | None, ended_at: int | None, now: int) -> None:
    """A contact lies in the past and ends after it began."""
    if started_at is not None and started_at > now + CLOCK_SLACK:
        raise Refused("time_in_future", "started_at")
    if ended_at is not None and started_at is not None and ended_at < started_at:
        raise Refused("ended_before_started", "ended_at")


def new_case(act: Act, command: CaseFacts, person_id: str, mode: str, campaign: str | None) -> dict[str, Any]:
    """The values of a case that begins with this act. `mode`, `campaign`: from `campaign_for`."""
    asked = set(values_for("case", command)) - set(ClosureFacts.__dataclass_fields__) - {"next_due"}
    return {
        **{name: value for name, value in values_for("case", command).items() if name in asked},
        "person": person_id,
        "biz_no": next_biz_no(act),
        "mode": mode,
        "campaign": campaign,
        "reasons_answer": "ASKED" if command.reasons else "NOT_ASKED",
        "needs_answer": "ASKED" if command.needs else "NOT_ASKED",
    }


def campaign_for(act: Act, command: CaseFacts, met_at: int | None = None) -> tuple[str, str | None]:
    """The MODE and the campaign: as given, else what was in force here that day."""
    if command.campaign is not None:
        row = act.row("campaign", command.campaign, "campaign")
        return command.mode or row["mode"] or "CAMPAIGN", command.campaign
    day = local(met_at or command.requested_at or act.now).date()
    running = campaigns_in_force(act.conn, act.node, day)
    if not running:
        return command.mode or "DAILY", None
    return command.mode or running[0].mode or "CAMPAIGN", running[0].id


def next_biz_no(act: Act) -> str:
    """点位码-类别-日期-设备字母序号; the letter keeps two offline laptops of one point apart."""
    day = local(act.now).date()
    point = node_row(act.conn, act.node)
    serial = act.next_number(f"case_{day:%Y%m%d}")
    return f"{point.code if point else ''}-JZ-{day:%Y%m%d}-{act.here.letter}{serial:03}"


def give_notice(act: Act, command: NoticeFacts, encounter_id: str, node: str | None) -> None:
    """Write down what was told, where the command says anything of it. Raises `Refused("missing")` under "basis"."""
    if command.basis is None:
        if any(getattr(command, name) for name in NoticeFacts.__dataclass_fields__):
            raise Refused("missing", "basis")
        return
    values = values_for("notice_given", command) | {"encounter": encounter_id}
    if command.deferred_reason is None:
        values.setdefault("told_at", act.now)
        values.setdefault("told_by", act.actor.id)
    act.create("notice_given", values, sets_for("notice_given", command), node=node)


def plan_visit(act: Act, encounter_id: str, case_id: str, person_id: str, due: int, node: str | None) -> str:
    """A follow-up that somebody has to do by then."""
    values = {"encounter": encounter_id, "case": case_id, "person": person_id, "due_at": due}
    return act.create("follow_up", values, node=node)


def pending_visits(conn: sa.Connection, case_id: str) -> list[tuple[str, int]]:
    """(id, due) of the case's follow-ups that nobody has done yet, the first due first."""
    c = follow_up.c
    query = sa.select(c.id, c.due_at).where(c.case == case_id, c.done_at.is_(None), ~c.hidden)
    return [(row.id, row.due_at or 0) for row in conn.execute(query.order_by(c.due_at, c.id))]


def last_encounter(act: Act, case_id: str) -> str | None:
    """The latest contact of the case, one that this act makes included."""
    made = [op.id for op in act.ops if op.name == "create" and op.kind == "encounter" and op.values["case"] == case_id]
    if made:
        return made[-1]
    c = encounter.c
    met_at = sa.func.coalesce(c.started_at, c.born_at)
    query = sa.select(c.id).where(c.case == case_id, ~c.hidden).order_by(met_at.desc(), c.id.desc()).limit(1)
    return act.conn.execute(query).scalar()


def close(act: Act, case_id: str, closure: Mapping[str, Any]) -> None:
    """Close the case with these values of its closure, if what the file holds allows it.

    What is not given now stays as an encounter of the case said it.
    """
    met_id = last_encounter(act, case_id)
    stored = as_written(act, "case", case_id)
    closure = {name: stored.get(name) if value is None else value for name, value in closure.items()}
    person = as_written(act, "person", stored["person"])
    met = as_written(act, "encounter", met_id) if met_id else {}
    facts = facts_for(person, met, met.get("health_obs") or (), act.now, stored.get("mode"))
    file = CaseFile(
        person=person,
        case={**stored, **closure},
        encounter=met,
        told=_is_told(act, case_id),
        minor=facts.minor,
        incapable=facts.incapable,
    )
    check_closing(file)
    put(act, "case", case_id, "closure", closure)
    put(act, "case", case_id, "status", {"case_status": "CLOSED", "case_stage": "RESOLVE"})
    if closure["close_type"] != "REFUSED" and stored["next_due"] is not None:
        put(act, "case", case_id, "next_due", {"next_due": None})


def _is_told(act: Act, case_id: str) -> bool:
    if any(op.name == "create" and op.kind == "notice_given" for op in act.ops):
        return True
    told = sa.select(notice_given.c.id).join(encounter.table, encounter.c.id == notice_given.c.encounter)
    where = (encounter.c.case == case_id, ~encounter.c.hidden, ~notice_given.c.hidden)
    return act.conn.execute(told.where(*where, notice_given.c.withdrawn_at.is_(None)).limit(1)).first() is not None
