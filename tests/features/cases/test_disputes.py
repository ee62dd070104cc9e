"""A conflict as a person judges it: every value with its author, what was before, and nothing that identifies."""

from app.features.cases.commands_undo import SettleDispute
from app.features.cases.disputes import open_disputes
from app.features.people.commands import AmendPerson, RegisterPerson
from tests.features.conftest import Exchange, Point


def test_both_values_with_author_and_what_was_before(two_points: tuple[Point, Point, Exchange]) -> None:
    one, two, exchange = two_points
    person = one.make(RegisterPerson(name="张建国", gender="MALE", age_est=45, phone="13800001111"), "person")
    exchange.round()
    one.do(AmendPerson(person=person, reason="又问了一次", phone="13800002222"))
    two.do(AmendPerson(person=person, reason="本人写下", phone="13800003333"))
    exchange.round()
    with one.reading() as conn:
        (row,) = open_disputes(conn, one.clock())
        (full,) = open_disputes(conn, one.clock(), [person])
    assert row.kind == "person"
    assert row.fields == ("phone",)
    assert row.is_masked
    assert [version.staff_name for version in row.versions] == ["王单洁", "王单洁"]
    assert [version.place for version in row.versions] == ["油坊社区", "油坊社区"]
    assert "张建国" not in row.subject
    assert "建国" not in str(row)
    assert "13800002222" not in str(row)
    assert [version.values["phone"] for version in full.versions] == ["13800002222", "13800003333"]
    assert full.before is not None
    assert full.before["phone"] == "13800001111"
    bases = tuple(version.write for version in row.versions)
    settled = SettleDispute(kind="person", id=person, group=row.group, bases=bases, choice=bases[1])
    one.do(settled)
    with one.reading() as conn:
        assert open_disputes(conn, one.clock()) == []
    assert one.row("person", person)["phone"] == "13800003333"
