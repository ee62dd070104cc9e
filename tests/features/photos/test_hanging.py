"""Photos on encounters and persons: named with their thumbnail, never half, taken back one by one or with the act."""

import hashlib
import json

import pytest

from app.base.errors import Refused
from app.features.cases.commands_photo import AddEncounterPhotos, RemoveEncounterPhoto
from app.features.cases.commands_undo import UndoCommit
from app.features.cases.queries_case import encounters_of
from app.features.people.commands_photo import AddPersonPhotos, RemovePersonPhoto
from app.features.photos.commands import MOST_AT_ONCE, DropPhotos, FetchPhoto, KeepPhoto, PhotoTaken, picture_of
from app.journal import attached
from app.journal.drafts import KeepDraft
from app.store.engine import writing
from tests.features.cases.givens import complete
from tests.features.conftest import Point
from tests.photographs import keep_photo, photograph, prepared


def name_of(seed: int) -> str:
    return hashlib.sha256(prepared(seed).data).hexdigest()


def taken(point: Point, *seeds: int) -> tuple[PhotoTaken, ...]:
    for seed in seeds:
        point.do(keep_photo(seed))
    return tuple(PhotoTaken(photo=name_of(seed), caption=f"第{seed}张") for seed in seeds)


def here(point: Point, seed: int) -> bytes | None:
    with point.reading() as conn:
        return attached.whole_bytes(conn, name_of(seed))


def test_an_encounter_is_saved_with_its_photos_in_one_commit(point: Point) -> None:
    outcome = point.do(complete(photos=taken(point, 1, 2)))
    rows = point.rows("encounter_photo")
    met = next(id_ for kind, id_ in outcome.made if kind == "encounter")
    assert [(row["encounter"], row["photo"], row["caption"]) for row in rows] == [
        (met, name_of(1), "第1张"),
        (met, name_of(2), "第2张"),
    ]
    assert rows[0]["bytes"] == len(prepared(1).data)
    assert rows[0]["thumbnail"] == prepared(1).thumbnail
    assert here(point, 1) == prepared(1).data
    case = point.rows("case")[0]["id"]
    with point.reading() as conn:
        (shown,) = encounters_of(conn, case)
    assert [(photo.caption, photo.here) for photo in shown.photos] == [("第1张", True), ("第2张", True)]
    assert shown.photos[0].thumbnail == picture_of(prepared(1).thumbnail)


def test_the_same_photo_twice_hangs_once(point: Point) -> None:
    (one,) = taken(point, 1)
    point.do(complete(photos=(one, one)))
    assert len(point.rows("encounter_photo")) == 1


def test_a_photo_that_is_not_here_any_more_is_refused_and_nothing_is_saved(point: Point) -> None:
    (gone,) = taken(point, 1)
    (kept,) = taken(point, 2)
    point.do(DropPhotos(photos=(gone.photo,)))
    before = point.commits()
    with pytest.raises(Refused) as refused:
        point.do(complete(photos=(kept, gone)))
    assert (refused.value.code, refused.value.field) == ("photo_gone", "photos.1.photo")
    assert point.commits() == before


def test_a_photo_in_two_forms_may_be_taken_out_of_one(point: Point) -> None:
    (photo,) = taken(point, 1)
    point.do(KeepDraft(key="entry", content=json.dumps({"photos": [{"photo": photo.photo}]})))
    taken(point, 1)
    point.do(DropPhotos(photos=(photo.photo,)))
    point.do(complete(photos=(photo,)))
    assert [row["photo"] for row in point.rows("encounter_photo")] == [photo.photo]


def test_a_photo_taken_out_goes_once_its_own_draft_is_kept_without_it(point: Point) -> None:
    (photo,) = taken(point, 1)
    point.do(KeepDraft(key="entry", content=json.dumps({"photos": [{"photo": photo.photo}]})))
    point.do(DropPhotos(photos=(photo.photo,)))
    taken(point, 2)
    assert here(point, 1) is not None, "a draft names it"
    point.do(KeepDraft(key="entry", content=json.dumps({"photos": []})))
    taken(point, 3)
    assert [here(point, seed) is not None for seed in (1, 2, 3)] == [False, True, True]


def test_no_more_than_a_dozen_at_once(point: Point) -> None:
    many = tuple(PhotoTaken(photo=f"{number:064x}") for number in range(MOST_AT_ONCE + 1))
    with pytest.raises(Refused) as refused:
        point.do(complete(photos=many))
    assert refused.value.code == "too_many"


def test_what_a_camera_noted_never_comes_in_whoever_asks(point: Point) -> None:
    thumbnail = picture_of(prepared(1).thumbnail)
    for photo, small in ((photograph(1, (300, 200)), thumbnail), (prepared(1).data, photograph(1, (300, 200)))):
        with pytest.raises(Refused) as refused:
            point.do(KeepPhoto(photo=photo, thumbnail=small))
        assert refused.value.code in ("photo_not_prepared", "too_long")


def test_photos_come_later_and_go_one_by_one(point: Point) -> None:
    met = point.make(complete(), "encounter")
    made = point.do(AddEncounterPhotos(encounter=met, photos=taken(point, 1, 2))).made
    point.do(RemoveEncounterPhoto(encounter_photo=made[0][1], reason="拍错了人"))
    assert [row["caption"] for row in point.rows("encounter_photo")] == ["第2张"]
    with pytest.raises(Refused):
        point.do(RemoveEncounterPhoto(encounter_photo=made[1][1], reason="  "))
    assert here(point, 1) is not None, "what was taken back may be looked up in the history"


def test_an_undo_takes_the_photos_along_and_the_form_may_save_them_again(point: Point) -> None:
    photos = taken(point, 1)
    done = point.do(complete(photos=photos))
    point.do(UndoCommit(commit=done.commit, reason="重填"))
    assert point.rows("encounter_photo") == []
    point.do(complete(photos=photos))
    assert len(point.rows("encounter_photo")) == 1


def test_photos_of_a_person(point: Point) -> None:
    person = point.make(complete(), "person")
    made = point.do(AddPersonPhotos(person=person, photos=taken(point, 3))).made
    assert [row["person"] for row in point.rows("person_photo")] == [person]
    point.do(RemovePersonPhoto(person_photo=made[0][1], reason="不是本人"))
    assert point.rows("person_photo") == []


def test_bytes_that_nothing_names_any_more_go_and_what_waits_in_a_form_stays(point: Point) -> None:
    point.do(complete(photos=taken(point, 1, 2)))
    taken(point, 3)
    with writing(point.engine) as conn:
        conn.exec_driver_sql(f"UPDATE encounter_photo_row SET photo = NULL WHERE photo = '{name_of(1)}'")
        attached.note_kept(conn, name_of(1), "e" * 16)
        assert attached.drop_unreferenced(conn) == 0, "what was written here names them"
        conn.exec_driver_sql("DELETE FROM journal")
        assert attached.drop_unreferenced(conn) == 1
    assert here(point, 1) is None
    assert here(point, 2) is not None
    assert here(point, 3) is not None


def test_a_photo_that_nobody_names_cannot_be_asked_for(point: Point) -> None:
    with pytest.raises(Refused) as refused:
        point.do(FetchPhoto(photo="0" * 64))
    assert refused.value.code == "unknown_record"
