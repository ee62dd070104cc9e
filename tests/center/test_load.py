"""How full a worker is, and what follows: who is let in, when the others come back, how often devices come."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest
import requests
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.base.errors import Refused
from app.center import app as door
from app.center import load as loading
from app.center.app import create_center_app
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.load import MOST_EACH, MOST_HELD, MOST_WAITING, PACES, Busy, Load, Pace
from app.center.locks import pass_gate
from app.center.tables import device
from app.center.workers import BESIDE, KEPT_FREE, threads_of, workers_of
from app.store.engine import reading, writing
from app.sync.comparing import COMPARE_PATH, CompareRequest
from app.sync.loop import PERIOD_S
from app.sync.protocol import EXCHANGE_PATH, MEDIA_TYPE, ExchangeResponse, Problem, pack, unpack
from app.sync.signing import sign
from app.sync.snapshot_wire import SNAPSHOT_PATH, SnapshotRequest, SnapshotResponse
from tests.center.points import Point, PointAt
from tests.sync import town


class Timer:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def full(load: Load, waiting: int) -> contextlib.ExitStack:
    stack = contextlib.ExitStack()
    for _ in range(load.threads + waiting):
        stack.enter_context(load.place())
    return stack


def test_places_end_and_come_back() -> None:
    load = Load(2, Timer())
    with full(load, MOST_WAITING):
        assert load.is_full
        with pytest.raises(Busy):
            load.place().__enter__()
    assert load.inside == 0
    assert load.fullness() < 1


def test_a_place_is_given_back_by_whoever_fails() -> None:
    load = Load(2, Timer())
    with contextlib.suppress(RuntimeError), load.place():
        raise RuntimeError
    assert load.inside == 0


def test_bytes_held_are_bounded_together() -> None:
    load = Load(2, Timer())
    whole = [f"{number}" for number in range(MOST_HELD // MOST_EACH)]
    for who in whole:
        load.hold(MOST_EACH - 1, who)
        with pytest.raises(Busy):
            load.hold(2, who)
        load.hold(1, who)
    assert load.is_full
    with pytest.raises(Busy):
        load.hold(1, "another")
    for who in whole:
        load.let_go(MOST_EACH, who)
    assert load.held == 0


def test_the_fuller_the_queue_the_later_devices_come() -> None:
    timer = Timer()
    load = Load(2, timer)
    assert load.period_s() == PERIOD_S
    seen = [load.period_s()]
    with full(load, MOST_WAITING):
        for _ in range(30):
            timer.now += 2
            seen.append(load.period_s())
    assert seen == sorted(seen)
    assert set(seen) == {PERIOD_S, 2 * PERIOD_S, 4 * PERIOD_S, 8 * PERIOD_S}
    for _ in range(60):
        timer.now += 5
        with load.place():
            pass
    assert load.period_s() == PERIOD_S


def test_one_moment_of_many_changes_nothing() -> None:
    timer = Timer()
    load = Load(2, timer)
    timer.now += 100
    with full(load, MOST_WAITING):
        timer.now += 0.2
    assert load.period_s() == PERIOD_S


def test_those_turned_away_come_back_spread_and_wider_under_load() -> None:
    timer, random = Timer(), Random(1)
    load = Load(2, timer)
    calm = {load.retry_after_s(random) for _ in range(300)}
    assert min(calm) == 5
    assert max(calm) == 29
    assert len(calm) == 25
    with full(load, MOST_WAITING):
        timer.now += 300
        pressed = [load.retry_after_s(random) for _ in range(300)]
    assert max(pressed) > 150
    assert min(pressed) < 30


@pytest.fixture
def served(hub: Hub) -> Iterator[str]:
    """The hub over HTTP with one thread and places for two who wait."""
    with town.served(create_center_app(hub.engine, hub=hub)) as url:
        yield url


def post(url: str, point: Point, body: bytes) -> requests.Response:
    headers = {"Content-Type": MEDIA_TYPE, **sign(point.sign_key, point.device, "POST", EXCHANGE_PATH, body, 1)}
    return requests.post(url + EXCHANGE_PATH, data=body, headers=headers, timeout=30)


def begin_slowly(url: str, size: int, sent: int, point: Point | None = None) -> socket.socket:
    """A request whose body stops coming after `sent` bytes; in the name of this device, or of nobody."""
    signed = sign(point.sign_key, point.device, "POST", EXCHANGE_PATH, b"", 1) if point else {}
    host, port = url.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)))
    head = f"POST {EXCHANGE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {size}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in signed.items()) + "\r\n"
    line.sendall(head.encode() + b"x" * sent)
    return line


def test_slow_bodies_take_no_place_from_others(served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MOST_WAITING", 2)
    point = point_at("V1")
    slow = [begin_slowly(served, 100_000, 1_000, point) for _ in range(60)]
    point.register("李四")
    answer = post(served, point, pack(point.request(), 10))
    assert answer.status_code == 200
    assert requests.get(served + "/health", timeout=5).json()["ready"] is True
    held = metric(served, "aidpoint_held_bytes")
    assert held == 60 * 1_000
    for line in slow:
        line.close()
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 0)


def test_what_slow_bodies_hold_is_bounded(served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MOST_HELD", 200_000)
    point = point_at("V1")
    lines = [begin_slowly(served, 100_000, 90_000, point) for _ in range(2)]
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 180_000)
    with begin_slowly(served, 100_000, 90_000, point) as third:
        assert third.recv(64).startswith(b"HTTP/1.1 503")
    for line in lines:
        line.close()
    assert eventually(lambda: post(served, point, pack(point.request(), 10)).status_code == 200)


def test_strangers_hold_next_to_nothing_of_the_room_of_others(
    hub: Hub, served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_HELD", 1_000_000)
    monkeypatch.setattr(loading, "MOST_OF_STRANGERS", 80_000)
    point, unknown = point_at("V1"), point_at("V2")
    with writing(hub.engine) as conn:
        conn.execute(device.delete().where(device.c.id == unknown.device))
    lines = [begin_slowly(served, 4_000_000, 200_000, who) for who in (None, unknown) * 8]
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 16 * 4_096)
    assert post(served, point, pack(point.request(), 10)).status_code == 200
    more = [begin_slowly(served, 4_000_000, 200_000) for _ in range(8)]
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") <= 80_000)
    assert post(served, point, pack(point.request(), 10)).status_code == 200
    for line in (*lines, *more):
        line.close()
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 0)


def test_a_stranger_who_says_much_is_told_who_they_are_not(hub: Hub, served: str, point_at: PointAt) -> None:
    """A device that the center has lost must hear so, however much it sends, to come in by its code again."""
    point = point_at("V1")
    with writing(hub.engine) as conn:
        conn.execute(device.delete())
    request = point.request()
    answer = post(served, point, pack(request, 1) + bytes(2_000_000))
    found = unpack(answer.content, Problem)
    assert (answer.status_code, found.code, found.request_id) == (401, "not_admitted", request.request_id)


def test_one_device_has_its_own_share_alone(served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MOST_EACH", 150_000)
    greedy, other = point_at("V1"), point_at("V2")
    with begin_slowly(served, 100_000, 90_000, greedy):
        assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 90_000)
        with begin_slowly(served, 100_000, 90_000, greedy) as second:
            assert second.recv(64).startswith(b"HTTP/1.1 503")
        with begin_slowly(served, 100_000, 90_000, other):
            assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 180_000)
        assert post(served, other, pack(other.request(), 10)).status_code == 200


def test_a_hanging_database_is_asked_once_however_many_ask_for_health(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, comes_back = [], threading.Event()

    def hangs(conn: sa.Connection) -> str:
        looks.append(conn)
        comes_back.wait(20)
        return "市救助管理站"

    monkeypatch.setattr(door, "_city_name", hangs)
    monkeypatch.setattr(door, "_LOOK_S", 0.3)
    codes: list[int] = []
    ask = partial(requests.get, served + "/health", timeout=10)
    threads = [threading.Thread(target=lambda: codes.append(ask().status_code)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (codes, len(looks)) == ([503] * 20, 1)
    comes_back.set()
    assert eventually(lambda: ask().status_code == 200)


@pytest.mark.parametrize("path", [COMPARE_PATH, SNAPSHOT_PATH])
def test_what_costs_the_center_much_is_paced_by_device(path: str) -> None:
    timer = Timer()
    load = Load(2, timer)
    waits = [load.wait_s(path, "a") for _ in range(PACES[path].most + 1)]
    assert (set(waits[:-1]), waits[-1] > 0, load.wait_s(path, "b")) == ({0}, True, 0)
    assert {load.wait_s(EXCHANGE_PATH, "a") for _ in range(300)} == {0}
    timer.now += waits[-1]
    assert load.wait_s(path, "a") == 0


def test_who_compares_without_end_is_asked_to_wait(
    served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PACES, COMPARE_PATH, Pace(3, 5.0))
    restless, other = point_at("V1"), point_at("V2")

    def compare(point: Point) -> requests.Response:
        body = pack(CompareRequest(1, "r", point.device, point.cursor), 10)
        signed = sign(point.sign_key, point.device, "POST", COMPARE_PATH, body, 1)
        return requests.post(
            served + COMPARE_PATH, data=body, headers={"Content-Type": MEDIA_TYPE, **signed}, timeout=9
        )

    codes = [compare(restless).status_code for _ in range(3)]
    assert 503 not in codes
    late = compare(restless)
    assert (late.status_code, int(late.headers["Retry-After"]) > 0) == (503, True)
    assert compare(other).status_code == codes[0]
    assert post(served, restless, pack(restless.request(), 10)).status_code == 200


def test_who_asks_for_snapshots_without_end_is_asked_to_wait(
    served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PACES, SNAPSHOT_PATH, Pace(2, 300.0))
    point = point_at("V1")

    def ask() -> requests.Response:
        body = pack(SnapshotRequest(1, "r", point.device, "", []), 10)
        signed = sign(point.sign_key, point.device, "POST", SNAPSHOT_PATH, body, 1)
        headers = {"Content-Type": MEDIA_TYPE, **signed}
        return requests.post(served + SNAPSHOT_PATH, data=body, headers=headers, timeout=9)

    assert [unpack(ask().content, SnapshotResponse).request_id for _ in range(2)] == ["r", "r"]
    late = ask()
    assert (late.status_code, int(late.headers["Retry-After"]) > 200) == (503, True)


def test_who_only_gives_the_name_of_a_device_has_not_its_room(
    served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_EACH", 150_000)
    monkeypatch.setattr(loading, "MOST_HELD", 1_000_000)
    point = point_at("V1")
    assert post(served, point, pack(point.request(), 10)).status_code == 200  # it is known by now
    forger = replace(point, sign_key=Ed25519PrivateKey.generate())
    lines = [begin_slowly(served, 4_000_000, 140_000, forger) for _ in range(12)]
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 12 * 4_096)
    assert post(served, point, pack(point.request(), 10)).status_code == 200
    for line in lines:
        line.close()
    refused = post(served, forger, pack(point.request(), 10))
    assert (refused.status_code, unpack(refused.content, Problem).code) == (401, "bad_signature")


def test_a_full_queue_turns_away_and_says_so_and_comes_back(
    hub: Hub, served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_WAITING", 2)
    point = point_at("V1")
    point.register("李四")
    body = pack(point.request(), 10)
    answers: list[requests.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(post(served, point, body))) for _ in range(12)]
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        for thread in threads:
            thread.start()
        assert eventually(lambda: len(answers) >= 4)
        health = requests.get(served + "/health", timeout=5)
        assert (health.status_code, health.json()["ok"], health.json()["ready"]) == (503, True, False)
        early = [*answers]
    for thread in threads:
        thread.join()
    assert {(answer.status_code, unpack(answer.content, Problem).code) for answer in early} == {(503, "busy")}
    assert all(int(answer.headers["Retry-After"]) >= 5 for answer in early)
    assert unpack(post(served, point, body).content, ExchangeResponse).ack.n == 1
    assert requests.get(served + "/health", timeout=5).status_code == 200


def test_a_busy_center_asks_to_come_later(hub: Hub, point_at: PointAt, monkeypatch: pytest.MonkeyPatch) -> None:
    point = point_at("V1")
    waits = []
    for period in (300, 2_400):
        monkeypatch.setattr(Load, "period_s", lambda _load, seconds=period: seconds)
        request = point.request()
        waits.append(answer_exchange(hub, request, hub.clock()).directives.next_in_s)
    assert 60 <= waits[0] <= 360
    assert 60 <= waits[1] <= 2_460


def test_workers_and_threads_fit_the_database(center_engine: sa.Engine, tmp_path: Path) -> None:
    database = center_engine.url.render_as_string(hide_password=False)
    if center_engine.dialect.name != "postgresql":
        file = f"sqlite:///{tmp_path / 'town.db'}"
        assert workers_of(file, None) == 1
        assert threads_of(file, 1, 6) == 6
        return
    assert workers_of(database, None) >= 1
    assert workers_of(database, 3) == 3
    with reading(center_engine) as conn:
        most = int(conn.exec_driver_sql("SHOW max_connections").scalar_one())
    assert threads_of(database, 2, 6) == 6
    many = (most - KEPT_FREE) // 5
    assert many * (threads_of(database, many, 6) + BESIDE) <= most - KEPT_FREE
    with pytest.raises(Refused, match="too_many_workers"):
        threads_of(database, most, 6)


def metric(url: str, name: str) -> float:
    for line in requests.get(url + "/metrics", timeout=5).text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(name)


def eventually(holds: Callable[[], bool], seconds: float = 8.0) -> bool:
    async def look() -> bool:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.02)
            return True

    try:
        return asyncio.run(look())
    except TimeoutError:
        return False
