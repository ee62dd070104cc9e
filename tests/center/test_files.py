"""Bytes at the center: whose pieces are taken, to whom they are given, and what is refused with which word."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from app.base.clock import DAY, SECOND
from app.base.errors import Environment, Refused
from app.center import files, room
from app.center.admission import revoke
from app.center.files import Told, answer_bytes, drop_old_parts, drop_unreferenced
from app.center.hub import Declined, Hub
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_photo import RemoveEncounterPhoto
from app.features.people.commands_photo import AddPersonPhotos
from app.features.photos.commands import PhotoTaken
from app.features.photos.preparing import Prepared
from app.store.content import ContentStore
from app.store.engine import writing
from app.sync.bytes import BLOB_PATH, BYTES_TYPE, MOST_PIECE, OFFSET_HEADER
from app.sync.signing import sign
from tests.center.points import Point, PointAt
from tests.photographs import keep_photo, prepared


def name_of(made: Prepared) -> str:
    return hashlib.sha256(made.data).hexdigest()


def met(point: Point, seed: int = 1) -> str:
    """Somebody is met and photographed, and the center knows; gives the name of the bytes."""
    photo = photographed(point, seed)
    point.sync()
    return photo


def photographed(point: Point, seed: int) -> str:
    point.do(keep_photo(seed))
    photo = name_of(prepared(seed))
    command = LogEncounter(
        gender="MALE",
        age_est=45,
        features="灰色棉衣",
        place_type="BRIDGE",
        health_obs=("OK",),
        disposition="ON_SITE_AID",
        photos=(PhotoTaken(photo=photo),),
    )
    point.do(command)
    return photo


def ask(point: Point, method: str, name: str, body: bytes = b"", **headers: str) -> Told:
    path = BLOB_PATH + name
    signed = {key.lower(): value for key, value in sign(point.sign_key, point.device, method, path, body, 1).items()}
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return answer_bytes(point.hub, method, path, body, {**signed, **given}, point.hub.clock())


def patch(point: Point, name: str, offset: int, body: bytes) -> int:
    told = ask(point, "PATCH", name, body, upload_offset=str(offset), content_type=BYTES_TYPE)
    return int(told.headers[OFFSET_HEADER])


def head(point: Point, name: str) -> int:
    return int(ask(point, "HEAD", name).headers[OFFSET_HEADER])


def get(point: Point, name: str, range_: str = "bytes=0-") -> Told:
    return ask(point, "GET", name, range=range_)


def brought(point: Point, seed: int = 1) -> str:
    photo, data = met(point, seed), prepared(seed).data
    for at in range(0, len(data), 100_000):
        patch(point, photo, at, data[at : at + 100_000])
    return photo


def declined(job: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Declined) as error:
        job()
    return error.value.status, error.value.code


def test_pieces_are_gathered_and_given_out_in_ranges(point_at: PointAt) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data
    assert head(point, photo) == 0
    assert declined(lambda: get(point, photo)) == (404, "not_here_yet")
    assert patch(point, photo, 0, data[:50_000]) == 50_000
    assert head(point, photo) == 50_000
    assert declined(lambda: get(point, photo)) == (404, "not_here_yet")
    assert patch(point, photo, 50_000, data[50_000:]) == len(data)
    assert head(point, photo) == len(data)
    whole = get(point, photo)
    assert (whole.status, whole.content) == (206, data)
    assert whole.headers["content-range"] == f"bytes 0-{len(data) - 1}/{len(data)}"
    part = get(point, photo, "bytes=1000-1999")
    assert (part.content, part.headers["content-range"]) == (data[1000:2000], f"bytes 1000-1999/{len(data)}")
    assert get(point, photo, f"bytes={len(data) - 10}-99999999").content == data[-10:]
    for wrong in ("bytes=-5", "bytes=5-1", "pages=1-2", "bytes=0-1,3-4", f"bytes={len(data)}-"):
        status, code = declined(partial(get, point, photo, wrong))
        assert (status, code) in ((400, "bad_request"), (416, "bad_request"))


def test_a_piece_sent_twice_or_out_of_turn_is_told_where_to_go_on(point_at: PointAt) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data
    patch(point, photo, 0, data[:60_000])
    for offset in (0, 30_000, 70_000):
        with pytest.raises(Declined) as error:
            patch(point, photo, offset, data[offset : offset + 10_000])
        assert (error.value.code, error.value.facts["at"]) == ("offset", 60_000)
    patch(point, photo, 60_000, data[60_000:])
    assert patch(point, photo, 0, data[:10]) == len(data), "it is there: nothing more to send"


def test_who_may_not_see_the_record_gets_no_byte_and_learns_nothing(point_at: PointAt) -> None:
    author, colleague, town, neighbour = (point_at(node) for node in ("V1", "V1", "T1", "V2"))
    photo = brought(author)
    assert get(colleague, photo).content == prepared(1).data
    assert get(town, photo).content == prepared(1).data, "an open case is seen by the town above"
    nobodys = hashlib.sha256(b"nothing").hexdigest()
    for method in ("HEAD", "GET"):
        assert declined(partial(ask, neighbour, method, photo)) == (404, "not_referenced")
        assert declined(partial(ask, neighbour, method, nobodys)) == (404, "not_referenced")
    assert declined(lambda: patch(neighbour, photo, 0, b"x")) == (404, "not_referenced")


def test_a_photo_of_a_person_stays_with_the_persons_own_point(point_at: PointAt) -> None:
    author, colleague, town = (point_at(node) for node in ("V1", "V1", "T1"))
    person = author.register("张大山")
    author.do(keep_photo(2))
    author.do(AddPersonPhotos(person=person, photos=(PhotoTaken(photo=name_of(prepared(2))),)))
    author.sync()
    data = prepared(2).data
    patch(author, name_of(prepared(2)), 0, data)
    assert get(colleague, name_of(prepared(2))).content == data
    assert declined(lambda: get(town, name_of(prepared(2)))) == (404, "not_referenced")


def test_nothing_is_taken_that_no_record_names(point_at: PointAt, hub: Hub) -> None:
    point = point_at("V1")
    photo = photographed(point, 1)  # and not synced
    assert declined(lambda: patch(point, photo, 0, prepared(1).data)) == (404, "not_referenced")
    assert list(hub.content.parts()) == []
    for name in ("..%2f..%2fetc%2fpasswd", "../../x", "A" * 64, "0" * 63, ""):
        assert declined(partial(head, point, name)) == (404, "not_referenced")


def test_no_more_bytes_than_the_record_says(point_at: PointAt) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data
    assert declined(lambda: patch(point, photo, 0, data + b"x")) == (413, "photo_too_large")
    patch(point, photo, 0, data[:-1])
    assert declined(lambda: patch(point, photo, len(data) - 1, b"xx")) == (413, "photo_too_large")
    assert declined(lambda: patch(point, photo, len(data) - 1, b"")) == (400, "bad_request")


def test_bytes_that_do_not_answer_to_the_name_are_dropped(point_at: PointAt, hub: Hub) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data
    assert declined(lambda: patch(point, photo, 0, data[:-1] + b"?")) == (409, "mismatch")
    assert head(point, photo) == 0
    assert patch(point, photo, 0, data) == len(data)
    assert hub.content.read(photo) == data


def test_nobody_spoils_what_a_colleague_brings(point_at: PointAt) -> None:
    honest, other = point_at("V1"), point_at("V1")
    photo, data = met(honest), prepared(1).data
    other.sync()
    patch(honest, photo, 0, data[:1000])
    patch(other, photo, 0, b"nonsense" * 100)
    assert head(honest, photo) == 1000
    assert patch(honest, photo, 1000, data[1000:]) == len(data)
    assert head(other, photo) == len(data)


def test_a_center_that_fell_before_the_name_was_given_gives_it_at_the_next_look(point_at: PointAt, hub: Hub) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data
    hub.content.append(photo, 0, data, point.device)  # the last piece is there, and then the power went
    assert head(point, photo) == len(data)
    assert hub.content.read(photo) == data
    assert get(point, photo).content == data


def test_a_full_disk_is_said_so_and_what_is_there_is_still_given(
    point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    there, data = brought(point, 1), prepared(2).data
    photo = met(point, 2)
    monkeypatch.setattr(room, "RESERVE", 1 << 60)
    assert declined(lambda: patch(point, photo, 0, data)) == (507, "center_full")
    assert get(point, there).content == prepared(1).data
    monkeypatch.undo()
    assert patch(point, photo, 0, data) == len(data)


def test_photos_take_no_more_room_together_than_they_are_given(point_at: PointAt) -> None:
    point = point_at("V1")
    brought(point, 1)
    photo, data = met(point, 2), prepared(2).data
    point.hub = replace(point.hub, most_photo_bytes=len(prepared(1).data) + len(data) - 1)
    assert declined(lambda: patch(point, photo, 0, data)) == (507, "center_full")
    point.hub = replace(point.hub, most_photo_bytes=len(prepared(1).data) + len(data))
    assert patch(point, photo, 0, data) == len(data)


def test_whoever_is_shut_out_or_signs_wrongly_gets_nothing(point_at: PointAt, hub: Hub) -> None:
    author, gone = point_at("V1"), point_at("V1")
    photo = brought(author)
    gone.sync()
    revoke(hub, gone.device)
    assert declined(lambda: get(gone, photo)) == (401, "revoked")
    author.device, other = gone.device, author.device
    assert declined(lambda: get(author, photo)) == (401, "bad_signature")
    author.device = "0" * 32
    assert declined(lambda: get(author, photo)) == (401, "not_admitted")
    author.device = other
    path = BLOB_PATH + photo
    signed = {key.lower(): value for key, value in sign(author.sign_key, other, "HEAD", path, b"", 1).items()}
    assert declined(lambda: answer_bytes(hub, "GET", path, b"", signed, 1)) == (401, "bad_signature")


def test_no_answer_has_more_than_a_piece(point_at: PointAt, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    point = point_at("V1")
    large = bytes(range(256)) * (MOST_PIECE // 256 + 8)
    name = hub.content.keep(large)
    monkeypatch.setattr(files, "FINDERS", [lambda *_asked: files.Named(None)])
    first = get(point, name)
    assert first.headers["content-range"] == f"bytes 0-{MOST_PIECE - 1}/{len(large)}"
    assert first.content + get(point, name, f"bytes={MOST_PIECE}-").content == large
    assert declined(lambda: head(point, name)) == (405, "bad_request"), "nobody brings these"


def test_after_an_erasure_its_bytes_go_and_others_stay(point_at: PointAt, hub: Hub) -> None:
    point = point_at("V1")
    erased, kept = brought(point, 1), brought(point, 2)
    assert drop_unreferenced(hub) == 0
    with writing(hub.engine) as conn:
        conn.exec_driver_sql(f"UPDATE encounter_photo_row SET photo = NULL WHERE photo = '{erased}'")
    assert drop_unreferenced(hub) == 1
    assert not hub.content.has(erased)
    assert get(point, kept).content == prepared(2).data
    assert declined(lambda: get(point, erased)) == (404, "not_referenced")


def test_pieces_of_what_was_erased_go_too(point_at: PointAt, hub: Hub) -> None:
    point = point_at("V1")
    photo, whole = met(point, 1), brought(point, 2)
    patch(point, photo, 0, prepared(1).data[:1000])
    with writing(hub.engine) as conn:
        conn.exec_driver_sql(f"UPDATE encounter_photo_row SET photo = NULL WHERE photo = '{photo}'")
    assert drop_unreferenced(hub) == 0
    assert list(hub.content.parts()) == []
    assert hub.content.has(whole)


def test_a_center_that_looks_in_the_wrong_folder_says_so_and_forgets_nothing(
    point_at: PointAt, hub: Hub, tmp_path: Path
) -> None:
    point = point_at("V1")
    photo = brought(point)
    with writing(hub.engine) as conn:
        conn.exec_driver_sql("UPDATE encounter_photo_row SET photo = NULL")
    with pytest.raises(Refused) as refused:
        drop_unreferenced(replace(hub, files=tmp_path / "elsewhere"))
    assert refused.value.code == "photos_elsewhere"
    assert drop_unreferenced(hub) == 1
    assert not hub.content.has(photo)


def test_a_center_that_fell_before_the_bytes_had_their_name_still_finds_them_to_erase(
    point_at: PointAt, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    photo, data = met(point), prepared(1).data

    def falls(*_given: object) -> None:
        raise SystemExit

    monkeypatch.setattr(ContentStore, "publish", falls)
    with pytest.raises(SystemExit):
        patch(point, photo, 0, data)
    monkeypatch.undo()
    assert head(point, photo) == len(data)
    with writing(hub.engine) as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM kept_photo").scalar_one() == 1


def test_a_photo_taken_back_is_still_named_and_not_lost(point_at: PointAt, hub: Hub) -> None:
    point = point_at("V1")
    photo = brought(point)
    made = point.do(keep_photo(1))
    assert made.commit == ""
    with writing(point.engine) as conn:
        id_ = conn.exec_driver_sql("SELECT id FROM encounter_photo_row").scalar_one()
    point.do(RemoveEncounterPhoto(encounter_photo=id_, reason="拍错了人"))
    point.sync()
    assert drop_unreferenced(hub) == 0
    assert hub.content.has(photo)


def test_pieces_whose_rest_never_came_are_removed(point_at: PointAt, hub: Hub) -> None:
    point = point_at("V1")
    photo = met(point)
    patch(point, photo, 0, prepared(1).data[:100])
    assert drop_old_parts(replace(hub, clock=lambda: _mtime(hub))) == 0
    assert drop_old_parts(replace(hub, clock=lambda: _mtime(hub) + 31 * DAY)) == 1
    assert head(point, photo) == 0


def _mtime(hub: Hub) -> int:
    return max(int(at * SECOND) for *_rest, at in hub.content.parts())


def test_the_thumbnail_is_in_the_record_itself(point_at: PointAt) -> None:
    author, colleague = point_at("V1"), point_at("V1")
    met(author)
    colleague.sync()
    with writing(colleague.engine) as conn:
        thumbnail = conn.exec_driver_sql("SELECT thumbnail FROM encounter_photo_row").scalar_one()
    assert thumbnail == prepared(1).thumbnail
    assert len(base64.b64decode(thumbnail)) <= 20 * 1024


def test_a_photo_that_the_disk_does_not_give_is_no_trouble_of_the_center_s_other_photos(
    point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_at("V1")
    bad, good = brought(point, 1), brought(point, 2)
    read = ContentStore.read

    def spoilt(store: ContentStore, name: str, offset: int = 0, length: int = -1) -> bytes:
        if name == bad:
            raise Environment("disk_error", reason="EIO")
        return read(store, name, offset, length)

    monkeypatch.setattr(ContentStore, "read", spoilt)
    assert declined(lambda: get(point, bad)) == (500, "center_failed")
    assert get(point, good).status == 206
