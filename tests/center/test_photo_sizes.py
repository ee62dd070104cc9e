"""Photos whose record lies about its size, and pieces that go while they are put together."""

import hashlib

import pytest
import sqlalchemy as sa

from app.base.ids import new_id
from app.center.hub import Hub
from app.center.tables import kept_photo
from app.features.photos.commands import FetchPhoto
from app.journal import attached
from app.journal.attached import MOST_BYTES
from app.journal.ops import Op
from app.store.content import ContentStore
from app.store.engine import reading
from tests.center.points import Point, PointAt
from tests.center.test_files import declined, get, head, met, patch
from tests.photographs import prepared

LIES = (None, 0, -5, 10**12)
LIKELY_LIES = (1, 100_000, 207_143, MOST_BYTES)
"""A photo may have so many bytes; this one has not."""


def lying(point: Point, data: bytes, size: object) -> str:
    """A record that names these bytes and says this of their number; gives their name."""
    photo = hashlib.sha256(data).hexdigest()
    values = {"photo": photo, "encounter": "0" * 32, "bytes": size}
    point.write(Op("create", "encounter_photo", new_id(), point.actor.node, values, {}))
    point.sync()
    return photo


def rows_kept(hub: Hub) -> int:
    with reading(hub.engine) as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(kept_photo)).scalar_one())


@pytest.mark.parametrize("size", LIES)
def test_a_record_that_lies_about_its_size_opens_no_door(point_at: PointAt, hub: Hub, size: object) -> None:
    point = point_at("V1")
    data = b"x" * 1000
    photo = lying(point, data, size)
    assert declined(lambda: patch(point, photo, 0, data)) == (413, "photo_too_large")
    assert declined(lambda: head(point, photo)) == (413, "photo_too_large")
    assert declined(lambda: get(point, photo)) == (404, "not_here_yet")
    assert rows_kept(hub) == 0


@pytest.mark.parametrize("center_engine", ["sqlite"], indirect=True)
def test_a_word_for_the_size_of_a_photo_opens_no_door(point_at: PointAt, hub: Hub) -> None:
    """A center on PostgreSQL does not even take the record."""
    test_a_record_that_lies_about_its_size_opens_no_door(point_at, hub, "viele")


@pytest.mark.parametrize("size", [*LIES, *LIKELY_LIES])
def test_a_record_that_lies_about_its_size_does_not_stand_before_one_that_does_not(
    point_at: PointAt, hub: Hub, size: object
) -> None:
    honest, other = point_at("V1"), point_at("V1")
    photo, data = met(honest), prepared(1).data
    assert size != len(data)
    lying(other, data, size)
    assert head(honest, photo) == 0
    assert patch(honest, photo, 0, data[:100_000]) == head(honest, photo) == 100_000
    assert patch(honest, photo, 100_000, data[100_000:]) == len(data)
    assert head(honest, photo) == len(data)
    assert get(other, photo).content == data
    assert rows_kept(hub) == 1


def test_a_photo_that_came_whole_before_another_record_said_more_takes_its_name_when_asked_for(
    point_at: PointAt, hub: Hub
) -> None:
    """The center fell between the last piece and the name, and a lie came before the author asked again."""
    honest, other = point_at("V1"), point_at("V1")
    photo, data = met(honest), prepared(1).data
    hub.content.append(photo, 0, data, honest.device)
    lying(other, data, MOST_BYTES)
    assert head(honest, photo) == len(data)
    assert hub.content.has(photo)


def test_wrong_bytes_of_a_size_that_a_lie_says_are_no_photo(point_at: PointAt, hub: Hub) -> None:
    honest, other = point_at("V1"), point_at("V1")
    photo, data = met(honest), prepared(1).data
    lying(other, data, len(data) + 1)
    wrong = bytes(len(data))
    assert patch(other, photo, 0, wrong) == len(data)
    assert not hub.content.has(photo)
    assert declined(lambda: patch(other, photo, len(data), b"x")) == (409, "mismatch")
    assert patch(honest, photo, 0, data) == len(data)
    assert get(other, photo).content == data


@pytest.mark.parametrize("center_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("size", [0, -5, 10**12, "viele"])
def test_a_record_that_lies_about_its_size_can_still_be_opened(point_at: PointAt, size: object) -> None:
    point = point_at("V1")
    photo = lying(point, b"x" * 1000, size)
    point.do(FetchPhoto(photo=photo))
    with reading(point.engine) as conn:
        found = attached.find(conn, photo)
    assert found is not None
    assert (found.size, found.whole) == (MOST_BYTES, False)


def test_pieces_that_go_while_they_are_put_together_leave_nothing(
    point_at: PointAt, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data
    publish = ContentStore.publish

    def erased_meanwhile(store: ContentStore, name: str, owner: str = "") -> None:
        store.forget(name, owner)
        publish(store, name, owner)

    monkeypatch.setattr(ContentStore, "publish", erased_meanwhile)
    assert declined(lambda: patch(point, photo, 0, data)) == (404, "not_here_yet")
    assert rows_kept(hub) == 0
    monkeypatch.undo()
    assert patch(point, photo, 0, data) == len(data)
    assert rows_kept(hub) == 1
