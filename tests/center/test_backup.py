"""The center's backup: everything comes back the same, from either database into either; what is damaged is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.center.backup import ELSEWHERE, FORMAT, back_up, verify
from app.center.hub import Hub
from app.center.restore import restore, say_put_back
from app.center.tables import city, counter, device_epoch, past_hub
from app.journal.tables import here
from app.store.engine import open_plain, open_postgres, reading
from app.store.schema import create_tables, metadata
from app.store.sealing import Cost
from app.sync.tables import past_epoch
from tests.center.points import PointAt

PASSPHRASE = "seven words that nobody else would think of"
CHEAP = Cost(8, 1, 1)
SKIPPED = 10**9
"""By how much a restored center numbers on: devices know by it what came before."""
OWN = {city.name, counter.name, past_hub.name, device_epoch.name, here.name, past_epoch.name}
"""Tables in which a restored center says that it was restored."""


@pytest.fixture
def backup(hub: Hub, point_at: PointAt, tmp_path: Path) -> Path:
    """Of a center with something in most of its tables."""
    point = point_at("V1")
    for number in range(30):
        point.register(f"李四{number}", features="蓝色外套" * 20)
    point.sync()
    target = tmp_path / "center.backup"
    back_up(hub, target, PASSPHRASE, cost=CHEAP)
    return target


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    """Another database, with tables and nothing in them."""
    if request.param == "postgres":
        engine = open_postgres(request.getfixturevalue("another_postgres"))
    else:
        engine = open_plain(tmp_path / "another.db")
    create_tables(engine)
    yield Hub(engine)
    engine.dispose()


@pytest.fixture
def another_postgres(postgres_url: str) -> Iterator[str]:
    import psycopg

    maintenance = postgres_url.replace("+psycopg", "", 1)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(b"CREATE DATABASE another TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        yield postgres_url.replace("/postgres?", "/another?", 1)
        connection.execute(b"DROP DATABASE another WITH (FORCE)")


def content(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as conn:
        return {
            table.name: sorted((tuple(row) for row in conn.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in OWN | ELSEWHERE
        }


def is_empty(hub: Hub) -> bool:
    with reading(hub.engine) as conn:
        return conn.execute(sa.select(city.c.one)).first() is None and not any(content(hub.engine).values())


def test_everything_comes_back_and_the_center_says_that_it_was_restored(hub: Hub, backup: Path, empty: Hub) -> None:
    made = restore(empty, backup, PASSPHRASE)
    assert content(empty.engine) == content(hub.engine)
    assert made.rows > 60
    with reading(hub.engine) as was, reading(empty.engine) as now:
        old, new = (conn.execute(sa.select(city)).mappings().one() for conn in (was, now))
        assert {**old, "hub_epoch": ""} == {**new, "hub_epoch": ""}
        assert new["hub_epoch"] != old["hub_epoch"]
        seq = was.execute(sa.select(counter.c.v)).scalar_one()
        assert now.execute(sa.select(counter.c.v)).scalar_one() == seq + SKIPPED
        (past,) = now.execute(sa.select(past_hub)).all()
        assert (past.hub_epoch, past.seq) == (old["hub_epoch"], seq)
        for row in now.execute(sa.select(device_epoch)).all():
            assert row.safe_n == row.acked_n
        assert now.execute(sa.select(here.c.serial)).scalar_one() == 2


def test_what_it_holds_is_safe_once_it_was_read_back(hub: Hub, backup: Path, point_at: PointAt) -> None:
    def safe() -> list[tuple[int, int]]:
        with reading(hub.engine) as conn:
            rows = conn.execute(sa.select(device_epoch.c.acked_n, device_epoch.c.safe_n))
            return sorted((row.acked_n, row.safe_n) for row in rows)

    assert safe() == [(30, 30)]
    later = point_at("V1")
    later.register("王五")
    later.sync()
    assert safe() == [(1, 0), (30, 30)]


def test_it_is_written_while_others_write_and_holds_one_moment(hub: Hub, point_at: PointAt, tmp_path: Path) -> None:
    point = point_at("V1")
    point.register("李四")
    point.sync()
    target = tmp_path / "center.backup"
    made = back_up(hub, target, PASSPHRASE, cost=CHEAP)
    assert made == verify(target, PASSPHRASE)
    assert made.about.city == "杭州市救助管理站"
    assert target.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.glob("center.backup*")) == ["center.backup"]


def test_nothing_of_it_can_be_read_without_the_passphrase(backup: Path) -> None:
    data = backup.read_bytes()
    for word in ("李四", "蓝色外套", "杭州市", "张三", "RegisterPerson", "person"):
        assert word.encode() not in data
        assert word.encode("utf-16-le") not in data


def refusal(hub: Hub, source: Path, passphrase: str = PASSPHRASE) -> str:
    with pytest.raises(Refused) as caught:
        restore(hub, source, passphrase)
    assert is_empty(hub)
    return caught.value.code


@pytest.fixture
def nothing(tmp_path: Path) -> Iterator[Hub]:
    engine = open_plain(tmp_path / "nothing.db")
    create_tables(engine)
    yield Hub(engine)
    engine.dispose()


def test_a_wrong_passphrase_or_file_changes_nothing(backup: Path, nothing: Hub, tmp_path: Path) -> None:
    assert refusal(nothing, backup, "another") == "backup_wrong_key"
    assert refusal(nothing, tmp_path / "missing") == "backup_missing"
    other = tmp_path / "other"
    for data in (b"", b"\n", b"{}\n", b"SQLite format 3\x00" * 300):
        other.write_bytes(data)
        assert refusal(nothing, other) == "backup_damaged"


def test_a_backup_of_a_later_program_is_not_read(backup: Path, nothing: Hub) -> None:
    head, rest = backup.read_bytes().split(b"\n", 1)
    told = msgspec.json.decode(head)
    backup.write_bytes(msgspec.json.encode(told | {"format": FORMAT + 1}) + b"\n" + rest)
    assert refusal(nothing, backup) == "file_is_newer"


def test_costs_that_would_hang_the_machine_are_not_paid(backup: Path, nothing: Hub) -> None:
    head, rest = backup.read_bytes().split(b"\n", 1)
    told = msgspec.json.decode(head)
    told["cost"]["memory_kib"] = 1 << 40
    backup.write_bytes(msgspec.json.encode(told) + b"\n" + rest)
    assert refusal(nothing, backup) == "backup_damaged"


def test_cut_or_flipped_anywhere_it_is_refused_and_nothing_changed(
    backup: Path, nothing: Hub, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    whole, damaged, rng = backup.read_bytes(), tmp_path / "damaged", Random(5)
    codes = set()
    for number in range(sized(40, 1_000)):
        data = bytearray(whole)
        at = rng.randrange(len(data))
        if number % 2:
            data = data[:at]
        else:
            data[at] ^= 1 << rng.randrange(8)
        damaged.write_bytes(data)
        codes.add(refusal(nothing, damaged))
    damaged.write_bytes(whole + b"x")
    codes.add(refusal(nothing, damaged))
    assert codes <= {"backup_damaged", "backup_wrong_key", "file_is_newer"}
    assert "backup_damaged" in codes


def test_a_database_that_has_something_is_left_alone(hub: Hub, backup: Path) -> None:
    before = content(hub.engine)
    with pytest.raises(Refused, match="database_not_empty"):
        restore(hub, backup, PASSPHRASE)
    assert content(hub.engine) == before


def test_a_backup_without_passphrase_is_not_made(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="missing"):
        back_up(hub, tmp_path / "center.backup", "")
    assert list(tmp_path.glob("center.backup*")) == []


def test_said_by_other_tools_it_is_the_same_center_in_another_epoch(hub: Hub) -> None:
    with reading(hub.engine) as conn:
        before = conn.execute(sa.select(counter.c.v)).scalar_one()
    assert say_put_back(hub) == before
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(counter.c.v)).scalar_one() == before + SKIPPED
