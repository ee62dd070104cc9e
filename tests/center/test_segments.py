"""What a snapshot's segments hold: what the stream holds and nothing else, as of one moment; nobody is held up."""

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, HOUR
from app.base.ids import new_id, random_hex
from app.center import room, snapshot
from app.center.admission import revoke
from app.center.files import segment_named
from app.center.hub import Declined, Hub
from app.center.segments import build, ids_in
from app.center.snapshot import answer_snapshot
from app.center.tables import device, feed, segment
from app.features.people.commands import AmendPerson
from app.journal.entities import Entity, entities, find_entity
from app.journal.here import standing
from app.journal.presence import Presence
from app.journal.streams import Tree, streams_read
from app.journal.tables import journal
from app.store.content import name_of
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from app.sync.snapshot_wire import GOOD_FOR, BadSegment, SnapshotRequest, SnapshotResponse, lines_of
from tests.center.points import Point, PointAt
from tests.center.restoring import create
from tests.clocks import FakeClock


@pytest.fixture
def hub(hub: Hub, tmp_path: Path) -> Hub:
    return Hub(hub.engine, hub.clock, files=tmp_path / "files")


def asked(hub: Hub, point: Point, *unnumbered: tuple[str, int, int]) -> SnapshotResponse:
    request = SnapshotRequest(1, random_hex(8), point.device, "", list(unnumbered))
    return answer_snapshot(hub, request, hub.clock())


def records(hub: Hub, response: SnapshotResponse) -> dict[str, set[str]]:
    """Stream → the ids in its segments."""
    found: dict[str, set[str]] = {}
    for each in response.segments:
        ids = found.setdefault(each.stream, set())
        for line in lines_of(hub.content.read(each.sha)):
            if line[0] == "rows":
                ids.update(row[line[2].index("id")] for row in line[3])
    return found


def test_no_kind_is_looked_through_for_the_records_of_one_node() -> None:
    """However many the city has, and whatever SQLite knows of how many there are."""
    engine, asked, node = open_plain(None), list[tuple[str, Any]](), "d" * 32
    create_tables(engine)

    def note(_conn: Any, _cursor: Any, sql: str, given: Any, *_: Any) -> None:
        asked.append((sql, given))

    with reading(engine) as conn:
        sa.event.listen(conn, "before_cursor_execute", note)
        ids_in(conn, Tree({node: None}, {node: "VILLAGE"}), f"own:{node}")
        sa.event.remove(conn, "before_cursor_execute", note)
        plans = [row[3] for sql, given in asked for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
    engine.dispose()
    assert len(plans) > 20
    assert [plan for plan in plans if plan.startswith("SCAN") and "_granted" not in plan] == []


def test_each_stream_holds_what_it_should(hub: Hub, point_at: PointAt) -> None:
    here, there, town = point_at("V1"), point_at("V2"), point_at("T1")
    mine = [here.register(f"甲{n}") for n in range(3)]
    theirs = [there.register(f"乙{n}") for n in range(3)]
    here.sync()
    there.sync()
    answer = asked(hub, here)
    with reading(hub.engine) as conn:
        tree = hub.trees.tree(conn)
        reads = streams_read(tree, here.actor.node)
        assert {each.stream for each in answer.segments} <= set(reads)
        found = records(hub, answer)
        assert set(mine) <= found[f"own:{here.actor.node}"]
        assert not set(theirs) & set().union(*found.values())
        for stream, ids in found.items():
            for entity, inside in _by_entity(conn, ids).items():
                streams = Presence(conn, tree).of({entity: inside})
                assert all(stream in streams[id_] for id_ in inside)
    assert not set(mine) & set().union(*records(hub, asked(hub, town)).values())


def _by_entity(conn: sa.Connection, ids: set[str]) -> dict[Entity, set[str]]:
    found = {}
    for entity in entities():
        there = set(conn.execute(sa.select(entity.c.id).where(entity.c.id.in_(ids))).scalars())
        if there:
            found[entity] = there
    return found


def test_what_hangs_on_a_case_that_is_lost_is_in_no_stream_of_those_above(hub: Hub, point_at: PointAt) -> None:
    here, town = point_at("V1"), point_at("T1")
    alone, lost = create("encounter", here.actor.node), create("encounter", here.actor.node, case=new_id())
    here.write(alone, lost)
    here.sync()
    town.sync()
    with reading(hub.engine) as conn:
        tree = hub.trees.tree(conn)
        entity = find_entity("encounter")
        assert entity is not None
        above = ids_in(conn, tree, f"up:{town.actor.node}").get(entity)
        presence = Presence(conn, tree).of({entity: [alone.id, lost.id]})
    assert above == {id_ for id_, streams in presence.items() if f"up:{town.actor.node}" in streams} == {alone.id}
    assert alone.id in records(hub, asked(hub, town))[f"up:{town.actor.node}"]


def test_a_segment_serves_until_something_is_filed_in_its_stream(hub: Hub, point_at: PointAt) -> None:
    one, two = point_at("V1"), point_at("V2")
    one.register("甲")
    one.sync()
    first = {each.stream: each.sha for each in asked(hub, one).segments}
    two.register("乙")
    two.sync()
    again = {each.stream: each.sha for each in asked(hub, one).segments}
    assert again == first
    one.register("丙")
    one.sync()
    later = {each.stream: each.sha for each in asked(hub, one).segments}
    assert {stream for stream in first if later[stream] != first[stream]} == {f"own:{one.actor.node}"}
    with reading(hub.engine) as conn:
        seq = conn.execute(sa.select(sa.func.max(journal.c.seq))).scalar_one()
    assert asked(hub, one).seq == seq


def test_what_a_segment_was_made_of_is_one_moment(hub: Hub, point_at: PointAt) -> None:
    """Commits that come while it is made are not in it, and are in the feed after its cursor."""
    point = point_at("V1")
    point.register("甲")
    point.sync()
    with reading(hub.engine) as conn:
        conn.execute(sa.select(feed.c.seq).limit(1)).first()  # on both databases the moment begins with the first look
        late = point.register("乙")
        point.sync()  # goes through at once: nothing is locked
        data = b"".join(build(conn, hub.trees.tree(conn), f"own:{point.actor.node}"))
    assert late not in {row[0] for line in lines_of(data) if line[0] == "rows" for row in line[3]}


def _ask_into(hub: Hub, point: Point, answers: list[SnapshotResponse]) -> None:
    answers.append(asked(hub, point))


def test_two_who_ask_at_once_are_given_the_same(hub: Hub, point_at: PointAt) -> None:
    points = [point_at("V1") for _ in range(4)]
    points[0].register("甲")
    points[0].sync()
    answers: list[SnapshotResponse] = []
    threads = [threading.Thread(target=_ask_into, args=(hub, point, answers)) for point in points]
    if hub.engine.dialect.name == "postgresql":
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        answers += [asked(hub, point) for point in points]
    assert len({tuple(each.sha for each in answer.segments) for answer in answers}) == 1
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(segment.c.stream, segment.c.seq, segment.c.part)).all()
    assert len(rows) == len(set(rows))


