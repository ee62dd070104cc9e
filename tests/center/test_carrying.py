"""Files from devices at the center: who may send what, told apart from nonsense, within bounds, however often."""

import io
import sys
import tracemalloc
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.errors import Refused
from app.base.ids import random_hex
from app.center.carrying import Taken, take_file
from app.center.hub import Hub, standing_city
from app.center.tables import device, device_epoch
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.carried import (
    FILE_VERSION,
    MOST_OPENING,
    Answered,
    Asked,
    Opening,
    Piece,
    encode,
    frame_in,
    opening_in,
)
from app.sync.links import LINKS_PATH, LinksRequest, LinksResponse
from app.sync.protocol import (
    ADMIT_PATH,
    EXCHANGE_PATH,
    AdmitRequest,
    ExchangeRequest,
    ExchangeResponse,
    Problem,
    Push,
    pack,
    unpack,
)
from app.sync.sealed import Opened, Sealing, Way
from tests.center.points import Point, PointAt

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SEAL = X25519PrivateKey.generate()


def opening(hub: Hub, point: Point, **other: Any) -> Opening:
    with reading(hub.engine) as conn:
        city = standing_city(conn)["id"]
    key = point.sign_key.public_key().public_bytes_raw()
    made = Opening(FILE_VERSION, random_hex(16), city, point.device, 0, key, SEAL.public_key().public_bytes_raw())
    return msgspec.structs.replace(made, **other)


def file_of(hub: Hub, *frames: bytes, key: Ed25519PrivateKey) -> bytes:
    with reading(hub.engine) as conn:
        seal_key = X25519PrivateKey.from_private_bytes(standing_city(conn)["seal_key"])
    file = io.BytesIO()
    sealing = Sealing(file, Way.TO_CENTER, seal_key.public_key().public_bytes_raw(), key)
    for frame in frames:
        sealing.add(frame)
    sealing.finish()
    return file.getvalue()


def asked(path: str, request: msgspec.Struct) -> bytes:
    return encode(Asked(path, pack(request, 3)))


def sent(hub: Hub, point: Point, *requests: ExchangeRequest, **other: Any) -> bytes:
    frames = [asked(EXCHANGE_PATH, request) for request in requests or (point.request(),)]
    return file_of(hub, encode(opening(hub, point, **other)), *frames, key=point.sign_key)


def take(hub: Hub, file: bytes) -> tuple[bytes, Taken]:
    answer = io.BytesIO()
    taken = take_file(hub, io.BytesIO(file), answer)
    return answer.getvalue(), taken


def known(hub: Hub) -> tuple[list[Any], list[Any], list[Any]]:
    with reading(hub.engine) as conn:
        tables = (journal, device_epoch, device)
        return tuple(conn.execute(sa.select(t).order_by(*t.primary_key.columns)).all() for t in tables)  # type: ignore[return-value]


def seal_key_of(hub: Hub, point: Point) -> None:
    """Have the center seal to a key this test holds: the point of these tests has none."""
    with hub.engine.begin() as conn:
        public = SEAL.public_key().public_bytes_raw()
        conn.execute(device.update().where(device.c.id == point.device).values(seal_key=public))


def answers(hub: Hub, point: Point, answer: bytes) -> list[Answered]:
    opened = Opened(io.BytesIO(answer), Way.TO_POINT, SEAL.private_bytes_raw())
    with reading(hub.engine) as conn:
        city_key = Ed25519PrivateKey.from_private_bytes(standing_city(conn)["sign_key"])
    opened.check(city_key.public_key())
    assert opening_in(opened.first(MOST_OPENING)).device == point.device
    frames = list(map(frame_in, list(opened.frames())[1:]))
    assert all(isinstance(frame, Answered) for frame in frames)
    return [frame for frame in frames if isinstance(frame, Answered)]


def test_what_is_asked_is_answered_in_order_and_pages_come_last(hub: Hub, point_at: PointAt) -> None:
    point, other = point_at("V1"), point_at("V1")
    seal_key_of(hub, point)
    other.register("甲")
    other.sync()
    point.register("一")
    request = point.request()
    file = sent(hub, point, request)
    answer, taken = take(hub, file)
    assert (taken.point, taken.commits, taken.pages, taken.declined) == ("V1", 1, 1, "")
    first, last = answers(hub, point, answer)
    told = unpack(first.body, ExchangeResponse)
    assert (told.ack.n, told.page.commits, unpack(first.asked, ExchangeRequest).push.commits) == (1, [], [])
    page = unpack(last.body, ExchangeResponse).page
    assert (len(page.commits), len(page.stamps), page.more) == (1, 1, False)
    assert unpack(last.asked, ExchangeRequest).pull.cursor == request.pull.cursor
    before = known(hub)
    assert take(hub, file)[1].commits == 0
    assert known(hub)[:2] == before[:2]


