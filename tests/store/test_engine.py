"""Opening and transactions, on real files and a real PostgreSQL."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Environment, Refused
from app.base.paths import program_root
from app.store.engine import (
    file_of,
    open_center,
    open_encrypted,
    open_plain,
    open_postgres,
    opens,
    reading,
    writing,
    writing_lightly,
)

Opened = Callable[[sa.Engine], sa.Engine]


def count(engine: sa.Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM issue")).scalar_one())


def add(connection: sa.Connection, number: int) -> None:
    connection.execute(sa.text("INSERT INTO issue VALUES (:n)"), {"n": number})


@pytest.fixture
def issues(any_store: sa.Engine) -> sa.Engine:
    with writing(any_store) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))
    return any_store


def test_what_is_written_is_read(issues: sa.Engine) -> None:
    with writing(issues) as connection:
        add(connection, 1)
    assert count(issues) == 1


def test_an_error_undoes_rows_and_tables(issues: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(issues) as connection:  # noqa: PT012
        add(connection, 1)
        connection.execute(sa.text("CREATE TABLE half (n BIGINT)"))
        1 / 0  # noqa: B018
    assert count(issues) == 0
    assert sa.inspect(issues).get_table_names() == ["issue"]


def test_what_the_driver_refuses_is_a_bug_and_names_no_values(issues: sa.Engine) -> None:
    with pytest.raises(sa.exc.DBAPIError) as caught, writing(issues) as connection:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:name)"), {"name": "张三"})
    assert "张三" not in str(caught.value)


def test_a_reader_sees_one_moment_and_does_not_wait(encrypted: sa.Engine) -> None:
    with writing(encrypted) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))
    with reading(encrypted) as reader:
        assert reader.execute(sa.text("SELECT count(*) FROM issue")).scalar() == 0
        with writing(encrypted) as connection:
            add(connection, 1)
            assert reader.execute(sa.text("SELECT count(*) FROM issue")).scalar() == 0
        assert reader.execute(sa.text("SELECT count(*) FROM issue")).scalar() == 0
    assert count(encrypted) == 1


def test_a_reader_of_postgres_sees_one_moment_and_cannot_write(postgres_database: str, opened: Opened) -> None:
    engine = opened(open_postgres(postgres_database))
    with writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))
    with reading(engine) as reader:
        assert reader.execute(sa.text("SELECT count(*) FROM issue")).scalar() == 0
        with writing(engine) as connection:
            add(connection, 1)
        assert reader.execute(sa.text("SELECT count(*) FROM issue")).scalar() == 0
    with pytest.raises(sa.exc.DBAPIError), reading(engine) as reader:
        add(reader, 2)
    assert count(engine) == 1


def test_many_writers_wait_for_each_other(encrypted: sa.Engine) -> None:
    with writing(encrypted) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))
        add(connection, 0)

    def raise_the_number() -> None:
        for _ in range(25):
            with writing(encrypted) as connection:
                held = connection.execute(sa.text("SELECT n FROM issue")).scalar_one()
                connection.execute(sa.text("UPDATE issue SET n = :n"), {"n": held + 1})

    threads = [threading.Thread(target=raise_the_number) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(encrypted) as connection:
        assert connection.execute(sa.text("SELECT n FROM issue")).scalar() == 100


def test_the_settings_that_make_a_save_last(encrypted: sa.Engine) -> None:
    with reading(encrypted) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "temp_store", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2, "busy_timeout": 5000
    }  # fmt: skip


def test_a_reading_engine_writes_nothing_and_makes_no_file(
    encrypted: sa.Engine, file: Path, key: bytes, opened: Opened
) -> None:
    lists = opened(open_encrypted(file, key, read_only=True))
    with pytest.raises(Environment), writing(lists) as connection:
        connection.execute(sa.text("CREATE TABLE half (n BIGINT)"))
    assert sa.inspect(encrypted).get_table_names() == []
    missing = file.with_name("missing.db")
    with pytest.raises(Environment, match="disk_error"):
        open_encrypted(missing, key, read_only=True)
    assert not missing.exists()


def test_the_wrong_key_opens_nothing(encrypted: sa.Engine, file: Path, key: bytes) -> None:
    with writing(encrypted) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))
    encrypted.dispose()
    before = file.read_bytes()
    wrong = bytes(32)
    with pytest.raises(Environment) as caught:
        open_encrypted(file, wrong)
    assert caught.value.code == "wrong_key"
    assert file.read_bytes() == before
    assert opens(file, key)
    assert not opens(file, wrong)
    assert not opens(file.with_name("missing.db"), key)


def test_the_key_is_in_no_message_url_or_repr(encrypted: sa.Engine, file: Path, key: bytes) -> None:
    said = [repr(encrypted), str(encrypted.url), repr(encrypted.pool), repr(vars(encrypted))]
    with pytest.raises(sa.exc.DBAPIError) as bug, writing(encrypted) as connection:
        connection.execute(sa.text("SELECT nothing"))
    said += [str(bug.value), repr(bug.value)]
    encrypted.dispose()
    file.write_bytes(b"x" * 8192)
    with pytest.raises(Environment) as caught:
        open_encrypted(file, key)
    said += [str(caught.value), repr(caught.value), repr(caught.value.facts), str(caught.value.__cause__)]
    forms = (key.hex(), key.hex().upper(), repr(key)[2:-1])
    assert not [form for form in forms for text in said if form in text]


def test_a_key_of_the_wrong_size_is_a_bug(file: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        open_encrypted(file, b"short")
    assert not file.exists()


def test_a_locked_store_says_so(encrypted: sa.Engine, file: Path, key: bytes, opened: Opened) -> None:
    other = opened(open_encrypted(file, key))
    with other.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 20")
    with writing(encrypted), pytest.raises(Environment) as caught, writing(other):
        pass
    assert caught.value.code == "database_locked"
    with writing(other) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))


@pytest.mark.parametrize("kind", ["encrypted", "plain"])
def test_a_full_disk_says_so_and_the_store_goes_on(file: Path, key: bytes, opened: Opened, kind: str) -> None:
    engine = opened(open_encrypted(file, key) if kind == "encrypted" else open_plain(file))
    with writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE photo (body BLOB)"))
        connection.exec_driver_sql("PRAGMA max_page_count = 20")
    with pytest.raises(Environment) as caught, writing(engine) as connection:
        connection.execute(sa.text("INSERT INTO photo VALUES (zeroblob(1000000))"))
    assert caught.value.code == "disk_full"
    with writing(engine) as connection:
        connection.execute(sa.text("INSERT INTO photo VALUES (zeroblob(10))"))
        assert connection.execute(sa.text("SELECT count(*) FROM photo")).scalar() == 1


def test_a_full_disk_for_real(tmp_path: Path) -> None:
    """The limit on the size of files stands for the disk's; it binds a process, so a child has it."""
    said = run(FILLS_THE_DISK, tmp_path / "point.db")
    assert re.fullmatch(r"(disk_full|disk_error) [1-9]\d*\n", said)