def test_bytes_are_for_those_who_read_the_stream(hub: Hub, point_at: PointAt) -> None:
    mine, other = point_at("V1"), point_at("V2")
    mine.register("甲")
    mine.sync()
    own = next(each.sha for each in asked(hub, mine).segments if each.stream == f"own:{mine.actor.node}")
    with reading(hub.engine) as conn:
        rows = {row["id"]: row for row in conn.execute(sa.select(device)).mappings()}
        assert segment_named(conn, hub, rows[mine.device], own) is not None
        assert segment_named(conn, hub, rows[other.device], own) is None
    revoke(hub, mine.device)
    with pytest.raises(Declined, match="revoked"):
        asked(hub, mine)


def test_the_center_s_order_comes_for_what_has_none(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    id_ = point.register("甲")
    point.do(AmendPerson(person=id_, phone="13800000000", reason="问到了"))
    request = point.request()
    point.sync()
    with reading(point.engine) as conn:
        epoch = standing(conn).epoch
        known = {
            row.n: (row.seq, row.eff)
            for row in conn.execute(
                sa.select(journal.c.n, journal.c.seq, journal.c.eff).where(journal.c.epoch == epoch)
            )
        }
    (run,) = asked(hub, point, (epoch, 1, request.have_n)).stamps
    assert (run.n, run.seq, run.effs[0]) == (1, *known[1])
    assert sum(run.effs) == known[2][1]
    assert asked(hub, point, (epoch, 3, 9)).stamps == []


def test_a_lost_content_is_made_anew(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("甲")
    point.sync()
    first = asked(hub, point)
    for each in first.segments:
        hub.content.remove(each.sha)
    again = asked(hub, point)
    assert [each.sha for each in again.segments] == [each.sha for each in first.segments]
    assert all(hub.content.has(each.sha) for each in again.segments)


@pytest.mark.parametrize("left", [b"", b"cut", None])
def test_a_content_that_the_disk_spoilt_is_made_anew(hub: Hub, point_at: PointAt, left: bytes | None) -> None:
    """None: as long as it was."""
    point = point_at("V1")
    point.register("甲")
    point.sync()
    first = asked(hub, point).segments
    for each in first:
        (hub.content.root / each.sha[:2] / each.sha).write_bytes(bytes(each.bytes) if left is None else left)
    assert asked(hub, point).segments == first
    assert all(name_of(hub.content.read(each.sha)) == each.sha for each in first)


def test_what_was_named_is_kept_as_long_as_somebody_may_be_fetching_it(
    hub: Hub, point_at: PointAt, clock: FakeClock
) -> None:
    slow, quick = point_at("V1"), point_at("V1")
    quick.register("甲")
    quick.sync()
    own = f"own:{slow.actor.node}"

    def ask(point: Point) -> str:
        return next(each.sha for each in asked(hub, point).segments if each.stream == own)

    first = ask(quick)
    clock.now += 6 * DAY
    assert ask(slow) == first  # nothing was filed since: it is named once more
    for number in range(6):
        clock.now += HOUR
        quick.register(f"乙{number}")
        quick.sync()
        assert ask(quick) != first
    clock.now += GOOD_FOR - 6 * HOUR
    ask(quick)
    with reading(hub.engine) as conn:
        row = conn.execute(sa.select(device).where(device.c.id == slow.device)).mappings().one()
        assert segment_named(conn, hub, row, first) is not None
    assert hub.content.has(first)
    clock.now += snapshot.KEPT_FOR
    last = ask(quick)
    assert not hub.content.has(first)
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(segment.c.sha).where(segment.c.stream == own)).scalars().all() == [last]


def test_on_a_tight_disk_three_moments_of_a_stream_are_kept_and_those_of_the_last_hour(
    hub: Hub, point_at: PointAt, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "has_room", lambda _root, size: size < snapshot.TIGHT)
    point = point_at("V1")
    own = f"own:{point.actor.node}"
    made: list[str] = []

    def ask() -> None:
        point.register(f"甲{len(made)}")
        point.sync()
        made.append(next(each.sha for each in asked(hub, point).segments if each.stream == own))

    for _ in range(6):
        ask()
    assert all(hub.content.has(sha) for sha in made)  # somebody may be fetching them
    clock.now += 2 * HOUR
    ask()
    assert [sha for sha in made if hub.content.has(sha)] == made[-3:]
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(segment.c.sha).where(segment.c.stream == own).order_by(segment.c.seq))
        assert rows.scalars().all() == made[-3:]


