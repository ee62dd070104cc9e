"""What the center keeps apart: which record it is, and that its author hears, once, when it will never be taken in."""

import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.base.texts import Texts
from app.center import quarantine
from app.center import tables as center_tables
from app.center.hub import Hub
from app.center.restore import say_put_back
from app.cli.point_check import check_point
from app.features.cases.commands_case import AddNote
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.tables import case, note
from app.features.org.commands import AmendNode, AmendStaff, FoundNode
from app.features.org.queries import staff_by_code
from app.features.org.tables import staff
from app.features.people.tables import person
from app.journal.act import Actor
from app.store.engine import reading, writing
from app.sync.comparing import repair_round
from app.sync.kept_apart import note_drop_read
from app.sync.protocol import Verdict
from app.sync.tracing import Stage, Waiting, trace
from app.sync.verdicts import held_now, note_verdicts
from tests.features.cases.givens import nameless
from tests.sync.by_hand import carry, pack, take, unpack
from tests.sync.keeping_apart import WHY, aside, ask, drop_all, hear, held_back, told, write_as_stranger
from tests.sync.town import Town


def test_what_is_kept_apart_names_its_record_and_who_wrote_it(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    made, author = write_as_stranger(town, laptop)
    laptop.sync()
    (row,) = aside(laptop)
    assert (row.ours, row.code, row.by) == (True, "not_allowed", author)
    assert row.records == (("person", made),)


def test_its_author_is_told_once_that_it_is_dropped_and_why(either_town: Town) -> None:
    town = either_town
    laptop, waiting = town.laptop("V1"), Waiting()
    laptop.sync()
    made, author = write_as_stranger(town, laptop)
    laptop.sync()
    with reading(laptop.engine) as conn:
        assert waiting.among(conn, [made]) == {made}
    assert (held_back(laptop), told(laptop, author)) == (1, [])
    drop_all(town)
    for _ in range(2):
        laptop.sync()
        (found,) = told(laptop, author)
        assert (found.why, found.records) == (WHY, (("person", made),))
    assert (held_back(laptop), aside(laptop), told(laptop, laptop.actor.id)) == (0, [], [])
    note_drop_read(laptop.engine, found, laptop.clock())
    laptop.sync()
    assert told(laptop, author) == []
    with reading(laptop.engine) as conn:
        assert trace(conn, [made]).stage is Stage.DROPPED
        assert waiting.among(conn, [made]) == frozenset()
        assert held_now(conn) == []
    assert [row["id"] for row in laptop.rows(person.table)] == [made], "it stays where it was written"


def test_a_file_tells_it_too_and_an_older_one_read_after_it_changes_nothing(town: Town) -> None:
    laptop = town.laptop("V1")
    carry(town, laptop)
    _, author = write_as_stranger(town, laptop)
    before = take(town, pack(laptop))[0]
    unpack(laptop, before)
    assert held_back(laptop) == 1
    drop_all(town)
    carry(town, laptop)
    assert [each.why for each in told(laptop, author)] == [WHY]
    unpack(laptop, before)
    assert (held_back(laptop), len(told(laptop, author))) == (0, 1)


@pytest.mark.parametrize("by_file", [False, True])
def test_its_author_is_told_although_the_answer_that_it_is_kept_apart_was_lost(
    either_town: Town, *, by_file: bool
) -> None:
    town = either_town
    laptop = town.laptop("V1")
    laptop.sync()
    made, author = write_as_stranger(town, laptop)
    if by_file:
        take(town, pack(laptop))
    else:
        ask(town, laptop)
    drop_all(town)
    for _ in range(2):
        if by_file:
            assert carry(town, laptop).verdicts == 0
        else:
            assert laptop.sync().verdicts == 0
        assert [(each.why, each.records) for each in told(laptop, author)] == [(WHY, (("person", made),))]
        assert held_back(laptop) == 0
    with reading(laptop.engine) as conn:
        assert trace(conn, [made]).stage is Stage.DROPPED


def test_what_was_read_of_is_not_told_again_where_it_was_sent_again(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    _, author = write_as_stranger(town, laptop)
    before = pack(laptop)
    laptop.sync()
    drop_all(town)
    laptop.sync()
    (found,) = told(laptop, author)
    note_drop_read(laptop.engine, found, laptop.clock())
    unpack(laptop, take(town, before)[0])
    with reading(laptop.engine) as conn:
        asked = held_now(conn)
    assert (asked, told(laptop, author), held_back(laptop)) == ([], [], 0)


def test_of_what_is_not_known_to_be_kept_apart_nothing_is_told(town: Town) -> None:
    """A file that answers another moment, or another laptop with the same disk."""
    laptop = town.laptop("V1")
    carry(town, laptop)
    _, author = write_as_stranger(town, laptop)
    unpack(laptop, take(town, pack(laptop))[0])
    file = pack(laptop)
    with writing(laptop.engine) as conn:
        conn.exec_driver_sql("DELETE FROM verdict")
    drop_all(town)
    unpack(laptop, take(town, file)[0])
    assert told(laptop, author) == []


def test_what_a_center_that_was_put_back_keeps_apart_again_waits_again(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    _, author = write_as_stranger(town, laptop)
    laptop.sync()
    drop_all(town)
    laptop.sync()
    with writing(laptop.engine) as conn:
        ((epoch, n),) = conn.execute(sa.text("SELECT epoch, n FROM verdict")).all()
        note_verdicts(conn, epoch, [Verdict(n, "not_allowed")], laptop.clock())
    assert (held_back(laptop), told(laptop, author)) == (1, [])
    laptop.sync()
    assert (held_back(laptop), len(told(laptop, author))) == (0, 1)


def test_many_are_told_in_turn(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.center.telling.MOST_TOLD", 2)
    laptop = town.laptop("V1")
    laptop.sync()
    for name in "甲乙丙":
        _, author = write_as_stranger(town, laptop, name)
    laptop.sync()
    drop_all(town)
    for _ in range(2):
        laptop.sync()
    assert (held_back(laptop), len(told(laptop, author))) == (0, 3)


def test_a_computer_of_which_too_much_waits_says_so_and_keeps_the_rest(
    either_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_ASIDE", 2)
    town = either_town
    laptop = town.laptop("V1")
    laptop.sync()
    for name in ("张三", "李四"):
        write_as_stranger(town, laptop, name)
    laptop.sync()
    write_as_stranger(town, laptop, "王五")
    report = laptop.try_sync()
    assert (report.error, report.unsent, held_back(laptop)) == ("aside_full", 1, 2)
    assert "中心管理员" in Texts().refusal(report.error)
    assert carry(town, laptop).error == "aside_full"
    drop_all(town)
    assert laptop.sync().unsent == 0


@pytest.mark.parametrize("comes", ["before", "after"])
def test_what_was_dropped_keeps_nothing_here_that_is_for_others_now(either_town: Town, comes: str) -> None:
    """The operator's word comes before the point is put under another town, or when it is compared after that."""
    town = either_town
    laptop = town.laptop("V1")
    laptop.sync()
    with reading(town.engine) as conn:
        theirs = staff_by_code(conn, "u-T1")
    assert theirs is not None
    laptop.do(AmendStaff(staff=theirs.id, phone="13800000000", reason="问到了"))
    laptop.sync()
    assert held_back(laptop) == 1
    if comes == "before":
        drop_all(town)
        laptop.sync()
    town.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")))
    town.do(AmendNode(node=laptop.actor.node, parent=meaning_id("node", "T2"), reason="调整"))
    laptop.sync()
    if comes == "after":
        assert theirs.id in {row["id"] for row in laptop.rows(staff.table)}, "it waits to be taken in"
        drop_all(town)
        laptop.sync()
        repair_round(laptop.engine, laptop.transport, clock=laptop.clock)
    assert theirs.id not in {row["id"] for row in laptop.rows(staff.table)}
    assert laptop.status().digest == town.digest_of(laptop)
    assert set(check_point(laptop.engine).values()) == {"ok"}


def test_what_was_dropped_goes_with_what_it_hangs_on(town: Town) -> None:
    owner, guest = town.laptop("V1"), town.laptop("V2")
    made = dict(owner.do(nameless()).made)
    owner.do(GrantCase(case=made["case"], point=guest.actor.node, reason="请协助"))
    owner.sync()
    guest.sync()
    with reading(town.engine) as conn:
        who = staff_by_code(conn, "u-V1")
    assert who is not None
    guest.actor = Actor(who.id, who.role, guest.actor.node)
    guest.do(AddNote(encounter=made["encounter"], text="说他哥哥也来过"))
    guest.sync()
    assert held_back(guest) == 1
    drop_all(town)
    guest.sync()
    owner.do(RevokeCase(case=made["case"], point=guest.actor.node, reason="已完成"))
    owner.sync()
    guest.sync()
    assert guest.rows(case.table) == []
    repair_round(guest.engine, guest.transport, clock=guest.clock)
    assert guest.rows(note.table) == []
    assert set(check_point(guest.engine).values()) == {"ok"}


@pytest.mark.parametrize("by_file", [False, True])
def test_what_a_center_that_was_put_back_has_not_settled_waits_again(either_town: Town, *, by_file: bool) -> None:
    """Its quarantine is older: it may yet take in what it once dropped."""
    town = either_town
    laptop = town.laptop("V1")
    laptop.sync()
    for name in ("张三", "李四"):
        _, author = write_as_stranger(town, laptop, name)
    laptop.sync()
    drop_all(town)
    laptop.sync()
    note_drop_read(laptop.engine, told(laptop, author)[0], laptop.clock())
    with writing(town.engine) as conn:
        conn.execute(center_tables.quarantine.update().values(settled_at=None, settled_as=None, settled_why=""))
    say_put_back(Hub(town.engine, town.clock))
    for _ in range(2):
        hear(town, laptop, by_file=by_file)
    assert (held_back(laptop), told(laptop, author)) == (2, [])
    drop_all(town)
    hear(town, laptop, by_file=by_file)
    assert (held_back(laptop), len(told(laptop, author))) == (0, 1), "what was read is not told again"
