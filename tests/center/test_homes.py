"""Who makes once more what is there: the same again decides nothing, another home or other guests only who may."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center.hub import Hub
from app.center.quarantine import set_aside
from app.features.cases.commands_grant import GrantCase, HandOverCase
from app.features.cases.tables import case
from app.journal.elements import decode_elements
from app.journal.ops import Op
from app.store.engine import reading
from tests.center.newcomers import engaged
from tests.center.points import Point, PointAt, all_agree, has
from tests.center.restoring import Lose, bring, create, offer, page_commit, push_again

V1, V2, T1 = (meaning_id("node", code) for code in ("V1", "V2", "T1"))


def made_for(op: Op, node: str, *let_in: str) -> Op:
    """The same creation, once more: another commit says it, and names this node."""
    return replace(op, node=node, elements={"grants": list(let_in)} if let_in else {})


def told(hub: Hub) -> list[tuple[str, str]]:
    with reading(hub.engine) as conn:
        return [(entry.code, entry.detail.partition(" of ")[0]) for entry in set_aside(conn)]


def at(hub: Hub, id_: str) -> tuple[str, str | None, list[str]]:
    """Where a case is, what it says, and who is let in."""
    with reading(hub.engine) as conn:
        row = conn.execute(sa.select(case.c.node, case.c.story, case.c.grants).where(case.c.id == id_)).one()
        return row.node, row.story, decode_elements(row.grants)


def assistant_at(hub: Hub, point_at: PointAt, code: str) -> Point:
    point = point_at(code)
    point.actor = engaged(hub, f"a-{code}", "ASSISTANT", code)
    return point


def open_case(node: str) -> Op:
    return create("case", node, case_status="OPEN", story="天冷，睡在桥下")


def hand_over(point: Point, id_: str, node: str) -> None:
    point.do(HandOverCase(case=id_, point=node, reason="住到那边去了"))
    point.sync()


def write_then(point: Point, op: Op, wall: int) -> None:
    """A commit that says when it was first written: new names change no times."""
    clock, point.clock = point.clock, lambda: wall
    point.write(op)
    point.clock = clock


@pytest.mark.parametrize("in_one_push", [False, True])
def test_who_may_not_give_a_record_away_does_not_by_making_it_once_more(
    hub: Hub, point_at: PointAt, *, in_one_push: bool
) -> None:
    owner, twin, other = assistant_at(hub, point_at, "V1"), point_at("V1"), point_at("V2")
    about = open_case(V1)
    owner.write(about)
    if not in_one_push:
        all_agree(hub, owner, twin, other)
    owner.write(replace(made_for(about, V2), values={"case_status": "OPEN"}))
    owner.sync()
    assert told(hub) == [("not_allowed", "role rehome case")]
    assert at(hub, about.id) == (V1, "天冷，睡在桥下", [])
    twin.sync()
    other.sync()
    assert (has(twin, case, about.id), has(other, case, about.id)) == (True, False)


@pytest.mark.parametrize("in_the_home_of", ["V2", "T1"])
def test_what_was_not_taken_makes_no_difference_to_what_is_compared(
    hub: Hub, point_at: PointAt, in_the_home_of: str
) -> None:
    """The second making stays where it was written, and shows there; the center's order knows the first alone."""
    author, twin = assistant_at(hub, point_at, "V1"), point_at("V1")
    about = open_case(V1)
    author.write(about)
    all_agree(hub, author, twin)
    author.write(made_for(about, meaning_id("node", in_the_home_of), T1))
    all_agree(hub, author, twin)
    assert {code for code, _ in told(hub)} == {"not_allowed"}


def test_nor_by_writing_to_it_before_it_is_made(hub: Hub, point_at: PointAt) -> None:
    owner, about = assistant_at(hub, point_at, "V1"), open_case(V2)
    owner.write(Op("set", "case", about.id, V1, {"story": "x"}, {}, "story"))
    owner.write(about)
    owner.sync()
    assert ("not_allowed", "role rehome case") in told(hub)
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(case.c.id)).all() == []


def test_who_may_give_it_away_may_say_so_by_a_creation(hub: Hub, point_at: PointAt) -> None:
    owner, other = point_at("V1"), point_at("V2")
    about = open_case(V1)
    owner.write(about)
    all_agree(hub, owner, other)
    owner.write(made_for(about, V2))
    owner.write(made_for(about, "f" * 32))
    all_agree(hub, owner, other)
    assert told(hub) == [("not_allowed", "rehome case")]
    assert at(hub, about.id)[0] == V2
    assert (has(owner, case, about.id), has(other, case, about.id)) == (False, True)


