"""A computer of which too much waits at the center sends nothing more, and receives all the same."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.center import quarantine
from app.cli.point_check import check_point
from app.features.people.tables import person
from app.store.engine import reading
from app.sync.state import enrolled
from app.sync.writing import write_state
from tests.sync.keeping_apart import drop_all, held_back, told, write_as_stranger
from tests.sync.town import Laptop, Town, opened


def names(engine: sa.Engine) -> set[str]:
    with reading(engine) as conn:
        return set(conn.execute(sa.select(person.c.name)).scalars())


def full_of(town: Town, monkeypatch: pytest.MonkeyPatch) -> tuple[Laptop, str]:
    """A laptop with two commits to send, the first of which is one too many to be set aside; and who wrote that."""
    monkeypatch.setattr(quarantine, "MOST_ASIDE", 1)
    laptop = town.laptop("V1")
    laptop.sync()
    write_as_stranger(town, laptop, "张三")
    laptop.sync()
    _, author = write_as_stranger(town, laptop, "李四")
    laptop.register("自己的")
    return laptop, author


def test_it_receives_page_after_page_and_sends_all_once_there_is_room(
    either_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = either_town
    laptop, author = full_of(town, monkeypatch)
    other = town.laptop("V1")
    for name in ("甲", "乙", "丙"):
        other.register(name)
    other.sync()
    monkeypatch.setattr("app.center.exchange._LEAST_BYTES", 1)
    monkeypatch.setattr("app.center.exchange.MAX_BYTES", 1)
    for received in (3, 0):
        report = laptop.try_sync()
        assert (report.error, report.sent, report.received, report.unsent) == ("aside_full", 0, received, 2)
        with reading(laptop.engine) as conn:
            assert enrolled(conn).last_error == "aside_full"
    assert names(laptop.engine) == {"张三", "李四", "自己的", "甲", "乙", "丙"}
    assert "自己的" not in names(town.engine)
    drop_all(town)
    assert (laptop.sync().sent, held_back(laptop)) == (2, 1)
    other.sync()
    assert "自己的" in names(town.engine) & names(other.engine)
    assert len(told(laptop, author)) == 1


def test_it_hears_what_became_of_what_waits(either_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town = either_town
    laptop, author = full_of(town, monkeypatch)
    drop_all(town)
    monkeypatch.setattr(quarantine, "MOST_ASIDE", 0)
    assert laptop.try_sync().error == "aside_full"
    assert (len(told(laptop, author)), held_back(laptop)) == (1, 0)


def test_it_says_why_also_where_nothing_can_be_fetched_yet(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A center that was put back is first given back what it lost, and before that everything unsent."""
    laptop, _ = full_of(town, monkeypatch)
    write_state(laptop.engine, must_offer=True)
    report = laptop.try_sync()
    assert (report.error, report.unsent) == ("aside_full", 2)


def test_one_that_was_long_away_is_given_the_state_and_keeps_what_it_could_not_send(
    center_engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(center_engine, tmp_path, snapshot_behind=5, files=tmp_path / "files") as town:
        laptop, _ = full_of(town, monkeypatch)
        other = town.laptop("V1")
        many = {f"来人{n}" for n in range(15)}
        for name in sorted(many):
            other.register(name)
        other.sync()
        report = laptop.try_sync()
        assert (report.error, report.unsent) == ("aside_full", 2)
        assert names(laptop.engine) == {"张三", "李四", "自己的", *many}
        with reading(laptop.engine) as conn:
            assert enrolled(conn).floor_seq > 0
        drop_all(town)
        laptop.sync()
        assert "自己的" in names(town.engine)
        assert set(check_point(laptop.engine).values()) == {"ok"}
