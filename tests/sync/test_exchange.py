"""One exchange at a time: what an answer changes at the point, slice by slice, and what it must never change."""

import base64
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import DAY, SECOND
from app.base.errors import Environment
from app.base.ids import meaning_id, random_hex
from app.features.org.queries import node_row
from app.features.people.commands import RegisterPerson
from app.features.people.tables import person
from app.features.registry import load_features
from app.journal.act import Actor
from app.journal.here import Here, found, save_here, standing
from app.journal.ops import Commit, OpPart, encode, next_link, pack_parts, unpack_parts
from app.journal.runner import Runner
from app.journal.tables import journal
from app.store.engine import open_plain, reading, writing
from app.store.upgrade import upgrade
from app.sync.enrol import FIRST_BATCH, PAGE_BYTES
from app.sync.exchange import Diverged, Outgoing, Taking, build_request
from app.sync.identity import new_identity
from app.sync.outbox import Pace, next_batch, oldest_unsent, unsent
from app.sync.pages import retry_set_aside
from app.sync.protocol import (
    Ack,
    Directives,
    ExchangeRequest,
    ExchangeResponse,
    OwnStamp,
    Page,
    PageCommit,
    Verdict,
    unpack,
)
from app.sync.state import SyncState, enrolled, insert_state
from app.sync.tables import set_aside, verdict
from tests.clocks import START, FakeClock

NODE = "ab" * 16
OTHER = "cd" * 16

load_features()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def point(tmp_path: Path) -> sa.Engine:
    """An installation that was enrolled and admitted, without any record."""
    engine = open_plain(tmp_path / "point.db")
    upgrade(engine, None)
    identity = new_identity()
    state = SyncState(
        city="c" * 32, city_name="杭州", url="http://127.0.0.1:1", pins="[]", city_sign_key=b"", city_seal_key=b"",
        enrolment="e" * 32, code="", sign_key=identity.sign_key, seal_key=identity.seal_key, admitted_at=START,
        hub_epoch="", cursor="", behind=0, batch_bytes=FIRST_BATCH, max_bytes=PAGE_BYTES, next_in_s=0, notice="",
        last_contact=None, last_error="",
    )  # fmt: skip
    with writing(engine) as conn:
        found(conn, device=identity.device, letter="A", node=NODE, city="c" * 32)
        insert_state(conn, state)
    return engine


def write(point: sa.Engine, clock: FakeClock, count: int = 1) -> list[str]:
    runner, actor = Runner(point, clock), Actor("9" * 32, "SPECIALIST", NODE)
    return [
        runner.do(RegisterPerson(name=f"来人{i}", gender="MALE", age_est=40), actor).made[0][1] for i in range(count)
    ]


def ask(point: sa.Engine, clock: FakeClock, raw_bytes: int = 1 << 20) -> Outgoing:
    with reading(point) as conn:
        return build_request(conn, Pace(raw_bytes, 1.0), wall=clock(), request_id=random_hex(8))


def answer(
    request: ExchangeRequest,
    *,
    acked: int | None = None,
    now: int | None = None,
    commits: list[PageCommit] | None = None,
    stamps: list[OwnStamp] | None = None,
    verdicts: list[Verdict] | None = None,
    cursor: str = "next",
) -> ExchangeResponse:
    last_n = request.push.from_n + len(request.push.commits) - 1
    ack = Ack(last_n if acked is None else acked, 0, verdicts or [])
    page = Page(commits or [], stamps or [], cursor, False, 0)
    return ExchangeResponse(
        request.request_id, request.wall if now is None else now, "f" * 16, ack, page, Directives(60, 65536, 1, 1)
    )


def others(count: int, *, first_seq: int = 100, op: bytes | None = None) -> list[PageCommit]:
    """Commits of another device, each a new node of the network."""
    made = []
    for i in range(count):
        id_ = meaning_id("node", f"N{first_seq + i}")
        values = {"name": f"救助点{first_seq + i}", "code": f"N{first_seq + i}", "tier": "VILLAGE"}
        raw = encode(["create", "node", id_, id_, values]) if op is None else op
        parts = pack_parts([OpPart(0, "", msgspec.Raw(raw))])
        seq = first_seq + i
        made.append(PageCommit(OTHER, "e" * 16, 1, i + 1, seq, START + seq, START, 0, 1, "8" * 32, msgspec.Raw(parts)))
    return made


def take(point: sa.Engine, request: ExchangeRequest, response: ExchangeResponse, *, received: int) -> Changes:
    """Take a whole answer slice by slice, as a round does."""
    taking, changes = Taking(request, response, received=received), Changes()
    while not taking.finished:
        changes = changes | taking.step(point).changes
    return changes


def here_of(point: sa.Engine) -> Here:
    with reading(point) as conn:
        return standing(conn)


def state_of(point: sa.Engine) -> SyncState:
    with reading(point) as conn:
        return enrolled(conn)


