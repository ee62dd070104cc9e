"""R12: lines that are slow, far away and break off: nothing lost, nothing doubled, little sent again."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import wall_clock
from app.center.hub import Hub, standing_city
from app.cli.bench.record import Records
from app.cli.bench.saving import save_many
from app.cli.sample.served import free_port, served, url_of
from app.features.cases.tables import encounter
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.http import HttpTransport
from app.sync.protocol import ExchangeRequest, ExchangeResponse, unpack
from app.sync.rounds import sync_round
from app.sync.state import enrolled
from app.sync.transport import R
from tests.proof.bad_line import Cut, Line, bad_line, resets
from tests.proof.city import City, Laptop

GPRS = 64_000 / 8
MODEM = 20_000 / 8
"""Bytes a second."""
SEEDS = (15, 30)
"""Of `resets(0.05, seed)`: with the one little is under way when the second request breaks off and the fifth, with the
other much at the third and the fifth, and who does not send less at once then sends more than 15 % again."""

in_time = pytest.mark.timeout(1_800)  # of the sizes of --deep


class Counting(HttpTransport):
    """The way to the center. `sent`, `came`: commits in requests that were answered, and in these answers."""

    sent = came = 0

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        answer = super().call(path, request_id, body, expected)
        if isinstance(answer, ExchangeResponse):
            self.sent += len(unpack(body, ExchangeRequest).push.commits)
            self.came += len(answer.page.commits)
        return answer


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Of one kind: it is the line that is tried here."""
    return f"sqlite:///{tmp_path / 'center.db'}"


@pytest.fixture
def laptop(city: City, tmp_path: Path) -> Iterator[Laptop]:
    """A point that was admitted on a good line."""
    made = city.laptop("V1", tmp_path / "point")
    assert made.sync().error == ""
    yield made
    made.session.close()


def write_records(laptop: Laptop, count: int, seed: int = 1) -> None:
    session = laptop.session
    with reading(session.engine) as conn:
        node = standing(conn).node
    records = Records(seed, node, wall_clock()).take(count)
    save_many(session.engine, records, session.actor.id, wall_clock())


def go(laptop: Laptop, line: Line, rounds: int) -> tuple[int, int]:
    """Rounds over this line until everything went, as the desktop runs them, only without its pauses. How many commits
    went and came, each as often as it did, in requests that were answered."""
    errors, sent, came = [], 0, 0
    engine = laptop.session.engine
    for _ in range(rounds):
        with reading(engine) as conn:
            here, state = standing(conn), enrolled(conn)
        with closing(Counting(line.url, state.identity(here.device), wall_clock)) as way:
            report = sync_round(engine, way, clock=wall_clock)
        errors.append(report.error)
        sent, came = sent + way.sent, came + way.came
        if report.error == "" and report.unsent == 0:
            return sent, came
    raise AssertionError(errors)


def check_little_goes_twice(line: Line) -> None:
    """What broke off before its answer was through has to go again: at most 15 % of all bytes, both ways."""
    assert 0 < line.wasted_up + line.wasted_down <= 0.15 * (line.up + line.down), line


def check_whole(city: City, laptop: Laptop, count: int, author: Laptop | None = None) -> None:
    """Every record once at the center, and both sides alike. `author`: who wrote them, if not this laptop."""
    ids = [row.id for row in laptop.rows(sa.select(encounter.table.c.id))]
    with reading(city.engine) as conn:
        there = conn.execute(sa.select(encounter.table.c.id)).scalars().all()
        mine = (
            sa.select(sa.func.count())
            .select_from(journal)
            .where(journal.c.device == (author or laptop).status().device)
        )
        commits = conn.execute(mine).scalar_one()
    assert (len(ids), sorted(there), commits) == (count, sorted(ids), count)
    assert city.digests()[laptop.status().device] == laptop.status().digest
    assert city.set_aside() == 0


@pytest.fixture
def colleague(city: City, laptop: Laptop, tmp_path: Path) -> Iterator[Laptop]:
    """Another laptop of the same point, which reads what this one writes; it was admitted on a good line too."""
    made = city.laptop("V1", tmp_path / "colleague")
    assert made.sync().error == ""
    yield made
    made.session.close()


def port_of(city: City) -> int:
    with reading(city.engine) as conn:
        return int(str(standing_city(conn)["url"]).rsplit(":", 1)[1])


@in_time
@pytest.mark.parametrize("seed", SEEDS)
def test_a_slow_far_line_that_breaks_off_loses_nothing_and_sends_little_twice(
    city: City, laptop: Laptop, seed: int, sized: Callable[[int, int], int]
) -> None:
    """64 kbit/s, 800 ms there and back, every twentieth request reset somewhere. Nothing goes again but what broke."""
    count = sized(600, 5_000)
    write_records(laptop, count)
    with bad_line(port_of(city), rate=GPRS, delay_s=0.8, cut=resets(0.05, seed)) as line:
        sent, _ = go(laptop, line, 20)
    assert line.resets >= 2
    assert sent <= count
    check_little_goes_twice(line)
    check_whole(city, laptop, count)


@in_time
def test_what_others_wrote_comes_over_such_a_line_and_little_of_it_twice(
    city: City, laptop: Laptop, colleague: Laptop, sized: Callable[[int, int], int]
) -> None:
    """As above, for somebody who has nothing to send."""
    count = sized(600, 5_000)
    write_records(laptop, count)
    assert laptop.sync().error == ""
    with bad_line(port_of(city), rate=GPRS, delay_s=0.8, cut=resets(0.05, SEEDS[-1])) as line:
        went = go(colleague, line, 20)
    assert line.resets >= 2
    assert went == (0, count)
    check_little_goes_twice(line)
    check_whole(city, colleague, count, laptop)


