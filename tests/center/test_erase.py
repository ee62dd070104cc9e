"""Erased by law: gone from every table of the center and of every point, and still nobody disagrees about anything."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.clock import HOUR, SECOND
from app.base.errors import Refused
from app.base.ids import new_id, random_hex
from app.center import erase as erasing_by_law
from app.center import snapshot
from app.center.admin import status
from app.center.erase import erase, finish_erasing
from app.center.exchange import answer_exchange
from app.center.hub import Declined, Hub
from app.center.snapshot import answer_snapshot
from app.center.starting import catch_up, tidy
from app.center.tables import kept_photo
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.apply import apply
from app.journal.load import commit_in
from app.journal.ops import Commit, CommitId, Op, first_link, next_link
from app.journal.sweep import sweep
from app.journal.tables import erasing, head, journal
from app.store.content import name_of
from app.store.engine import reading, writing
from app.store.schema import metadata
from app.sync.snapshot_wire import SnapshotRequest, lines_of
from tests.center.points import Point, PointAt

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
    for record, writes, code in (("0" * 32, [], "nothing_to_erase"), (id_, ["nonsense"], "no_such_write")):
        with pytest.raises(Refused, match=code):
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


@pytest.fixture
def kept(hub: Hub, tmp_path: Path) -> Hub:
    """The center with a folder for its bytes."""
    return Hub(hub.engine, hub.clock, files=tmp_path / "files")


def _ask(hub: Hub, point: Point) -> None:
    answer_snapshot(hub, SnapshotRequest(1, random_hex(8), point.device, "", []), hub.clock())


def _segments_that_say(hub: Hub, text: str) -> int:
    contents = (hub.content.read(name) for name in hub.content.names())
    return sum(any(text in str(line) for line in lines_of(data)) for data in contents)


def _falls(*_given: object) -> None:
    raise SystemExit


def test_an_erase_that_was_cut_short_takes_the_bytes_off_the_disk_at_the_next_start(
    kept: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    point, other = point_at("V1"), point_at("V2")
    id_, stays = point.register("赵秘密"), other.register("钱留下")
    data = b"a photo of a face"
    for who, person_id, photo in ((point, id_, data), (other, stays, b"another")):
        named = {"person": person_id, "photo": name_of(photo), "bytes": len(photo)}
        who.write(Op("create", "person_photo", new_id(), who.actor.node, named, {}))
        who.sync()
        kept.content.append(name_of(photo), 0, photo, who.device)
        kept.content.publish(name_of(photo), who.device)
        row = {"name": name_of(photo), "bytes": len(photo), "device": who.device, "at": 0}
        with writing(kept.engine) as conn:
            conn.execute(kept_photo.insert(), row)
    _ask(kept, point)
    with monkeypatch.context() as patch:
        patch.setattr(erasing_by_law, "finish_erasing", _falls)
        with pytest.raises(SystemExit):
            erase(kept, "person", id_)
    # Killed once more, when the journal was looked through and the disk was not.
    with monkeypatch.context() as patch:
        patch.setattr(erasing_by_law, "drop_unreferenced", _falls)
        with pytest.raises(SystemExit):
            catch_up(kept)
    catch_up(kept)
    assert list(kept.content.names()) == [name_of(b"another")]
    with reading(kept.engine) as conn:
        assert conn.execute(sa.select(erasing.c.record)).first() is None


def test_segments_of_where_the_record_was_go_too(kept: Hub, point_at: PointAt) -> None:
    before, now = point_at("V1"), point_at("V2")
    id_ = before.register("赵秘密")
    before.sync()
    _ask(kept, before)
    assert _segments_that_say(kept, "赵秘密") == 1
    before.write(Op("rehome", "person", id_, before.actor.node, {"node": now.actor.node}, {}, "@home"))
    answer_exchange(kept, before.request(), kept.clock())
    erase(kept, "person", id_)
    assert list(kept.content.names()) == []


def test_what_nobody_knows_of_goes_with_an_erase(kept: Hub, point_at: PointAt) -> None:
    """A worker was killed when it had made a segment and not yet noted it."""
    point = point_at("V1")
    id_ = point.register("赵秘密")
    point.sync()
    kept.content.keep(b"\x28\xb5\x2f\xfd" + "赵秘密".encode())
    erase(kept, "person", id_)
    assert list(kept.content.names()) == []


def left_by_a_kill(hub: Hub, name: str, age: int) -> Path:
    """What a worker was killed over so long ago (µs), half written."""
    hub.content.keep("钱留下".encode())
    path = hub.content.root / "making" / f"{name}.part"
    path.write_bytes("赵秘密".encode())
    at = (hub.clock() - age) / SECOND
    os.utime(path, (at, at))
    return path


@pytest.mark.parametrize("by", ["an erase", "a snapshot"])
def test_what_a_worker_was_killed_over_goes_once_nobody_can_be_writing_it(
    kept: Hub, point_at: PointAt, by: str
) -> None:
    point = point_at("V1")
    id_ = point.register("赵秘密")
    point.sync()
    old, young = left_by_a_kill(kept, "old", 2 * HOUR), left_by_a_kill(kept, "young", 0)
    if by == "an erase":
        erase(kept, "person", id_)
    else:
        _ask(kept, point)
    assert (old.exists(), young.exists()) == (False, True)
    tidy(kept)
    assert not young.exists()


def test_a_segment_made_while_something_is_erased_is_not_kept(
    kept: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    id_ = point.register("赵秘密")
    point.sync()
    note = snapshot._note

    def noted_late(*given: Any) -> None:
        erase(kept, "person", id_)
        note(*given)

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "_note", noted_late)
        with pytest.raises(Declined, match="503 busy"):
            _ask(kept, point)
    assert _segments_that_say(kept, "赵秘密") == 0
    _ask(kept, point)
    assert _segments_that_say(kept, "赵秘密") == 0
    assert list(kept.content.names())


def test_where_the_bytes_are_in_another_folder_nothing_is_erased(kept: Hub, point_at: PointAt, tmp_path: Path) -> None:
    point = point_at("V1")
    id_ = point.register("赵秘密")
    point.sync()
    _ask(kept, point)
    with pytest.raises(Refused, match="photos_elsewhere"):
        erase(Hub(kept.engine, kept.clock, files=tmp_path / "elsewhere"), "person", id_)
    assert "赵秘密" in _everything(kept.engine)
    erase(kept, "person", id_)
    assert "赵秘密" not in _everything(kept.engine)
