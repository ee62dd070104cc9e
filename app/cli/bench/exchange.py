"""`bench exchange`: what one exchange costs with little and with much history at the hub; it should cost the same.

Measured over HTTP, one after the other on one connection: nothing to do, a push of 20 changes, a pull of 100. Told is
the lower quartile of each, not the median: two sizes are compared, and what others do on the machine only ever adds.
"""

import argparse
import time
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from app.base.clock import wall_clock
from app.center.feed import newest_cursor
from app.center.hub import Hub, standing_city
from app.cli.bench.arriving import Arriving
from app.cli.bench.city import admit, found_city
from app.cli.bench.history import History
from app.cli.bench.record import Records
from app.cli.bench.sending import Device, devices_of
from app.cli.bench.serving import served
from app.journal.streams import streams_read
from app.store.engine import open_center, reading

POINTS = 220
MEASURED = 40
_QUICKEST = 4
"""Of all times the quickest in so many counts: what others do on the machine only ever adds."""
LITTLE, MUCH = 20, 100


def measure(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    database = args.database or f"sqlite:///{folder / 'center.db'}"
    engine = open_center(database)
    villages = found_city(engine, POINTS)[-(POINTS - 40) :]
    writers = admit(engine, villages, "bench writer")
    devices, others = devices_of(admit(engine, villages)), devices_of(admit(engine, villages, "bench neighbour"))
    found: dict[int, dict[str, float]] = {}
    with served(database, args.workers, folder / "files") as hub:
        exchanges = _Exchanges(engine, hub.url)
        pattern = devices_of(writers[:1])
        exchanges.push(pattern, 1)
        history = History(engine, writers)
        history.begin()
        exchanges.all_kinds(devices, others)  # the first fill caches
        for commits in sorted(args.commits):
            begun = time.perf_counter()
            history.grow(commits)
            planting_s = time.perf_counter() - begun
            found[commits] = {"planting_s": round(planting_s, 1), **exchanges.all_kinds(devices, others)}
    engine.dispose()
    growth = growth_of(found)
    return {
        "database": engine.dialect.name,
        "commits": {str(commits): figures for commits, figures in found.items()},
        "growth": growth,
        "judged": {"exchange_growth": max(growth.values())},
    }


def growth_of(found: dict[int, dict[str, float]]) -> dict[str, float]:
    """How many times as long each kind takes with the most commits as where it took the least: a first size that was
    measured while the machine was busy hides nothing."""
    return {
        name: round(took / min(figures[name] for figures in found.values()), 2)
        for name, took in found[max(found)].items()
        if name.endswith("_ms")
    }


class _Exchanges:
    """Exchanges of single devices, one after the other."""

    def __init__(self, engine: sa.Engine, url: str) -> None:
        self._engine, self._url = engine, url
        self._rng = Random(3)  # noqa: S311  (invented changes, no secrets)
        self._turn = 0

    def all_kinds(self, devices: list[Device], others: list[Device]) -> dict[str, float]:
        """Times in ms, each of so many devices of so many villages."""
        start = (self._turn * MEASURED) % (len(devices) - MEASURED)
        self._turn += 1
        asked, theirs = devices[start : start + MEASURED], others[start : start + MEASURED]
        for device in (*asked, *theirs):
            self._catch_up(device)
        self._run(asked)  # the first contact of the minute writes a row
        empty = self._run(asked)
        push = self.push(asked, LITTLE)
        self.push(theirs, MUCH)
        pull = self._run(asked)
        return {"empty_ms": empty, f"push_{LITTLE}_ms": push, f"pull_{MUCH}_ms": pull}

    def push(self, devices: list[Device], changes: int) -> float:
        records = Records(1, "", wall_clock() - 10**13)
        for device in devices:
            device.write(records, changes, self._rng, wall_clock())
        return self._run(devices)

    def _run(self, devices: list[Device]) -> float:
        told = Arriving(self._url, 1, [(0.0, device, device.request()) for device in devices]).run()
        if told.errors or told.turned_away:
            raise RuntimeError(f"an exchange that failed is no measure: {told.errors}")
        return round(sorted(told.seconds)[len(told.seconds) // _QUICKEST] * 1e3, 2)

    def _catch_up(self, device: Device) -> None:
        """As if it had pulled all that was planted."""
        with reading(self._engine) as conn:
            streams = streams_read(Hub(self._engine).trees.tree(conn), device.planted.node)
            device.cursor = newest_cursor(conn, streams, standing_city(conn)["hub_epoch"])
