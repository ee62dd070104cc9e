"""Kinds of records, and records by their kinds."""

from app.base.ids import new_id
from app.features.cases.tables import case
from app.features.people.tables import person
from app.journal.entities import by_entity


def test_records_by_kind_leave_out_what_only_a_newer_program_knows() -> None:
    first, second, who, other = (new_id() for _ in range(4))
    records = [(case.kind, first), (person.kind, who), ("of_tomorrow", other), (case.kind, second), (case.kind, first)]
    assert by_entity(records) == {case: {first, second}, person: {who}}
