"""The fields that several commands about cases share: what was asked, met, told, and how it ended."""

from dataclasses import dataclass
from typing import Annotated

from app.features import codes
from app.features.inventory.tables import QUANTITY
from app.journal.commands import Command, Line
from app.journal.fields import Code, Day, Flag, Instant, Integer, Many, Ref, Text


@dataclass(frozen=True, kw_only=True)
class CaseFacts(Command):
    reasons: Annotated[tuple[str, ...] | None, Many(Code(codes.REASON))] = None
    needs: Annotated[tuple[str, ...] | None, Many(Code(codes.NEED))] = None
    story: Annotated[str | None, Text(4000)] = None
    adrift_since: Annotated[str | None, Day()] = None
    belongings: Annotated[str | None, Text(400)] = None
    companions: Annotated[tuple[str, ...] | None, Many(Ref("person"))] = None
    requested_at: Annotated[int | None, Instant()] = None
    campaign: Annotated[str | None, Ref("campaign")] = None
    mode: Annotated[str | None, Code(codes.MODE)] = None


@dataclass(frozen=True, kw_only=True)
class EncounterFacts(Command):
    """`started_at` left out means now."""

    started_at: Annotated[int | None, Instant()] = None
    ended_at: Annotated[int | None, Instant()] = None
    place_type: Annotated[str | None, Code(codes.PLACE_TYPE)] = None
    place_text: Annotated[str | None, Text(120)] = None
    division_code: Annotated[str | None, Text(12)] = None
    geo: Annotated[str | None, Text(40)] = None
    channel: Annotated[str | None, Code(codes.INTAKE_CHANNEL)] = None
    source: Annotated[str | None, Code(codes.CLUE_SOURCE)] = None
    weather: Annotated[str | None, Code(codes.WEATHER)] = None
    temperature: Annotated[int | None, Integer(-60, 60)] = None
    shift: Annotated[str | None, Code(codes.SHIFT)] = None
    arrival_by: Annotated[str | None, Code(codes.PATROL_MEANS)] = None
    clue: Annotated[str | None, Ref("clue")] = None
    patrol: Annotated[str | None, Ref("patrol")] = None
    screening: Annotated[str | None, Code(codes.SCREENING)] = None
    sleeping_rough: Annotated[bool | None, Flag()] = None
    with_minor: Annotated[bool | None, Flag()] = None
    health_obs: Annotated[tuple[str, ...] | None, Many(Code(codes.HEALTH_OBS))] = None
    called_120_at: Annotated[int | None, Instant()] = None
    called_110_at: Annotated[int | None, Instant()] = None
    services: Annotated[tuple[str, ...] | None, Many(Code(codes.SERVICE_TYPE))] = None
    disposition: Annotated[str | None, Code(codes.DISPOSITION)] = None
    refusal_reason: Annotated[str | None, Code(codes.REFUSAL_REASON)] = None
    ineligible_reason: Annotated[str | None, Code(codes.INELIGIBLE)] = None
    guide_card_no: Annotated[str | None, Text(40)] = None
    policy_told: Annotated[bool | None, Flag()] = None
    persuasion_minutes: Annotated[int | None, Integer(0, 1440)] = None
    staff: Annotated[str | None, Ref("staff")] = None
    co_staff: Annotated[str | None, Text(120)] = None


@dataclass(frozen=True, kw_only=True)
class ClosureFacts(Command):
    close_type: Annotated[str | None, Code(codes.CLOSE_TYPE)] = None
    left_at: Annotated[int | None, Instant()] = None
    destination: Annotated[str | None, Text(120)] = None
    receiver_name: Annotated[str | None, Text(50)] = None
    receiver_relation: Annotated[str | None, Code(codes.RELATION)] = None
    receiver_id_checked: Annotated[bool | None, Flag()] = None
    self_leave_stmt: Annotated[bool | None, Flag()] = None
    left_items: Annotated[str | None, Text(400)] = None
    satisfaction: Annotated[int | None, Integer(1, 5)] = None


@dataclass(frozen=True, kw_only=True)
class NoticeFacts(Command):
    """告知: on what basis the data is kept, and what was told, or why it will be told later."""

    basis: Annotated[str | None, Code(codes.LAWFUL_BASIS)] = None
    notice_version: Annotated[str | None, Text(20)] = None
    told_at: Annotated[int | None, Instant()] = None
    told_by: Annotated[str | None, Ref("staff")] = None
    language: Annotated[str | None, Text(20)] = None
    deferred_reason: Annotated[str | None, Text(200)] = None
    signer: Annotated[str | None, Code(codes.SIGNER)] = None
    consent_items: Annotated[tuple[str, ...] | None, Many(Code(codes.CONSENT_ITEM))] = None


@dataclass(frozen=True, kw_only=True)
class GoodsGiven(Line):
    """One item handed to the person. `quantity` in base units; `lot` only where the clerk chose another one."""

    item: Annotated[str, Ref("item")]
    quantity: Annotated[int, QUANTITY]
    lot: Annotated[str | None, Ref("lot")] = None
    over_limit_reason: Annotated[str | None, Text(200)] = None
    receipt_mode: Annotated[str | None, Code(codes.RECEIPT_MODE)] = None
    witness: Annotated[str | None, Text(30)] = None
