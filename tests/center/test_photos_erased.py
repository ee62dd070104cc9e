"""A photo whose record is erased by law while its last piece comes is not left at the center, and no other goes."""

from collections.abc import Collection

import pytest
import sqlalchemy as sa

from app.center import files
from app.center.erase import erase
from app.center.hub import Hub
from app.center.kept import is_kept
from app.center.starting import tidy
from app.features.cases.tables import encounter_photo
from app.journal.attached import named_among
from app.store.content import ContentStore
from app.store.engine import reading
from tests.center.points import PointAt
from tests.center.test_files import declined, get, met, patch
from tests.photographs import prepared


def erase_meanwhile(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one photo's record is erased once the next piece is about to be written."""
    with reading(hub.engine) as conn:
        record = str(conn.execute(sa.select(encounter_photo.c.id)).scalar_one())
    append = ContentStore.append

    def erased(store: ContentStore, name: str, offset: int, chunk: bytes, owner: str = "") -> int:
        monkeypatch.setattr(ContentStore, "append", append)
        erase(hub, "encounter_photo", record)
        return append(store, name, offset, chunk, owner)

    monkeypatch.setattr(ContentStore, "append", erased)


def test_a_photo_whose_record_is_erased_while_its_last_piece_comes_is_not_kept(
    point_at: PointAt, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data
    erase_meanwhile(hub, monkeypatch)
    assert declined(lambda: patch(point, photo, 0, data)) == (404, "not_referenced")
    assert not hub.content.has(photo)
    with reading(hub.engine) as conn:
        assert not is_kept(conn, photo)


def test_a_photo_that_another_record_names_meanwhile_is_kept(
    point_at: PointAt, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look at what names it found nothing; another brings a record of the same picture before the second."""
    first, second = point_at("V1"), point_at("V1")
    photo, data = met(first), prepared(1).data

    def named_meanwhile(conn: sa.Connection, names: Collection[str]) -> set[str]:
        found = named_among(conn, names)
        if list(names) == [photo] and not found:
            monkeypatch.setattr("app.center.kept.named_among", named_among)
            met(second)
        return found

    erase_meanwhile(hub, monkeypatch)
    monkeypatch.setattr("app.center.kept.named_among", named_meanwhile)
    assert patch(first, photo, 0, data) == len(data)
    assert get(second, photo).content == data


def test_a_photo_that_was_kept_while_its_record_was_erased_goes_at_the_next_start(
    point_at: PointAt, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The center fell before it looked."""
    point = point_at("V1")
    photo, data = met(point), prepared(1).data

    def falls(_hub: Hub, _name: str) -> bool:
        raise SystemExit

    erase_meanwhile(hub, monkeypatch)
    monkeypatch.setattr(files, "forget_unnamed", falls)
    with pytest.raises(SystemExit):
        patch(point, photo, 0, data)
    assert hub.content.has(photo)
    tidy(hub)
    assert not hub.content.has(photo)
