"""Taking an act back as a whole, and settling what two laptops wrote differently."""

import json

from app.base.clock import DAY
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_case import AddNote, AmendCase, AmendEncounter
from app.features.cases.commands_undo import SettleDispute, UndoCommit
from app.features.cases.facts import GoodsGiven
from app.features.cases.queries import CaseFilter, case_count
from app.features.people.commands import AmendPerson, RegisterPerson
from app.journal.heads import disputes
from tests.features.cases.givens import nameless, on_shelf, water
from tests.features.conftest import Exchange, Point


def test_everything_of_the_act_is_taken_back(point: Point) -> None:
    item = water(point)
    refused = nameless(
        goods=(GoodsGiven(item=item, quantity=2),), disposition="REFUSED_GOODS", refusal_reason="FREEDOM", note="说明"
    )
    outcome = point.do(refused)
    assert on_shelf(point) == 46
    point.do(UndoCommit(commit=outcome.commit, reason="重复登记"))
    assert on_shelf(point) == 48
    for kind in ("person", "case", "encounter", "note", "follow_up"):
        assert point.rows(kind) == []
    with point.reading() as conn:
        assert case_count(conn, CaseFilter()) == 0
    again = UndoCommit(commit=outcome.commit, reason="重复登记")
    assert point.refused(again) == ("already_undone", "commit")


def test_what_names_no_write_is_refused(point: Point) -> None:
    person = dict(point.do(nameless()).made)["person"]
    for base in ("phone:a.b.99999999999999999999.0", "phone:" + "a" * 40 + ".b.1.0", "phone:..1.0", "a.b.1.0", "phone"):
        amend = AmendPerson(person=person, phone="13812341234", reason="问到了", bases=(base,))
        assert point.refused(amend) == ("wrong_type", "bases")


def test_a_correction_empties_only_what_it_could_change(point: Point) -> None:
    ids = dict(point.do(nameless(needs=("SHELTER",), story="走失")).made)
    for name in ("person", "biz_no", "case_status", "reason", "nothing"):
        amend = AmendCase(case=ids["case"], reason="误录", cleared=(name,))
        assert point.refused(amend) == ("unknown_field", "cleared")
    outcome = AmendEncounter(encounter=ids["encounter"], reason="误录", cleared=("disposition",))
    assert point.refused(outcome) == ("missing", "disposition")
    point.do(AmendCase(case=ids["case"], reason="误录", cleared=("story", "needs")))
    row = point.row("case", ids["case"])
    assert (row["story"], row["needs"], row["person"]) == (None, "[]", ids["person"])


def test_the_second_night_is_taken_back_and_the_first_stays(point: Point) -> None:
    first = point.do(nameless(disposition="REFUSED_ALL", refusal_reason="FREEDOM"))
    ids = dict(first.made)
    before = point.row("case", ids["case"])
    point.clock.pass_by(DAY)
    second = point.do(
        LogEncounter(
            person=ids["person"], place_type="PARK", health_obs=("OK",), disposition="ESCORT_STATION",
            needs=("SHELTER",), phone="13812341234",
        )
    )  # fmt: skip
    point.do(UndoCommit(commit=second.commit, reason="认错了人"))
    after = point.row("case", ids["case"])
    assert {name: after[name] for name in before} == dict(before)
    assert point.row("person", ids["person"])["phone"] is None
    assert point.row("follow_up", ids["follow_up"])["done_at"] is None
    assert [row["id"] for row in point.rows("encounter")] == [ids["encounter"]]


def test_the_first_act_is_taken_back_but_what_was_built_on_it_stays(point: Point) -> None:
    first = point.do(nameless())
    ids = dict(first.made)
    again = LogEncounter(person=ids["person"], place_type="PARK", health_obs=("OK",), disposition="CONSULT_ONLY")
    second = dict(point.do(again).made)
    point.do(UndoCommit(commit=first.commit, reason="那次不是他"))
    assert [row["id"] for row in point.rows("encounter")] == [second["encounter"]]
    assert [row["id"] for row in point.rows("case")] == [ids["case"]]
    assert [row["id"] for row in point.rows("person")] == [ids["person"]]


def test_a_note_added_later_goes_with_its_encounter(point: Point) -> None:
    first = point.do(nameless())
    point.do(AddNote(encounter=dict(first.made)["encounter"], text="补充"))
    point.do(UndoCommit(commit=first.commit, reason="重复登记"))
    assert point.rows("note") == []
    assert point.rows("encounter") == []


def test_a_correction_is_taken_back_unless_somebody_wrote_since(point: Point) -> None:
    case = dict(point.do(nameless(story="最初")).made)["case"]
    amended = point.do(AmendCase(case=case, reason="补充", story="后来", needs=("FOOD",)))
    point.do(UndoCommit(commit=amended.commit, reason="写错了"))
    row = point.row("case", case)
    assert (row["story"], row["needs"], row["needs_answer"]) == ("最初", "[]", "NOT_ASKED")
    once_more = point.do(AmendCase(case=case, reason="补充", story="第三稿"))
    point.do(AmendCase(case=case, reason="补充", story="第四稿"))
    assert point.refused(UndoCommit(commit=once_more.commit, reason="写错了")) == ("already_undone", "commit")
    assert point.row("case", case)["story"] == "第四稿"


