"""`bench apply`: saves one by one, each on disk before the next, and many at once, in the encrypted file of a point."""

import gc
import time
from pathlib import Path
from typing import Any

from app.base.clock import wall_clock
from app.cli.bench import floor
from app.cli.bench.goals import median
from app.cli.bench.record import Records
from app.cli.bench.saving import save_many, saving
from app.cli.bench.town import Town

SINGLES = 1_000
_TURN = 100


def measure(folder: Path, records: int, repeats: int) -> dict[str, Any]:
    town = Town(folder / "town", 1)
    town.found()
    laptop = town.laptop(town.names()[0], "http://127.0.0.1")
    bare = floor.open_floor(folder / "floor.db")
    made = Records(1, laptop.node, wall_clock() - 10**13)
    ours = saving(laptop.runner, laptop.actor)
    ours.save(made.take(1)[0])
    gc.freeze()  # as the desktop and the center do once they have started

    bare_ms: list[float] = []
    our_ms: list[float] = []
    for _ in range(max(1, min(SINGLES, records) // _TURN)):
        turn = made.take(min(_TURN, records))
        for row in floor.rows_of(turn):
            begun = time.perf_counter()
            floor.save_one(bare, row)
            bare_ms.append((time.perf_counter() - begun) * 1e3)
        for record in turn:
            begun = time.perf_counter()
            ours.save(record)
            our_ms.append((time.perf_counter() - begun) * 1e3)

    bare_s: list[float] = []
    our_s: list[float] = []
    bare_cpu = our_cpu = 0.0
    for _ in range(repeats):
        bare_total = our_total = 0.0
        for start in range(0, records, floor.BATCH):
            batch = made.take(min(floor.BATCH, records - start))
            rows = floor.rows_of(batch)
            begun, begun_cpu = time.perf_counter(), time.process_time()
            floor.save_many(bare, rows)
            between, between_cpu = time.perf_counter(), time.process_time()
            save_many(laptop.engine, batch, laptop.actor.id, wall_clock())
            bare_total += between - begun
            our_total += time.perf_counter() - between
            bare_cpu += between_cpu - begun_cpu
            our_cpu += time.process_time() - between_cpu
        bare_s.append(bare_total)
        our_s.append(our_total)
    bare.close()
    laptop.engine.dispose()

    single = sum(our_ms) / sum(bare_ms)
    bulk = median(mine / theirs for mine, theirs in zip(our_s, bare_s, strict=True))
    return {
        "single": {
            "floor_ms": median(bare_ms),
            "ours_ms": median(our_ms),
            "floor_per_s": round(len(bare_ms) / sum(bare_ms) * 1e3),
            "ours_per_s": round(len(our_ms) / sum(our_ms) * 1e3),
            "ratio": round(single, 2),
            "ratio_of_medians": round(median(our_ms) / median(bare_ms), 2),
        },
        "bulk": {
            "floor_per_s": round(records / median(bare_s, 6)),
            "ours_per_s": round(records / median(our_s, 6)),
            "ratio": round(bulk, 2),
            "floor_processor_us": round(bare_cpu / repeats / records * 1e6, 1),
            "ours_processor_us": round(our_cpu / repeats / records * 1e6, 1),
        },
        "judged": {"single_saves_ratio": round(single, 2), "bulk_write_ratio": round(bulk, 2)},
    }
