"""Files of the shipped schemas come up under the program of today and sync on, killed inside the upgrade or not; what
was never sent is read through the steps of its own format. (sync.md §10: schema upgrade with unsent commits.)

`tests/migrations/shipped/NNNN-*.db.zst` were written by the programs that had those schemas: a center, a point of V1
with 40 commits that were never sent, another point of V1. On PostgreSQL the rows of the center's file stand in tables
made by the migrations of then.
"""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base import paths
from app.base.clock import wall_clock
from app.base.ids import new_id
from app.center.app import create_center_app
from app.center.hub import Hub
from app.cli.point_check import check_point
from app.features.cases import search
from app.features.people.tables import person
from app.journal import upcast
from app.journal.apply import apply
from app.journal.here import save_here, standing
from app.journal.ops import Commit, encode, new_parts, next_link
from app.journal.tables import journal
from app.store.engine import open_center, open_plain, reading, writing
from app.store.upgrade import revision_of, revisions, upgrade
from app.sync.outbox import unsent
from tests.features.cases.former_index import plant_former_index
from tests.migrations.shipped_files import shipped, unpacked
from tests.sync.town import Laptop, Town, laptop_at, served

Sized = Callable[[int, int], int]
UPGRADE = """
import sys
from pathlib import Path
from app.store.engine import open_plain
from app.store.upgrade import upgrade
print("begun", flush=True)
upgrade(open_plain(Path(sys.argv[1])), None)
"""


@dataclass(frozen=True, slots=True)
class Old:
    """A center (its URL), a point and another point as one shipped schema had them."""

    center: str
    point: Path
    other: Path