def test_what_cannot_be_undone(point: Point) -> None:
    done = point.do(nameless())
    undone = point.do(UndoCommit(commit=done.commit, reason="重复登记"))
    assert point.refused(UndoCommit(commit=undone.commit, reason="又要了")) == ("nothing_to_undo", "commit")
    assert point.refused(UndoCommit(commit="x.y.1", reason="?")) == ("unknown_record", "commit")
    assert point.refused(UndoCommit(commit="nonsense", reason="?")) == ("unknown_record", "commit")
    assert point.refused(UndoCommit(commit=done.commit, reason="  ")) == ("void_needs_reason", "reason")


def test_two_laptops_undo_the_same_act_once(two_points: tuple[Point, Point, Exchange]) -> None:
    left, right, exchange = two_points
    item = water(left)
    outcome = left.do(nameless(goods=(GoodsGiven(item=item, quantity=2),)))
    exchange.round()
    assert (on_shelf(left), on_shelf(right)) == (46, 46)
    for point in (left, right):
        point.do(UndoCommit(commit=outcome.commit, reason="重复登记"))
    exchange.round()
    for point in (left, right):
        assert on_shelf(point) == 48
        assert point.rows("encounter") == []


def test_a_note_the_undo_did_not_see_keeps_its_encounter_visible(two_points: tuple[Point, Point, Exchange]) -> None:
    left, right, exchange = two_points
    outcome = left.do(nameless())
    met = dict(outcome.made)["encounter"]
    exchange.round()
    right.do(AddNote(encounter=met, text="第二天又见到他"))
    left.do(UndoCommit(commit=outcome.commit, reason="重复登记"))
    exchange.round()
    for point in (left, right):
        assert [row["id"] for row in point.rows("encounter")] == [met]


def in_dispute(two_points: tuple[Point, Point, Exchange]) -> tuple[str, dict[str, str]]:
    """A person whose phone two laptops wrote differently; the number written → write id."""
    left, right, exchange = two_points
    person = dict(left.do(nameless()).made)["person"]
    exchange.round()
    left.do(AmendPerson(person=person, reason="本人说", phone="13811111111"))
    right.do(AmendPerson(person=person, reason="家属说", phone="13822222222"))
    exchange.round()
    with left.reading() as conn:
        (found,) = disputes(conn, [person])
    assert found.group == "phone"
    return person, {value["phone"]: write for write, value in found.values.items()}


def test_one_of_two_values_is_chosen(two_points: tuple[Point, Point, Exchange]) -> None:
    person, writes = in_dispute(two_points)
    left, right, exchange = two_points
    bases = tuple(writes.values())
    chosen = SettleDispute(kind="person", id=person, group="phone", bases=bases, choice=writes["13811111111"])
    one_only = SettleDispute(kind="person", id=person, group="phone", bases=bases[:1], choice=bases[0])
    assert right.refused(one_only) == ("stale_form", "choice")
    right.do(chosen)
    assert right.refused(chosen) == ("dispute_settled", "choice")
    exchange.round()
    for point in (left, right):
        assert point.row("person", person)["phone"] == "13811111111"
        with point.reading() as conn:
            assert disputes(conn, [person]) == []


def test_both_values_are_wrong(two_points: tuple[Point, Point, Exchange]) -> None:
    person, writes = in_dispute(two_points)
    left, _, _ = two_points
    settle = {"kind": "person", "id": person, "group": "phone", "bases": tuple(writes.values())}
    for values, expected in (("[]", "values"), ('{"name": "x"}', "name"), ('{"phone": 5}', "phone"), (None, "choice")):
        assert left.refused(SettleDispute(**settle, values=values))[1] == expected  # type: ignore[arg-type]
    left.do(SettleDispute(**settle, values=json.dumps({"phone": "13833333333"}), reason="打通确认"))  # type: ignore[arg-type]
    assert left.row("person", person)["phone"] == "13833333333"


def test_what_is_not_typed_stays_as_all_have_it_and_a_mask_is_no_value(
    two_points: tuple[Point, Point, Exchange],
) -> None:
    left, right, exchange = two_points
    person = left.make(RegisterPerson(name="张三丰", gender="MALE", age_est=45), "person")
    left.do(AmendPerson(person=person, reason="本人说", kin_name="张无忌", kin_phone="13811111111"))
    exchange.round()
    left.do(AmendPerson(person=person, reason="本人说", kin_relation="PARENT", kin_addr="金明区油坊街道1号"))
    right.do(AmendPerson(person=person, reason="家属说", kin_relation="SPOUSE", kin_addr="金明区油坊街道2号"))
    exchange.round()
    with left.reading() as conn:
        (found,) = disputes(conn, [person])
    typed = {"kin_relation": "CHILD", "kin_addr": "金明区油坊街道3号"}

    def settle(**values: str | None) -> SettleDispute:
        said = json.dumps({name: value for name, value in values.items() if value is not None})
        return SettleDispute(kind="person", id=person, group="kin", bases=tuple(found.values), values=said)

    assert left.refused(settle(kin_relation="CHILD")) == ("missing", "kin_addr")
    for name, mask in (("kin_name", "张*"), ("kin_phone", "138****1111"), ("kin_addr", "金明区油坊街道***")):
        assert left.refused(settle(**typed | {name: mask})) == ("typed_mask", name)
    left.do(settle(**typed))
    exchange.round()
    for point in (left, right):
        row = point.row("person", person)
        assert {name: row[name] for name in row if name.startswith("kin_")} == {
            "kin_name": "张无忌", "kin_phone": "13811111111", **typed
        }  # fmt: skip
