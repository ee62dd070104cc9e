"""A round that mends itself: what it asks for, what it takes, and that it stops where two sides do not understand."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.restore import say_put_back
from app.center.tables import device
from app.features.people.tables import person
from app.journal.here import standing
from app.journal.ops import first_link
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync import links as links_module
from app.sync.epochs import begin_epoch, take_serials_after
from app.sync.exchange import Diverged, Taking, build_request
from app.sync.http import HttpTransport
from app.sync.links import LINKS_PATH, LinksRequest, LinksResponse, common_n
from app.sync.offering import OFFER_PATH
from app.sync.outbox import Pace
from app.sync.protocol import EXCHANGE_PATH, ExchangeRequest, ExchangeResponse, unpack
from app.sync.recovery import MOST_TRIES, Restored, begin_with_restored
from app.sync.rounds import sync_round
from app.sync.state import change_state, enrolled
from app.sync.tables import past_epoch
from app.sync.transport import Declined, R
from tests.sync.town import Laptop, Town


class Way:
    """The real way to the center; `answers` may answer in its place."""

    def __init__(self, way: HttpTransport, answers: Callable[[str, bytes], Any] = lambda path, body: None) -> None:
        self.way, self.answers = way, answers
        self.paths: list[str] = []

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        self.paths.append(path)
        given = self.answers(path, body)
        if isinstance(given, Exception):
            raise given
        return self.way.call(path, request_id, body, expected)

    def traffic(self) -> tuple[int, int]:
        return self.way.traffic()


def names(laptop: Laptop) -> list[str]:
    with reading(laptop.engine) as conn:
        return sorted(conn.execute(sa.select(person.c.name)).scalars())


def test_a_fork_is_mended_within_the_round(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    copy = town.copy_of(laptop)
    laptop.register("甲")
    copy.register("乙")
    laptop.sync()
    way = Way(copy.transport)
    report = sync_round(copy.engine, way, clock=copy.clock)
    assert (report.error, report.sent, report.unsent) == ("", 1, 0)
    assert way.paths == [EXCHANGE_PATH, LINKS_PATH, EXCHANGE_PATH, EXCHANGE_PATH][: len(way.paths)]
    assert report.changes.touches("person")
    assert names(copy) == ["乙", "甲"]


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("fork", {"known_n": 0}),
        ("serial", {"serial": 5, "known": False}),
        ("epoch", {"hub_epoch": "f" * 16, "since": 0, "epochs": {}}),
    ],
)
def test_a_center_that_never_agrees_is_not_asked_for_ever(town: Town, code: str, facts: dict[str, Any]) -> None:
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    laptop.register("乙")
    way = Way(laptop.transport, lambda path, body: Declined(code, facts) if path == EXCHANGE_PATH else None)
    report = sync_round(laptop.engine, way, clock=laptop.clock)
    assert report.error == code
    assert way.paths.count(EXCHANGE_PATH) == MOST_TRIES + 1
    assert names(laptop) == ["乙", "甲"]
    assert laptop.try_sync().error == ""
    assert laptop.status().digest == town.digest_of(laptop)


@pytest.mark.parametrize("facts", [{}, {"known_n": "x"}, {"known_n": None}])
def test_facts_that_say_nothing_mend_nothing(town: Town, facts: dict[str, Any]) -> None:
    laptop = town.laptop("V1")
    laptop.register("甲")
    way = Way(laptop.transport, lambda path, body: Declined("fork", facts) if path == EXCHANGE_PATH else None)
    assert sync_round(laptop.engine, way, clock=laptop.clock).error == "fork"
    assert way.paths[-1] == EXCHANGE_PATH
    with reading(laptop.engine) as conn:
        assert standing(conn).serial == 1


def test_links_come_in_pages_downwards(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.center.links.MOST_LINKS", 3)
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.register("乙")
    laptop.sync()
    copy = town.copy_of(laptop)
    for number in range(10):
        laptop.register(f"原{number}")
        copy.register(f"拷{number}")
    laptop.sync()
    way = Way(copy.transport)
    asked: list[int] = []
    way.answers = lambda path, body: asked.append(unpack(body, LinksRequest).upto) if path == LINKS_PATH else None
    assert sync_round(copy.engine, way, clock=copy.clock).error == ""
    assert asked == [12, 9, 6, 3]
    assert len(names(copy)) == 22
    with reading(copy.engine) as conn:
        (past,) = conn.execute(sa.select(past_epoch)).all()
        assert (past.n, past.acked_n) == (2, 2)
        assert standing(conn).n == 10


def test_the_common_end_is_the_greatest_with_the_same_link(town: Town) -> None:
    laptop = town.laptop("V1")
    for number in range(5):
        laptop.register(f"甲{number}")
    with reading(laptop.engine) as conn:
        here = standing(conn)
        j = journal.c
        own = [row.chain[:6] for row in conn.execute(sa.select(j.chain).order_by(j.n).where(j.device == here.device))]

        def common(from_n: int, links: list[bytes]) -> int | None:
            told = LinksResponse("r", from_n, base64.b64encode(b"".join(links)).decode(), 1)
            return common_n(conn, here.device, here.epoch, told)

        other, unknown = b"\1" * 6, links_module.NO_LINK
        assert common(1, own) == 5
        assert common(1, [*own[:3], other, other]) == 3
        assert common(1, [*own[:2], unknown, own[3], other]) == 4
        assert common(1, [other] * 5) == 0
        assert common(1, []) == 0
        assert common(3, [other] * 3) is None
        assert common(3, own[2:] + [other] * 4) == 5


def test_what_is_written_between_asking_and_answer_in_an_old_file_is_not_lost(town: Town) -> None:
    """The center tells of more than the file asked about, and the file has written meanwhile."""
    laptop = town.laptop("V1")
    laptop.sync()
    old = town.copy_of(laptop)
    laptop.register("甲")
    laptop.register("乙")
    laptop.sync()
    with reading(old.engine) as conn:
        asked = build_request(conn, Pace(1 << 20), wall=old.clock(), request_id="r1")
    answer = old.transport.call(EXCHANGE_PATH, "r1", asked.body, ExchangeResponse)
    old.register("丙")
    with pytest.raises(Diverged) as caught:
        Taking(asked.request, answer, received=old.clock()).step(old.engine)
    assert caught.value.known_n == 2
    old.sync()
    laptop.sync()
    assert names(old) == names(laptop) == ["丙", "乙", "甲"]
    assert old.status().digest == laptop.status().digest == town.digest_of(old)


def test_what_another_laptop_sent_under_the_same_numbers_acknowledges_nothing(town: Town) -> None:
    """A slow line lets a copied disk send a little of what it has; the center has more, but from the other laptop."""
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    laptop.register("乙")
    copy = town.copy_of(laptop)
    for name in ("丙", "丁"):
        laptop.register(name)
    for name in ("戊", "己"):
        copy.register(name)
    laptop.sync()
    with reading(copy.engine) as conn:
        asked = build_request(conn, Pace(1), wall=copy.clock(), request_id="r1")
    assert len(asked.request.push.commits) < asked.request.have_n - asked.request.push.from_n + 1
    answer = copy.transport.call(EXCHANGE_PATH, "r1", asked.body, ExchangeResponse)
    with pytest.raises(Diverged):
        Taking(asked.request, answer, received=copy.clock()).step(copy.engine)
    copy.sync()
    laptop.sync()
    assert names(copy) == names(laptop) == sorted(["甲", "乙", "丙", "丁", "戊", "己"])
    assert copy.status().digest == laptop.status().digest == town.digest_of(copy)


def test_a_serial_that_was_given_moves_up_with_all_after_it(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    laptop.register("乙")
    with writing(laptop.engine) as conn:
        second = begin_epoch(conn)
    laptop.register("丙")
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    laptop.register("丁")
    with writing(laptop.engine) as conn:
        take_serials_after(conn, second.epoch, 7)
        here = standing(conn)
        assert (here.serial, here.letter) == (9, "A9")
        serials = {row.epoch: row.serial for row in conn.execute(sa.select(past_epoch))}
        assert sorted(serials.values()) == [1, 8]
        j = journal.c
        of_rows = {tuple(row) for row in conn.execute(sa.select(j.epoch, j.serial).where(j.device == here.device))}
        assert of_rows == {*serials.items(), (here.epoch, 9)}
    laptop.sync()
    assert laptop.status().digest == town.digest_of(laptop)


def test_the_center_says_which_serial_an_epoch_has(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    laptop.register("甲")
    laptop.sync()
    with writing(laptop.engine) as conn:
        here = standing(conn)
        take_serials_after(conn, here.epoch, 40)
    laptop.register("乙")
    laptop.sync()
    with reading(laptop.engine) as conn:
        assert standing(conn).serial == 2
        j = journal.c
        assert set(conn.execute(sa.select(j.serial).where(j.device == here.device)).scalars()) == {2}


def test_past_epochs_are_confirmed_and_never_raised_by_what_is_merely_said(town: Town) -> None:
    """A past epoch whose rest the center has otherwise must not count as sent because it has as many commits."""
    laptop = town.laptop("V1")
    laptop.sync()
    copy = town.copy_of(laptop)
    copy.register("拷一")
    copy.register("拷二")
    for name in ("原一", "原二", "原三"):
        laptop.register(name)
    laptop.sync()
    with writing(copy.engine) as conn:
        begin_epoch(conn)
    copy.sync()
    laptop.sync()
    assert names(copy) == names(laptop) == ["原一", "原三", "原二", "拷一", "拷二"]
    assert copy.status().digest == laptop.status().digest == town.digest_of(copy)
    with reading(copy.engine) as conn:
        assert {row.n == row.acked_n for row in conn.execute(sa.select(past_epoch))} == {True}


def test_a_device_that_is_unknown_asks_for_a_code_again(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    laptop.register("乙")
    with writing(town.engine) as conn:
        conn.execute(device.delete())
    assert laptop.try_sync().error == "not_admitted"
    with reading(laptop.engine) as conn:
        assert enrolled(conn).admitted_at is None
    assert laptop.status().standing.unsent == 1


def test_stamps_are_never_given_for_what_another_branch_wrote(town: Town) -> None:
    """A copy that asks without pushing what it has gets the other's commits whole, not numbers for its own."""
    laptop = town.laptop("V1")
    laptop.sync()
    copy = town.copy_of(laptop)
    laptop.register("甲")
    laptop.sync()
    copy.register("乙")
    with reading(copy.engine) as conn:
        asked = build_request(conn, Pace(1 << 20), wall=copy.clock(), request_id="r1")
    asked.request.push.commits.clear()
    asked.request.head = base64.b64encode(_first(copy)).decode()
    answer = answer_exchange(Hub(town.engine), asked.request, town.clock())
    assert answer.page.stamps == []
    assert [commit.device for commit in answer.page.commits] == [laptop.device]


