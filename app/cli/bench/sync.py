"""`bench sync`: the first push, the first pull into an empty point, a round with a little and one with nothing."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.base.clock import wall_clock
from app.cli.bench import floor
from app.cli.bench.goals import median
from app.cli.bench.record import Records
from app.cli.bench.relay import counted
from app.cli.bench.saving import save_many
from app.cli.bench.town import Laptop, Town
from app.sync.rounds import RoundReport

LITTLE = 100
LITTLE_ROUNDS = 7
EMPTY_ROUNDS = 30


def measure(folder: Path, records: int, repeats: int) -> dict[str, Any]:
    town = Town(folder / "town", repeats)
    town.found()
    bare_s: list[float] = []
    push_s: list[float] = []
    pull_s: list[float] = []
    with town.served() as url:
        for number, village in enumerate(town.names()):
            author, reader = town.laptop(village, url), town.laptop(village, url)
            made = Records(number, author.node, wall_clock() - 10**13)
            batch = made.take(records)
            took, floor_bytes = _floor(folder / f"floor-{number}", batch)
            bare_s.append(took)
            for start in range(0, records, floor.BATCH):
                save_many(author.engine, batch[start : start + floor.BATCH], author.actor.id, wall_clock())
            took, pushed = _timed(author)
            push_s.append(took)
            took, pulled = _timed(reader)
            pull_s.append(took)
            if (pushed.sent, pulled.received) != (records, records):
                raise RuntimeError(f"{pushed.sent} sent and {pulled.received} received of {records}")
        little_ms = [_little(author, reader, made) for _ in range(LITTLE_ROUNDS)]
        author.sync()
        empty = [_timed(author) for _ in range(EMPTY_ROUNDS)]
        wire = _on_the_wire(author, url)
        for laptop in (author, reader):
            laptop.transport.close()
            laptop.engine.dispose()

    push = median(ours / bare for ours, bare in zip(push_s, bare_s, strict=True))
    pull = median(ours / bare for ours, bare in zip(pull_s, bare_s, strict=True))
    judged = {
        "first_push_ratio": round(push, 2),
        "first_pull_ratio": round(pull, 2),
        "round_100_100_ms": median(little_ms, 1),
        "empty_round_ms": median((seconds * 1e3 for seconds, _ in empty), 2),
        "empty_round_requests": float(empty[-1][1].exchanges),
        "empty_round_bytes_out": float(wire[0]),
        "empty_round_bytes_in": float(wire[1]),
    }
    bytes_per_record = {
        "push_bytes_per_record": round(pushed.bytes_out / records, 1),
        "pull_bytes_per_record": round(pulled.bytes_in / records, 1),
    }
    if records >= LEAST_FOR_BYTES:
        judged |= bytes_per_record
    return {
        "floor_per_s": round(records / median(bare_s, 6)),
        "first_push_per_s": round(records / median(push_s, 6)),
        "first_pull_per_s": round(records / median(pull_s, 6)),
        "floor_bytes_per_record": round(floor_bytes / records, 1),
        **bytes_per_record,
        "push_requests": pushed.exchanges,
        "pull_requests": pulled.exchanges,
        "judged": judged,
    }


LEAST_FOR_BYTES = 500


def _floor(folder: Path, records: list[dict[str, Any]]) -> tuple[float, int]:
    """The same records read, sent and inserted with nothing around it: seconds, bytes."""
    folder.mkdir()
    here = floor.open_floor(folder / "from.db")
    floor.save_many(here, floor.rows_of(records))
    with floor.process("app.cli.bench.floor", str(folder / "to.db")) as url:
        there = urlsplit(url)
        begun = time.perf_counter()
        sent = floor.push(here, there.hostname or "", there.port or 80)
        took = time.perf_counter() - begun
    here.close()
    return took, sent


def _timed(laptop: Laptop) -> tuple[float, RoundReport]:
    begun = time.perf_counter()
    report = laptop.sync()
    return time.perf_counter() - begun, report


def _little(author: Laptop, other: Laptop, made: Records) -> float:
    """A round with so many out and so many in, in ms."""
    save_many(other.engine, made.take(LITTLE), other.actor.id, wall_clock())
    other.sync()
    save_many(author.engine, made.take(LITTLE), author.actor.id, wall_clock())
    took, report = _timed(author)
    if (report.sent, report.received) != (LITTLE, LITTLE):
        raise RuntimeError(f"{report.sent} out and {report.received} in")
    return took * 1e3


def _on_the_wire(laptop: Laptop, url: str) -> tuple[int, int]:
    """The bytes of an empty round both ways, with all headers."""
    with counted(url) as count:
        roundabout = laptop.through(count.url)
        roundabout.sync()
        roundabout.transport.close()
    return count.out, count.back
