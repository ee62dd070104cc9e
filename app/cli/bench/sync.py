"""`bench sync`: the first push, the first pull into an empty point, a round with a little and one with nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.base.clock import wall_clock
from app.cli.bench import floor
from app.cli.bench.goals import median
from app.cli.bench.processor import processor_s
from app.cli.bench.record import Records
from app.cli.bench.relay import counted
from app.cli.bench.saving import save_many
from app.cli.bench.serving import process
from app.cli.bench.town import Laptop, Town

R = TypeVar("R")
LITTLE = 100
LITTLE_ROUNDS = 7
EMPTY_ROUNDS = 30


def measure(folder: Path, records: int, repeats: int) -> dict[str, Any]:
    town = Town(folder / "town", repeats)
    town.found()
    bare: list[Took] = []
    push: list[Took] = []
    pull: list[Took] = []
    with town.served() as center:
        url = center.url
        for number, village in enumerate(town.names()):
            author, reader = town.laptop(village, url), town.laptop(village, url)
            made = Records(number, author.node, wall_clock() - 10**13)
            batch = made.take(records)
            took, floor_bytes = _floor(folder / f"floor-{number}", batch)
            bare.append(took)
            for start in range(0, records, floor.BATCH):
                save_many(author.engine, batch[start : start + floor.BATCH], author.actor.id, wall_clock())
            took, pushed = _timed(author.sync, center.pid)
            push.append(took)
            took, pulled = _timed(reader.sync, center.pid)
            pull.append(took)
            if (pushed.sent, pulled.received) != (records, records):
                raise RuntimeError(f"{pushed.sent} sent and {pulled.received} received of {records}")
        little_ms = [_little(author, reader, made) for _ in range(LITTLE_ROUNDS)]
        author.sync()
        empty = [_timed(author.sync) for _ in range(EMPTY_ROUNDS)]
        wire = _on_the_wire(author, url)
        for laptop in (author, reader):
            laptop.transport.close()
            laptop.engine.dispose()

    judged = {
        "first_push_ratio": round(median(ours.wall / floor_.wall for ours, floor_ in zip(push, bare, strict=True)), 2),
        "first_pull_ratio": round(median(ours.wall / floor_.wall for ours, floor_ in zip(pull, bare, strict=True)), 2),
        "round_100_100_ms": median(little_ms, 1),
        "empty_round_ms": median((took.wall * 1e3 for took, _ in empty), 2),
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
        "floor_per_s": round(records / median((took.wall for took in bare), 6)),
        "first_push_per_s": round(records / median((took.wall for took in push), 6)),
        "first_pull_per_s": round(records / median((took.wall for took in pull), 6)),
        "processor_us_per_record": {
            "floor": _processor_us(bare, records),
            "first_push": _processor_us(push, records),
            "first_pull": _processor_us(pull, records),
        },
        "floor_bytes_per_record": round(floor_bytes / records, 1),
        **bytes_per_record,
        "push_requests": pushed.exchanges,
        "pull_requests": pulled.exchanges,
        "judged": judged,
    }


LEAST_FOR_BYTES = 500


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds: by the clock, and of the processor at both ends (None where the system does not tell)."""

    wall: float
    processor: float | None


def _timed(work: Callable[[], R], other: int | None = None) -> tuple[Took, R]:
    """`other`: the process at the other end."""
    there, here, begun = processor_s(other), time.process_time(), time.perf_counter()
    done = work()
    wall, own, after = time.perf_counter() - begun, time.process_time() - here, processor_s(other)
    return Took(wall, None if there is None or after is None else own + after - there), done


def _processor_us(found: list[Took], records: int) -> float | None:
    seconds = [took.processor for took in found if took.processor is not None]
    return round(median(seconds, 6) / records * 1e6, 1) if seconds else None


def _floor(folder: Path, records: list[dict[str, Any]]) -> tuple[Took, int]:
    """The same records read, sent and inserted with nothing around it, and the bytes that went."""
    folder.mkdir()
    here = floor.open_floor(folder / "from.db")
    floor.save_many(here, floor.rows_of(records))
    with process("app.cli.bench.floor", str(folder / "to.db")) as other:
        there = urlsplit(other.url)
        took, sent = _timed(lambda: floor.push(here, there.hostname or "", there.port or 80), other.pid)
    here.close()
    return took, sent


def _little(author: Laptop, other: Laptop, made: Records) -> float:
    """A round with so many out and so many in, in ms."""
    save_many(other.engine, made.take(LITTLE), other.actor.id, wall_clock())
    other.sync()
    save_many(author.engine, made.take(LITTLE), author.actor.id, wall_clock())
    took, report = _timed(author.sync)
    if (report.sent, report.received) != (LITTLE, LITTLE):
        raise RuntimeError(f"{report.sent} out and {report.received} in")
    return took.wall * 1e3


def _on_the_wire(laptop: Laptop, url: str) -> tuple[int, int]:
    """The bytes of an empty round both ways, with all headers."""
    with counted(url) as count:
        roundabout = laptop.through(count.url)
        roundabout.sync()
        roundabout.transport.close()
    return count.out, count.back