def test_the_outbox_is_what_is_not_acknowledged(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 5)
    first = ask(point, clock).request
    assert [commit.n for commit in first.push.commits] == [1, 2, 3, 4, 5]
    assert unpack(ask(point, clock).body, ExchangeRequest).have_n == 5
    take(point, first, answer(first, acked=3), received=clock())
    second = ask(point, clock).request
    assert (second.push.from_n, [commit.n for commit in second.push.commits]) == (4, [4, 5])
    with reading(point) as conn:
        assert unsent(conn) == 2
        assert oldest_unsent(conn) == second.push.commits[0].wall
    take(point, second, answer(second), received=clock())
    third = ask(point, clock).request
    assert (third.push.from_n, third.push.commits, third.have_n) == (6, [], 5)
    assert base64.b64decode(third.head) == here_of(point).chain
    with reading(point) as conn:
        assert (unsent(conn), oldest_unsent(conn)) == (0, None)


def test_the_head_is_the_chain_over_what_is_pushed(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 4)
    with reading(point) as conn:
        batch = next_batch(conn, 1)
    assert len(batch.commits) == 1
    request = ask(point, clock).request
    link = base64.b64decode(batch.head)
    for pushed in request.push.commits[1:]:
        commit = Commit(
            request.device, request.epoch, 1, pushed.n, pushed.wall, pushed.bound, pushed.actor, pushed.schema,
            unpack_parts(pushed.parts),
        )  # fmt: skip
        link = next_link(link, commit)
    assert link == base64.b64decode(request.head) == here_of(point).chain


def test_batches_keep_to_the_pace_and_are_never_empty(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 60)
    pace = Pace(2_000)
    with reading(point) as conn:
        request = build_request(conn, pace, wall=clock(), request_id="r")
    assert 1 < len(request.batch.commits) < 60
    assert len(request.body) < 3_000
    assert pace.halve()
    assert not pace.halve()
    assert pace.batch_bytes == 1_024
    for _ in range(12):
        pace.grow()
    assert pace.batch_bytes == 256 * 1024


def test_stamps_order_own_commits_and_nothing_else_does(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 3)
    request = ask(point, clock).request
    stamps = [OwnStamp(request.epoch, 1, 7, [START + 50, 5]), OwnStamp(request.epoch, 3, 12, [START + 90])]
    take(point, request, answer(request, stamps=stamps), received=clock())
    with reading(point) as conn:
        rows = conn.execute(sa.select(journal.c.n, journal.c.seq, journal.c.eff).order_by(journal.c.n)).all()
        born = conn.execute(sa.select(person.c.born_at).order_by(person.c.born_n)).scalars().all()
    assert [tuple(row) for row in rows] == [(1, 7, START + 50), (2, 8, START + 55), (3, 12, START + 90)]
    assert list(born) == [START + 50, START + 55, START + 90]
    assert here_of(point).last_eff == START + 90


def test_an_answer_taken_twice_changes_nothing_more(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 2)
    request = ask(point, clock).request
    response = answer(request, stamps=[OwnStamp(request.epoch, 1, 1, [START + 5, 1])], commits=others(5))
    received = clock()
    assert take(point, request, response, received=received)
    with reading(point) as conn:
        before = conn.execute(sa.select(journal)).all()
    assert not take(point, request, response, received=received)
    with reading(point) as conn:
        assert conn.execute(sa.select(journal)).all() == before


def test_the_cursor_moves_with_the_last_slice_alone(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 1)
    request = ask(point, clock).request
    response = answer(request, commits=others(100))
    taking = Taking(request, response, received=clock(), timer=iter(range(10**6)).__next__, slice_s=0.02)
    taking.step(point)
    assert (state_of(point).cursor, here_of(point).acked_n, taking.finished) == ("", 1, False)
    # The power goes here; the same is asked for again, and comes again with more.
    request = ask(point, clock).request
    assert request.pull.cursor == ""
    take(point, request, answer(request, acked=1, commits=others(120)), received=clock())
    assert state_of(point).cursor == "next"
    with reading(point) as conn:
        count = conn.execute(sa.select(sa.func.count()).where(journal.c.device == OTHER)).scalar()
        assert count == 120
        assert node_row(conn, meaning_id("node", "N219")) is not None


def test_slices_shrink_where_the_machine_is_slow_and_grow_where_it_is_fast(point: sa.Engine, clock: FakeClock) -> None:
    for seconds_a_look, expect_many in ((0.0, False), (1.0, True)):
        looks = (look * seconds_a_look for look in range(10**6))
        request = ask(point, clock).request
        first_seq = 100 if seconds_a_look else 5_000
        response = answer(request, commits=others(300, first_seq=first_seq))
        taking = Taking(request, response, received=clock(), timer=looks.__next__)
        slices = 0
        while not taking.finished:
            taking.step(point)
            slices += 1
        assert (slices > 100) is expect_many