def test_nobody_writes_for_another(hub: Hub, point_at: PointAt) -> None:
    """Signed by a stranger, by a neighbour, or with a neighbour's requests inside: refused, and nothing is taken."""
    point, neighbour = point_at("V1"), point_at("V2")
    point.register("一")
    request = asked(EXCHANGE_PATH, point.request())
    before = known(hub)
    for frames, key in (
        ((encode(opening(hub, point)), request), neighbour.sign_key),
        ((encode(opening(hub, point)), request), Ed25519PrivateKey.generate()),
        ((encode(opening(hub, neighbour)), request), neighbour.sign_key),
    ):
        with pytest.raises(Refused, match="carried_bad_signature"):
            take(hub, file_of(hub, *frames, key=key))
    assert known(hub) == before


def test_an_unknown_device_is_told_so_and_reads_nothing(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    stranger = msgspec.structs.replace(point.request(), device=random_hex(16))
    key = Ed25519PrivateKey.generate()
    known_by = {"device": stranger.device, "sign_key": key.public_key().public_bytes_raw()}
    frames = encode(opening(hub, point, **known_by)), asked(EXCHANGE_PATH, stranger)
    before = known(hub)
    answer, taken = take(hub, file_of(hub, *frames, key=key))
    assert (taken.point, taken.commits, taken.pages, taken.declined) == ("", 0, 0, "not_admitted")
    opened = Opened(io.BytesIO(answer), Way.TO_POINT, SEAL.private_bytes_raw())
    last = frame_in(list(opened.frames())[-1])
    assert isinstance(last, Answered)
    assert unpack(last.body, Problem).code == "not_admitted"
    assert known(hub) == before
    with pytest.raises(Refused, match="carried_unreadable"):  # without keys nobody can be answered
        take(hub, file_of(hub, encode(opening(hub, point, **known_by | {"seal_key": b""})), key=key))


def test_a_code_admits_only_under_the_key_that_signs(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    request = AdmitRequest(1, "r", "ABC", random_hex(16), point.device, random_hex(8), 1, "AAAA", "AAAA")
    with pytest.raises(Refused, match="carried_bad_signature"):
        take(hub, file_of(hub, encode(opening(hub, point)), asked(ADMIT_PATH, request), key=point.sign_key))


def test_a_fork_is_answered_with_the_links_it_takes_to_mend_it(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    seal_key_of(hub, point)
    point.register("一")
    point.sync()
    point.register("二")
    request = point.request()
    forked = msgspec.structs.replace(request, head="AAAA")
    answer, taken = take(hub, sent(hub, point, forked))
    assert taken.declined == "fork"
    links, no = answers(hub, point, answer)
    assert (links.path, links.declined, no.declined) == (LINKS_PATH, False, True)
    assert unpack(links.asked, LinksRequest).upto == request.have_n
    assert unpack(links.body, LinksResponse).from_n == 1


def test_after_a_no_nothing_more_is_taken(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    seal_key_of(hub, point)
    point.register("一")
    request = point.request()
    wrong = msgspec.structs.replace(request, push=Push(0, []))
    answer, taken = take(hub, sent(hub, point, wrong, request))
    assert (taken.declined, taken.commits) == ("bad_request", 0)
    assert [frame.declined for frame in answers(hub, point, answer)] == [True]
    assert take(hub, sent(hub, point, request))[1].commits == 1


@pytest.mark.parametrize(
    "frame",
    [
        b"nonsense",
        b"\x93\xa3ask\x01\x02",
        encode(Answered(EXCHANGE_PATH, b"", False, b"")),
        encode(Piece("", 0, 0, b"")),
        encode(Asked(EXCHANGE_PATH, b"nonsense")),
        encode(Asked(EXCHANGE_PATH, zstd.compress(b"[" * 100_000))),
    ],
)
def test_frames_of_nonsense_are_refused_in_words(hub: Hub, point_at: PointAt, frame: bytes) -> None:
    point = point_at("V1")
    with pytest.raises(Refused, match="carried_unreadable"):
        take(hub, file_of(hub, encode(opening(hub, point)), frame, key=point.sign_key))


def test_paths_that_nobody_answers_are_passed_over(hub: Hub, point_at: PointAt) -> None:
    """A newer device may ask what this center does not know yet."""
    point = point_at("V1")
    seal_key_of(hub, point)
    point.register("一")
    frames = encode(Asked("/sync/v9/dance", b"x")), asked(EXCHANGE_PATH, point.request())
    assert take(hub, file_of(hub, encode(opening(hub, point)), *frames, key=point.sign_key))[1].commits == 1


def test_a_newer_file_is_said_to_be_newer(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    with pytest.raises(Refused, match="file_is_newer"):
        take(hub, sent(hub, point, version=FILE_VERSION + 1))
    with pytest.raises(Refused, match="carried_other_center"):
        take(hub, sent(hub, point, city=random_hex(16)))


def test_what_would_swell_is_not_held(hub: Hub, point_at: PointAt) -> None:
    """A few bytes that claim to be gigabytes, from a device that may send: refused, in bounded room."""
    point = point_at("V1")
    bomb = zstd.compress(b'{"version":1,"request_id":"' + b"a" * (64 << 20))
    file = file_of(hub, encode(opening(hub, point)), encode(Asked(EXCHANGE_PATH, bomb)), key=point.sign_key)
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="carried_unreadable"):
            take(hub, file)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
