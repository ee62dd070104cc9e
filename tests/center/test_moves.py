"""What leaves and enters: closed cases, grants, cases given away, points put under another; and what comes late."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import meaning_id, new_id
from app.center.admin import status
from app.center.hub import Hub, center_actor
from app.center.tables import feed, quarantine
from app.features.cases.commands_case import AddNote
from app.features.cases.commands_grant import GrantCase, HandOverCase, RevokeCase
from app.features.cases.commands_undo import UndoCommit
from app.features.cases.tables import case, encounter, note
from app.features.org.commands import AmendNode, FoundNode
from app.features.org.reviews import SettleReview, open_reviews
from app.features.people.tables import person
from app.journal.elements import decode_elements
from app.journal.entities import Entity, entities
from app.journal.heads import heads_of
from app.journal.ops import Op, unpack_parts
from app.journal.tables import cover, head, journal, void
from app.store.engine import reading
from tests.center.points import Point, PointAt, all_agree, has
from tests.features.cases.givens import nameless


def meet(point: Point, **more: Any) -> tuple[str, str]:
    """Somebody is met; gives the case's and the encounter's ids."""
    made = dict(point.do(nameless(**more)).made)
    return made["case"], made["encounter"]


def say(point: Point, case_id: str, case_status: str) -> None:
    """The case is closed or opened again, whatever a file must hold for that."""
    with reading(point.engine) as conn:
        known = heads_of(conn, "case", case_id)
    point.write(
        Op(
            "set",
            "case",
            case_id,
            known.node,
            {"case_status": case_status},
            {},
            "status",
            "",
            tuple(known.of("status")),
        )
    )


def traces(point: Point, id_: str) -> list[str]:
    """Where anything of a record still stands at a device, but for its own commits."""
    found = []
    with reading(point.engine) as conn:
        for entity in entities():
            if conn.execute(sa.select(entity.c.id).where(entity.c.id == id_)).first():
                found.append(entity.kind)
        for table in (head, cover, void):
            if conn.execute(sa.select(table.c.record).where(table.c.record == id_)).first():
                found.append(table.name)
        for device, payload in conn.execute(sa.select(journal.c.device, journal.c.payload)):
            about = [json.loads(bytes(part.raw))[2] for part in unpack_parts(payload)]
            if device != point.device and id_ in about:
                found.append("journal")
    return found


def test_a_closed_case_leaves_the_town_and_the_district_and_comes_back_whole(hub: Hub, point_at: PointAt) -> None:
    village, town, district, other = point_at("V1"), point_at("T1"), point_at("D1"), point_at("V2")
    case_id, met = meet(village, note="不愿多说")
    all_agree(hub, village, town, district, other)
    assert has(town, case, case_id)
    assert has(district, encounter, met)
    assert not has(other, case, case_id)
    say(village, case_id, "CLOSED")
    all_agree(hub, village, town, district, other)
    for above in (town, district):
        assert (traces(above, case_id), traces(above, met)) == ([], [])
    assert has(village, case, case_id)
    village.do(AddNote(encounter=met, text="第二天又来过"))
    all_agree(hub, village, town)
    assert _notes(town) == []
    say(village, case_id, "REOPENED")
    all_agree(hub, village, town, district, other)
    assert has(town, case, case_id)
    assert has(town, encounter, met)
    assert _notes(town) == _notes(village) == ["不愿多说", "第二天又来过"]
    fresh = point_at("T1")
    all_agree(hub, fresh, town)


def _notes(point: Point) -> list[str]:
    with reading(point.engine) as conn:
        return sorted(conn.execute(sa.select(note.c.text)).scalars())


def test_opened_and_closed_in_one_push_never_goes_up(hub: Hub, point_at: PointAt) -> None:
    village, town = point_at("V1"), point_at("T1")
    case_id, _ = meet(village)
    say(village, case_id, "CLOSED")
    all_agree(hub, village, town)
    assert traces(town, case_id) == []


def test_what_the_town_wrote_itself_is_there_again_when_the_case_comes_back(hub: Hub, point_at: PointAt) -> None:
    village, town = point_at("V1"), point_at("T1")
    case_id, _met = meet(village)
    all_agree(hub, village, town)
    with reading(town.engine) as conn:
        known = heads_of(conn, "case", case_id)
    town.write(
        Op("set", "case", case_id, known.node, {"story": "镇里问到的"}, {}, "story", "", tuple(known.of("story")))
    )
    all_agree(hub, village, town)
    say(village, case_id, "CLOSED")
    all_agree(hub, village, town)
    assert not has(town, case, case_id)
    say(village, case_id, "REOPENED")
    all_agree(hub, village, town)
    with reading(town.engine) as conn:
        assert conn.execute(sa.select(case.c.story).where(case.c.id == case_id)).scalar() == "镇里问到的"


def test_a_grant_lets_another_point_work_on_a_case_until_it_is_taken_back(hub: Hub, point_at: PointAt) -> None:
    owner, guest, town = point_at("V1"), point_at("V2"), point_at("T1")
    case_id, met = meet(owner, name="王五")
    owner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"))
    all_agree(hub, owner, guest, town)
    assert has(guest, case, case_id)
    assert has(guest, encounter, met)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(person.c.name)).scalars().all() == ["王五"]
    theirs = dict(guest.do(nameless(person=_person(guest), case=case_id)).made)["encounter"]
    with reading(guest.engine) as conn:
        known = heads_of(conn, "case", case_id)
    guest.write(
        Op("set", "case", case_id, known.node, {"story": "那边问到的"}, {}, "story", "", tuple(known.of("story")))
    )
    all_agree(hub, owner, guest, town)
    assert has(owner, encounter, theirs)
    assert has(town, encounter, theirs)
    assert status(hub.engine)["quarantine"] == 0
    owner.do(RevokeCase(case=case_id, point=guest.actor.node, reason="回来了"))
    all_agree(hub, owner, guest, town)
    assert traces(guest, case_id) == traces(guest, met) == []
    assert not has(guest, person, _person(owner))
    assert traces(guest, theirs) == []
    assert has(owner, encounter, theirs)


def _person(point: Point) -> str:
    with reading(point.engine) as conn:
        return str(conn.execute(sa.select(person.c.id)).scalar_one())


def test_a_case_given_away_is_the_other_points_and_a_late_edit_is_listed_there(hub: Hub, point_at: PointAt) -> None:
    owner, twin, heir = point_at("V1"), point_at("V1"), point_at("V2")
    case_id, met = meet(owner, name="王五", note="老家在外省")
    all_agree(hub, owner, twin, heir)
    owner.do(HandOverCase(case=case_id, point=heir.actor.node, reason="住到那边去了"))
    owner.sync()
    # The other laptop of the old point does not know yet.
    late = twin.do(AddNote(encounter=met, text="昨晚又见到"))
    with reading(twin.engine) as conn:
        known = heads_of(conn, "case", case_id)
    twin.write(Op("set", "case", case_id, known.node, {"story": "补记"}, {}, "story", "", tuple(known.of("story"))))
    all_agree(hub, owner, twin, heir)
    assert late.commit
    assert status(hub.engine)["quarantine"] == 0
    for lost in (owner, twin):
        assert traces(lost, case_id) == []
        assert traces(lost, met) == []
    with reading(heir.engine) as conn:
        row = conn.execute(sa.select(case.c.node, case.c.story).where(case.c.id == case_id)).one()
        listed = open_reviews(conn)
    assert tuple(row) == (heir.actor.node, "补记")
    assert sorted(_notes(heir)) == ["昨晚又见到", "老家在外省"]
    assert {(each.code, each.record, each.by) for each in listed} == {
        ("LATE_EDIT", met, twin.actor.id),
        ("LATE_EDIT", case_id, twin.actor.id),
    }
    assert not _reviews(owner)
    for each in listed:
        heir.do(SettleReview(review=each.id, note="看过"))
    assert not _reviews(heir)
    all_agree(hub, owner, twin, heir)


def _reviews(point: Point) -> list[str]:
    with reading(point.engine) as conn:
        return [each.code for each in open_reviews(conn)]


def test_who_lost_a_record_does_not_take_it_back(hub: Hub, point_at: PointAt) -> None:
    """Writing late is one thing, deciding who has it another: by a new home, by a grant, by ending the other's."""
    owner, twin, heir, guest = point_at("V1"), point_at("V1"), point_at("V2"), point_at("V2")
    case_id, _ = meet(owner, name="王五")
    shared, _ = meet(owner, name="赵六")
    owner.do(GrantCase(case=shared, point=guest.actor.node, reason="常在那边"))
    all_agree(hub, owner, twin, heir, guest)
    with reading(guest.engine) as conn:
        home = tuple(heads_of(conn, "case", shared).home)
    owner.do(HandOverCase(case=case_id, point=heir.actor.node, reason="住到那边去了"))
    owner.do(RevokeCase(case=shared, point=guest.actor.node, reason="回来了"))
    owner.sync()
    here, there, above = (meaning_id("node", code) for code in ("V1", "V2", "T1"))
    with reading(twin.engine) as conn:
        known = tuple(heads_of(conn, "case", case_id).home)
    twin.write(Op("rehome", "case", case_id, here, {"node": here}, {}, "@home", "", known))
    twin.write(Op("add", "case", case_id, here, {}, {}, "grants", here))
    twin.write(Op("remove", "case", case_id, here, {}, {}, "grants", there))
    twin.sync()
    assert status(hub.engine)["quarantine"] == 3
    guest.write(Op("rehome", "case", shared, here, {"node": above}, {}, "@home", "", home))
    guest.write(Op("add", "case", shared, here, {}, {}, "grants", there))
    guest.sync()
    assert status(hub.engine)["quarantine"] == 5
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(case.c.id, case.c.node, case.c.grants))
        assert {row.id: (row.node, decode_elements(row.grants)) for row in rows} == {
            case_id: (there, []),
            shared: (here, []),
        }
        codes = conn.execute(sa.select(quarantine.c.code)).scalars().all()
    assert set(codes) == {"not_allowed"}


