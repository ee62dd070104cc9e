"""Each interleaving of `sync.md` §4 and §5 by name: what two people did, and what everybody sees."""

from dataclasses import replace

import pytest

from tests.reference.authors import CASE, PERSON, Author, in_every_order, named, names, node_of, numbered, person
from tests.reference.histories import SCHEMA
from tests.reference.model import Add, Commit, Create, Remove, Set, Void, provisional, stamp
from tests.reference.node import Node
from tests.reference.wrong_rules import SameBaseConflict

GROUPS = ("person", PERSON, "special_groups")


@pytest.fixture
def a() -> Author:
    return Author("a")


@pytest.fixture
def b() -> Author:
    return Author("b")


@pytest.fixture
def born() -> Commit:
    """The person everybody knows, made by the hub's own hand at time 0."""
    return Author("c").write(person(), wall=0)


# ---- groups


def test_edits_of_two_groups_merge(a: Author, b: Author, born: Commit) -> None:
    age = Set("person", PERSON, "age", {"age_est": 60}, frozenset({born.ref()}))
    both = numbered(born, a.write(named("王", born.ref()), wall=1), b.write(age, wall=2))
    for view in in_every_order(both):
        assert view.shown("person", PERSON, "name") == {"name": "王"}
        assert view.shown("person", PERSON, "age") == {"age_est": 60}
        assert view.conflicts() == []


def test_edits_of_one_group_conflict_until_a_set_names_all_heads(a: Author, b: Author, born: Commit) -> None:
    mine, other = a.write(named("王", born.ref()), wall=1), b.write(named("张", born.ref()), wall=2)
    for view in in_every_order(numbered(born, mine, other)):
        assert names(view) == ["张", "王"]
        assert view.conflicts() == [("person", PERSON, "name")]
    settled = a.write(named("王", mine.ref(), other.ref()), wall=3)
    for view in in_every_order(numbered(born, mine, other, settled)):
        assert names(view) == ["王"]
        assert view.conflicts() == []


def test_a_settlement_that_missed_a_third_value_leaves_that_one(a: Author, b: Author, born: Commit) -> None:
    mine, other = a.write(named("王", born.ref()), wall=1), b.write(named("张", born.ref()), wall=2)
    third = Author("d").write(named("赵", born.ref()), wall=3)
    settled = a.write(named("王", mine.ref(), other.ref()), wall=4)
    for view in in_every_order(numbered(born, mine, other, third, settled)):
        assert names(view) == ["王", "赵"]


def test_two_settlements_at_once_are_a_conflict_again(a: Author, b: Author, born: Commit) -> None:
    mine, other = a.write(named("王", born.ref()), wall=1), b.write(named("张", born.ref()), wall=2)
    by_a = a.write(named("王", mine.ref(), other.ref()), wall=3)
    by_b = b.write(named("张", mine.ref(), other.ref()), wall=4)
    for view in in_every_order(numbered(born, mine, other, by_a, by_b)):
        assert names(view) == ["张", "王"]


def test_same_base_is_not_the_question(a: Author, b: Author, born: Commit) -> None:
    """a writes twice; its second write and b's have no base in common, and yet b's value must not be hidden."""
    first = a.write(named("王", born.ref()), wall=1)
    second = a.write(named("赵", first.ref()), wall=3)
    other = b.write(named("张", born.ref()), wall=2)
    commits = numbered(born, first, second, other)
    for view in in_every_order(commits):
        assert names(view) == ["赵", "张"]
        assert view.conflict("person", PERSON, "name")
    wrong = Node(SCHEMA, view=SameBaseConflict)
    wrong.apply(commits)
    assert names(wrong.view()) == ["赵"]


def test_a_write_named_before_it_is_known_is_born_superseded(a: Author, born: Commit) -> None:
    early = a.write(named("王", born.ref()), wall=1)
    late = a.write(named("张", early.ref()), wall=2)
    node = node_of(numbered(late, first=3))
    assert names(node.view()) == ["张"]
    node.apply(numbered(early, first=2))
    assert names(node.view()) == ["张"]
    node.apply(numbered(born))
    assert names(node.view()) == ["张"]