def test_a_damaged_page_is_never_shown_as_truth(encrypted: sa.Engine, file: Path, key: bytes) -> None:
    with writing(encrypted) as connection:
        connection.execute(sa.text("CREATE TABLE issue (n BIGINT)"))
        for number in range(2000):
            add(connection, number)
    encrypted.dispose()
    body = bytearray(file.read_bytes())
    body[len(body) - 2000] ^= 1
    file.write_bytes(body)
    damaged = open_encrypted(file, key)
    with pytest.raises(Environment) as caught:
        count(damaged)
    damaged.dispose()
    assert caught.value.code == "database_damaged"


def test_a_center_is_named_by_url(tmp_path: Path, postgres_database: str, opened: Opened) -> None:
    plain = opened(open_center(f"sqlite:///{tmp_path / 'center.db'}"))
    assert file_of(plain) == tmp_path / "center.db"
    for url in (postgres_database, postgres_database.replace("+psycopg", "")):
        engine = opened(open_center(url))
        assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")
        assert file_of(engine) is None


def test_what_file_it_is_may_be_asked_while_a_transaction_is_open(tmp_path: Path) -> None:
    memory, file = open_plain(None), open_plain(tmp_path / "point.db")
    with writing(memory), writing(file):
        assert file_of(memory) is None
        assert file_of(file) == tmp_path / "point.db"
    memory.dispose()
    file.dispose()


