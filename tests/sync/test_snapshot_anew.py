"""A snapshot that has to be asked for anew: what was fetched of it and is named again stays, and nothing gets stuck."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.errors import Environment
from app.center.hub import Hub
from app.center.snapshot import drop_segments
from app.features.people.tables import person
from app.store.content import ContentStore, name_of
from app.store.engine import reading, writing
from app.sync import snapshot
from app.sync.snapshot_load import FRESH, Fetching, abandon, begin, begun, keep_piece, next_to_fetch
from app.sync.snapshot_wire import Segment, SnapshotResponse
from app.sync.tables import snapshot_piece, snapshot_segment
from tests.sync.test_snapshot import FAR, Killed, agree, far_town, many, names
from tests.sync.town import Town

__all__ = ["far_town"]


def test_a_line_so_slow_that_the_center_lets_go_of_every_snapshot_gets_through(far_town: Town) -> None:
    """What is named again is not fetched again."""
    other = far_town.laptop("V1")
    many(other, 3 * FAR)
    new = far_town.laptop("V1")
    hub, seen = Hub(far_town.engine, files=far_town.folder / "files"), list[tuple[int, int]]()

    def write(job: Callable[[], Any]) -> Any:
        given = job()
        with reading(new.engine) as conn:
            told, s = begun(conn), snapshot_segment.c
            here = sum(conn.execute(sa.select(s.here)).scalars())
        if told is not None and (told["begun_at"], here) not in seen:
            if seen and here > seen[-1][1]:
                drop_segments(hub)
                if len(seen) < 4:
                    many(other, 1, f"又来的{len(seen)}")
            seen.append((told["begun_at"], here))
        return given

    errors = [new.try_sync(write=write).error for _ in range(4)]
    assert errors[-1] == ""
    assert len({begun_at for begun_at, _ in seen}) > 2
    other.sync()
    new.sync()
    assert names(new.engine) == names(other.engine)
    assert agree(far_town, new, other)


@pytest.mark.parametrize("left", [b"", b"cut", None])
def test_of_a_spoilt_segment_alone_the_bytes_are_fetched_anew(
    far_town: Town, monkeypatch: pytest.MonkeyPatch, left: bytes | None
) -> None:
    """The disk of the center spoils one after it was named, at first again and again. None: as long as it was."""
    other, new = far_town.laptop("V1"), far_town.laptop("V1")
    many(other, 3 * FAR)
    content = Hub(far_town.engine, files=far_town.folder / "files").content
    fetched, spoiling = list[str](), 4
    before = names(new.engine)

    def note(conn: sa.Connection, fetching: Fetching, data: bytes) -> bool:
        fetched.append(fetching.sha)
        return keep_piece(conn, fetching, data)

    def write(job: Callable[[], Any]) -> Any:
        nonlocal spoiling
        given = job()
        with reading(new.engine) as conn:
            s = snapshot_segment.c
            query = sa.select(s.sha, s.bytes).where(s.here == 0).order_by(s.place.desc()).limit(1)
            row = conn.execute(query).first()
        if row is not None and spoiling and content.is_sound(row.sha):
            spoiling -= 1
            (content.root / row.sha[:2] / row.sha).write_bytes(bytes(row.bytes) if left is None else left)
        return given

    monkeypatch.setattr(snapshot, "keep_piece", note)
    assert new.try_sync(write=write).error == "sync_stuck"
    assert names(new.engine) == before
    assert new.try_sync(write=write).error == ""
    assert names(new.engine) == names(other.engine)
    assert len(set(fetched)) > 1
    assert {sha for sha in fetched if fetched.count(sha) > 1} <= {fetched[-1]}
    other.sync()
    assert agree(far_town, new, other)


def test_a_segment_that_the_disk_of_the_center_does_not_give_is_made_anew(
    far_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, new = far_town.laptop("V1"), far_town.laptop("V1")
    many(other, 3 * FAR)
    read, is_sound, keep = ContentStore.read, ContentStore.is_sound, ContentStore.keep
    bad = set[str]()

    def spoilt(store: ContentStore, name: str, offset: int = 0, length: int = -1) -> bytes:
        if not made_anew:
            bad.add(name)
        if name in bad:
            raise Environment("disk_error", reason="EIO")
        return read(store, name, offset, length)

    made_anew = list[str]()

    def kept(store: ContentStore, data: bytes) -> str:
        name = keep(store, data)
        if name in bad:
            bad.discard(name)
            made_anew.append(name)
        return name

    monkeypatch.setattr(ContentStore, "read", spoilt)
    monkeypatch.setattr(ContentStore, "is_sound", lambda store, name: name not in bad and is_sound(store, name))
    monkeypatch.setattr(ContentStore, "keep", kept)
    assert new.try_sync().error == ""
    assert made_anew
    assert names(new.engine) == names(other.engine)


def answer_of(*datas: bytes) -> SnapshotResponse:
    segments = [Segment("all", name_of(data), len(data)) for data in datas]
    return SnapshotResponse("r1", 0, "f" * 16, 1, "", segments, [])


def test_bytes_of_segments_that_are_named_again_stay(town: Town) -> None:
    """As far as they came; what has another size, or was changed since, is fetched anew."""
    laptop = town.laptop("V1")
    gone, part, whole, spoilt, untouched = (bytes([number]) * 10 for number in range(5))
    with writing(laptop.engine) as conn:

        def fetch(length: int) -> bytes:
            wanted = next_to_fetch(conn)
            assert wanted is not None
            data = next(each for each in (gone, part, whole, spoilt, untouched) if name_of(each) == wanted.sha)
            keep_piece(conn, wanted, data[wanted.here : wanted.here + length])
            return data

        begin(conn, answer_of(gone, whole, spoilt, part, untouched), 0)
        assert [fetch(10) for _ in range(3)] == [gone, whole, spoilt]
        assert fetch(4) == part
        p = snapshot_piece.c
        conn.execute(snapshot_piece.update().where(p.data == spoilt).values(data=b"?" * 10))
        begin(conn, answer_of(untouched, part, spoilt, b"new", whole), 1)
        s = snapshot_segment.c
        here = {row.sha: row.here for row in conn.execute(sa.select(s.sha, s.here))}
        there = {untouched: 0, part: 4, spoilt: 0, b"new": 0, whole: 10}
        assert here == {name_of(data): length for data, length in there.items()}
        assert sorted(map(bytes, conn.execute(sa.select(p.data)).scalars())) == sorted([part[:4], whole])
        assert fetch(6) == part
        longer = answer_of(part, whole)
        longer.segments[1].bytes += 1
        begin(conn, longer, 2)
        here = {row.sha: row.here for row in conn.execute(sa.select(s.sha, s.here))}
        assert here == {name_of(part): 10, name_of(whole): 0}
        abandon(conn)


def test_one_that_another_program_loaded_in_part_is_asked_for_anew(far_town: Town) -> None:
    other = far_town.laptop("V1")
    many(other, 3 * FAR)
    new = far_town.laptop("V1")

    def write(job: Callable[[], Any]) -> Any:
        with reading(new.engine) as conn:
            if conn.execute(sa.select(snapshot_segment.c.place).where(snapshot_segment.c.loaded)).first():
                raise Killed
        return job()

    with pytest.raises(Killed):
        new.sync(write=write)
    with writing(new.engine) as conn:
        conn.exec_driver_sql(f"ALTER TABLE {FRESH}{person.table.name} ADD COLUMN unheard_of")
    new.sync()
    other.sync()
    assert names(new.engine) == names(other.engine)
    assert agree(far_town, new, other)