def test_who_never_had_a_record_is_still_put_aside(hub: Hub, point_at: PointAt) -> None:
    owner, stranger = point_at("V1"), point_at("V2")
    case_id, _ = meet(owner)
    owner.sync()
    stranger.write(Op("set", "case", case_id, owner.actor.node, {"story": "x"}, {}, "story"))
    stranger.write(Op("rehome", "case", case_id, owner.actor.node, {"node": stranger.actor.node}, {}, "@home"))
    stranger.sync()
    assert status(hub.engine)["quarantine"] == 2


def test_nonsense_in_a_grant_or_a_new_home_holds_nothing_up(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    case_id, _ = meet(point)
    point.write(Op("add", "case", case_id, point.actor.node, {}, {}, "grants", "x" * 60))
    point.write(Op("add", "case", case_id, point.actor.node, {}, {}, "grants", "f" * 32))
    for to in ("", "x" * 5_000, "f" * 32, f"{'f' * 32} {'f' * 32}"):
        point.write(Op("rehome", "case", case_id, point.actor.node, {"node": to}, {}, "@home"))
    point.write(Op("rehome", "item", case_id[::-1], point.actor.node, {"node": point.actor.node}, {}, "@home"))
    point.register("李一")
    point.sync()
    assert point.unsent() == 0
    assert status(hub.engine)["quarantine"] == 5


def test_a_guest_may_not_give_the_case_away(hub: Hub, point_at: PointAt) -> None:
    owner, guest = point_at("V1"), point_at("V2")
    case_id, _ = meet(owner, name="王五")
    owner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"))
    owner.sync()
    guest.sync()
    with reading(guest.engine) as conn:
        home = tuple(heads_of(conn, "case", case_id).home)
    guest.write(Op("rehome", "case", case_id, owner.actor.node, {"node": guest.actor.node}, {}, "@home", "", home))
    guest.sync()
    assert status(hub.engine)["quarantine"] == 1


def test_given_to_two_points_at_once_is_shown_and_settled(hub: Hub, point_at: PointAt) -> None:
    one, two, heir, town = point_at("V1"), point_at("V1"), point_at("V2"), point_at("T1")
    case_id, _ = meet(one, name="王五")
    all_agree(hub, one, two, heir, town)
    one.do(HandOverCase(case=case_id, point=heir.actor.node, reason="住到那边去了"))
    two.do(HandOverCase(case=case_id, point=town.actor.node, reason="镇里接手"))
    all_agree(hub, one, two, heir, town)
    with reading(town.engine) as conn:
        (listed,) = [each for each in open_reviews(conn) if each.code == "TWO_HOMES"]
    assert (listed.kind, listed.record) == ("case", case_id), "what hangs on it goes where it goes"
    assert listed.node == town.actor.node
    assert [(home.node, home.name, home.by) for home in listed.homes] == [
        (heir.actor.node, "V2救助点", one.actor.id),
        (town.actor.node, "T1救助点", two.actor.id),
    ]
    for wrong, home in (("missing", None), ("unknown_record", one.actor.node)):
        with pytest.raises(Refused, match=wrong):
            town.do(SettleReview(review=listed.id, home=home))
    # Not the one that is shown meanwhile.
    town.do(SettleReview(review=listed.id, home=heir.actor.node))
    all_agree(hub, one, two, heir, town)
    for point in (town, heir):
        with reading(point.engine) as conn:
            assert not [each for each in open_reviews(conn) if each.code == "TWO_HOMES"]
            nodes = conn.execute(sa.select(case.c.node).union_all(sa.select(encounter.c.node))).scalars().all()
            assert set(nodes) == {heir.actor.node}


def test_a_point_put_under_another_town_goes_with_its_records(hub: Hub, point_at: PointAt) -> None:
    runner = hub.runner()
    with reading(hub.engine) as conn:
        actor = center_actor(conn)
    runner.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")), actor)
    village, old, new, district = point_at("V1"), point_at("T1"), point_at("T2"), point_at("D1")
    case_id, met = meet(village, note="不愿多说")
    closed, _ = meet(village)
    say(village, closed, "CLOSED")
    all_agree(hub, village, old, new, district)
    runner.do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "T2"), reason="街道调整"), actor)
    new.max_bytes = 1  # one record at a time
    all_agree(hub, old, new, district)
    assert traces(old, case_id) == traces(old, met) == []
    assert has(district, case, case_id)
    assert has(new, case, case_id)
    assert has(new, encounter, met)
    assert traces(new, closed) == []
    runner.do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "T1"), reason="又调回来"), actor)
    all_agree(hub, old, new, district)
    assert has(old, case, case_id)
    assert traces(new, case_id) == []
    fresh = point_at("T1")
    all_agree(hub, fresh)
    assert has(fresh, encounter, met)