def test_a_superseded_write_never_competes_again_whatever_its_time(a: Author, b: Author, born: Commit) -> None:
    seen = replace(a.write(named("王", born.ref())), eff=1_000)
    answer = replace(b.write(named("张", seen.ref())), eff=5)
    for view in in_every_order(numbered(born, seen, answer)):
        assert names(view) == ["张"]


def test_equal_values_are_no_conflict(a: Author, b: Author, born: Commit) -> None:
    mine, other = a.write(named("王", born.ref()), wall=1), b.write(named("王", born.ref()), wall=2)
    for view in in_every_order(numbered(born, mine, other)):
        assert names(view) == ["王", "王"]
        assert view.conflicts() == []
        assert view.shown("person", PERSON, "name") == {"name": "王"}


def test_a_form_left_open_meets_the_authors_own_later_write(a: Author, born: Commit) -> None:
    """The draft keeps the bases it was shown, also against writes of the same laptop."""
    quick = a.write(named("王", born.ref()), wall=1)
    draft = a.write(named("张", born.ref()), wall=2)
    assert names(node_of(numbered(born, quick, draft)).view()) == ["张", "王"]


def test_equal_times_are_told_apart_by_device_and_then_by_n(a: Author, b: Author, born: Commit) -> None:
    one, two = a.write(named("一", born.ref()), wall=7), a.write(named("二", born.ref()), wall=7)
    three = b.write(named("三", born.ref()), wall=7)
    for view in in_every_order(numbered(three, two, one, born)):
        assert names(view) == ["三", "二", "一"]


# ---- unsent writes


def test_own_unsent_stands_above_all_and_falls_into_place_when_stamped(a: Author, b: Author, born: Commit) -> None:
    mine = a.write(named("王", born.ref()), wall=1)
    other = b.write(named("张", born.ref()), wall=500)
    node = node_of([*numbered(born, other), mine], own="a")
    assert names(node.view()) == ["王", "张"]
    node.stamp([(mine.id, 3, 1)])
    assert names(node.view()) == ["张", "王"]


def test_own_unsent_stand_in_the_order_of_n_whatever_the_clock_said(a: Author, born: Commit) -> None:
    first, second = a.write(named("一", born.ref()), wall=900), a.write(named("二", born.ref()), wall=3)
    node = node_of([*numbered(born), second, first], own="a")
    assert names(node.view()) == ["二", "一"]


def test_a_head_superseded_only_by_an_unsent_write_stays_in_the_digest(a: Author, born: Commit) -> None:
    mine = a.write(named("王", born.ref()), wall=1)
    hub, laptop = node_of(numbered(born)), node_of([*numbered(born), mine], own="a")
    record = [("person", PERSON)]
    assert names(laptop.view()) == ["王"]
    assert names(laptop.settled()) == ["李"]
    assert laptop.settled().digest(record) == hub.settled().digest(record)
    hub.apply(numbered(mine, first=2))
    assert laptop.settled().digest(record) != hub.settled().digest(record)
    laptop.stamp([(mine.id, 2, 1)])
    assert laptop.settled().digest(record) == hub.settled().digest(record)


def test_a_later_stamp_replaces_the_former_and_an_earlier_one_does_not(a: Author, b: Author, born: Commit) -> None:
    mine, other = a.write(named("王", born.ref()), wall=9), b.write(named("张", born.ref()), wall=5)
    node = node_of(numbered(born, mine, other), own="a")
    restored = (mine.id, 1_000_000_001, 3)
    for stamps in ([restored], [(mine.id, 2, 9)]):
        node.stamp(stamps)
        assert names(node.view()) == ["张", "王"]


def test_after_a_restore_of_the_hub_own_writes_above_it_are_unsent_again(a: Author, b: Author, born: Commit) -> None:
    other, mine = b.write(named("张", born.ref()), wall=5), a.write(named("王", born.ref()), wall=3)
    node = node_of(numbered(born, other, mine), own="a")
    assert names(node.view()) == ["张", "王"]
    node.clear_seq_above(2)
    assert names(node.view()) == ["王", "张"]
    assert names(node.settled()) == ["张"]
    node.stamp([(mine.id, 1_000_000_003, 3)])
    assert names(node.view()) == ["张", "王"]


