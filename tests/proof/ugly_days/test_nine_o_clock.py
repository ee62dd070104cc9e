"""Nine o'clock: a city is switched on within five minutes, and everybody is even with the center soon after.

Whoever is turned away comes again when told; nothing is lost, nothing is there twice. In every run as many devices as
a small district has, at the rate of the whole city; with --deep the whole city on PostgreSQL. (sync.md §10: 9 o'clock.)
"""

import socket
import statistics
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn

from app.base.clock import wall_clock
from app.center import load as loading
from app.center.app import create_center_app
from app.center.hub import Hub
from app.center.load import Load
from app.center.tables import quarantine
from app.cli.bench.arriving import Arriving, Told, each
from app.cli.bench.city import plant
from app.cli.bench.record import Records
from app.cli.bench.sending import Device, Request, devices_of
from app.cli.bench.serving import served
from app.features.registry import load_features
from app.journal.tables import journal
from app.store.engine import open_center, reading
from app.sync.loop import phase_of

load_features()

CITY, WITHIN_S, CHANGES = 7_412, 300.0, 20
FINE = 1_000_000
"""In how many parts the time is cut within which everybody comes."""
TOWN = 600
"""A center on SQLite is for a small town."""


def morning(devices: list[Device], within: float) -> list[tuple[float, Device, Request]]:
    """Everybody with what the evening brought, and the second at which they are switched on."""
    rng, until = Random(9), wall_clock()
    records = Records(1, "", until - 10**12)
    for device in devices:
        device.write(records, CHANGES, rng, until)
    return each(devices, lambda device: within * phase_of(device.planted.id, FINE) / FINE)


def check_all_is_there_once(engine: sa.Engine, devices: list[Device], told: Told) -> None:
    j = journal.c
    with reading(engine) as conn:
        rows = conn.execute(sa.select(j.device, sa.func.count(), sa.func.max(j.n)).group_by(j.device)).all()
        aside = conn.execute(sa.select(sa.func.count()).select_from(quarantine)).scalar_one()
        numbered = conn.execute(sa.select(sa.func.count()).where(j.seq.is_(None))).scalar_one()
    there = {device: (count, last) for device, count, last in rows}
    assert told.errors == {}
    assert all(there[device.planted.id] == (CHANGES, CHANGES) for device in devices)
    assert all(device.acked_n == CHANGES for device in devices)
    assert told.taken == CHANGES * len(devices)
    assert (aside, numbered) == (0, 0)


@pytest.mark.timeout(1_800)
def test_a_city_is_switched_on_at_nine(database: str, tmp_path: Path, sized: Callable[[int, int], int]) -> None:
    engine = open_center(database)
    count = sized(120, CITY if engine.dialect.name == "postgresql" else TOWN)
    devices = devices_of(plant(engine, count))
    with served(database, None, tmp_path) as hub:
        told = Arriving(hub.url, 64, morning(devices, WITHIN_S * count / CITY)).run()
    check_all_is_there_once(engine, devices, told)
    # Each has its own second of the period, also when all are asked at the same time.
    assert len(set(told.next_in_s)) > min(100, count // 3)
    # A center that keeps pace is done when the last have come, and nearly everybody is even within a moment.
    assert told.took_s < WITHIN_S * count / CITY + 10, told.figures()
    assert statistics.quantiles(told.even_after_s, n=20)[-1] < 2, told.figures()
    engine.dispose()


def test_a_center_too_small_turns_away_and_gets_them_all_in_the_end(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody at the very same second, at a center with one thread and three places, told to come back soon."""
    monkeypatch.setattr(loading, "MOST_WAITING", 3)
    monkeypatch.setattr(loading, "_SOONEST_S", 0)
    monkeypatch.setattr(loading, "_SPREAD_S", 2)
    engine = open_center(database)
    devices = devices_of(plant(engine, 40))
    with one_worker(Hub(engine, load=Load(1))) as url:
        told = Arriving(url, 40, morning(devices, 0.0)).run()
    check_all_is_there_once(engine, devices, told)
    assert told.turned_away > 0
    engine.dispose()


def test_a_line_that_rested_too_long_is_opened_anew(database: str) -> None:
    """The center closes it after a second; the next device comes later than that."""
    engine = open_center(database)
    devices = devices_of(plant(engine, 2))
    first, *others = morning(devices, 0.0)
    arrivals = [first, *((2.5, device, request) for _, device, request in others)]
    with one_worker(Hub(engine), timeout_keep_alive=1) as url:
        told = Arriving(url, 1, arrivals).run()
    check_all_is_there_once(engine, devices, told)
    engine.dispose()


@contextmanager
def one_worker(hub: Hub, **settings: Any) -> Iterator[str]:
    bound = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = uvicorn.Server(uvicorn.Config(create_center_app(hub.engine, hub=hub), log_level="warning", **settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()
