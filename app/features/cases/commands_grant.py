"""Who else works on a case: another point is let in, or taken out again, or is given the case for good.

Not here: referrals to other institutions, who sees what (`app.journal.presence`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.features.cases.tables import case
from app.features.org.amending import explain
from app.features.org.queries import node_row
from app.features.people.tables import person
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.elements import decode_elements
from app.journal.fields import Ref, Text
from app.journal.presence import with_followers
from app.store.bulk import Kept


@dataclass(frozen=True, kw_only=True)
class GrantCase(Command):
    """Let `point` see a case with all that hangs on it, and the person, and work on it too."""

    case: Annotated[str, Ref("case")]
    point: Annotated[str, Ref("node")]
    reason: Annotated[str, Text(400)]


@dataclass(frozen=True, kw_only=True)
class RevokeCase(Command):
    """Take back a grant."""

    case: Annotated[str, Ref("case")]
    point: Annotated[str, Ref("node")]
    reason: Annotated[str, Text(400)]


@dataclass(frozen=True, kw_only=True)
class HandOverCase(Command):
    """Give a case with all that hangs on it to `point`, for good. The person stays this point's, and is seen there."""

    case: Annotated[str, Ref("case")]
    point: Annotated[str, Ref("node")]
    reason: Annotated[str, Text(400)]


@handles(GrantCase)
def grant_case(act: Act, command: GrantCase) -> None:
    row = _case_and_point(act, command)
    if command.point in decode_elements(row["grants"]):
        return
    act.add("case", command.case, "grants", command.point)
    _show_person(act, row["person"], command.point)
    explain(act, "case", command.case, command.reason)


@handles(RevokeCase)
def revoke_case(act: Act, command: RevokeCase) -> None:
    row = _case_and_point(act, command)
    if command.point not in decode_elements(row["grants"]):
        raise Refused("not_granted", "point")
    act.remove("case", command.case, "grants", command.point)
    _hide_person(act, row["person"], command.point, command.case)
    explain(act, "case", command.case, command.reason)


@handles(HandOverCase)
def hand_over_case(act: Act, command: HandOverCase) -> None:
    row = _case_and_point(act, command)
    _show_person(act, row["person"], command.point)
    if command.point in decode_elements(row["grants"]):
        act.remove("case", command.case, "grants", command.point)
    explain(act, "case", command.case, command.reason)
    for entity, ids in with_followers(act.conn, {case: [command.case]}).items():
        theirs = sa.select(entity.c.id).where(entity.c.id.in_(ids), entity.c.node == row["node"])
        for id_ in sorted(act.conn.execute(theirs).scalars()):
            act.rehome(entity.kind, id_, command.point)


def _case_and_point(act: Act, command: GrantCase | RevokeCase | HandOverCase) -> Mapping[str, Any]:
    """The case. Raises `Refused` where the case or the point is none, or the point has the case."""
    row = act.row("case", command.case, "case")
    if row["person"] is not None and _person(act, row["person"]) is None:
        raise Refused("not_this_point", "case")  # whoever works on the case must know whom it is about
    if node_row(act.conn, command.point) is None:
        raise Refused("unknown_record", "point")
    if row["node"] == command.point:
        raise Refused("case_is_there", "point")
    return row


def _show_person(act: Act, id_: str | None, point: str) -> None:
    """Who is met at that point must be known there; only the point that made the person's row can show it."""
    row = _person(act, id_)
    if row is not None and row["node"] != point and point not in decode_elements(row["grants"]):
        act.add("person", row["id"], "grants", point)


def _hide_person(act: Act, id_: str | None, point: str, case_id: str) -> None:
    """Unless another case of the person is there."""
    row = _person(act, id_)
    if row is None or point not in decode_elements(row["grants"]):
        return
    others = act.conn.execute(sa.select(case.c.node, case.c.grants).where(case.c.person == id_, case.c.id != case_id))
    if not any(point == other.node or point in decode_elements(other.grants) for other in others):
        act.remove("person", row["id"], "grants", point)


def _person(act: Act, id_: str | None) -> Mapping[str, Any] | None:
    return next(iter(_PERSON.mappings(act.conn, of_person=id_)), None)


_PERSON = Kept(sa.select(person.table).where(person.c.id == sa.bindparam("of_person")))