def test_segments_leave_the_disk_as_much_room_as_photos_do(
    hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    first = asked(hub, point)
    point.register("甲")
    point.sync()
    with monkeypatch.context() as patch:
        patch.setattr(room, "RESERVE", 1 << 60)
        with pytest.raises(Declined, match="507 center_full"):
            asked(hub, point)
    assert set(hub.content.names()) == {each.sha for each in first.segments}
    assert asked(hub, point).segments


def test_a_snapshot_that_fails_half_way_leaves_nothing(
    hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    point.register("甲")
    point.sync()
    looks = iter([True, True])
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "has_room", lambda *_given: next(looks, False))
        with pytest.raises(Declined, match="507 center_full"):
            asked(hub, point)
    assert list(hub.content.names()) == []


def test_a_disk_full_of_old_segments_frees_itself(
    hub: Hub, point_at: PointAt, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    point, other = point_at("V1"), point_at("V2")
    for number in range(3):
        point.register(f"甲{number}")
        point.sync()
        asked(hub, point)
    other.register("乙")
    other.sync()
    asked(hub, other)
    clock.now += snapshot.KEPT_FOR + HOUR
    many = len(list(hub.content.names()))
    monkeypatch.setattr(snapshot, "has_room", lambda *_given: len(list(hub.content.names())) < many)
    town = point_at("T1")
    town.register("丁")
    town.sync()
    assert asked(hub, town).segments
    assert len(list(hub.content.names())) < many


def test_nonsense_is_no_segment(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    for n in range(20):
        point.register(f"甲{n}")
    point.sync()
    data = hub.content.read(asked(hub, point).segments[-1].sha)
    for cut in range(0, len(data), 7):
        with pytest.raises(BadSegment):
            list(lines_of(data[:cut]))
    for nonsense in (b"", b"\x00" * 100, data[::-1]):
        with pytest.raises(BadSegment):
            list(lines_of(nonsense))


def test_the_counter_is_not_waited_for(hub: Hub, point_at: PointAt) -> None:
    """While somebody writes, the state is read all the same."""
    point = point_at("V1")
    point.register("甲")
    point.sync()
    asked(hub, point)
    with writing(hub.engine) as conn:
        conn.execute(device.update().values(app="being written"))
        assert asked(hub, point).segments