def test_out_of_quarantine_a_write_has_its_time_before_it_has_its_number(a: Author, b: Author, born: Commit) -> None:
    mine, other = a.write(named("王", born.ref()), wall=3), b.write(named("张", born.ref()), wall=5)
    node = node_of([*numbered(born, other), mine], own="a")
    node.stamp([(mine.id, None, 3)])
    assert names(node.view()) == ["王", "张"], "still unsent: nobody else has it"
    node.stamp([(mine.id, 9, 3)])
    assert names(node.view()) == ["张", "王"]


def test_known_is_asked_per_op(a: Author, born: Commit) -> None:
    """A reader gets the ops in its scope; the others may come later, when its scope has grown."""
    note = Create("note", "note one", "point", {"case": CASE, "text": "看过"})
    (whole,) = numbered(a.write(note, named("王", born.ref()), wall=1), first=2)
    node = node_of([*numbered(born), replace(whole, ops=(None, whole.ops[1]))])
    assert names(node.view()) == ["王"]
    assert node.view().records() == [("person", PERSON)]
    node.apply([replace(whole, ops=(whole.ops[0], None))])
    assert node.view().records() == [("note", "note one"), ("person", PERSON)]
    assert node.known[whole.id] == whole


# ---- sets and voids


def test_an_add_wins_over_a_remove_that_did_not_see_it(a: Author, b: Author, born: Commit) -> None:
    removed = a.write(Remove(*GROUPS, "elderly", frozenset({born.ref()})), wall=2)
    added = b.write(Add(*GROUPS, "elderly"), wall=1)
    for view in in_every_order(numbered(born, added, removed)):
        assert view.elements(*GROUPS) == {"elderly"}
    saw_both = a.write(Remove(*GROUPS, "elderly", frozenset({born.ref(), added.ref()})), wall=3)
    for view in in_every_order(numbered(born, added, removed, saw_both)):
        assert view.elements(*GROUPS) == frozenset()


def test_a_remove_takes_one_element_and_not_the_others_of_the_same_create(a: Author) -> None:
    both = a.write(Create("person", PERSON, "point", {}, {"special_groups": ["elderly", "disabled"]}))
    gone = a.write(Remove(*GROUPS, "elderly", frozenset({both.ref()})))
    assert node_of(numbered(both, gone)).view().elements(*GROUPS) == {"disabled"}


def test_a_void_that_saw_all_hides_the_record(a: Author, born: Commit) -> None:
    void = a.write(Void("person", PERSON, "entered twice", frozenset({born.ref()})), wall=1)
    for view in in_every_order(numbered(born, void)):
        assert view.hidden("person", PERSON)
        assert not view.review("person", PERSON)


@pytest.mark.parametrize(
    "unseen",
    [
        named("王"),
        Add(*GROUPS, "disabled"),
        Create("case", CASE, "point", {"person": PERSON, "status": "open", "stage": 1}),
    ],
    ids=["a write", "an add", "a child"],
)
def test_what_a_void_did_not_see_keeps_the_record_visible(
    a: Author, b: Author, born: Commit, unseen: Set | Add | Create
) -> None:
    void = a.write(Void("person", PERSON, "entered twice", frozenset({born.ref()})), wall=2)
    written = b.write(unseen, wall=1)
    for view in in_every_order(numbered(born, written, void)):
        assert not view.hidden("person", PERSON)
        assert view.review("person", PERSON)
        assert written.ref() in view.live("person", PERSON)
    again = a.write(Void("person", PERSON, "entered twice", frozenset({written.ref()})), wall=3)
    for view in in_every_order(numbered(born, written, void, again)):
        assert view.hidden("person", PERSON), "what the two voids saw together is all there is"


def test_an_append_only_row_keeps_its_case_visible(a: Author, b: Author) -> None:
    opened = a.write(Create("case", CASE, "point", {"person": PERSON}), wall=0)
    void = a.write(Void("case", CASE, "entered twice", frozenset({opened.ref()})), wall=2)
    note = b.write(Create("note", "note one", "point", {"case": CASE, "text": "看过"}), wall=1)
    for view in in_every_order(numbered(opened, void, note)):
        assert not view.hidden("case", CASE)
        assert view.review("case", CASE)


