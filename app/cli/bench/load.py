"""`bench load`: a whole city at one hub, over HTTP: everybody as fast as it goes, then the nine o'clock herd.

Each device pushes 20 changes and pulls until it is even. What the hub, its database and the sender of the requests use
of the processor is told apart: they share the machine. Without `--database` the center is a file, as in a small town.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import sqlalchemy as sa

from app.base.clock import wall_clock
from app.center.tables import quarantine
from app.cli.bench.arriving import Arriving, Told, each
from app.cli.bench.city import plant
from app.cli.bench.processor import database_pid, processor_s, used
from app.cli.bench.record import Records
from app.cli.bench.sending import Device, devices_of
from app.cli.bench.serving import served
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import open_center, reading
from app.sync.loop import phase_of

CHANGES = 20
HERD_S = 300.0
CITY = 7_412
"""The herd comes at the rate of so many devices in `HERD_S`; fewer devices come in less time."""
_FINE = 1 << 32
"""As fine as a device's own moment can be told."""


def measure(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    database = args.database or f"sqlite:///{folder / 'center.db'}"
    engine = open_center(database)
    devices = devices_of(plant(engine, max(4, args.devices)))
    rng = Random(9)  # noqa: S311  (invented changes, no secrets)
    with served(database, args.workers, folder / "files") as hub:
        parts = _Parts(engine, hub.pid)
        _write(devices, rng)
        steady = each(devices, lambda _: 0.0)
        with parts.counted() as steady_cpu:
            told = Arriving(hub.url, args.connections, steady).run()
        _check(engine, devices, told, CHANGES)
        _write(devices, rng)
        within = HERD_S * len(devices) / CITY
        herd = each(devices, lambda device: _phase(device) * within)
        with parts.counted() as herd_cpu:
            came = Arriving(hub.url, args.herd_connections, herd).run()
        _check(engine, devices, came, 2 * CHANGES)
    engine.dispose()
    return {
        "devices": len(devices),
        "workers": hub.workers,
        "database": engine.dialect.name,
        "steady": {**told.figures(), "processor_s": steady_cpu},
        "herd": {"within_s": round(within, 1), **came.figures(), "processor_s": herd_cpu},
        "judged": {
            "load_ms_per_change": round(told.took_s * 1e3 / told.taken, 3),
            "load_p95_s": round(told.percentile_s(95), 3),
            "load_errors": float(sum(told.errors.values())),
            "herd_p95_s": round(came.percentile_s(95), 3),
            "herd_even_p95_s": round(came.even_percentile_s(95), 3),
            "herd_errors": float(sum(came.errors.values())),
        },
    }


def _write(devices: list[Device], rng: Random) -> None:
    until = wall_clock()
    records = Records(1, "", until - 10**12)
    for device in devices:
        device.write(records, CHANGES, rng, until)


def _phase(device: Device) -> float:
    """When in the herd's time this device is switched on: from 0 to 1."""
    return phase_of(device.planted.id, _FINE) / _FINE


def _check(engine: sa.Engine, devices: list[Device], told: Told, changes: int) -> None:
    """Count among the errors what is not there as it was acknowledged."""
    with reading(engine) as conn:
        others = journal.c.device != standing(conn).device
        there = conn.execute(sa.select(sa.func.count()).select_from(journal).where(others)).scalar_one()
        aside = conn.execute(sa.select(sa.func.count()).select_from(quarantine)).scalar_one()
    acked = sum(device.acked_n for device in devices)
    wrong = {"not there": acked - there, "not taken": changes * len(devices) - acked, "set aside": aside}
    told.errors.update({name: abs(count) for name, count in wrong.items() if count})


class _Parts:
    """Who uses the processor."""

    def __init__(self, engine: sa.Engine, hub: int) -> None:
        self._hub, self._database = hub, database_pid(engine)

    @contextmanager
    def counted(self) -> Iterator[dict[str, float | None]]:
        """Seconds of each in the time until left."""
        found: dict[str, float | None] = {}
        before, own = (processor_s(self._hub), processor_s(self._database)), process_time()
        yield found
        found["hub"] = used(before[0], processor_s(self._hub))
        found["database"] = used(before[1], processor_s(self._database))
        found["sender"] = round(process_time() - own, 2)
