"""Each interleaving of `sync.md` §6 by name: what hands did, how it was written, and what lies on the shelf."""

import pytest

from tests.reference.authors import SHELF, Author, counted, in_every_order, moved, node_of, numbered, reversal, stock
from tests.reference.ledger import ANSWER, LINE, Ledger
from tests.reference.model import Commit, Create, Set, View

HOURS = 60


@pytest.fixture
def a() -> Author:
    return Author("a")


@pytest.fixture
def b() -> Author:
    return Author("b")


def on_shelf(view: View) -> int:
    return Ledger(view).stock(*SHELF)


def fifty(author: Author) -> Commit:
    """Fifty bottles came at eight."""
    return author.write(moved("receive", 50, "fifty"), wall=8 * HOURS)


def test_stock_is_the_last_count_and_what_moved_after_it(a: Author) -> None:
    commits = [
        fifty(a),
        a.write(moved("issue", 3, "before"), wall=9 * HOURS),
        a.write(counted(45, at=10 * HOURS), wall=10 * HOURS),
        a.write(moved("hand_out", 6, "after"), wall=11 * HOURS),
        a.write(moved("return", 1, "back"), wall=12 * HOURS),
    ]
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 40
        assert Ledger(view).book("line one") == 47
        assert Ledger(view).variance("line one") == -2


def test_an_opening_count_makes_stock_from_nothing(a: Author) -> None:
    assert stock(numbered(a.write(counted(12, at=5), wall=5))) == 12


def test_a_full_count_writes_zero_for_what_is_not_there(a: Author) -> None:
    assert stock(numbered(fifty(a), a.write(counted(0, at=9 * HOURS), wall=9 * HOURS))) == 0


def test_a_wrong_issue_then_a_count_then_its_reversal_leaves_what_was_counted(a: Author) -> None:
    """The two bottles never left the shelf; the count saw 48 because 48 were there."""
    commits = [
        a.write(moved("receive", 48, "came"), wall=8 * HOURS),
        a.write(moved("issue", 2, "wrong"), wall=9 * HOURS),
        a.write(counted(48, at=10 * HOURS), wall=10 * HOURS),
        a.write(reversal("wrong"), wall=11 * HOURS),
    ]
    assert Ledger(node_of(numbered(*commits[:3])).view()).variance("line one") == 2
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 48
        assert Ledger(view).variance("line one") == 0


def test_goods_that_really_come_back_are_a_return_now(a: Author) -> None:
    commits = [
        fifty(a),
        a.write(moved("issue", 2, "given"), wall=9 * HOURS),
        a.write(counted(48, at=10 * HOURS), wall=10 * HOURS),
        a.write(moved("return", 2, "brought back"), wall=11 * HOURS),
    ]
    assert stock(numbered(*commits)) == 50


def test_issued_at_14_counted_at_15_typed_in_at_16(a: Author) -> None:
    commits = [
        fifty(a),
        a.write(counted(46, at=15 * HOURS), wall=15 * HOURS),
        a.write(moved("issue", 4, "typed late", at=14 * HOURS), wall=16 * HOURS),
    ]
    assert Ledger(node_of(numbered(*commits[:2])).view()).variance("line one") == -4
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 46
        assert Ledger(view).variance("line one") == 0


def test_a_wrong_row_put_right_stands_where_the_wrong_one_stood(a: Author, b: Author) -> None:
    """20 typed for 2; counted; then the reversal and the right row, written on another laptop the day after."""
    commits = [
        fifty(a),
        a.write(moved("issue", 20, "wrong"), wall=9 * HOURS),
        a.write(counted(48, at=10 * HOURS), wall=10 * HOURS),
        b.write(reversal("wrong"), moved("issue", 2, "right", corrects="wrong"), wall=34 * HOURS),
    ]
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 48
        assert Ledger(view).variance("line one") == 0


def test_a_wrong_lot_put_right_stands_where_the_wrong_one_stood(a: Author) -> None:
    commits = [
        fifty(a),
        a.write(moved("issue", 2, "wrong", lot="other lot"), wall=9 * HOURS),
        a.write(counted(48, at=10 * HOURS), wall=10 * HOURS),
        a.write(reversal("wrong", lot="other lot"), moved("issue", 2, "right", corrects="wrong"), wall=11 * HOURS),
    ]
    ledger = Ledger(node_of(numbered(*commits)).view())
    assert ledger.shelves() == {("point", "other lot"): 0, SHELF: 48}


