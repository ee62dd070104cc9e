"""Why the center keeps a commit apart: what its device believes of it is what is so, whatever answer was lost."""

import msgspec
import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.features.org.commands import EngageStaff
from app.journal.act import Actor
from app.store.engine import reading, writing
from app.sync.protocol import Ack, Held
from app.sync.verdicts import held_now, note_held
from tests.sync.by_hand import carry, pack, take, unpack
from tests.sync.keeping_apart import WHY, aside, ask, drop_all, for_people, hear, held_back, told, write_as_stranger
from tests.sync.town import Laptop, Town

V2 = meaning_id("node", "V2")


def codes(laptop: Laptop) -> list[str]:
    return sorted(each.code for each in aside(laptop))


def engaged_elsewhere(town: Town) -> tuple[Laptop, str]:
    """A laptop of another village, with somebody engaged there of whom the center has not heard; who it is."""
    head = town.do(EngageStaff(code="h-V2", name="赵六", role="POINT_HEAD", node=V2)).made[0][1]
    office = town.laptop("V2")
    office.sync()
    office.actor = Actor(head, "POINT_HEAD", V2)
    return office, office.do(EngageStaff(code="w-V2", name="钱七", role="SPECIALIST", node=V2)).made[0][1]


@pytest.mark.parametrize("by_file", [False, True])
def test_a_reason_that_is_another_one_later_is_told(either_town: Town, *, by_file: bool) -> None:
    town = either_town
    office, who = engaged_elsewhere(town)
    street = town.laptop("V1")
    street.sync()
    street.actor = Actor(who, "SPECIALIST", street.actor.node)
    street.register("王五")
    before = take(town, pack(street))[0]
    unpack(street, before)
    assert (codes(street), for_people(street)) == (["actor_unknown"], 0)
    office.sync()
    hear(town, street, by_file=by_file)
    assert (codes(street), for_people(street)) == (["not_allowed"], 1)
    unpack(street, before)
    assert codes(street) == ["not_allowed"], "what is older changes nothing"


def test_an_answer_to_what_was_believed_before_changes_nothing(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    write_as_stranger(town, laptop)
    laptop.sync()
    believe(laptop, "waits")
    late = take(town, pack(laptop))[0]
    believe(laptop, "newer")
    unpack(laptop, late)
    assert codes(laptop) == ["newer"]
    carry(town, laptop)
    assert codes(laptop) == ["not_allowed"]


def test_reasons_that_changed_are_told_in_turn(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.center.telling.MOST_TOLD", 2)
    laptop = town.laptop("V1")
    laptop.sync()
    for name in "甲乙丙":
        write_as_stranger(town, laptop, name)
    laptop.sync()
    believe(laptop, "waits")
    for left in (1, 0):
        laptop.sync()
        assert codes(laptop).count("waits") == left


@pytest.mark.parametrize("by_file", [False, True])
def test_what_stands_on_a_record_that_is_dropped_is_for_people(either_town: Town, *, by_file: bool) -> None:
    town = either_town
    laptop = town.laptop("V1")
    laptop.sync()
    made, _ = write_as_stranger(town, laptop)
    laptop.amend(made, phone="13800000001")
    hear(town, laptop, by_file=by_file)
    assert (codes(laptop), for_people(laptop)) == (["not_allowed", "waits"], 1)
    drop_all(town, "not_allowed")
    hear(town, laptop, by_file=by_file)
    assert (codes(laptop), for_people(laptop)) == (["on_dropped"], 1)
    laptop.amend(made, phone="13800000002")
    hear(town, laptop, by_file=by_file)
    assert (codes(laptop), for_people(laptop)) == (["on_dropped"] * 2, 2)
    drop_all(town)
    hear(town, laptop, by_file=by_file)
    assert held_back(laptop) == 0


@pytest.mark.parametrize("by_file", [False, True])
@pytest.mark.parametrize("is_dropped", [False, True])
def test_it_is_told_also_where_the_histories_part_after_it(
    either_town: Town, *, is_dropped: bool, by_file: bool
) -> None:
    """The answer that it is kept apart was lost, then the disk was copied, and both laptops write on."""
    town = either_town
    laptop = town.laptop("V1")
    laptop.sync()
    _, author = write_as_stranger(town, laptop)
    ask(town, laptop)
    copy = town.copy_of(laptop)
    laptop.register("李四")
    laptop.sync()
    if is_dropped:
        drop_all(town)
    copy.register("王五")
    for _ in range(3):
        hear(town, copy, by_file=by_file)
    assert held_back(copy) == (not is_dropped)
    assert [each.why for each in told(copy, author)] == [WHY] * is_dropped
    assert codes(copy) == [] if is_dropped else ["not_allowed"]


def test_who_has_nothing_kept_apart_asks_nothing_and_is_told_nothing(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("王五")
    laptop.sync()
    with reading(laptop.engine) as conn:
        assert held_now(conn) == []
    assert msgspec.json.encode(Ack(1, 0, [])) == b'{"n":1,"safe_n":0,"verdicts":[]}'


def test_an_older_program_does_not_say_what_it_believes_and_is_told_how_it_ended_alone(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    write_as_stranger(town, laptop)
    laptop.sync()
    believe(laptop, "waits")
    with reading(laptop.engine) as conn:
        (held,) = held_now(conn)
        assert held == Held(held.epoch, held.ns, "waits")
    answer = ask(town, laptop)
    assert answer.ack.held == [Held(held.epoch, held.ns, "not_allowed")]
    older = ask(town, laptop, held=[Held(held.epoch, held.ns)])
    assert older.ack.held == []
    drop_all(town)
    older = ask(town, laptop, held=[Held(held.epoch, held.ns)])
    assert (older.ack.held, [each.why for each in older.ack.dropped]) == ([], [WHY])


def test_of_what_was_not_asked_and_of_no_reason_nothing_is_taken(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    write_as_stranger(town, laptop)
    laptop.sync()
    with writing(laptop.engine) as conn:
        (held,) = asked = held_now(conn)
        note_held(conn, asked, [Held(held.epoch, held.ns), Held(held.epoch, held.ns, "")], laptop.clock())
        note_held(conn, asked, [Held(held.epoch, [98, 99], "newer"), Held("e" * 16, held.ns, "newer")], laptop.clock())
        note_held(conn, [], [Held(held.epoch, held.ns, "newer")], laptop.clock())
        assert held_now(conn) == asked


def believe(laptop: Laptop, code: str) -> None:
    with writing(laptop.engine) as conn:
        conn.execute(sa.text("UPDATE verdict SET code = :code"), {"code": code})
