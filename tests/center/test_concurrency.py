"""Many at once on a real PostgreSQL: a reader misses nothing, siblings are not lost. Each with the bug planted."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.base.ids import new_id
from app.center import intake
from app.center.admin import init_center, status
from app.center.exchange import answer_exchange
from app.center.feed import Reader, read_page
from app.center.hub import Hub, center_actor, standing_city
from app.center.publisher import CenterPublisher
from app.cli.point_check import check_point
from app.features.inventory.rules import lot_id
from app.features.inventory.tables import lot
from app.features.org.commands import EngageStaff, FoundNode
from app.features.org.commands_notices import AddPlace
from app.features.people.tables import person
from app.journal.entities import Entity
from app.journal.heads import disputes, heads_of
from app.journal.ops import Key, Op
from app.journal.tables import journal
from app.store.engine import open_postgres, reading
from app.store.schema import create_tables
from tests.center.points import Point
from tests.clocks import FakeClock

WRITERS = 12
TRIES, PUSHES = 4, 10
"""As many for the cursor that is right as for the one that is not."""
DEVICES = 8
ENDS = "2027-01-01"


@dataclass(frozen=True, slots=True)
class SequencePublisher(CenterPublisher):
    """The planted bug: numbers come from a sequence, so a lower one may be committed after a higher one."""

    def number(self, conn: sa.Connection, count: int) -> int:
        found = conn.execute(sa.text("SELECT nextval('naive') FROM generate_series(1, :k)"), {"k": count}).scalars()
        return int(min(found))


class NaiveHub(Hub):
    @property
    def publisher(self) -> CenterPublisher:
        return SequencePublisher(self.trees)


@pytest.fixture
def engine(postgres_database: str) -> Iterator[sa.Engine]:
    engine = open_postgres(postgres_database)
    create_tables(engine)
    yield engine
    engine.dispose()


def _points(hub: Hub, clock: FakeClock, codes: Iterable[str], devices: int = 1) -> list[Point]:
    init_center(hub.engine, "杭州市救助管理站", "http://127.0.0.1:1", clock=clock)
    with reading(hub.engine) as conn:
        actor = center_actor(conn)
    made = []
    for code in codes:
        found = (
            Hub(hub.engine, clock)
            .runner()
            .do(FoundNode(code=code, name=f"{code}点", tier="VILLAGE", parent=actor.node), actor)
        )
        Hub(hub.engine, clock).runner().do(
            EngageStaff(code=f"u-{code}", name="张三", role="SPECIALIST", node=found.made[0][1]), actor
        )
        made += [Point.enrolled(hub, code, clock) for _ in range(devices)]
    return made


def _missed(hub: Hub, points: list[Point], pushes: int) -> tuple[int, int]:
    """How many commits a reader that follows its cursor never gets, while all points push; and how many there are."""
    for point in points:
        point.most = 1
        for _ in range(pushes):
            point.write(Op("create", "person", new_id(), _node(point), {"name": "李四"}, {}))
    streams = [f"own:{_node(point)}" for point in points]
    seen: set[tuple[str, int]] = set()
    cursor = ""

    def follow() -> None:
        nonlocal cursor
        with reading(hub.engine) as conn:
            hub_epoch = standing_city(conn)["hub_epoch"]
            page = read_page(conn, hub.trees.tree(conn), Reader("", "", 0, streams), cursor, hub_epoch, 1 << 20)
        seen.update((commit.device, commit.n) for commit in page.commits)
        cursor = page.cursor

    def push(point: Point) -> None:
        for _ in range(pushes):
            request = point.request()
            point.take(answer_exchange(hub, request, hub.clock()))

    with ThreadPoolExecutor(len(points)) as threads:
        running = [threads.submit(push, point) for point in points]
        while not all(future.done() for future in running):
            follow()
        for future in running:
            future.result()
    follow()
    with reading(hub.engine) as conn:
        mine = journal.c.device.in_([point.device for point in points])
        there = conn.execute(sa.select(sa.func.count()).select_from(journal).where(mine)).scalar_one()
    return there - len(seen), there


def _node(point: Point) -> str:
    return point.actor.node


def test_a_reader_on_the_cursor_misses_nothing(engine: sa.Engine, clock: FakeClock) -> None:
    hub = Hub(engine, clock)
    points = _points(hub, clock, [f"W{number}" for number in range(WRITERS)])
    for each in range(1, TRIES + 1):
        assert _missed(hub, points, PUSHES) == (0, WRITERS * PUSHES * each)


def test_numbers_from_a_sequence_would_lose_some(engine: sa.Engine, clock: FakeClock) -> None:
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE SEQUENCE naive START 1000"))
    points = _points(Hub(engine, clock), clock, [f"W{number}" for number in range(WRITERS)])
    assert any(_missed(NaiveHub(engine, clock), points, PUSHES)[0] for _ in range(TRIES))


Write = Callable[[Point, int, int], None]
"""What this point, the how-manieth it is, writes in this round."""


def _old_record(kind: str, ids: Mapping[str, Sequence[str]], values: Callable[[int], dict[str, object]]) -> Write:
    """To a record that all know; each names as bases what it was shown."""

    def write(point: Point, index: int, round_: int) -> None:
        id_, group = ids[kind][round_], KINDS[kind]
        with reading(point.engine) as conn:
            known = heads_of(conn, kind, id_)
        point.write(Op("set", kind, id_, known.node, values(index), {}, group, "", tuple(known.of(group))))

    return write


def _new_lot(point: Point, index: int, round_: int) -> None:
    id_ = _lot_id(round_)
    values = {"item": "1" * 32, "batch": f"B{round_}", "expires_on": ENDS, "made_on": f"2026-01-{index + 1:02}"}
    point.write(Op("create", "lot", id_, _node(point), values, {}))


def _lot_id(round_: int) -> str:
    return lot_id("1" * 32, f"B{round_}", ENDS)


KINDS = {"person": "phone", "place": "facts", "lot": "facts"}
"""What is written to, and which group: a person, whose node is locked by its key too; a place, on which only the lock
of the row makes the others wait; a lot that does not exist yet, on which only that of its key does."""


def _all_at_once(hub: Hub, points: list[Point], rounds: int, kinds: Collection[str] = KINDS) -> int:
    """Heads at the center after every device wrote to the same group at once, each round to other records."""
    spot = AddPlace(name="桥洞", place_type="BRIDGE")
    ids = {
        "person": [points[0].register("李四") for _ in range(rounds)],
        "place": [points[0].do(spot).made[0][1] for _ in range(rounds)],
        "lot": [_lot_id(round_) for round_ in range(rounds)],
    }
    for point in points:
        point.sync()
    writes = {
        "person": _old_record("person", ids, lambda index: {"phone": f"1390000{index:04}"}),
        "place": _old_record("place", ids, lambda index: {"name": f"桥洞{index}", "place_type": "BRIDGE"}),
        "lot": _new_lot,
    }
    heads = 0
    with ThreadPoolExecutor(len(points)) as threads:
        for round_ in range(rounds):
            for kind in kinds:
                for index, point in enumerate(points):
                    writes[kind](point, index, round_)
                list(threads.map(lambda point: _exchange(hub, point), points))
            with reading(hub.engine) as conn:
                heads += sum(len(heads_of(conn, kind, ids[kind][round_]).of(KINDS[kind])) for kind in kinds)
    return heads


def _exchange(hub: Hub, point: Point) -> None:
    """Until the center has said that it has everything: without locks the database may turn somebody away at first, to
    end a ring, and that alone loses nothing."""
    for _ in range(50):
        with suppress(Environment):
            point.take(answer_exchange(hub, point.request(), hub.clock()))
        if not point.unsent():
            return
    raise AssertionError("never acknowledged")


def _shown(engine: sa.Engine) -> list[tuple[object, ...]]:
    with reading(engine) as conn:
        assert disputes(conn)
        phones = conn.execute(sa.select(person.c.id, person.c.phone).order_by(person.c.id)).all()
        lots = conn.execute(sa.select(lot.c.id, lot.c.made_on).order_by(lot.c.id)).all()
        return [tuple(row) for row in (*phones, *lots)]


@pytest.mark.timeout(600)
def test_eight_devices_writing_one_group_at_once_keep_every_head(
    engine: sa.Engine, clock: FakeClock, sized: Callable[[int, int], int]
) -> None:
    rounds = sized(17, 170)
    hub = Hub(engine, clock)
    points = _points(hub, clock, ["V1"], DEVICES)
    assert _all_at_once(hub, points, rounds) == rounds * len(KINDS) * DEVICES
    assert status(engine)["quarantine"] == 0
    assert set(check_point(engine).values()) == {"ok"}
    for point in points:
        point.sync()
        assert _shown(point.engine) == _shown(engine)


def test_without_locks_on_rows_some_would_show_what_is_not_their_greatest_head(
    engine: sa.Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plain_rows(conn: sa.Connection, wanted: Mapping[Entity, Iterable[str]]) -> dict[Key, str]:
        nodes: dict[Key, str] = {}
        for entity, ids in wanted.items():
            rows = conn.execute(sa.select(entity.c.id, entity.c.node).where(entity.c.id.in_(list(ids))))
            nodes.update(((entity.kind, id_), node) for id_, node in rows)
        return nodes

    hub = Hub(engine, clock)
    points = _points(hub, clock, ["V1"], DEVICES)
    monkeypatch.setattr(intake, "lock_rows", plain_rows)
    # Every head is there; what is shown of them was worked out from what others had not committed yet.
    assert _all_at_once(hub, points, 24, ["place"]) == 24 * DEVICES
    assert check_point(engine)["records"].startswith("place_row: ")


def test_without_locks_on_keys_some_that_do_not_exist_yet_would_be_lost(
    engine: sa.Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(engine, clock)
    points = _points(hub, clock, ["V1"], DEVICES)
    monkeypatch.setattr(intake, "lock_keys", lambda conn, ids: None)
    monkeypatch.setattr(intake.log, "disabled", True)
    # Everything was acknowledged; what is missing was set aside for no fault of its own.
    assert _all_at_once(hub, points, 10, ["lot"]) < 10 * DEVICES
    assert not any(point.unsent() for point in points)
    assert status(engine)["quarantine"] > 0
