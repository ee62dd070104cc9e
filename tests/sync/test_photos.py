"""Photos travel after the records, in pieces that go on where they were cut off, and nothing of them is lost."""

import base64
from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.base.texts import Texts
from app.center.hub import Hub
from app.features.cases.tables import encounter_photo
from app.journal import attached
from app.store.engine import reading, writing
from app.sync import photos
from app.sync.bytes import PROBLEM_HEADER, REQUEST_HEADER
from app.sync.photos import Budget, photos_waiting
from tests.photographs import keep_photo, prepared
from tests.sync.photographing import Line, bytes_at, meet, name, turn, waiting, want
from tests.sync.town import Laptop, Town


def test_a_photo_goes_up_and_comes_down_when_somebody_opens_it(pair: tuple[Town, Laptop, Laptop]) -> None:
    town, first, second = pair
    meet(first, 1, 2)
    assert waiting(first) == 2
    first.sync()
    assert waiting(first) == 2, "records never wait for photos, and do not carry them"
    report = turn(first)
    assert (report.error, report.sent, report.waiting) == ("", 2, 0)
    assert waiting(first) == 0
    second.sync()
    rows = second.rows(encounter_photo.table)
    assert [row["caption"] for row in rows] == ["照片1", "照片2"]
    assert all(base64.b64decode(row["thumbnail"])[:2] == b"\xff\xd8" for row in rows)
    assert turn(second).received == 0, "nobody asked for them"
    photo = name(prepared(1))
    assert bytes_at(second, photo) is None
    want(second, photo)
    report = turn(second)
    assert (report.error, report.received) == ("", 1)
    assert ("encounter_photo", rows[0]["id"]) in set(report.changes.pairs())
    assert bytes_at(second, photo) == prepared(1).data
    assert waiting(second) == 0
    assert Hub(town.engine).content.read(photo) == prepared(1).data


def test_a_photo_that_is_not_at_the_center_yet_is_said_so_and_comes_later(pair: tuple[Town, Laptop, Laptop]) -> None:
    _, first, second = pair
    meet(first, 3)
    first.sync()
    second.sync()
    photo = name(prepared(3))
    want(second, photo)
    assert turn(second).error == ""
    with reading(second.engine) as conn:
        found = attached.find(conn, photo)
    assert found is not None
    assert (found.here, found.trouble) == (0, "not_here_yet")
    turn(first)
    assert turn(second).received == 1
    assert bytes_at(second, photo) == prepared(3).data


def test_photos_wait_for_their_records_and_not_the_other_way_round(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1)
    report = turn(laptop)  # the record has not gone
    assert (report.error, report.sent, report.waiting) == ("", 0, 1)
    laptop.sync()
    assert turn(laptop).sent == 1