def test_a_wrong_clock_is_measured_and_own_times_are_guessed_anew(point: sa.Engine, clock: FakeClock) -> None:
    clock.now = START + 365 * DAY
    write(point, clock, 2)
    request = ask(point, clock).request
    take(point, request, answer(request, acked=0, now=START), received=clock())
    here = here_of(point)
    assert abs(here.skew + 365 * DAY) < SECOND
    assert here.bound == START
    with reading(point) as conn:
        effs = conn.execute(sa.select(journal.c.eff).order_by(journal.c.n)).scalars().all()
    assert all(abs(eff - START) < SECOND for eff in effs)
    assert here.last_eff == effs[-1]
    write(point, clock)
    with reading(point) as conn:
        latest = conn.execute(sa.select(sa.func.max(journal.c.eff))).scalar_one()
    assert effs[-1] < latest < START + SECOND


def test_a_skew_that_still_fits_is_kept(point: sa.Engine, clock: FakeClock) -> None:
    with writing(point) as conn:
        save_here(conn, replace(standing(conn), skew=3 * SECOND))
    request = ask(point, clock).request
    clock.now += 10 * SECOND
    take(point, request, answer(request, now=request.wall + 5 * SECOND), received=clock())
    assert here_of(point).skew == 3 * SECOND
    request = ask(point, clock).request
    take(point, request, answer(request, now=request.wall + 60 * SECOND), received=clock())
    assert 59 * SECOND < here_of(point).skew <= 60 * SECOND


def test_what_cannot_be_applied_is_set_aside_and_the_rest_goes_on(point: sa.Engine, clock: FakeClock) -> None:
    good = others(3)
    bad = others(1, first_seq=200, op=b'["explode","node","x","y"]')
    bad[0].n = 99
    newer = others(1, first_seq=201, op=b'["polish","node","x","y"]')
    newer[0].n, newer[0].schema = 100, 999
    request = ask(point, clock).request
    response = answer(request, commits=[good[0], *bad, good[1], *newer, good[2]])
    take(point, request, response, received=clock())
    with reading(point) as conn:
        assert conn.execute(sa.select(sa.func.count()).where(journal.c.device == OTHER)).scalar() == 3
        kept = {row.n: row.code for row in conn.execute(sa.select(set_aside))}
    assert kept == {99: "malformed", 100: "newer"}
    assert state_of(point).cursor == "next"
    take(point, request, response, received=clock())
    with writing(point) as conn:
        assert not retry_set_aside(conn)
        mended = others(1, first_seq=200)[0]
        mended.n = 99
        raw = msgspec.json.encode(mended)
        conn.execute(set_aside.update().where(set_aside.c.n == 99).values(raw=raw))
        assert retry_set_aside(conn).touches("node")
        assert [row.n for row in conn.execute(sa.select(set_aside))] == [100]


def test_commits_the_center_holds_back_are_named_until_they_are_numbered(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 3)
    request = ask(point, clock).request
    told = [Verdict(2, "not_allowed")]
    response = answer(request, verdicts=told, stamps=[OwnStamp(request.epoch, 1, 1, [START])])
    take(point, request, response, received=clock())
    take(point, request, response, received=clock())
    with reading(point) as conn:
        assert [(row.n, row.code) for row in conn.execute(sa.select(verdict))] == [(2, "not_allowed")]
        assert unsent(conn) == 0
    request = ask(point, clock).request
    take(point, request, answer(request, stamps=[OwnStamp(request.epoch, 2, 9, [START + 9])]), received=clock())
    with reading(point) as conn:
        assert conn.execute(sa.select(verdict)).all() == []


def test_an_acknowledgement_of_more_than_there_is_begins_a_new_epoch(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 2)
    old = here_of(point)
    request = ask(point, clock).request
    take(point, request, answer(request, acked=5), received=clock())
    new = here_of(point)
    assert (new.serial, new.n, new.acked_n, new.device) == (2, 0, 0, old.device)
    assert new.epoch != old.epoch
    write(point, clock, 1)
    assert [(r.epoch, r.push.from_n, len(r.push.commits)) for r in [ask(point, clock).request]] == [(new.epoch, 1, 1)]


def test_a_commit_written_meanwhile_on_a_restored_file_stops_the_round(point: sa.Engine, clock: FakeClock) -> None:
    write(point, clock, 2)
    request = ask(point, clock).request
    write(point, clock, 1)
    before = here_of(point)
    with pytest.raises(Diverged):
        take(point, request, answer(request, acked=5, commits=others(2)), received=clock())
    assert here_of(point) == before
    assert state_of(point).cursor == ""


def test_trouble_of_the_machine_sets_nothing_aside(point: sa.Engine, clock: FakeClock) -> None:
    request = ask(point, clock).request
    with point.connect() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.rollback()
    with writing(point) as conn:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    response = answer(request, commits=others(2_000))
    with pytest.raises(Environment) as trouble:
        take(point, request, response, received=clock())
    assert trouble.value.code == "disk_full"
    with reading(point) as conn:
        conn.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert conn.execute(sa.select(set_aside)).all() == []
    take(point, request, response, received=clock())
    with reading(point) as conn:
        assert conn.execute(sa.select(sa.func.count()).where(journal.c.device == OTHER)).scalar() == 2_000