def test_a_reversal_can_be_reversed(a: Author) -> None:
    commits = [
        fifty(a),
        a.write(moved("issue", 2, "given"), wall=9 * HOURS),
        a.write(reversal("given"), wall=10 * HOURS),
        a.write(reversal("reversal of given"), wall=11 * HOURS),
        a.write(counted(48, at=9 * HOURS + 1), wall=12 * HOURS),
    ]
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 48


def test_a_reversal_whose_row_is_not_known_counts_nothing_yet(a: Author) -> None:
    came, given, undone = fifty(a), a.write(moved("issue", 2, "given"), wall=9), a.write(reversal("given"), wall=10)
    node = node_of(numbered(came, undone))
    assert on_shelf(node.view()) == 50
    node.apply(numbered(given, first=3))
    assert on_shelf(node.view()) == 50


def test_two_laptops_undo_the_same_issue_once(a: Author, b: Author) -> None:
    commits = [
        fifty(a),
        a.write(moved("issue", 2, "wrong"), wall=9 * HOURS),
        a.write(reversal("wrong"), wall=10 * HOURS),
        b.write(reversal("wrong"), wall=11 * HOURS),
    ]
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 50
        assert view.conflicts() == []


def test_a_second_receipt_is_not_a_second_movement(a: Author, b: Author) -> None:
    """Both laptops receive the shipment; between the two a count has seen it. It came once, and came first."""
    commits = [
        a.write(moved("transfer_in", 10, "v5 of the line"), wall=9 * HOURS),
        a.write(counted(10, at=10 * HOURS), wall=10 * HOURS),
        b.write(moved("transfer_in", 10, "v5 of the line"), wall=11 * HOURS),
    ]
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 10
        assert view.conflicts() == []


def test_two_receipts_that_disagree_conflict_and_settling_moves_nothing(a: Author, b: Author) -> None:
    mine = a.write(moved("transfer_in", 10, "v5 of the line"), wall=9 * HOURS)
    other = b.write(moved("transfer_in", 12, "v5 of the line"), wall=11 * HOURS)
    for view in in_every_order(numbered(mine, other)):
        assert on_shelf(view) == 12, "the greatest head counts"
        assert view.conflicts() == [("movement", "v5 of the line", "row")]
    right = moved("transfer_in", 10, "v5 of the line").values
    settled = Set("movement", "v5 of the line", "row", right, frozenset({mine.ref(), other.ref()}))
    counts = a.write(counted(10, at=10 * HOURS), wall=10 * HOURS)
    for view in in_every_order(numbered(mine, counts, other, b.write(settled, wall=20 * HOURS))):
        assert on_shelf(view) == 10
        assert view.conflicts() == []


def test_one_line_counted_on_two_laptops_conflicts_and_the_greatest_counts(a: Author, b: Author) -> None:
    commits = [
        fifty(a),
        a.write(counted(50, at=9 * HOURS), wall=9 * HOURS),
        a.write(moved("issue", 5, "given"), wall=10 * HOURS),
        b.write(counted(45, at=11 * HOURS), wall=11 * HOURS),
    ]
    for view in in_every_order(numbered(*commits)):
        assert on_shelf(view) == 45
        assert view.conflicts() == [("count_line", "line one", "counted")]


def test_a_mistyped_count_put_right_stays_at_the_moment_of_counting(a: Author, b: Author) -> None:
    """The laptop that puts it right has a clock an hour ahead; the moment was read off the other's."""
    line = a.write(counted(84, at=10 * HOURS), wall=10 * HOURS)
    after = a.write(moved("issue", 8, "given"), wall=10 * HOURS + 30)
    fixed = Set(LINE, "line one", "counted", counted(48, at=10 * HOURS).values, frozenset({line.ref()}))
    (right,) = numbered(b.write(fixed, wall=13 * HOURS), first=4, skew=-1 * HOURS)
    for view in in_every_order([*numbered(fifty(Author("c")), line, after), right]):
        assert on_shelf(view) == 40


@pytest.mark.parametrize("ahead", [-3 * HOURS, -20, 20, 3 * HOURS])
def test_a_typed_time_is_as_long_before_its_commit_as_the_clock_said(a: Author, b: Author, ahead: int) -> None:
    """a's clock is wrong by so much. Its people gave out 4 at 14:00 and typed it at 16:00; b counted 46 at 15:00."""
    (came, line) = numbered(fifty(b), b.write(counted(46, at=15 * HOURS), wall=15 * HOURS))
    typed = a.write(moved("issue", 4, "typed late", at=14 * HOURS + ahead), wall=16 * HOURS + ahead)
    (late,) = numbered(typed, first=3, skew=-ahead)
    for view in in_every_order([came, line, late]):
        assert on_shelf(view) == 46
        place = Ledger(view).place("typed late")
        assert place is not None
        assert place[0][0] == 14 * HOURS