def test_however_much_moves_what_is_filed_is_looked_through_once(hub: Hub, point_at: PointAt) -> None:
    """Nothing of it is found by number alone."""
    village, asked = point_at("V1"), list[str]()
    for number in range(501):
        village.write(Op("create", "person", new_id(), village.actor.node, {"name": f"李{number}"}, {}))
    village.sync()
    with reading(hub.engine) as conn:
        actor = center_actor(conn)
        before = conn.execute(sa.select(feed.c.stream, feed.c.seq, feed.c.places)).all()
    if hub.engine.dialect.name == "sqlite":
        sa.event.listen(hub.engine, "checkout", lambda driver, *_: driver.set_trace_callback(asked.append))
    hub.runner().do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "D1"), reason="街道调整"), actor)
    assert len([sql for sql in asked if sql.startswith("DELETE FROM feed")]) == bool(asked)
    with reading(hub.engine) as conn:
        assert set(before) <= set(conn.execute(sa.select(feed.c.stream, feed.c.seq, feed.c.places)).all())


@pytest.mark.parametrize("take_back", [True, False])
def test_an_undo_that_did_not_see_a_note_is_listed_and_settled(hub: Hub, point_at: PointAt, *, take_back: bool) -> None:
    one, two = point_at("V1"), point_at("V1")
    done = one.do(nameless())
    made = dict(done.made)
    all_agree(hub, one, two)
    two.do(AddNote(encounter=made["encounter"], text="第二天又来过"))
    one.do(UndoCommit(commit=done.commit, reason="录错了"))
    all_agree(hub, one, two)
    assert _hidden(two, case, made["case"])
    assert not _hidden(two, encounter, made["encounter"])
    with reading(two.engine) as conn:
        (listed,) = [each for each in open_reviews(conn) if each.record == made["encounter"]]
    assert (listed.code, listed.by) == ("UNDONE_UNSEEN", one.actor.id)
    two.do(SettleReview(review=listed.id, take_back=take_back or None))
    all_agree(hub, one, two)
    assert _hidden(one, case, made["case"]) == _hidden(one, encounter, made["encounter"]) == take_back
    assert not _reviews(one)


def _hidden(point: Point, entity: Entity, id_: str) -> bool:
    with reading(point.engine) as conn:
        return bool(conn.execute(sa.select(entity.c.hidden).where(entity.c.id == id_)).scalar_one())
