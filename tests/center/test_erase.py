"""Erased by law: gone from every table of the center and of every point, and still nobody disagrees about anything."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.center.admin import status
from app.center.erase import erase, finish_erasing
from app.center.hub import Hub
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.apply import apply
from app.journal.load import commit_in
from app.journal.ops import Commit, CommitId, Op, first_link, next_link
from app.journal.sweep import sweep
from app.journal.tables import erasing, head, journal
from app.store.engine import reading, writing
from app.store.schema import metadata
from tests.center.points import Point

PointAt = Callable[[str], Point]
SECRETS = ("赵秘密", "13900001111", "左臂有疤", "记错了号码", "问过家里")


def _amend(point: Point, id_: str, reason: str = "问到了", **values: Any) -> None:
    point.do(AmendPerson(person=id_, reason=reason, **values))


def _everything(engine: sa.Engine) -> str:
    with reading(engine) as conn:
        return "".join(
            (bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
            for table in metadata.sorted_tables
            for row in conn.execute(sa.select(table))
            for value in row
        )


def _told(engine: sa.Engine) -> set[str]:
    text = _everything(engine)
    return {secret for secret in SECRETS if secret in text}


def _sweep(points: Iterable[Point]) -> None:
    for point in points:
        more = True
        while more:
            with writing(point.engine) as conn:
                more = sweep(conn, 2)


def _chain_holds(engine: sa.Engine, device: str) -> bool:
    """Whether the links kept with this device's commits follow from what is left of them."""
    with reading(engine) as conn:
        j = journal.c
        rows = conn.execute(sa.select(journal).where(j.device == device).order_by(j.n)).mappings().all()
    link = first_link(device, rows[0]["epoch"])
    for row in rows:
        link = next_link(link, commit_in(row))
        if link != row["chain"]:
            return False
    return len(rows) > 0


def _agree(hub: Hub, *points: Point) -> bool:
    told = {device["id"]: device["digest"] for device in status(hub.engine)["devices"]}
    return all(told[point.device] == point.digest() for point in points)


def test_a_person_is_erased_everywhere_and_all_agree(hub: Hub, point_at: PointAt) -> None:
    author, other, late = point_at("V1"), point_at("V1"), point_at("V1")
    id_ = author.register("赵秘密", features="左臂有疤")
    stays = author.register("钱留下")
    author.sync()
    other.sync()
    late.sync()
    _amend(author, id_, phone="13900001111")
    _amend(other, id_, phone="13911112222", reason="记错了号码")
    author.sync()
    other.sync()
    author.sync()
    _amend(late, id_, alias="赵秘密", reason="问过家里")  # not sent yet when the record is erased
    assert _told(hub.engine) == set(SECRETS) - {"问过家里"}

    done = erase(hub, "person", id_)
    assert ("person", id_) in done.records
    assert [kind for kind, _ in done.records].count("amendment") == 2
    assert _told(hub.engine) == set()
    late.sync()
    # What came late names the erased record in an amendment of its own: that one is a record nobody erased.
    assert _told(hub.engine) == {"问过家里"}
    erase(hub, "person", id_)
    fresh = point_at("V1")
    for point in (author, other, late, fresh):
        point.sync()
    _sweep((author, other, late, fresh))
    for engine in (hub.engine, author.engine, other.engine, late.engine, fresh.engine):
        assert _told(engine) == set()
        with reading(engine) as conn:
            assert conn.execute(sa.select(person.c.name).where(person.c.id == stays)).scalar() == "钱留下"
            assert conn.execute(sa.select(erasing.c.record)).first() is None
    assert _agree(hub, author, other, late, fresh)
    for point in (author, other, late):
        assert _chain_holds(point.engine, point.device)
        assert _chain_holds(hub.engine, point.device)


def test_single_writes_are_erased_and_the_rest_of_the_record_stays(hub: Hub, point_at: PointAt) -> None:
    author, other = point_at("V1"), point_at("V1")
    id_ = author.register("孙二", features="左臂有疤")
    author.sync()
    _amend(author, id_, phone="13900001111")
    author.sync()
    other.sync()
    with reading(hub.engine) as conn:
        write = conn.execute(sa.select(head.c.write).where(head.c.record == id_, head.c.grp == "phone")).scalar_one()
    erase(hub, "person", id_, [write])
    fresh = point_at("V1")
    for point in (author, other, fresh):
        point.sync()
        assert "13900001111" not in _everything(point.engine)
        with reading(point.engine) as conn:
            row = conn.execute(sa.select(person.c.name, person.c.phone).where(person.c.id == id_)).one()
        assert tuple(row) == ("孙二", None)
    assert _agree(hub, author, other, fresh)
    assert _chain_holds(hub.engine, author.device)


def test_an_erase_comes_from_the_center_alone(hub: Hub, point_at: PointAt) -> None:
    author, other = point_at("V1"), point_at("V1")
    id_ = author.register("孙二")
    author.sync()
    other.sync()
    other.write(Op("erase", "person", id_, other.actor.node, {}, {}))
    other.sync()
    assert status(hub.engine)["quarantine"] == 1
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(person.c.name).where(person.c.id == id_)).scalar() == "孙二"
    for record, writes in (("0" * 32, []), (id_, ["nonsense"])):
        with pytest.raises(Refused, match="unknown_record"):
            erase(hub, "person", record, writes)


def test_an_erase_that_comes_before_what_it_erases(hub: Hub, point_at: PointAt) -> None:
    """The order of arrival makes no difference to what stands, to heads or to the journal."""
    author = point_at("V1")
    id_ = author.register("赵秘密", features="左臂有疤")
    _amend(author, id_, phone="13900001111")
    author.sync()
    erase(hub, "person", id_)
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(journal).order_by(journal.c.seq)).mappings().all()
    commits = list(map(commit_in, rows))
    full = _full_commits(author)
    forwards, backwards = point_at("V1"), point_at("V1")
    for point, order in ((forwards, commits), (backwards, [*reversed([full.get(c.id, c) for c in commits])])):
        with writing(point.engine) as conn:
            apply(conn, order)
    _sweep((forwards, backwards))
    assert forwards.digest() == backwards.digest()
    assert _told(backwards.engine) == set()
    assert finish_erasing(hub) == 0


def _full_commits(point: Point) -> dict[CommitId, Commit]:
    """What this point's author wrote, as it stood before anything was erased."""
    with reading(point.engine) as conn:
        rows = conn.execute(sa.select(journal).where(journal.c.device == point.device)).mappings().all()
    return {commit.id: commit for commit in map(commit_in, rows)}