def _first(laptop: Laptop) -> bytes:
    with reading(laptop.engine) as conn:
        here = standing(conn)
    return first_link(here.device, here.epoch)


def test_a_restored_center_is_asked_nothing_before_it_was_offered_everything(town: Town) -> None:
    laptop, other = town.laptop("V1"), town.laptop("V1")
    other.register("乙")
    other.sync()
    laptop.sync()
    laptop.register("甲")
    say_put_back(Hub(town.engine))
    way = Way(laptop.transport)
    pulled: list[int] = []

    def watch(path: str, body: bytes) -> None:
        if path == EXCHANGE_PATH:
            pulled.append(unpack(body, ExchangeRequest).pull.max_bytes)

    way.answers = watch
    assert sync_round(laptop.engine, way, clock=laptop.clock).error == ""
    assert [path for path in way.paths if path == OFFER_PATH] == []  # it has nothing that has no number
    assert [size > 0 for size in pulled] == [True, False, True]
    assert laptop.status().digest == town.digest_of(laptop)


@pytest.mark.parametrize(("since", "floor", "cursor_stays"), [(30, 30, True), (90, 50, True), (0, 0, False)])
def test_what_the_center_still_has_keeps_its_numbers(town: Town, since: int, floor: int, cursor_stays: bool) -> None:
    """A snapshot of numbers up to 50 vouches for no more than what is in common."""
    laptop = town.laptop("V1")
    for name in ("甲", "乙", "丙"):
        laptop.register(name)
    laptop.sync()
    with writing(laptop.engine) as conn:
        here = standing(conn)
        cursor = enrolled(conn).cursor
        j = journal.c
        conn.execute(journal.delete().where(j.device != here.device))
        conn.execute(journal.update().values(seq=None))
        for n, seq in ((1, 20), (2, 40), (3, 60)):
            conn.execute(journal.update().where(j.device == here.device, j.n == n).values(seq=seq))
        change_state(conn, floor_seq=50)
        told = Restored("f" * 16, since, {here.epoch: (2, 9)})
        begin_with_restored(conn, told, laptop.clock())
        state, here = enrolled(conn), standing(conn)
        kept = list(conn.execute(sa.select(j.seq).where(j.seq.is_not(None)).order_by(j.seq)).scalars())
    assert kept == [seq for seq in (20, 40, 60) if seq <= since]
    assert (state.floor_seq, state.must_offer, state.hub_epoch) == (floor, True, "f" * 16)
    assert state.cursor == (cursor if cursor_stays else "")
    assert (here.acked_n, here.safe_n) == (2, 0)
    assert laptop.status().standing.told == "told_center_restored"
