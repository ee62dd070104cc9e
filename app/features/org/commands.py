"""Building up the network: points and the people who work there.

What a point announces, its campaigns, partners and key areas: `commands_notices.py`.
"""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa

from app.base.errors import Refused
from app.features import codes
from app.features.org.amending import Correction, correct, explain, sets_for, values_for
from app.features.org.queries import load_tree
from app.features.org.tables import node, node_id, staff
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Code, Day, Flag, Many, Ref, Text


@dataclass(frozen=True, kw_only=True)
class _NodeFacts(Command):
    address: Annotated[str | None, Text(120)] = None
    division_code: Annotated[str | None, Text(12)] = None
    geo: Annotated[str | None, Text(40)] = None
    phone: Annotated[str | None, Text(20)] = None
    hotline: Annotated[str | None, Text(20)] = None
    hours: Annotated[str | None, Text(120)] = None
    point_type: Annotated[str | None, Code(codes.POINT_TYPE)] = None
    host_unit: Annotated[str | None, Text(60)] = None
    sign_ok: Annotated[bool | None, Flag()] = None
    risk_level: Annotated[str | None, Code(codes.RISK_LEVEL)] = None
    circle: Annotated[tuple[str, ...] | None, Many(Code(codes.CIRCLE))] = None


@dataclass(frozen=True, kw_only=True)
class FoundNode(_NodeFacts):
    """A point, sub-station or center comes into the network."""

    code: Annotated[str, Text(24)]
    name: Annotated[str, Text(40)]
    tier: Annotated[str, Code(codes.TIER)]
    parent: Annotated[str | None, Ref("node")] = None
    status: Annotated[str, Code(codes.POINT_STATUS)] = "ACTIVE"
    opened_on: Annotated[str | None, Day()] = None


@dataclass(frozen=True, kw_only=True)
class AmendNode(_NodeFacts, Correction):
    NEVER_EMPTY = frozenset({"name"})

    node: Annotated[str, Ref("node")]
    name: Annotated[str | None, Text(40)] = None
    parent: Annotated[str | None, Ref("node")] = None


@dataclass(frozen=True, kw_only=True)
class SetNodeStatus(Command):
    """A point opens, pauses or closes."""

    node: Annotated[str, Ref("node")]
    status: Annotated[str, Code(codes.POINT_STATUS)]
    opened_on: Annotated[str | None, Day()] = None
    reason: Annotated[str, Text(400)]


@dataclass(frozen=True, kw_only=True)
class EngageStaff(Command):
    """Somebody starts to work at a point. `code` is what they sign in with."""

    code: Annotated[str, Text(24)]
    name: Annotated[str, Text(30)]
    role: Annotated[str, Code(codes.ROLE)]
    node: Annotated[str | None, Ref("node")] = None
    phone: Annotated[str | None, Text(20)] = None
    unit: Annotated[str | None, Text(60)] = None
    trained_on: Annotated[str | None, Day()] = None
    cert_until: Annotated[str | None, Day()] = None


@dataclass(frozen=True, kw_only=True)
class AmendStaff(Correction):
    NEVER_EMPTY = frozenset({"name", "role"})

    staff: Annotated[str, Ref("staff")]
    name: Annotated[str | None, Text(30)] = None
    role: Annotated[str | None, Code(codes.ROLE)] = None
    phone: Annotated[str | None, Text(20)] = None
    unit: Annotated[str | None, Text(60)] = None
    trained_on: Annotated[str | None, Day()] = None
    cert_until: Annotated[str | None, Day()] = None


@dataclass(frozen=True, kw_only=True)
class DismissStaff(Command):
    """Somebody no longer works here; what they wrote stays."""

    staff: Annotated[str, Ref("staff")]
    reason: Annotated[str, Text(400)]


@handles(FoundNode)
def found_node(act: Act, command: FoundNode) -> None:
    id_ = node_id(command.code)
    if act.conn.execute(sa.select(node.c.id).where(node.c.id == id_, ~node.c.hidden)).scalar():
        raise Refused("already_exists", "code")
    if command.tier != "CITY":
        if command.parent is None:
            raise Refused("missing", "parent")
        _check_parent(act, command.tier, command.parent)
    act.create("node", values_for("node", command), sets_for("node", command), id=id_, node=id_)


@handles(AmendNode)
def amend_node(act: Act, command: AmendNode) -> None:
    if command.parent is not None:
        tree = load_tree(act.conn)
        if tree.within(command.parent, command.node):
            raise Refused("node_under_itself", "parent")
        _check_parent(act, tree.tier.get(command.node, ""), command.parent)
    correct(act, "node", command.node, command)


@handles(SetNodeStatus)
def set_node_status(act: Act, command: SetNodeStatus) -> None:
    row = act.row("node", command.node, "node")
    wanted = {"status": command.status, "opened_on": command.opened_on or row["opened_on"]}
    if wanted != {name: row[name] for name in wanted}:
        act.set("node", command.node, "status", wanted)
        explain(act, "node", command.node, command.reason)


@handles(EngageStaff)
def engage_staff(act: Act, command: EngageStaff) -> None:
    taken = sa.select(staff.c.id).where(staff.c.code == command.code, ~staff.c.hidden)
    if act.conn.execute(taken).first():
        raise Refused("already_exists", "code")
    at = command.node or act.node
    if at != act.node:
        act.row("node", at, "node")
    act.create("staff", {**values_for("staff", command), "active": True}, node=at)


@handles(AmendStaff)
def amend_staff(act: Act, command: AmendStaff) -> None:
    correct(act, "staff", command.staff, command)


@handles(DismissStaff)
def dismiss_staff(act: Act, command: DismissStaff) -> None:
    if act.row("staff", command.staff, "staff")["active"] is not False:
        act.set("staff", command.staff, "active", {"active": False})
        explain(act, "staff", command.staff, command.reason)


def _check_parent(act: Act, tier: str, parent: str) -> None:
    """A point hangs on one of a higher tier; tiers may be left out."""
    above = act.row("node", parent, "parent")["tier"]
    if codes.TIER.place(above) >= codes.TIER.place(tier):
        raise Refused("parent_not_above", "parent")