@pytest.fixture(params=shipped())
def old(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Old:
    center, point, other = (unpacked(request.param, name, tmp_path) for name in ("center", "point", "other"))
    if database.startswith("sqlite"):
        return Old(f"sqlite:///{center}", point, other)
    put_into(database, center, chain_until(request.param, tmp_path / "migrations"))
    return Old(database, point, other)


def chain_until(schema: str, folder: Path) -> Path:
    """The migrations as they were when this schema was the last."""
    shutil.copytree(paths.migrations(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / "versions").iterdir():
        if file.name[:4] > schema:
            file.unlink()
    return folder


def put_into(database: str, file: Path, migrations: Path) -> None:
    """Bring every row of a center's file into an empty database, under the tables these migrations make."""
    target, source = open_center(database), open_plain(file)
    upgrade(target, None, script_folder=migrations)
    tables = sa.MetaData()
    tables.reflect(target)
    known = {name for name in sa.inspect(source).get_table_names() if not name.startswith("sqlite_")}
    assert known == tables.tables.keys()
    with reading(source) as old, writing(target) as new:
        for table in tables.sorted_tables:
            flags = [column.name for column in table.columns if isinstance(column.type, sa.Boolean)]
            rows = [dict(row) for row in old.exec_driver_sql(f"SELECT * FROM {table.name}").mappings()]
            if rows and table.name != "alembic_version":
                new.execute(
                    table.insert(),
                    [row | {name: None if row[name] is None else bool(row[name]) for name in flags} for row in rows],
                )
    for engine in (target, source):
        engine.dispose()


def town_of(old: Old) -> Iterator[Town]:
    """The center of then, served by the program of today."""
    engine, folder = open_center(old.center), old.point.parent
    upgrade(engine, None)
    with served(create_center_app(engine, hub=Hub(engine, files=folder / "files"))) as url:
        yield Town(engine, url, wall_clock, folder)
    engine.dispose()


def laptop_of(town: Town, file: Path) -> Laptop:
    engine = open_plain(file)
    upgrade(engine, None)
    laptop = laptop_at(engine, wall_clock, "u-V1", town.url)
    town.laptops.append(laptop)
    return laptop


def people(engine: sa.Engine) -> dict[str, tuple[str, str | None]]:
    with reading(engine) as conn:
        query = sa.select(person.c.id, person.c.name, person.c.phone)
        return {id_: (name, phone) for id_, name, phone in conn.execute(query)}


def agree_after_sync(town: Town, *laptops: Laptop) -> None:
    for laptop in (*laptops, *laptops):
        laptop.sync()
    told = [people(laptop.engine) for laptop in laptops]
    assert told == [people(town.engine)] * len(laptops)
    for laptop in laptops:
        assert laptop.status().digest == town.digest_of(laptop)
        assert set(check_point(laptop.engine).values()) == {"ok"}


def test_old_files_come_up_and_sync_what_was_never_sent(old: Old) -> None:
    for town in town_of(old):
        point, other = laptop_of(town, old.point), laptop_of(town, old.other)
        with reading(point.engine) as conn:
            assert unsent(conn) == 40
            assert {row.schema for row in conn.execute(sa.select(journal.c.schema))} == {1}
        was = people(point.engine)
        point.register("今天来的")
        agree_after_sync(town, point, other)
        assert was.items() <= people(other.engine).items()
        assert len(people(other.engine)) == len(was) + 1
        assert len(point.disputes()) == 1  # from before: two told another number of the same person
        town.close()


@pytest.mark.timeout(3_600)  # of the size of --deep
def test_killed_inside_the_upgrade_it_comes_up_the_next_time(old: Old, sized: Sized) -> None:
    chance, head = random.Random(7), revisions(paths.migrations())[-1]
    whole = old.point.read_bytes()
    killed = 0
    for attempt in range(sized(6, 200)):
        for leftover in old.point.parent.glob(f"{old.point.name}-*"):
            leftover.unlink()
        old.point.write_bytes(whole)
        words = [sys.executable, "-c", UPGRADE, str(old.point)]
        process = subprocess.Popen(words, cwd=paths.program_root(), stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.uniform(0, 1.0) * (attempt % 6 + 1) / 3)
        process.kill()
        process.communicate()
        engine = open_plain(old.point)
        killed += revision_of(engine) != head
        upgrade(engine, None)
        assert revision_of(engine) == head
        with reading(engine) as conn:
            assert unsent(conn) == 40
        engine.dispose()
    assert killed
    for town in town_of(old):
        agree_after_sync(town, laptop_of(town, old.point), laptop_of(town, old.other))
        town.close()


def test_an_outbox_of_an_older_format_is_sent_as_it_is_and_read_through_its_step(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if format 1 had called the field by another name: what hub, reader and author make of it is the same."""

    def renamed(array: list[object]) -> list[object]:
        if array[0] == "create" and array[1] == "person" and isinstance(array[4], dict):
            values = {("phone" if name == "telephone" else name): value for name, value in array[4].items()}
            return [*array[:4], values, *array[5:]]
        return array

    monkeypatch.setitem(upcast.STEPS, 1, renamed)
    for town in town_of(old):
        point, other = laptop_of(town, old.point), laptop_of(town, old.other)
        id_ = plant(point)
        point.sync()
        other.sync()
        assert people(other.engine)[id_] == people(town.engine)[id_] == ("旧程序写的", "13812345678")
        with reading(town.engine) as conn:
            payloads = conn.execute(sa.select(journal.c.payload).where(journal.c.schema == 1)).scalars()
            assert any(b'"telephone"' in payload for payload in payloads)
        town.close()


def plant(laptop: Laptop) -> str:
    """A commit of format 1 in this laptop's outbox."""
    id_ = new_id()
    with writing(laptop.engine) as conn:
        here = standing(conn)
        values = {"name": "旧程序写的", "telephone": "13812345678"}
        parts = new_parts([encode(["create", "person", id_, here.node, values])])
        commit = Commit(here.device, here.epoch, here.serial, here.n + 1, laptop.clock(), here.bound,
                        laptop.actor.id, 1, parts)  # fmt: skip
        commit.eff = max(commit.wall, here.last_eff + 1)
        commit.chain = next_link(here.chain, commit)
        apply(conn, [commit])
        save_here(conn, replace(here, n=commit.n, chain=commit.chain, last_eff=commit.eff))
    return id_


def test_old_files_with_the_search_index_of_a_former_program_sync_and_are_searched_again(old: Old) -> None:
    for town in town_of(old):
        point, other = laptop_of(town, old.point), laptop_of(town, old.other)
        for laptop in (point, other):
            plant_former_index(laptop.engine)
        point.register("欧阳慕容")
        agree_after_sync(town, point, other)
        for laptop in (point, other):
            with reading(laptop.engine) as conn:
                assert not search.is_ready(conn)
            with writing(laptop.engine) as conn:
                search.check(conn)
            more = True
            while more:
                with writing(laptop.engine) as conn:
                    more = search.step(conn)
            with reading(laptop.engine) as conn:
                assert [hit.kind for hit in search.find(conn, "oymr")] == ["person"]
        town.close()
