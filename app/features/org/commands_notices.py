"""What stands above the single case: campaigns, announcements, partners, key areas."""

from dataclasses import dataclass
from typing import Annotated

from app.base.errors import Refused
from app.features import codes
from app.features.org.amending import Correction, correct, explain, sets_for, values_for
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Code, Day, Instant, Many, Ref, Text


@dataclass(frozen=True, kw_only=True)
class StartCampaign(Command):
    """A 专项行动 of this node and all below it, or of `node`."""

    type: Annotated[str, Code(codes.CAMPAIGN)]
    name: Annotated[str, Text(60)]
    starts_on: Annotated[str, Day()]
    ends_on: Annotated[str | None, Day()] = None
    mode: Annotated[str, Code(codes.MODE)] = "CAMPAIGN"
    plan: Annotated[str | None, Text(4000)] = None
    node: Annotated[str | None, Ref("node")] = None


@dataclass(frozen=True, kw_only=True)
class AmendCampaign(Correction):
    NEVER_EMPTY = frozenset({"type", "name", "mode", "starts_on"})

    campaign: Annotated[str, Ref("campaign")]
    type: Annotated[str | None, Code(codes.CAMPAIGN)] = None
    name: Annotated[str | None, Text(60)] = None
    starts_on: Annotated[str | None, Day()] = None
    ends_on: Annotated[str | None, Day()] = None
    mode: Annotated[str | None, Code(codes.MODE)] = None
    plan: Annotated[str | None, Text(4000)] = None


@dataclass(frozen=True, kw_only=True)
class EndCampaign(Command):
    """The campaign is over before its last day, or was set up by mistake."""

    campaign: Annotated[str, Ref("campaign")]
    reason: Annotated[str, Text(400)]


@dataclass(frozen=True, kw_only=True)
class PostNotice(Command):
    title: Annotated[str, Text(80)]
    text: Annotated[str | None, Text(4000)] = None
    expires_at: Annotated[int | None, Instant()] = None
    node: Annotated[str | None, Ref("node")] = None


@dataclass(frozen=True, kw_only=True)
class TakeDownNotice(Command):
    notice: Annotated[str, Ref("notice")]
    reason: Annotated[str, Text(400)]


@dataclass(frozen=True, kw_only=True)
class AddPartner(Command):
    """A 协作单位."""

    name: Annotated[str, Text(60)]
    partner_type: Annotated[str, Code(codes.PARTNER_TYPE)]
    contact: Annotated[str | None, Text(30)] = None
    phone: Annotated[str | None, Text(20)] = None
    agreement: Annotated[str | None, Text(400)] = None
    node: Annotated[str | None, Ref("node")] = None


@dataclass(frozen=True, kw_only=True)
class AmendPartner(Correction):
    NEVER_EMPTY = frozenset({"name", "partner_type"})

    partner: Annotated[str, Ref("partner")]
    name: Annotated[str | None, Text(60)] = None
    partner_type: Annotated[str | None, Code(codes.PARTNER_TYPE)] = None
    contact: Annotated[str | None, Text(30)] = None
    phone: Annotated[str | None, Text(20)] = None
    agreement: Annotated[str | None, Text(400)] = None


@dataclass(frozen=True, kw_only=True)
class EndPartner(Command):
    partner: Annotated[str, Ref("partner")]
    reason: Annotated[str, Text(400)]


@dataclass(frozen=True, kw_only=True)
class AddPlace(Command):
    """A 重点区域, or one spot that patrols look at."""

    name: Annotated[str, Text(60)]
    place_type: Annotated[str, Code(codes.PLACE_TYPE)]
    risk_level: Annotated[str | None, Code(codes.RISK_LEVEL)] = None
    code: Annotated[str | None, Text(24)] = None
    key_times: Annotated[str | None, Text(120)] = None
    division_code: Annotated[str | None, Text(12)] = None
    geo: Annotated[str | None, Text(40)] = None
    description: Annotated[str | None, Text(400)] = None
    circle: Annotated[tuple[str, ...] | None, Many(Code(codes.CIRCLE))] = None
    node: Annotated[str | None, Ref("node")] = None


@dataclass(frozen=True, kw_only=True)
class AmendPlace(Correction):
    NEVER_EMPTY = frozenset({"name", "place_type"})

    place: Annotated[str, Ref("place")]
    name: Annotated[str | None, Text(60)] = None
    place_type: Annotated[str | None, Code(codes.PLACE_TYPE)] = None
    risk_level: Annotated[str | None, Code(codes.RISK_LEVEL)] = None
    code: Annotated[str | None, Text(24)] = None
    key_times: Annotated[str | None, Text(120)] = None
    division_code: Annotated[str | None, Text(12)] = None
    geo: Annotated[str | None, Text(40)] = None
    description: Annotated[str | None, Text(400)] = None
    circle: Annotated[tuple[str, ...] | None, Many(Code(codes.CIRCLE))] = None


@dataclass(frozen=True, kw_only=True)
class ClosePlace(Command):
    place: Annotated[str, Ref("place")]
    reason: Annotated[str, Text(400)]


@handles(StartCampaign)
def start_campaign(act: Act, command: StartCampaign) -> None:
    _check_days(command.starts_on, command.ends_on)
    _begin(act, "campaign", command, command.node)


@handles(AmendCampaign)
def amend_campaign(act: Act, command: AmendCampaign) -> None:
    row = act.row("campaign", command.campaign, "campaign")
    ends_on = None if "ends_on" in (command.cleared or ()) else command.ends_on or row["ends_on"]
    _check_days(command.starts_on or row["starts_on"], ends_on)
    correct(act, "campaign", command.campaign, command)


@handles(EndCampaign)
def end_campaign(act: Act, command: EndCampaign) -> None:
    _end(act, "campaign", command.campaign, command.reason)


@handles(PostNotice)
def post_notice(act: Act, command: PostNotice) -> None:
    _begin(act, "notice", command, command.node)


@handles(TakeDownNotice)
def take_down_notice(act: Act, command: TakeDownNotice) -> None:
    _end(act, "notice", command.notice, command.reason)


@handles(AddPartner)
def add_partner(act: Act, command: AddPartner) -> None:
    _begin(act, "partner", command, command.node)


@handles(AmendPartner)
def amend_partner(act: Act, command: AmendPartner) -> None:
    correct(act, "partner", command.partner, command)


@handles(EndPartner)
def end_partner(act: Act, command: EndPartner) -> None:
    _end(act, "partner", command.partner, command.reason)


@handles(AddPlace)
def add_place(act: Act, command: AddPlace) -> None:
    _begin(act, "place", command, command.node)


@handles(AmendPlace)
def amend_place(act: Act, command: AmendPlace) -> None:
    correct(act, "place", command.place, command)


@handles(ClosePlace)
def close_place(act: Act, command: ClosePlace) -> None:
    _end(act, "place", command.place, command.reason)


def _begin(act: Act, kind: str, command: Command, node: str | None) -> None:
    if node is not None:
        act.row("node", node, "node")
    act.create(kind, {**values_for(kind, command), "active": True}, sets_for(kind, command), node=node)


def _end(act: Act, kind: str, id_: str, reason: str) -> None:
    if act.row(kind, id_, kind)["active"] is not False:
        act.set(kind, id_, "status", {"active": False})
        explain(act, kind, id_, reason)


def _check_days(starts_on: str, ends_on: str | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise Refused("ends_before_start", "ends_on")