@in_time
def test_a_line_that_breaks_at_every_kth_byte_loses_nothing_and_doubles_nothing(
    city: City, laptop: Laptop, sized: Callable[[int, int], int]
) -> None:
    """The first request of each round breaks off after k bytes of it and its answer, then 2k, 3k and so on: every part
    of the exchange is hit, both ways. The rest of the round goes through."""
    tries, each = sized(60, 1_000), 3
    write_records(laptop, each)
    with bad_line(port_of(city)) as line:
        go(laptop, line, 1)
        whole = line.up + line.down
    step = max(1, whole // tries)
    for at in range(tries):
        write_records(laptop, each, seed=at + 10)
        with bad_line(port_of(city), cut=_first(1 + at * step)) as line:
            go(laptop, line, 5)
        assert line.resets == 1 or 1 + at * step >= whole * 0.9
    check_whole(city, laptop, each * (tries + 1))


@in_time
def test_what_comes_over_a_line_that_breaks_at_every_kth_byte_comes_once(
    city: City, laptop: Laptop, colleague: Laptop, sized: Callable[[int, int], int]
) -> None:
    """As above, for somebody who has nothing to send."""
    tries, each = sized(40, 1_000), 3
    write_records(laptop, each)
    assert laptop.sync().error == ""
    with bad_line(port_of(city)) as line:
        assert go(colleague, line, 1) == (0, each)
        whole = line.up + line.down
    step = max(1, whole // tries)
    for at in range(tries):
        write_records(laptop, each, seed=at + 10)
        assert laptop.sync().error == ""
        with bad_line(port_of(city), cut=_first(1 + at * step)) as line:
            assert go(colleague, line, 5) == (0, each)
        assert line.resets == 1 or 1 + at * step >= whole * 0.9
    check_whole(city, colleague, each * (tries + 1), laptop)


def _first(after: int) -> Cut:
    def cut(request: int) -> int | None:
        return after if request == 1 else None

    return cut


@in_time
def test_a_line_that_breaks_every_60_kb_is_learnt_and_little_is_sent_again(
    city: City, laptop: Laptop, sized: Callable[[int, int], int]
) -> None:
    """Wherever that falls, there or back. What broke off before an answer is what has to be sent again."""
    count = sized(2_000, 10_000)
    write_records(laptop, count)
    every = 60_000
    with bad_line(port_of(city), rate=8 * GPRS, cut=lambda _n: every - (line.up + line.down) % every) as line:
        sent, _ = go(laptop, line, 20)
    assert line.resets >= 4
    assert sent <= count
    check_little_goes_twice(line)
    check_whole(city, laptop, count)


@in_time
def test_where_it_breaks_every_60_kb_what_comes_is_little_fetched_again(
    city: City, laptop: Laptop, colleague: Laptop, sized: Callable[[int, int], int]
) -> None:
    """As above, for somebody who has nothing to send."""
    count = sized(2_000, 4_500)
    write_records(laptop, count)
    assert laptop.sync().error == ""
    every = 60_000
    with bad_line(port_of(city), rate=8 * GPRS, cut=lambda _n: every - (line.up + line.down) % every) as line:
        went = go(colleague, line, 20)
    assert line.resets >= 4
    assert went == (0, count)
    check_little_goes_twice(line)
    check_whole(city, colleague, count, laptop)


@in_time
def test_where_it_breaks_every_60_kb_the_state_of_all_is_fetched_all_the_same(
    database: str, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    """A new laptop, for which history would be too much; a whole piece of that state is more than the line carries."""
    count, port = sized(4_000, 10_000), free_port()
    city = City(database, url_of(port))
    with served(city.engine, port, Hub(city.engine, files=tmp_path / "files", snapshot_behind=500)):
        author, late = city.laptop("V1", tmp_path / "author"), city.laptop("V1", tmp_path / "late")
        write_records(author, count)
        assert author.sync().error == ""
        every = 60_000
        with bad_line(port, cut=lambda _n: every - (line.up + line.down) % every) as line:
            go(late, line, 5)
        with reading(late.session.engine) as conn:
            assert enrolled(conn).floor_seq > 0
        assert line.resets >= 4
        check_little_goes_twice(line)
        check_whole(city, late, count, author)
    for laptop in (author, late):
        laptop.session.close()
    city.engine.dispose()


def test_600_records_go_within_a_minute_at_20_kbit(city: City, laptop: Laptop) -> None:
    """By the clock, on such a line, with half a second there and back."""
    write_records(laptop, 600)
    began = time.monotonic()
    with bad_line(port_of(city), rate=MODEM, delay_s=0.5) as line:
        assert go(laptop, line, 1) == (600, 0)
    took = time.monotonic() - began
    assert line.up / MODEM < took < 60, (took, line)
    check_whole(city, laptop, 600)


def test_where_the_line_is_good_a_record_takes_at_most_200_bytes_on_it(
    city: City, laptop: Laptop, colleague: Laptop
) -> None:
    """Headers and all. A slow line gets smaller batches, which shrink less; so do the first pages of every pull, and of
    600 records most would come in those."""
    write_records(laptop, 600)
    with bad_line(port_of(city)) as line:
        assert go(laptop, line, 1) == (600, 0)
    assert line.up / 600 <= 200, line
    write_records(laptop, 1_400, seed=2)
    assert laptop.sync().error == ""
    with bad_line(port_of(city)) as line:
        assert go(colleague, line, 1) == (0, 2_000)
    assert line.down / 2_000 <= 200, line
