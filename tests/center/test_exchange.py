"""The round trip without HTTP: what goes in comes out, once, in the center's order, whatever is lost on the way."""

import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id, new_id
from app.center.admin import status
from app.center.exchange import answer_exchange
from app.center.feed import MOST_ROWS
from app.center.hub import Declined, Hub, center_actor
from app.features.cases.tables import case
from app.features.org.commands import AmendNode, EngageStaff, FoundNode
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.heads import disputes
from app.journal.ops import Op
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.protocol import ExchangeRequest, ExchangeResponse
from tests.center.points import Point, PointAt


def _count(engine: sa.Engine, table: sa.Table) -> int:
    with reading(engine) as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _digest_of(hub: Hub, point: Point) -> str:
    return next(str(d["digest"]) for d in status(hub.engine)["devices"] if d["id"] == point.device)


def test_an_enrolled_point_holds_tree_staff_and_needs_nothing_more(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    assert point.digest() == _digest_of(hub, point)
    response = answer_exchange(hub, point.request(), hub.clock())
    assert (response.page.commits, response.page.stamps, response.page.more) == ([], [], False)


def test_two_devices_of_a_point_come_to_hold_the_same(hub: Hub, point_at: PointAt) -> None:
    first, second = point_at("V1"), point_at("V1")
    made = first.register("李四")
    first.sync()
    second.sync()
    first.do(AmendPerson(person=made, phone="13800000000", reason="问到了"))
    second.do(AmendPerson(person=made, phone="13900000000", reason="问到了"))
    for point in (first, second, first):
        point.sync()
    assert first.digest() == second.digest() == _digest_of(hub, first) == _digest_of(hub, second)
    for engine in (first.engine, second.engine, hub.engine):
        with reading(engine) as conn:
            (dispute,) = disputes(conn)
            assert {value["phone"] for value in dispute.values.values()} == {"13800000000", "13900000000"}


def test_others_see_only_what_is_for_them(hub: Hub, point_at: PointAt) -> None:
    village, other, town = point_at("V1"), point_at("V2"), point_at("T1")
    village.register("王五")
    for point in (village, other, town):
        point.sync()
    assert _count(village.engine, person.table) == 1
    assert _count(other.engine, person.table) == 0
    assert _count(town.engine, person.table) == 0
    assert all(p.digest() == _digest_of(hub, p) for p in (village, other, town))


def test_every_answer_lost_once_changes_nothing(hub: Hub, point_at: PointAt) -> None:
    point, other = point_at("V1"), point_at("V1")
    for number in range(12):
        point.register(f"李四{number}")
    point.most = 5
    lost: set[int] = set()

    def deaf(request: ExchangeRequest) -> ExchangeResponse:
        response = answer_exchange(hub, request, hub.clock())
        if request.push.from_n not in lost:
            lost.add(request.push.from_n)
            again = answer_exchange(hub, request, hub.clock())  # the same bytes, sent twice
            assert again.ack.n == response.ack.n
            response = answer_exchange(hub, point.request(), hub.clock())
            response.request_id = request.request_id
        return response

    point.sync(deaf)
    other.sync(deaf)
    assert len(lost) > 2
    assert _count(hub.engine, person.table) == _count(other.engine, person.table) == 12
    with reading(point.engine) as conn:
        own = conn.execute(sa.select(journal.c.n, journal.c.seq).where(journal.c.device == point.device)).all()
    assert len(own) == 12
    assert all(seq is not None for _, seq in own)
    assert point.digest() == other.digest() == _digest_of(hub, point)


def test_a_long_feed_comes_in_pages(hub: Hub, point_at: PointAt) -> None:
    writer, reader = point_at("V1"), point_at("V1")
    for number in range(60):
        writer.register(f"李四{number}", features="蓝色外套" * 40)
    writer.sync()
    reader.max_bytes = 1
    request = reader.request()
    response = answer_exchange(hub, request, hub.clock())
    assert response.page.more
    assert len(response.page.commits) + response.page.behind == 60
    assert reader.sync() > 1
    assert _count(reader.engine, person.table) == 60
    assert reader.digest() == _digest_of(hub, reader)


def test_a_foreign_cursor_begins_anew(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李四")
    point.sync()
    for cursor in ("", "nonsense", f"{'0' * 16}.{'0' * 12}.5.{'0' * 12}", point.cursor[:-1] + "x"):
        point.cursor = cursor
        response = answer_exchange(hub, point.request(), hub.clock())
        assert response.page.commits, cursor
        point.take(response)
        assert point.digest() == _digest_of(hub, point)


def test_a_wrong_clock_does_not_move_time(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    now = hub.clock()
    offset = 365 * 86_400_000_000
    point.clock = lambda: hub.clock() + offset
    point.register("李四")
    point.register("王五")
    point.sync()
    with reading(hub.engine) as conn:
        effs = conn.execute(sa.select(journal.c.eff).where(journal.c.device == point.device)).scalars().all()
    assert effs == sorted(set(effs))
    assert all(now <= eff <= hub.clock() for eff in effs)


def test_another_history_of_the_same_epoch_is_a_fork(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李四")
    before = point.request()
    point.sync()
    other = point.request()
    other.push, other.head = before.push, other.head[:-4] + "AAA="
    other.push.commits[0].wall += 1
    with pytest.raises(Declined, match="409 fork"):
        answer_exchange(hub, other, hub.clock())
    unknown = point.request()
    unknown.epoch = "f" * 16
    with pytest.raises(Declined, match="409 serial"):
        answer_exchange(hub, unknown, hub.clock())


def test_a_device_restored_from_an_old_file_is_told_a_higher_number(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李四")
    old = point.request()
    point.sync()
    point.register("王五")
    point.sync()
    old.have_n, old.pull.cursor = 1, point.cursor
    response = answer_exchange(hub, old, hub.clock())
    assert response.ack.n == 2


def test_a_point_moved_under_another_town_is_seen_there(hub: Hub, point_at: PointAt) -> None:
    with reading(hub.engine) as conn:
        actor = center_actor(conn)
    district = meaning_id("node", "D1")
    outcome = hub.runner().do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=district), actor)
    hub.runner().do(EngageStaff(code="u-T2", name="张三", role="SPECIALIST", node=outcome.made[0][1]), actor)
    village, neighbour, old, new = point_at("V1"), point_at("V2"), point_at("T1"), point_at("T2")
    for point in (village, neighbour):
        point.write(Op("create", "case", new_id(), point.actor.node, {"status": "OPEN"}, {}))
    for point in (village, neighbour, old, new):
        point.sync()
    assert [_count(p.engine, case.table) for p in (village, neighbour, old, new)] == [1, 1, 2, 0]
    moved = AmendNode(node=village.actor.node, parent=meaning_id("node", "T2"), reason="区划调整")
    hub.runner().do(moved, actor)
    village.write(Op("create", "case", new_id(), village.actor.node, {"status": "OPEN"}, {}))
    for point in (village, neighbour, old, new):
        point.sync()
        assert point.digest() == _digest_of(hub, point)
    assert _count(new.engine, case.table) == 2
    assert _count(old.engine, case.table) == 1  # what it had seen leaves; the new one does not come
    late = point_at("T1")
    late.sync()
    assert _count(late.engine, case.table) == 1


def test_a_page_says_that_more_is_to_come_where_one_stream_fills_it(hub: Hub, point_at: PointAt) -> None:
    writer = point_at("V1")
    writer.most = 2 * MOST_ROWS
    for _ in range(MOST_ROWS + 10):
        writer.write(Op("create", "person", new_id(), writer.actor.node, {"name": "李四"}, {}))
    assert writer.sync() == 2
    with reading(writer.engine) as conn:
        assert conn.execute(sa.select(sa.func.count()).where(journal.c.seq.is_(None))).scalar() == 0
    assert writer.digest() == _digest_of(hub, writer)
