"""Cities with everything that goes wrong, and in each of them the six things that must hold do hold."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.cli.simulate.ends import MakeEnd, in_files, in_memory, on_postgres
from app.cli.simulate.running import Tally, run
from app.cli.simulate.world import opened
from app.journal.ops import SCHEMA
from app.journal.tables import journal
from app.store.engine import writing
from app.sync.state import change_state, enrolled

BLOCKS, FEW = 20, 5
OF_FEW = (5, 20)
"""One shelf of so many is compared at the least, in the usual run and with --deep: less than above, because these are
few worlds, and one in which clocks are set may have none."""


def check(seeds: range, steps: int, make_end: MakeEnd, **more: Any) -> None:
    """All of them are run, so that one break does not hide the others."""
    broken = [str(found) for seed in seeds if (found := run(seed, steps, make_end, **more)) is not None]
    assert not broken, "\n".join([f"{len(broken)} of {len(seeds)} worlds:", *broken])


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_worlds_in_memory_hold(block: int, sized: Callable[[int, int], int]) -> None:
    seeds, tally = sized(200, 3_000) // BLOCKS, Tally()
    check(range(block * seeds, (block + 1) * seeds), sized(300, 600), in_memory, tally=tally)
    # Where a clock was set nobody can say what the books should be: the longer the world, the more of them.
    assert tally.compared > tally.shelves / sized(3, 6)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", range(FEW))
def test_worlds_on_encrypted_files_hold(tmp_path: Path, block: int, sized: Callable[[int, int], int]) -> None:
    make_end, seeds, tally = in_files(tmp_path), sized(10, 100) // FEW, Tally()
    worlds = range(1_000 + block * seeds, 1_000 + (block + 1) * seeds)
    check(worlds, sized(300, 600), make_end, kind="files", tally=tally)
    assert tally.compared > tally.shelves / sized(*OF_FEW)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", range(FEW))
def test_worlds_with_their_center_on_postgresql_hold(
    postgres_url: str, block: int, sized: Callable[[int, int], int]
) -> None:
    make_end, tally = on_postgres(postgres_url), Tally()
    where = {"kind": "postgres", "database": postgres_url}
    # Every fifth: 2006 and 2007, in a row, have not one shelf to compare.
    worlds = range(2_000 + block, 2_000 + sized(10, 100), FEW)
    check(worlds, sized(300, 600), make_end, **where, tally=tally)
    assert tally.compared > tally.shelves / sized(*OF_FEW)


def test_one_seed_is_one_world() -> None:
    trails = []
    for _ in range(2):
        with opened(77, in_memory) as world:
            for _ in range(120):
                world.step()
            world.heal()
            trails.append(world.trail)
    assert trails[0] == trails[1]


def test_another_seed_is_another_world() -> None:
    trails = []
    for seed in (1, 2):
        with opened(seed, in_memory) as world:
            for _ in range(20):
                world.step()
            trails.append(world.trail)
    assert trails[0] != trails[1]


def test_a_device_with_the_former_program_writes_the_former_format() -> None:
    with opened(2, in_memory) as world:
        for _ in range(60):
            world.step()
        j, written = journal.c, set()
        for device in world.devices:
            mine = sa.select(j.schema).where(j.device == device.here().device)
            written |= {(device.is_old, schema) for (schema,) in device.rows(mine)}
    assert written == {(True, SCHEMA - 1), (False, SCHEMA)}


@pytest.mark.parametrize("after", [False, True])
def test_the_code_is_typed_once_more_where_the_power_goes_over_it(*, after: bool) -> None:
    with opened(0, in_memory) as world:
        device = world.devices[0]
        with writing(device.engine) as conn:
            change_state(conn, code="", admitted_at=None)
        device.disk.cut(1, after=after)
        device.type_code()
        assert device.line.troubles == ["power cut"]
        assert device.ask(enrolled).code
