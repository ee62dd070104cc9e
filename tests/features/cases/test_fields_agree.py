"""A command that carries a record's fields has them all, and of the same type: nothing is kept twice unseen."""

import pytest

from app.features.cases.commands import LogEncounter, OpenCase
from app.features.cases.commands_case import AmendCase, AmendEncounter, CloseCase, GiveNotice, RecordFollowUp
from app.features.org.commands import AmendNode, AmendStaff, EngageStaff, FoundNode
from app.features.org.commands_notices import (
    AddPartner,
    AddPlace,
    AmendCampaign,
    AmendPartner,
    AmendPlace,
    PostNotice,
    StartCampaign,
)
from app.features.people.commands import AmendPerson, RegisterPerson
from app.journal.commands import Command, slots_of
from app.journal.entities import find_entity
from app.journal.fields import Many

# What the program says by itself: the command does not carry it.
BY_THE_PROGRAM = {
    "person": {"special_groups_answer", "grants"},
    "case": {
        "person",
        "biz_no",
        "case_status",
        "case_stage",
        "reviewer",
        "reviewed_at",
        "reasons_answer",
        "needs_answer",
        "grants",
    },
    "encounter": {"case", "health_obs_answer", "services_answer"},
    "notice_given": {"encounter", "withdrawn_at"},
    "node": {"status", "opened_on", "code", "tier"},
    "staff": {"active", "code"},
    "campaign": {"active"},
    "partner": {"active"},
    "place": {"active"},
    "notice": {"active"},
}
CLOSURE = set(find_entity("case").groups["closure"]) | {"next_due"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("command", "kind", "elsewhere"),
    [
        (RegisterPerson, "person", set()),
        (AmendPerson, "person", set()),
        (LogEncounter, "person", set()),
        (OpenCase, "case", CLOSURE),
        (LogEncounter, "case", set()),
        (AmendCase, "case", CLOSURE),
        (LogEncounter, "encounter", set()),
        (AmendEncounter, "encounter", set()),
        (LogEncounter, "notice_given", set()),
        (GiveNotice, "notice_given", set()),
        (FoundNode, "node", set()),
        (AmendNode, "node", set()),
        (EngageStaff, "staff", set()),
        (AmendStaff, "staff", set()),
        (StartCampaign, "campaign", set()),
        (AmendCampaign, "campaign", set()),
        (AddPartner, "partner", set()),
        (AmendPartner, "partner", set()),
        (AddPlace, "place", set()),
        (AmendPlace, "place", set()),
        (PostNotice, "notice", set()),
    ],
)
def test_a_command_has_the_fields_of_its_record(command: type[Command], kind: str, elsewhere: set[str]) -> None:
    entity = find_entity(kind)
    assert entity is not None
    slots = {slot.name: slot.field for slot in slots_of(command)}
    fields = entity.fields()
    missing = (fields.keys() | entity.sets.keys()) - slots.keys()
    assert missing <= BY_THE_PROGRAM[kind] | elsewhere
    same_name_other_meaning = {"note", "case", "person", "encounter"} if command is LogEncounter else set()
    for name in (fields.keys() & slots.keys()) - same_name_other_meaning:
        assert slots[name] == fields[name], name
    for name in entity.sets.keys() & slots.keys():
        taken = slots[name]
        assert isinstance(taken, Many)
        assert taken.each == entity.sets[name], name


def test_closing_and_visiting_have_the_fields_of_their_groups() -> None:
    closing = {slot.name for slot in slots_of(CloseCase)}
    assert find_entity("case").groups["closure"].keys() <= closing  # type: ignore[union-attr]
    visiting = {slot.name for slot in slots_of(RecordFollowUp)}
    assert find_entity("follow_up").groups["done"].keys() <= visiting  # type: ignore[union-attr]