def test_a_row_never_stands_after_its_commit(a: Author) -> None:
    """A typed time in the future of its own clock: the goods had left when it was written."""
    commits = [
        fifty(a),
        a.write(moved("issue", 4, "typed wrong", at=22 * HOURS), wall=9 * HOURS),
        a.write(counted(46, at=10 * HOURS), wall=10 * HOURS),
    ]
    assert stock(numbered(*commits)) == 46


@pytest.mark.parametrize("clock", [0, 68_000_000])
def test_clocks_in_1970_and_2099_that_are_steady_do_no_harm(a: Author, b: Author, clock: int) -> None:
    now = 29_000_000
    error = clock - now
    early = a.write(moved("receive", 50, "came"), wall=now + error)
    late = a.write(moved("issue", 4, "given", at=now + 60 + error), wall=now + 120 + error)
    line = b.write(counted(46, at=now + 90), wall=now + 90)
    for view in in_every_order([*numbered(early, late, skew=-error), *numbered(line, first=3)]):
        assert on_shelf(view) == 46


def test_before_the_first_contact_own_rows_stand_in_the_order_of_the_own_clock(a: Author) -> None:
    """Nothing is stamped yet, the clock was set back by hand after the first row: the books still work."""
    rows = [
        a.write(moved("receive", 50, "came"), wall=900),
        a.write(counted(50, at=905), wall=905),
        a.write(moved("issue", 4, "given"), wall=3),
    ]
    node = node_of(rows, own="a")
    assert on_shelf(node.view()) == 46
    node.stamp([(rows[0].id, 1, 40)])
    assert on_shelf(node.view()) == 46


def test_an_unsent_row_stands_by_the_last_measured_skew(a: Author, b: Author) -> None:
    """a's clock is 100 ahead, known from its last exchange: b's count at 1000 came after a's issue at 990."""
    line = numbered(fifty(b), b.write(counted(46, at=1_000), wall=1_000))
    node = node_of([*line, a.write(moved("issue", 4, "given"), wall=1_090)], own="a")
    assert on_shelf(node.view()) == 42
    node.measure(-100)
    assert on_shelf(node.view()) == 46


def test_a_persons_answer_decides_what_times_cannot(a: Author, b: Author) -> None:
    """b gave out 4 inside the window of a's count: counted before or after? The answer is a record and syncs."""
    commits = [
        fifty(a),
        a.write(counted(46, at=10 * HOURS), wall=10 * HOURS),
        b.write(moved("issue", 4, "given"), wall=10 * HOURS + 1),
    ]
    assert stock(numbered(*commits)) == 42
    for verdict, lying in (("before", 46), ("after", 42), ("dismissed", 42)):
        row = {"movement": "given", "line": "line one", "verdict": verdict}
        answer = Author("d").write(Create(ANSWER, "v5 of both", "point", row), wall=700)
        for view in in_every_order(numbered(*commits, answer)):
            assert on_shelf(view) == lying
            assert Ledger(view).variance("line one") == (0 if verdict == "before" else -4)


def test_a_transfer_is_out_and_in_and_between_them_in_transit(a: Author, b: Author) -> None:
    sent = a.write(moved("transfer_out", 10, "v5 of the sending"), wall=9 * HOURS)
    arrived = moved("transfer_in", 10, "v5 of the line")
    there = Create(arrived.kind, arrived.id, "town", {**arrived.values, "node": "town"})
    on_the_way = numbered(fifty(a), sent)
    assert Ledger(node_of(on_the_way).view()).shelves() == {SHELF: 40}
    received = numbered(b.write(there, wall=12 * HOURS), first=3)
    assert Ledger(node_of([*on_the_way, *received]).view()).shelves() == {SHELF: 40, ("town", "water"): 10}


def test_negative_stock_is_shown_and_flagged(a: Author) -> None:
    ledger = Ledger(node_of(numbered(a.write(moved("issue", 3, "given"), wall=1))).view())
    assert ledger.stock(*SHELF) == -3
    assert ledger.negative() == [SHELF]