def test_what_was_added_and_not_saved_stays_here(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    laptop.do(keep_photo(1))
    assert waiting(laptop) == 0
    assert turn(laptop).sent == 0
    assert list(Hub(town.engine).content.names()) == []


@pytest.mark.parametrize(
    ("cut", "every"), [("request", 3), ("request", 4), ("request", 7), ("answer", 2), ("answer", 3), ("answer", 5)]
)
def test_whatever_is_lost_on_the_way_the_photo_arrives_once(town: Town, cut: str, every: int) -> None:
    first, second = town.laptop("V1"), town.laptop("V1")
    first.sync()
    second.sync()
    meet(first, 1, 2)
    first.sync()
    second.sync()
    line = Line(first, lambda number: cut if number % every == 0 else None)
    assert turn(first, line).sent == 2
    whole = sum(len(prepared(seed).data) for seed in (1, 2))
    assert line.sent <= whole * (2 if cut == "answer" else 1.001)
    for seed in (1, 2):
        want(second, name(prepared(seed)))
    assert turn(second, Line(second, lambda number: cut if number % every == 0 else None)).received == 2
    for seed in (1, 2):
        assert bytes_at(second, name(prepared(seed))) == prepared(seed).data


def test_a_line_that_is_gone_ends_the_turn_and_the_next_goes_on_where_it_was(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1)
    laptop.sync()
    ended = turn(laptop, Line(laptop, lambda number: "request" if number > 3 else None))
    assert (ended.error, ended.sent) == ("line_broken", 0)
    again = Line(laptop, lambda _number: None)
    assert turn(laptop, again).sent == 1
    assert ended.bytes_out > 0
    assert again.sent == len(prepared(1).data) - ended.bytes_out


def test_a_turn_ends_with_its_budget_and_when_somebody_wants_the_line(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1, 2, 3)
    laptop.sync()
    report = turn(laptop, budget=Budget(bytes=1))
    assert (report.error, report.more, report.waiting) == ("", True, 3)
    asked = iter([False, False, False])
    report = turn(laptop, cancelled=lambda: next(asked, True))
    assert (report.error, report.more) == ("cancelled", False)
    now = iter(range(0, 1000, 10))
    assert turn(laptop, timer=lambda: float(next(now))).more
    report = turn(laptop)
    assert (report.error, report.waiting) == ("", 0)


class Silent:
    """A line that nothing goes through: each try waits until it gives up."""

    def __init__(self, laptop: Laptop, after: int) -> None:
        self.laptop, self.after, self.tries, self.now = laptop, after, 0, 0.0

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        self.tries += 1
        if self.tries <= self.after:
            return self.laptop.transport.carry(method, path, body, headers)
        self.now += 30.0
        raise Environment("time_out")


def test_a_turn_in_which_nothing_moved_ends_with_its_trouble(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1)
    laptop.sync()
    line = Silent(laptop, after=2)
    report = turn(laptop, line, timer=lambda: line.now)
    assert (report.error, report.more) == ("", True), "a piece went through: the next turn may do better"
    assert report.bytes_out > 0
    line.after = 0
    report = turn(laptop, line, timer=lambda: line.now)
    assert (report.error, report.more, report.waiting) == ("time_out", False, 1)


def test_bytes_that_were_changed_on_the_way_are_not_kept(town: Town) -> None:
    first, second = town.laptop("V1"), town.laptop("V1")
    first.sync()
    second.sync()
    meet(first, 1)
    first.sync()
    second.sync()
    turn(first)
    photo = name(prepared(1))
    want(second, photo)

    class Changing(Line):
        def carry(
            self, method: str, path: str, body: bytes, headers: Mapping[str, str]
        ) -> tuple[int, dict[str, str], bytes]:
            status, found, content = super().carry(method, path, body, headers)
            return status, found, content[:-1] + b"?"

    assert turn(second, Changing(second, lambda _number: None)).received == 0
    assert bytes_at(second, photo) is None
    assert turn(second).received == 1
    assert bytes_at(second, photo) == prepared(1).data


def spoil_at_center(town: Town, photo: str, data: bytes) -> None:
    (Hub(town.engine).content.root / photo[:2] / photo).write_bytes(data)


def test_a_photo_that_is_damaged_at_the_center_is_not_fetched_for_ever(pair: tuple[Town, Laptop, Laptop]) -> None:
    town, first, second = pair
    meet(first, 1, 2)
    first.sync()
    second.sync()
    turn(first)
    spoilt, sound = name(prepared(1)), name(prepared(2))
    spoil_at_center(town, spoilt, prepared(1).data[:-1] + b"?")
    for photo in (sound, spoilt):
        want(second, photo)
    assert [turn(second).received for _ in range(2)] == [1, 0]
    assert turn(second).bytes_in == 0, "twice the wrong bytes: that is not the line"
    with reading(second.engine) as conn:
        found = attached.find(conn, spoilt)
    assert found is not None
    assert (found.trouble, found.here) == ("photo_came_damaged", 0)
    assert Texts().knows_refusal(found.trouble)
    want(second, spoilt)
    report = turn(second)
    assert (report.received, report.bytes_in) == (0, len(prepared(1).data))
    spoil_at_center(town, spoilt, prepared(1).data)
    assert turn(second).received == 1
    assert bytes_at(second, spoilt) == prepared(1).data


def test_what_is_damaged_here_is_passed_over_and_the_queue_goes_on(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1)
    meet(laptop, 2)
    laptop.sync()
    with writing(laptop.engine) as conn:
        spoilt = sa.text("UPDATE attached_piece SET data = zeroblob(length(data)) WHERE name = :name AND at = 0")
        conn.execute(spoilt, {"name": name(prepared(1))})
    report = turn(laptop)
    assert (report.error, report.sent, report.waiting) == ("", 1, 1)
    with reading(laptop.engine) as conn:
        assert photos_waiting(conn).trouble == "photo_damaged"
    content = Hub(town.engine).content
    assert content.has(name(prepared(2)))
    assert not content.has(name(prepared(1)))


def test_no_transaction_is_open_while_bytes_travel(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1)
    laptop.sync()
    seen = []

    class Looking(Line):
        def carry(
            self, method: str, path: str, body: bytes, headers: Mapping[str, str]
        ) -> tuple[int, dict[str, str], bytes]:
            seen.append(laptop.engine.pool.checkedout())  # type: ignore[attr-defined]
            return super().carry(method, path, body, headers)

    assert turn(laptop, Looking(laptop, lambda _number: None)).sent == 1
    assert set(seen) == {0}


class Failing(Line):
    """The center fails whenever it is asked for one of these photos."""

    def __init__(self, laptop: Laptop, *photos: str) -> None:
        super().__init__(laptop, lambda _number: None)
        self.photos = photos

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        status, found, content = super().carry(method, path, body, headers)
        if path.endswith(self.photos):
            return 500, {REQUEST_HEADER: found[REQUEST_HEADER], PROBLEM_HEADER: "center_failed"}, b""
        return status, found, content


def test_a_photo_that_the_center_fails_at_does_not_hold_up_those_behind_it(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1, 2)
    laptop.sync()
    report = turn(laptop, Failing(laptop, name(prepared(1))))
    assert (report.error, report.sent, report.waiting) == ("", 1, 1)
    with reading(laptop.engine) as conn:
        assert photos_waiting(conn).trouble == "center_failed"
    assert turn(laptop).sent == 1


def test_a_center_that_fails_at_every_photo_is_not_asked_for_all_of_them(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "_MOST_FAILED", 2)
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1, 2, 3)
    laptop.sync()
    line = Failing(laptop, *(name(prepared(seed)) for seed in (1, 2, 3)))
    assert turn(laptop, line).error == "center_failed"
    assert line.requests == 2


def test_wanted_photos_that_the_center_fails_at_do_not_hold_up_what_is_to_be_sent(
    pair: tuple[Town, Laptop, Laptop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "_MOST_FAILED", 2)
    _, first, second = pair
    meet(first, 1, 2, 3)
    first.sync()
    turn(first)
    meet(second, 4, 5, 6)
    second.sync()
    bad = [name(prepared(seed)) for seed in (1, 2, 3)]
    for photo in bad:
        want(second, photo)
    line = Failing(second, *bad, name(prepared(4)))
    report = turn(second, line)
    assert (report.error, report.sent, report.waiting) == ("center_failed", 2, 1)
    failed = line.requests
    assert turn(second, line).error == "center_failed"
    assert line.requests - failed == 3, "two that are wanted, and the one that is still to be sent"
    report = turn(second)
    assert (report.error, report.sent, report.received) == ("", 1, 3)
