"""How full a worker is, and what follows: who is let in, when the others come back, how often devices come."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import requests
import sqlalchemy as sa
import uvicorn

from app.base.errors import Refused
from app.center import load as loading
from app.center.app import create_center_app
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.load import MOST_HELD, MOST_WAITING, PERIOD_S, Busy, Load
from app.center.locks import pass_gate
from app.center.workers import BESIDE, KEPT_FREE, threads_of, workers_of
from app.store.engine import reading, writing
from app.sync.protocol import EXCHANGE_PATH, MEDIA_TYPE, ExchangeResponse, Problem, pack, unpack
from app.sync.signing import sign
from tests.center.points import Point

PointAt = Callable[[str], Point]


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
    load.hold(MOST_HELD - 1)
    load.hold(1)
    assert load.is_full
    with pytest.raises(Busy):
        load.hold(1)
    load.let_go(MOST_HELD)
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
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_center_app(hub.engine, hub=hub), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    bound.close()


def post(url: str, point: Point, body: bytes) -> requests.Response:
    headers = {"Content-Type": MEDIA_TYPE, **sign(point.sign_key, point.device, "POST", EXCHANGE_PATH, body, 1)}
    return requests.post(url + EXCHANGE_PATH, data=body, headers=headers, timeout=30)


def begin_slowly(url: str, size: int, sent: int) -> socket.socket:
    """A request whose body stops coming after `sent` bytes."""
    host, port = url.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)))
    head = f"POST {EXCHANGE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {size}\r\n\r\n"
    line.sendall(head.encode() + b"x" * sent)
    return line


def test_slow_bodies_take_no_place_from_others(
    hub: Hub, served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_WAITING", 2)
    point = point_at("V1")
    slow = [begin_slowly(served, 100_000, 1_000) for _ in range(60)]
    point.register("李四")
    answer = post(served, point, pack(point.request(), 10))
    assert answer.status_code == 200
    assert requests.get(served + "/health", timeout=5).json()["ready"] is True
    held = metric(served, "aidpoint_held_bytes")
    assert held == 60 * 1_000
    for line in slow:
        line.close()
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 0)


def test_what_slow_bodies_hold_is_bounded(
    hub: Hub, served: str, point_at: PointAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_HELD", 200_000)
    point = point_at("V1")
    lines = [begin_slowly(served, 100_000, 90_000) for _ in range(2)]
    assert eventually(lambda: metric(served, "aidpoint_held_bytes") == 180_000)
    with begin_slowly(served, 100_000, 90_000) as third:
        assert third.recv(64).startswith(b"HTTP/1.1 503")
    for line in lines:
        line.close()
    assert eventually(lambda: post(served, point, pack(point.request(), 10)).status_code == 200)


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
