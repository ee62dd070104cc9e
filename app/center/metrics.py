"""The center's figures for its operators, as Prometheus reads them, over all workers of one `center serve`.

Counts and times alone: nothing about people, no device, no address. Not here: how busy a worker is (`load.py`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.center.tables import counter, device, quarantine
from app.sync.protocol import ExchangeRequest, ExchangeResponse

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where several workers keep their counts for each other; unset where there is one."""
MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.2, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What one worker counts."""

    def __init__(self) -> None:
        own = self._own = CollectorRegistry()
        self._requests = Counter(
            "aidpoint_requests", "Requests answered, by path and answer", ["path", "answer"], registry=own
        )
        self._seconds = Histogram(
            "aidpoint_request_seconds",
            "From the first byte of a request to its answer",
            ["path"],
            buckets=_SECONDS,
            registry=own,
        )
        self._bytes = Counter("aidpoint_body_bytes", "Bytes of bodies as sent", ["way"], registry=own)
        self._commits = Counter("aidpoint_commits", "Commits that came and went", ["what"], registry=own)
        self._inside = Gauge(
            "aidpoint_requests_inside",
            "Requests being worked on or waiting",
            multiprocess_mode="livesum",
            registry=own,
        )
        self._held = Gauge(
            "aidpoint_held_bytes", "Bytes of bodies in memory", multiprocess_mode="livesum", registry=own
        )

    def answered(self, path: str, answer: str, seconds: float, came: int, went: int) -> None:
        """One request. `answer`: "ok" or the code of a problem; `came`, `went`: bytes of the bodies."""
        self._requests.labels(path, answer).inc()
        self._seconds.labels(path).observe(seconds)
        self._bytes.labels("in").inc(came)
        self._bytes.labels("out").inc(went)

    def exchanged(self, request: ExchangeRequest, response: ExchangeResponse) -> None:
        self._commits.labels("taken").inc(len(request.push.commits))
        self._commits.labels("given").inc(len(response.page.commits))

    def stands(self, inside: int, held: int) -> None:
        self._inside.set(inside)
        self._held.set(held)

    def page(self, conn: sa.Connection) -> bytes:
        """All workers' figures, and a few of the database."""
        registry = self._own
        if FOLDER_VARIABLE in os.environ:
            registry = CollectorRegistry()
            _forget_the_dead(Path(os.environ[FOLDER_VARIABLE]))
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(_Database(conn))

    def ended(self) -> None:
        """This worker ends: what it is doing no longer counts, what it did still does."""
        if FOLDER_VARIABLE in os.environ:
            mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]


class _Database:
    """Figures that are read when they are asked for, the same whichever worker answers."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, words, query in (
            ("aidpoint_commits_numbered", "The last number given to a commit", sa.select(counter.c.v)),
            ("aidpoint_devices", "Devices admitted", _count(device, device.c.status == "ACTIVE")),
            ("aidpoint_quarantine", "Commits set aside", _count(quarantine, quarantine.c.settled_at.is_(None))),
        ):
            yield GaugeMetricFamily(name, words, value=self._conn.execute(query).scalar() or 0)


def _count(table: sa.Table, where: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(table).where(where)


def _forget_the_dead(folder: Path) -> None:
    """A worker that was killed could not say that it ends."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists() and Path("/proc").exists():
            mark_process_dead(int(pid))  # type: ignore[no-untyped-call]