def test_a_guest_takes_nothing_home_and_lets_nobody_in_by_making_it_once_more(hub: Hub, point_at: PointAt) -> None:
    owner, guest = point_at("V1"), point_at("V2")
    about = open_case(V1)
    owner.write(about)
    owner.sync()
    owner.do(GrantCase(case=about.id, point=V2, reason="常在那边"))
    owner.sync()
    guest.sync()
    guest.write(made_for(about, V2))
    guest.write(made_for(about, V1, T1))
    guest.sync()
    assert told(hub) == [("not_allowed", "rehome case"), ("not_allowed", "add case")]
    assert at(hub, about.id) == (V1, about.values["story"], [V2])


def test_what_was_given_away_is_not_taken_back_by_making_it_once_more(hub: Hub, point_at: PointAt) -> None:
    first, owner, twin, town = point_at("V2"), point_at("V1"), point_at("V1"), point_at("T1")
    about = open_case(V2)
    first.write(about)
    first.sync()
    hand_over(first, about.id, V1)
    all_agree(hub, first, owner, twin, town)
    hand_over(owner, about.id, T1)
    twin.write(made_for(about, V1))  # nobody told it that the case is elsewhere
    twin.sync()
    assert told(hub) == [("not_allowed", "rehome case")]
    assert at(hub, about.id)[0] == T1


@pytest.mark.parametrize("let_in", [(), (T1,)])
@pytest.mark.parametrize("who_has_it", ["V1", "V2", "T1"])
def test_the_same_made_again_is_taken_wherever_the_record_is_by_then(
    hub: Hub, point_at: PointAt, who_has_it: str, let_in: tuple[str, ...]
) -> None:
    """A file put back, a disk copied: what the center has comes again under another name."""
    author, twin, heir = point_at("V1"), point_at("V1"), point_at(who_has_it)
    if not let_in:
        author.actor = engaged(hub, "a-V1", "ASSISTANT", "V1")
    about = made_for(open_case(V1), V1, *let_in)
    wall = author.write(about).wall
    author.sync()
    twin.sync()
    if who_has_it != "V1":
        hand_over(twin, about.id, heir.actor.node)
    write_then(author, about, wall)
    all_agree(hub, author, twin, heir)
    assert told(hub) == []
    assert at(hub, about.id)[0] == heir.actor.node


def test_the_same_made_again_is_the_same_also_after_somebody_made_it_for_another(hub: Hub, point_at: PointAt) -> None:
    author, chief = assistant_at(hub, point_at, "V1"), point_at("V1")
    about = open_case(V1)
    author.write(about)
    all_agree(hub, author, chief)
    chief.write(made_for(about, V2))
    chief.sync()
    author.write(about)
    author.sync()
    assert told(hub) == []


@pytest.mark.parametrize("role", ["ASSISTANT", "SPECIALIST"])
def test_a_reader_brings_it_as_its_author_might_have_sent_it(
    hub: Hub, point_at: PointAt, lose: Lose, role: str
) -> None:
    author, reader = point_at("V1"), point_at("V1")
    author.actor = engaged(hub, "w-V1", role, "V1")
    about = open_case(V1)
    author.write(about)
    author.sync()
    lose.keep()
    moving, same = author.write(made_for(about, V2)), author.write(about)
    again = lose()
    assert bring(again, reader, moving, same, of=author).taken == (1 if role == "ASSISTANT" else 2)
    assert told(again) == ([("not_allowed", "role rehome case")] if role == "ASSISTANT" else [])


def test_what_a_reader_brought_its_author_makes_again_under_another_name(
    hub: Hub, point_at: PointAt, lose: Lose
) -> None:
    author, twin = assistant_at(hub, point_at, "V1"), point_at("V1")
    lose.keep()
    about = open_case(V1)
    made = author.write(about)
    author.sync()
    twin.sync()
    known = page_commit(twin, made)
    hand_over(twin, about.id, V2)
    again = lose()
    assert offer(again, twin, known).taken == 1
    push_again(again, twin)
    write_then(author, about, made.wall)
    push_again(again, author)
    assert told(again) == []
    assert at(again, about.id)[0] == V2
