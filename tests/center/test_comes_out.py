"""At a center that was put back: what was refused, or waits, for want of what is lost comes out once that is told."""

import msgspec
import pytest
import sqlalchemy as sa

from app.center.restore import say_put_back
from app.features.cases.tables import case, note
from app.features.people.tables import person
from app.journal.ops import Op, WriteId
from app.store.engine import reading
from tests.center.points import PointAt
from tests.center.restoring import Lose, aside, bring, create, offer, page_commit, push_again


@pytest.mark.parametrize("told_by", ["author", "reader"])
def test_what_waits_comes_out_once_the_record_comes_another_way(point_at: PointAt, lose: Lose, told_by: str) -> None:
    author, twin, stranger = point_at("V1"), point_at("V1"), point_at("V2")
    lose.keep()
    who = create("person", author.actor.node, name="李四")
    made = author.write(who)
    author.sync()
    twin.sync()
    seen = WriteId(made.device, made.epoch, made.n, 0)
    twin.write(Op("set", "person", who.id, who.node, {"phone": "13800000001"}, {}, group="phone", seen=(seen,)))
    twin.sync()
    again = lose()
    offer(again, twin, msgspec.structs.replace(page_commit(twin, made), actor=stranger.actor.id))
    push_again(again, twin)
    assert aside(again) == [(author.device, 1, "not_allowed"), (twin.device, 1, "waits")]
    if told_by == "reader":
        assert bring(again, twin, made).taken == 1
    else:
        push_again(again, author)
    assert aside(again) == [(author.device, 1, "not_allowed")]
    with reading(again.engine) as conn:
        assert conn.execute(sa.select(person.c.phone)).scalar() == "13800000001"


@pytest.mark.parametrize("is_lost_twice", [False, True])
@pytest.mark.parametrize("told_by", ["author", "reader"])
def test_what_a_guest_wrote_upon_a_record_comes_once_the_lost_grant_does(
    point_at: PointAt, lose: Lose, told_by: str, is_lost_twice: bool
) -> None:
    owner, twin, guest = point_at("V1"), point_at("V1"), point_at("V2")
    at, node = owner.actor.node, guest.actor.node
    about = create("case", at, case_status="OPEN")
    owner.write(about)
    owner.sync()
    lose.keep()
    grant = owner.write(Op("add", "case", about.id, at, {}, {}, "grants", node))
    owner.sync()
    guest.sync()
    met = create("encounter", node, case=about.id)
    guest.write(met)
    guest.write(create("note", node, encounter=met.id, text="来过"))
    guest.write(Op("set", "case", about.id, at, {"case_status": "CLOSED"}, {}, "status"))
    guest.sync()
    twin.sync()
    again = lose()
    push_again(again, guest)
    assert [code for _, _, code in aside(again)] == ["not_allowed", "waits", "not_allowed"]
    if is_lost_twice:
        say_put_back(again)
    if told_by == "reader":
        assert bring(again, twin, grant).taken == 1
    else:
        push_again(again, owner)
    assert aside(again) == []
    with reading(again.engine) as conn:
        assert conn.execute(sa.select(note.c.encounter)).scalars().all() == [met.id]
        assert conn.execute(sa.select(case.c.case_status)).scalar() == "CLOSED"