def test_a_remove_after_a_void_does_not_bring_the_record_back(a: Author, b: Author, born: Commit) -> None:
    void = a.write(Void("person", PERSON, "entered twice", frozenset({born.ref()})), wall=1)
    removed = b.write(Remove(*GROUPS, "elderly", frozenset({born.ref()})), wall=2)
    for view in in_every_order(numbered(born, void, removed)):
        assert view.hidden("person", PERSON)


def test_an_edit_of_a_withdrawn_record_brings_it_back_for_review(a: Author, b: Author, born: Commit) -> None:
    void = a.write(Void("person", PERSON, "entered twice", frozenset({born.ref()})), wall=1)
    edit = b.write(named("王", born.ref()), wall=2)
    for view in in_every_order(numbered(born, void, edit)):
        assert view.review("person", PERSON)


# ---- ids of a meaning


def lot(made_on: str) -> Create:
    return Create("lot", "v5 of the lot", "point", {"item": "rice", "batch": "1", "made_on": made_on})


def test_one_lot_made_on_two_laptops_is_one(a: Author, b: Author) -> None:
    for view in in_every_order(numbered(a.write(lot("2025-01"), wall=1), b.write(lot("2025-01"), wall=2))):
        assert view.ids("lot") == ["v5 of the lot"]
        assert view.conflicts() == []


def test_one_lot_made_with_other_values_is_a_conflict_and_settled_as_one(a: Author, b: Author) -> None:
    mine, other = a.write(lot("2025-01"), wall=2), b.write(lot("2025-02"), wall=1)
    for view in in_every_order(numbered(mine, other)):
        assert view.conflicts() == [("lot", "v5 of the lot", "facts")]
        assert view.shown("lot", "v5 of the lot", "facts") == {"item": "rice", "batch": "1", "made_on": "2025-01"}
    facts = {"item": "rice", "batch": "1", "made_on": "2025-02"}
    settled = a.write(Set("lot", "v5 of the lot", "facts", facts, frozenset({mine.ref(), other.ref()})), wall=3)
    for view in in_every_order(numbered(mine, other, settled)):
        assert view.conflicts() == []
        assert view.shown("lot", "v5 of the lot", "facts") == facts


# ---- the clock (§4)

YEAR = 366 * 86_400 * 1_000_000


def test_a_steady_wrong_clock_is_corrected_by_the_skew() -> None:
    for error in (-56 * YEAR, -YEAR, 0, YEAR, 73 * YEAR):
        assert stamp(None, wall=1_000 + error, skew=-error, bound_now=0, received=5_000) == 1_000


def test_a_clock_that_jumped_stays_between_the_last_answer_and_the_receipt() -> None:
    """Written with the clock in 1970 or 2099, sent after it was set right: the skew measured then is 0."""
    assert stamp(None, wall=0, skew=0, bound_now=50 * YEAR, received=51 * YEAR) == 50 * YEAR
    assert stamp(None, wall=129 * YEAR, skew=0, bound_now=50 * YEAR, received=51 * YEAR) == 51 * YEAR


def test_the_effs_of_one_epoch_only_grow() -> None:
    """The clock went back between two commits, or both were clamped to the receipt: the second still comes later."""
    assert stamp(700, wall=300, skew=0, bound_now=0, received=900) == 701
    assert stamp(900, wall=2_000, skew=0, bound_now=0, received=900) == 901


def test_until_the_hub_has_spoken_an_own_commit_never_stands_below_the_one_before_it(a: Author) -> None:
    first, second, third = (a.write(named(name), wall=wall) for name, wall in (("一", 900), ("二", 3), ("三", 950)))
    node = node_of([first, second, third], own="a")
    node.measure(-100)
    assert list(node.effs().values()) == [800, 800, 850]
    assert provisional(None, wall=3, skew=-100) == -97
    node.stamp([(first.id, 1, 840)])
    assert list(node.effs().values()) == [840, 840, 850]
