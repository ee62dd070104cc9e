"""Photos at a center that was put back: those that came since its backup are there still when their records come
again, and what was erased by law is not."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.center import erase as erasing_by_law
from app.center.erase import erase
from app.center.hub import Hub
from app.center.kept import is_kept
from app.center.past import WINDOW_US
from app.center.restore import restore
from app.center.snapshot import answer_snapshot
from app.center.starting import catch_up, write_down
from app.features.cases.tables import encounter_photo
from app.journal.load import commit_in
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.snapshot_wire import SnapshotRequest
from tests.center.points import Point, PointAt
from tests.center.restoring import Lose, aside, bring, create, offer, page_commit
from tests.center.test_files import brought, get, met, name_of, patch
from tests.photographs import prepared

PHOTO = name_of(prepared(1))


@pytest.fixture
def hub(hub: Hub, tmp_path: Path) -> Hub:
    """With a folder of its own, which outlives the database."""
    hub = Hub(hub.engine, hub.clock, files=tmp_path / "files")
    write_down(hub)
    return hub


@pytest.fixture
def pair(point_at: PointAt) -> tuple[Point, Point]:
    """Who takes a photo, and a colleague."""
    author, reader = point_at("V1"), point_at("V1")
    author.sync()
    reader.sync()
    return author, reader


def put_back(lose: Lose) -> Hub:
    """The database is lost, and the last backup stands beside the same folder."""
    again = Hub(lose.engine, lose.hub.clock, files=lose.hub.files)
    restore(again, lose.file, "seven words")
    catch_up(again)
    write_down(again)
    return again


def bring_back(again: Hub, author: Point, reader: Point) -> None:
    """The reader, who is left, offers all that it has of the author."""
    with reading(reader.engine) as conn:
        rows = conn.execute(sa.select(journal).where(journal.c.device == author.device)).mappings().all()
    reader.hub = again
    assert bring(again, reader, *map(commit_in, rows)).taken


def is_noted(hub: Hub, photo: str = PHOTO) -> bool:
    with reading(hub.engine) as conn:
        return is_kept(conn, photo)


def photo_record(hub: Hub) -> str:
    with reading(hub.engine) as conn:
        return str(conn.execute(sa.select(encounter_photo.c.id)).scalar_one())


@pytest.mark.parametrize("others_erased", [False, True])
def test_a_photo_that_came_since_the_backup_is_there_when_its_record_comes_again(
    pair: tuple[Point, Point], hub: Hub, lose: Lose, *, others_erased: bool
) -> None:
    author, reader = pair
    other = reader.register("赵秘密")
    reader.sync()
    lose.keep()
    brought(author)
    reader.sync()
    if others_erased:
        erase(hub, "person", other)
    again = put_back(lose)
    assert again.content.has(PHOTO)
    bring_back(again, author, reader)
    assert get(reader, PHOTO).content == prepared(1).data
    assert is_noted(again)


@pytest.mark.parametrize("was_looked_at", [False, True])
def test_a_photo_that_came_again_with_its_record_goes_when_that_is_erased(
    pair: tuple[Point, Point], lose: Lose, *, was_looked_at: bool
) -> None:
    author, reader = pair
    lose.keep()
    brought(author)
    reader.sync()
    again = put_back(lose)
    bring_back(again, author, reader)
    if was_looked_at:
        get(reader, PHOTO)
    erase(again, "encounter_photo", photo_record(again))
    assert not again.content.has(PHOTO)
    assert not is_noted(again)


def test_another_erase_finds_it_again_and_leaves_it_alone(pair: tuple[Point, Point], lose: Lose) -> None:
    author, reader = pair
    other = reader.register("赵秘密")
    reader.sync()
    lose.keep()
    brought(author)
    reader.sync()
    again = put_back(lose)
    bring_back(again, author, reader)
    erase(again, "person", other)
    assert again.content.has(PHOTO)
    assert is_noted(again)


@pytest.mark.parametrize("is_here_again", [False, True])
def test_once_nothing_comes_back_by_itself_what_no_record_names_goes_with_an_erase(
    pair: tuple[Point, Point], lose: Lose, *, is_here_again: bool
) -> None:
    author, reader = pair
    other = reader.register("赵秘密")
    reader.sync()
    lose.keep()
    brought(author)
    reader.sync()
    again = put_back(lose)
    if is_here_again:
        bring_back(again, author, reader)
    late = Hub(again.engine, lambda: lose.hub.clock() + WINDOW_US + DAY, files=again.files)
    erase(late, "person", other)
    assert late.content.has(PHOTO) == is_here_again


@pytest.mark.parametrize("is_in_backup", [False, True])
def test_a_photo_whose_erasing_was_cut_short_goes_at_the_center_that_was_put_back(
    pair: tuple[Point, Point], hub: Hub, lose: Lose, monkeypatch: pytest.MonkeyPatch, *, is_in_backup: bool
) -> None:
    author, _ = pair
    if is_in_backup:  # its record, not yet the bytes
        met(author)
        lose.keep()
    else:
        lose.keep()
        met(author)
    patch(author, PHOTO, 0, prepared(1).data)
    with monkeypatch.context() as falls:
        falls.setattr(erasing_by_law, "finish_erasing", _falls)
        with pytest.raises(SystemExit):
            erase(hub, "encounter_photo", photo_record(hub))
    assert hub.content.has(PHOTO)
    again = put_back(lose)
    assert not again.content.has(PHOTO)


def _falls(*_given: object) -> None:
    raise SystemExit


def test_segments_of_the_lost_center_go_with_what_was_erased(pair: tuple[Point, Point], hub: Hub, lose: Lose) -> None:
    author, _ = pair
    id_ = author.register("赵秘密")
    author.sync()
    answer_snapshot(hub, SnapshotRequest(1, "r", author.device, "", []), hub.clock())
    segments = set(hub.content.names())
    lose.keep()
    with pytest.MonkeyPatch.context() as falls:
        falls.setattr(erasing_by_law, "finish_erasing", _falls)
        with pytest.raises(SystemExit):
            erase(hub, "person", id_)
    assert segments
    assert not segments & set(put_back(lose).content.names())


def test_a_photo_without_a_row_stays_though_nobody_said_that_the_database_was_put_back(
    pair: tuple[Point, Point], hub: Hub
) -> None:
    _, reader = pair
    other = reader.register("赵秘密")
    reader.sync()
    photo = hub.content.keep(prepared(2).data)
    erase(hub, "person", other)
    assert hub.content.has(photo)


def test_a_photo_that_only_what_was_set_aside_names_goes_with_what_it_hangs_on(
    point_at: PointAt, hub: Hub, lose: Lose
) -> None:
    author, stranger = point_at("V1"), point_at("V2")
    about = create("case", author.actor.node, case_status="OPEN", story="天冷，睡在桥下")
    author.write(about)
    author.sync()
    stranger.sync()
    lose.keep()
    meeting = create("encounter", author.actor.node, case=about.id)
    facts = {"photo": PHOTO, "bytes": len(prepared(1).data), "type": "image/jpeg"}
    picture = create("encounter_photo", author.actor.node, encounter=meeting.id, **facts)
    commit = author.write(meeting, picture)
    author.sync()
    patch(author, PHOTO, 0, prepared(1).data)
    again = put_back(lose)
    told = page_commit(author, commit)
    assert not offer(again, stranger, told).taken
    assert [code for *_, code in aside(again)]
    erase(again, "case", about.id)
    assert not again.content.has(PHOTO)
