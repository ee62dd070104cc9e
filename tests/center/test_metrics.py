"""What operators see of the center: figures, and a log; neither says anything about people or names a device."""

import logging
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import requests
import sqlalchemy as sa
import uvicorn
from prometheus_client.parser import text_string_to_metric_families

from app.center.app import create_center_app
from app.center.hub import Hub
from app.cli.bench.city import plant
from app.cli.bench.record import Records
from app.cli.bench.sending import Device, devices_of
from app.cli.bench.serving import served
from app.store.engine import open_center, writing
from app.sync.protocol import EXCHANGE_PATH, MEDIA_TYPE, ExchangeResponse, pack, unpack
from app.sync.signing import sign
from tests.center.points import Point, PointAt
from tests.clocks import START

PLANTED = ("李不可说", "13900001111", "后背有一块胎记")


@dataclass
class City:
    """Served as an operator serves it: with two workers where its database is a server."""

    url: str
    pid: int
    workers: int
    devices: list[Device]

    def push(self, device: Device, changes: int) -> ExchangeResponse:
        """Over a connection of its own: the system hands it to whichever worker is free."""
        device.write(Records(1, "", START), changes, Random(1), START)
        request = device.request()
        answer = requests.post(self.url + EXCHANGE_PATH, data=request.body, headers=request.headers, timeout=30)
        assert answer.status_code == 200
        response = unpack(answer.content, ExchangeResponse)
        device.take(response)
        return response


@pytest.fixture(params=["sqlite", "postgres"])
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[City]:
    on_server = request.param == "postgres"
    database = request.getfixturevalue("postgres_database") if on_server else f"sqlite:///{tmp_path / 'center.db'}"
    engine = open_center(database)
    devices = devices_of(plant(engine, 6))
    engine.dispose()
    with served(database, 2 if on_server else 1, tmp_path / "files") as running:
        yield City(running.url, running.pid, running.workers, devices)


def figures(url: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = requests.get(url + "/metrics", timeout=5).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_worker_counts_and_any_of_them_tells_it_all(city: City) -> None:
    for turn in range(12):
        city.push(city.devices[turn % 6], 1)
    assert requests.post(city.url + EXCHANGE_PATH, headers={"Content-Type": MEDIA_TYPE}, timeout=5).status_code == 401
    for _ in range(4):
        told = figures(city.url)
        assert told["aidpoint_requests_total", (("answer", "ok"), ("path", EXCHANGE_PATH))] == 12
        assert told["aidpoint_requests_total", (("answer", "bad_signature"), ("path", EXCHANGE_PATH))] == 1
        assert told["aidpoint_commits_total", (("what", "taken"),)] == 12
        assert told["aidpoint_request_seconds_count", (("path", EXCHANGE_PATH),)] == 13
        assert told["aidpoint_devices", ()] == 6
        assert told["aidpoint_quarantine", ()] == 0
        assert told["aidpoint_commits_numbered", ()] >= 12
        assert told["aidpoint_requests_inside", ()] == 0


def test_figures_name_nobody(city: City) -> None:
    for device in city.devices:
        city.push(device, 3)
    text = requests.get(city.url + "/metrics", timeout=5).text
    for device in city.devices:
        for secret in (device.planted.id, device.planted.id[:8], device.planted.epoch, device.planted.node):
            assert secret not in text
    assert "演示市" not in text
    assert not re.search(r"(?<![0-9.])[0-9a-f]{16}", text)


def post(url: str, point: Point, body: bytes) -> requests.Response:
    headers = {"Content-Type": MEDIA_TYPE, **sign(point.sign_key, point.device, "POST", EXCHANGE_PATH, body, 1)}
    return requests.post(url + EXCHANGE_PATH, data=body, headers=headers, timeout=30)


@pytest.mark.expects_log("Error at|UndefinedTable at|set aside")
def test_names_stand_in_no_log_whatever_goes_wrong(
    hub: Hub, point_at: PointAt, caplog: pytest.LogCaptureFixture
) -> None:
    """In this process, so that every logger is heard, also the drivers' own."""
    caplog.set_level(logging.DEBUG)
    server = uvicorn.Server(uvicorn.Config(create_center_app(hub.engine, hub=hub), port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        point = point_at("V1")
        for breaks in (None, "feed", "journal", "quarantine"):
            point.register(PLANTED[0], phone=PLANTED[1], features=PLANTED[2])
            if breaks:
                with writing(hub.engine) as conn:
                    conn.execute(sa.text(f"ALTER TABLE {breaks} RENAME TO gone"))
            post(url, point, pack(point.request(), 10))
            if breaks:
                with writing(hub.engine) as conn:
                    conn.execute(sa.text(f"ALTER TABLE gone RENAME TO {breaks}"))
        post(url, point, pack(point.request(), 10)[:-5])
    finally:
        server.should_exit = True
        thread.join(10)
    said = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert EXCHANGE_PATH in said
    for secret in PLANTED:
        assert secret not in said


def test_a_killed_worker_is_replaced_and_no_longer_counts(city: City) -> None:
    if city.workers == 1:
        assert figures(city.url)["aidpoint_requests_inside", ()] == 0
        return
    first, second = workers_of(city.pid)
    os.kill(first, signal.SIGKILL)
    until = time.monotonic() + 30
    while time.monotonic() < until and (first in (now := workers_of(city.pid)) or len(now) < 2):
        time.sleep(0.1)
    assert second in workers_of(city.pid)
    assert first not in workers_of(city.pid)
    assert city.push(city.devices[0], 2).ack.n == 2
    assert figures(city.url)["aidpoint_requests_inside", ()] == 0


def workers_of(pid: int) -> list[int]:
    words = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)]
    listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "spawn_main" in line]