@pytest.mark.parametrize("url", ["mysql://a:geheim@host/x", "sqlite://", "geheim", "postgresql+pg8000://h/x"])
def test_other_databases_are_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(Refused) as caught:
        open_center(url)
    assert caught.value.code == "bad_database_url"
    assert "geheim" not in f"{caught.value!r}{caught.value.facts}"


def test_a_center_that_is_away_says_so(tmp_path: Path, opened: Opened) -> None:
    engine = opened(open_postgres(f"postgresql://u:geheim@/x?host={tmp_path}"))
    with pytest.raises(Environment) as caught, reading(engine):
        pass
    assert caught.value.code == "database_unreachable"
    assert "geheim" not in f"{caught.value!r}{caught.value.facts}{caught.value.__cause__}"


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(
    tmp_path: Path, key: bytes, opened: Opened, sized: Callable[[int, int], int]
) -> None:
    for turn in range(sized(6, 200)):
        file = tmp_path / f"{turn}.db"
        child = subprocess.Popen(
            [sys.executable, "-c", SAVES_FOR_EVER, str(file)], stdout=subprocess.PIPE, cwd=program_root()
        )
        assert child.stdout is not None
        acknowledged = 0
        for line in child.stdout:
            acknowledged = int(line)
            if acknowledged == 3 + 17 * turn % 100:
                child.send_signal(signal.SIGKILL)
        child.stdout.close()
        child.wait()
        engine = opened(open_encrypted(file, key))
        with reading(engine) as connection:
            saved = connection.execute(sa.text("SELECT n FROM issue ORDER BY n")).scalars().all()
        # Two rows to a save: half a save would show as an odd number of rows.
        assert len(saved) % 2 == 0
        assert len(saved) // 2 in (acknowledged, acknowledged + 1)
        assert list(saved) == [n for n in range(1, len(saved) // 2 + 1) for _ in range(2)]


def run(program: str, file: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=program_root(),
    )
    assert done.stderr == ""
    return done.stdout


SAVES_FOR_EVER = """
import sys
from pathlib import Path
from app.store.engine import open_encrypted, writing

engine = open_encrypted(Path(sys.argv[1]), bytes(range(32)))
with writing(engine) as connection:
    connection.exec_driver_sql("CREATE TABLE issue (n BIGINT)")
number = 0
while True:
    number += 1
    with writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO issue VALUES (?)", (number,))
        connection.exec_driver_sql("INSERT INTO issue VALUES (?)", (number,))
    print(number, flush=True)
"""

FILLS_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from app.base.errors import Environment
from app.store.engine import open_encrypted, reading, writing

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
engine = open_encrypted(Path(sys.argv[1]), bytes(range(32)))
with writing(engine) as connection:
    connection.exec_driver_sql("CREATE TABLE photo (body BLOB)")
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
saved = 0
try:
    while True:
        with writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO photo VALUES (zeroblob(10000))")
        saved += 1
except Environment as trouble:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with reading(engine) as connection:
        held = connection.exec_driver_sql("SELECT count(*) FROM photo").scalar()
    assert held == saved, (held, saved)
    print(trouble.code, held)
"""


def test_a_light_commit_that_fails_is_undone_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_plain(tmp_path / "light.db")
    with writing(engine) as conn:
        conn.exec_driver_sql("CREATE TABLE t (n INTEGER)")

    def fails(_connection: object) -> None:
        raise OSError("no power")

    def insert() -> None:
        with writing_lightly(engine) as conn:
            conn.exec_driver_sql("INSERT INTO t VALUES (1)")

    with monkeypatch.context() as patch:
        patch.setattr(engine.dialect, "do_commit", fails)
        with pytest.raises(OSError, match="no power"):
            insert()
    with writing(engine) as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()
