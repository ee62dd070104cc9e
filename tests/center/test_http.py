"""The door over a real server: signatures before bodies, typed answers, every request echoed, no harm from noise."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.center.app import MOST_SENT
from app.center.hub import Hub
from app.center.locks import pass_gate
from app.store.engine import writing
from app.sync.protocol import (
    ADMIT_PATH,
    EXCHANGE_PATH,
    MEDIA_TYPE,
    ExchangeRequest,
    ExchangeResponse,
    Problem,
    pack,
    unpack,
)
from tests.center.lines import Line, problem
from tests.center.points import Point, PointAt


def test_points_meet_over_http(line: Line, point_at: PointAt) -> None:
    first, second = point_at("V1"), point_at("V1")
    for name in ("一", "二", "三"):
        first.register(f"李{name}")
        second.register(f"王{name}")
    for point in (first, second, first):
        point.sync(line.answer(point))
    assert first.digest() == second.digest()
    assert line.session.get(line.url + "/health", timeout=5).json() == {
        "ok": True,
        "ready": True,
        "city": "杭州市救助管理站",
    }


def test_an_empty_round_is_small(line: Line, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李四")
    point.sync(line.answer(point))
    request = pack(point.request(), 10)
    response = line.post(point, request)
    assert len(request) < 1024
    assert len(response.content) < 1024
    told = unpack(response.content, ExchangeResponse)
    assert not told.page.commits
    assert 60 <= told.directives.next_in_s <= 360


def test_only_the_devices_own_key_opens(hub: Hub, line: Line, point_at: PointAt) -> None:
    point, other = point_at("V1"), point_at("V1")
    request = point.request()
    body = pack(request, 10)
    stranger = Point(point.engine, "0" * 32, point.clock, point.sign_key, point.actor, hub, "")
    forged = Point(point.engine, point.device, point.clock, other.sign_key, point.actor, hub, "")
    for sender, code in ((stranger, "not_admitted"), (forged, "bad_signature"), (other, "bad_signature")):
        response = line.post(sender, body)
        assert response.status_code == 401
        told = problem(response)
        assert (told.code, told.request_id) == (code, request.request_id)
    unsigned = line.session.post(line.url + EXCHANGE_PATH, data=body, headers={"Content-Type": MEDIA_TYPE}, timeout=5)
    assert problem(unsigned).code == "bad_signature"
    for name in ("Signature", "Content-Digest", "Signature-Input"):
        assert problem(line.post(point, body, **{name: "x"})).code == "bad_signature"
    assert problem(line.post(point, body, path=ADMIT_PATH)).code == "bad_request"


def test_noise_is_answered_in_words_and_changes_nothing(line: Line, point_at: PointAt) -> None:
    point = point_at("V1")
    whole = pack(point.request(), 10)
    bomb = _bomb()
    noise = {b"": 400, b"{}": 400, whole[:-3]: 400, bomb: 413, b"\x00" * (MOST_SENT + 1): 413}
    for body, status in noise.items():
        response = line.post(point, body)
        assert (response.status_code, problem(response).code) in {(400, "bad_request"), (413, "too_large")}
        assert response.status_code == status
    assert line.post(point, whole, **{"Content-Type": "text/html"}).status_code == 415
    assert line.session.get(line.url + EXCHANGE_PATH, timeout=5).status_code == 405
    assert line.session.get(line.url + "/", timeout=5).status_code == 404
    assert line.post(point, whole).status_code == 200


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda r: setattr(r.push, "from_n", 0), "numbers"),
        (lambda r: setattr(r, "have_n", -1), "body"),
        (lambda r: setattr(r, "serial", 0), "epoch"),
        (lambda r: setattr(r, "serial", 1 << 40), "epoch"),
        (lambda r: setattr(r, "epoch", "\x00" * 16), "text"),
        (lambda r: setattr(r, "app", "a\x00"), "text"),
        (lambda r: setattr(r, "head", "?"), "head"),
    ],
)
def test_requests_that_make_no_sense_are_refused(
    line: Line, point_at: PointAt, change: Callable[[ExchangeRequest], None], what: str
) -> None:
    point = point_at("V1")
    request = point.request()
    change(request)
    told = problem(line.post(point, pack(request, 10)))
    assert (told.code, told.facts, told.request_id) == ("bad_request", {"what": what}, request.request_id)


def _bomb() -> bytes:
    """Little that becomes much."""
    return pack(Problem("x", "y", 0, {"z": " " * (17 * 1024 * 1024)}), 3)


@pytest.mark.expects_log("database_locked")
def test_a_busy_center_says_when_to_come_back(hub: Hub, line: Line, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李四")
    body = pack(point.request(), 10)
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        response = line.post(point, body)
    assert (response.status_code, problem(response).code) == (503, "busy")
    assert 5 <= int(response.headers["Retry-After"]) <= 30
    assert line.post(point, body).status_code == 200


@pytest.mark.expects_log("Error at|UndefinedTable at")
def test_a_fault_of_the_center_is_told_without_what_records_say(
    hub: Hub, line: Line, point_at: PointAt, caplog: pytest.LogCaptureFixture
) -> None:
    point = point_at("V1")
    point.register("李四")
    with writing(hub.engine) as conn:
        conn.execute(sa.text("ALTER TABLE feed RENAME TO gone"))
    response = line.post(point, pack(point.request(), 10))
    assert (response.status_code, problem(response).code) == (500, "center_failed")
    assert "李四" not in caplog.text
    with writing(hub.engine) as conn:
        conn.execute(sa.text("ALTER TABLE gone RENAME TO feed"))
    point.sync(line.answer(point))
    assert point.unsent() == 0
