"""The mark beside the database: written before anything is offered, and what it says of a database put back."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.base.errors import Environment
from app.journal.here import Here, standing
from app.store.engine import reading, writing
from app.sync.epochs import begin_where_put_back
from app.sync.rounds import sync_round
from app.sync.sentinel import FileSentinel, Mark, is_behind, promise
from app.sync.tables import past_epoch
from app.sync.transport import R
from tests.sync.town import Laptop, Town

HERE = Here("d" * 32, "e" * 16, 3, 7, b"", 5, 0, 0, 0, 0, "A", "n" * 32, "c" * 32)


@pytest.mark.parametrize(
    ("mark", "behind"),
    [
        (None, False),
        (Mark("d" * 32, "e" * 16, 3, 7), False),
        (Mark("d" * 32, "e" * 16, 3, 6), False),
        (Mark("d" * 32, "e" * 16, 3, 8), True),
        (Mark("d" * 32, "f" * 16, 2, 99), False),
        (Mark("d" * 32, "f" * 16, 4, 1), True),
        (Mark("d" * 32, "f" * 16, 3, 1), True),  # another epoch under this serial: the file was put back before
        (Mark("x" * 32, "e" * 16, 9, 99), False),
    ],
)
def test_a_database_is_behind_where_more_was_offered(mark: Mark | None, behind: bool) -> None:
    assert is_behind(HERE, mark) is behind


def test_the_mark_goes_forward_alone(tmp_path: Path) -> None:
    sentinel = FileSentinel(tmp_path / "sentinel")
    assert sentinel.read() is None
    promise(sentinel, replace(HERE, n=0))
    assert sentinel.read() is None
    promise(sentinel, HERE)
    promise(sentinel, replace(HERE, n=4))
    promise(sentinel, replace(HERE, serial=2, epoch="a" * 16, n=99))
    assert sentinel.read() == Mark(HERE.device, HERE.epoch, 3, 7)
    promise(sentinel, replace(HERE, serial=4, epoch="b" * 16, n=1))
    assert sentinel.read() == Mark(HERE.device, "b" * 16, 4, 1)
    promise(sentinel, replace(HERE, device="y" * 32))
    assert sentinel.read() == Mark("y" * 32, HERE.epoch, 3, 7)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"device":1}', b'{"device":"d","n":9}'])
def test_a_mark_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sentinel").write_bytes(content)
    assert FileSentinel(tmp_path / "sentinel").read() is None


class Watched:
    """The way to the center, with a look at the mark whenever something is sent."""

    def __init__(self, laptop: Laptop, sentinel: FileSentinel) -> None:
        self.way, self.sentinel = laptop.transport, sentinel
        self.seen: list[Mark | None] = []

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        self.seen.append(self.sentinel.read())
        raise Environment("no_network")

    def traffic(self) -> tuple[int, int]:
        return 0, 0


def test_it_is_written_before_the_first_byte_goes(town: Town) -> None:
    laptop, sentinel = town.laptop("V1"), FileSentinel(town.folder / "sentinel")
    laptop.sync(sentinel=sentinel)
    assert sentinel.read() is None  # nothing was offered
    laptop.register("甲")
    laptop.register("乙")
    way = Watched(laptop, sentinel)
    assert sync_round(laptop.engine, way, clock=laptop.clock, sentinel=sentinel).error == "no_network"
    assert [mark.n for mark in way.seen if mark] == [2]


def test_a_mark_that_cannot_be_written_lets_nothing_out(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    laptop.register("甲")

    class Full(FileSentinel):
        def write(self, mark: Mark) -> None:
            raise Environment("disk_full")

    assert laptop.try_sync(sentinel=Full(town.folder / "sentinel")).error == "disk_full"
    assert town.digest_of(laptop) == laptop.status().digest
    laptop.sync()


def test_at_opening_a_database_that_is_behind_begins_a_new_epoch_once(town: Town) -> None:
    laptop, sentinel = town.laptop("V1"), FileSentinel(town.folder / "sentinel")
    laptop.register("甲")
    with reading(laptop.engine) as conn:
        here = standing(conn)
    with writing(laptop.engine) as conn:
        assert not begin_where_put_back(conn, sentinel, 1)
    sentinel.write(Mark(here.device, here.epoch, 4, here.n + 1))
    for expected in (True, False):
        with writing(laptop.engine) as conn:
            assert begin_where_put_back(conn, sentinel, 1) is expected
    with reading(laptop.engine) as conn:
        begun = standing(conn)
        (past,) = conn.execute(past_epoch.select()).all()
    assert (begun.serial, begun.n, begun.letter) == (5, 0, "A5")
    assert (past.epoch, past.n) == (here.epoch, 1)
    assert laptop.status().standing.told == ""  # told at 1970: too long ago to be shown
    laptop.sync(sentinel=sentinel)
