"""What could not be applied lies aside with all it says: what leaves the device goes out of it too, and so does what is
erased by law, whichever came first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import DAY
from app.base.ids import meaning_id, new_id
from app.center.erase import erase
from app.center.hub import Hub, center_actor
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.tables import case
from app.features.org.commands import AmendNode, FoundNode
from app.features.people.tables import person
from app.journal.apply import apply
from app.journal.moving import enter
from app.journal.ops import SCHEMA, Commit, Op, encode_op, new_parts, pack_parts
from app.store.engine import reading, writing
from app.sync import aside, pages
from app.sync.comparing import COMPARE_PATH
from app.sync.pages import retry_set_aside, take_commits
from app.sync.protocol import PageCommit
from app.sync.tables import set_aside
from tests.sync.in_memory import Device, World, meet, sync

NAME = "欧阳慕容"


@contextmanager
def failing_on(name: str) -> Iterator[None]:
    """No commit that says this can be applied."""

    def fails(commits: list[Commit]) -> bool:
        return any(name.encode() in bytes(part.raw) for commit in commits for part in commit.parts)

    def no_apply(conn: sa.Connection, commits: list[Commit], **more: Any) -> Changes:
        if fails(commits):
            raise ValueError("planted")
        return apply(conn, commits, **more)

    def no_enter(conn: sa.Connection, records: list[Any], commits: list[Commit], *more: Any) -> Changes:
        if fails(commits):
            raise ValueError("planted")
        return enter(conn, records, commits, *more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pages, "apply", no_apply)
        patched.setattr(pages, "enter", no_enter)
        yield


def told(device: Device) -> list[bytes]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(set_aside.c.raw).order_by(set_aside.c.n)).scalars())


def is_told(device: Device, words: str = NAME) -> bool:
    return any(words.encode() in raw for raw in told(device))


def restart(device: Device) -> None:
    with writing(device.engine) as conn:
        retry_set_aside(conn)


def names(device: Device) -> list[str | None]:
    with reading(device.engine) as conn:
        return list(conn.execute(sa.select(person.c.name)).scalars())


def test_what_left_is_not_there_after_the_next_start_either(world: World) -> None:
    owner, guest = world.device("V1"), world.device("V2")
    case_id, _ = meet(owner, name=NAME)
    owner.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="请协助"), owner.actor)
    with failing_on(NAME):
        sync(owner, guest)
        assert is_told(guest)
        assert names(guest) == []
        owner.runner.do(RevokeCase(case=case_id, point=guest.actor.node, reason="已完成"), owner.actor)
        sync(owner, guest)
    assert told(guest) == []
    restart(guest)
    with reading(guest.engine) as conn:
        assert conn.execute(sa.select(case.c.id)).all() == []
    assert names(guest) == []
    assert guest.digest() == world.must_hold(guest)


def test_what_was_erased_is_not_aside_and_what_is_left_of_it_is_taken(world: World, tmp_path: Path) -> None:
    author, reader = world.device("V1"), world.device("V1")
    sync(author, reader)
    case_id, _ = meet(author, name=NAME)
    with reading(author.engine) as conn:
        who = conn.execute(sa.select(case.c.person).where(case.c.id == case_id)).scalar_one()
    with failing_on(NAME):
        sync(author, reader)
        assert is_told(reader)
        erase(Hub(world.hub.engine, world.hub.clock, files=tmp_path), "person", who)
        sync(author, reader)
    assert len(told(reader)) == 1
    assert not is_told(reader)
    restart(reader)
    assert told(reader) == []
    assert names(reader) == names(author) == [None]
    assert reader.digest() == author.digest() == world.must_hold(reader)


def test_what_comes_after_its_erase_is_set_aside_without_it(world: World) -> None:
    reader, who = world.device("V1"), new_id()
    sync(reader)
    made = somebody(reader, who)
    erased = page_commit("e" * 32, 2, Op("erase", "person", who, reader.actor.node, {}, {}))
    with writing(reader.engine) as conn:
        take_commits(conn, [erased], 0)
    with failing_on("person"), writing(reader.engine) as conn:
        take_commits(conn, [made], 0)
    assert len(told(reader)) == 1
    assert not is_told(reader)


def test_of_a_commit_that_is_aside_only_what_is_about_others_stays(world: World) -> None:
    reader, one, other = world.device("V1"), new_id(), new_id()
    ops = [Op("create", "person", id_, reader.actor.node, {"name": f"{NAME}{id_}"}, {}) for id_ in (one, other)]
    with writing(reader.engine) as conn:
        aside.put(conn, page_commit("d" * 32, 1, *ops), "apply_failed", 0)
        aside.drop(conn, [("person", one)])
    assert (is_told(reader, NAME + one), is_told(reader, NAME + other)) == (False, True)
    with writing(reader.engine) as conn:
        aside.drop(conn, [("person", other)])
    assert told(reader) == []


@pytest.mark.parametrize("parts", ['[[0,"",["create","person"]],[1,"",["create",7,"{id}"]]]', '{{"{id}":"欧阳慕容"}}'])
def test_what_cannot_be_read_goes_where_it_names_what_left(world: World, parts: str) -> None:
    reader, who = world.device("V1"), new_id()
    unread = msgspec.structs.replace(somebody(reader, who), parts=msgspec.Raw(parts.format(id=who).encode()))
    with writing(reader.engine) as conn:
        aside.put(conn, unread, "malformed", 0)
        aside.drop(conn, [("person", new_id())])
    assert len(told(reader)) == 1
    with writing(reader.engine) as conn:
        aside.drop(conn, [("person", who)])
    assert not any(who.encode() in raw for raw in told(reader))


@pytest.mark.parametrize("comes", ["before", "after"])
@pytest.mark.parametrize(
    "parts",
    [
        '[[0,"",["annotate","person","{id}","{node}","name",{{"name":"欧阳慕容"}},[]]]]',
        '[[0,"",["create","person",{{"id":"{id}","name":"欧阳慕容"}}]]]',
        '{{"{id}":"欧阳慕容"}}',
    ],
)
def test_what_nobody_here_can_read_is_kept_without_what_was_erased(world: World, parts: str, comes: str) -> None:
    reader, who = world.device("V1"), new_id()
    sync(reader)
    made = somebody(reader, who)
    words = msgspec.Raw(parts.format(id=who, node=reader.actor.node).encode())
    newer = msgspec.structs.replace(made, n=2, seq=20_000, schema=SCHEMA + 1, parts=words)
    erased = page_commit("e" * 32, 3, Op("erase", "person", who, reader.actor.node, {}, {}))
    for told_now in [made, newer, erased] if comes == "before" else [made, erased, newer]:
        with writing(reader.engine) as conn:
            take_commits(conn, [told_now], 0)
        if comes == "before" and told_now is newer:
            assert is_told(reader)
    assert not is_told(reader)


def test_what_is_for_those_below_another_is_not_aside_where_a_point_was_moved(world: World) -> None:
    point = world.device("V1")
    sync(point)
    town = meaning_id("node", "T1")
    written = [Op("create", "notice", new_id(), node, {"title": "通知"}, {}) for node in (town, point.actor.node)]
    with writing(point.engine) as conn:
        for n, op in enumerate(written):
            aside.put(conn, page_commit("d" * 32, n + 1, op), "apply_failed", 0)
    with reading(world.hub.engine) as conn:
        actor = center_actor(conn)
    runner = world.hub.runner()
    runner.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")), actor)
    runner.do(AmendNode(node=point.actor.node, parent=meaning_id("node", "T2"), reason="调整"), actor)
    sync(point)
    assert (is_told(point, written[0].id), is_told(point, written[1].id)) == (False, True)


def somebody(reader: Device, id_: str) -> PageCommit:
    return page_commit("d" * 32, 1, Op("create", "person", id_, reader.actor.node, {"name": NAME}, {}))


def page_commit(device: str, n: int, *ops: Op) -> PageCommit:
    """A commit as a reader gets it, of a device that nobody knows."""
    raw = pack_parts([part._replace(salt="") for part in new_parts(encode_op(op, device, "e1") for op in ops)])
    return PageCommit(device, "e1", 1, n, 10_000 + n, 1, 1, 0, SCHEMA, "u1", msgspec.Raw(raw))


def test_what_lies_aside_is_compared_in_vain_once_a_day_and_has_waited_since_it_came(world: World) -> None:
    author, reader = world.device("V1"), world.device("V1")
    sync(author, reader)
    with failing_on(NAME):
        meet(author, name=NAME)
        meet(author, name="李四")
        sync(author, reader)
        with reading(reader.engine) as conn:
            came = conn.execute(sa.select(set_aside.c.at)).scalars().all()
        asked = []
        for wait in (2 * DAY, 0, 0, DAY + 1):
            world.now[0] += wait
            world.way.asked.clear()
            sync(reader)
            asked.append(world.way.asked.count(COMPARE_PATH))
        with reading(reader.engine) as conn:
            assert conn.execute(sa.select(set_aside.c.at)).scalars().all() == came
    first, second, third, next_day = asked
    assert 0 < first == next_day <= 9
    assert (second, third) == (0, 0)
    restart(reader)
    sync(reader)
    assert reader.digest() == world.must_hold(reader)
