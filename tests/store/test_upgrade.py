"""The chain of migrations, run on every kind of store with made-up chains."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Environment, Refused
from app.base.paths import program_root
from app.store.backup import verify
from app.store.engine import open_encrypted, open_plain, open_postgres, reading, writing
from app.store.upgrade import revision_of, revisions, upgrade

Chain = Callable[..., Path]
Opened = Callable[[sa.Engine], sa.Engine]

MAKE = 'op.create_table("tent", sa.Column("id", sa.String(32), primary_key=True))'
GROW = 'op.add_column("tent", sa.Column("beds", sa.Integer, nullable=False, server_default="4"))'
SHRINK = """with op.batch_alter_table("tent") as tent:
        tent.alter_column("beds", type_=sa.String(8))"""
BREAK = """op.create_table("half", sa.Column("n", sa.Integer))
    op.execute("INSERT INTO tent (id) VALUES ('new')")
    op.execute("SELECT nothing FROM nowhere")"""


def add_tent(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.text("INSERT INTO tent (id) VALUES ('a')"))


def tents(engine: sa.Engine) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(sa.text("SELECT * FROM tent"))]


def test_a_new_store_is_made_and_an_old_one_grows(any_store: sa.Engine, chain: Chain) -> None:
    first, second = chain(MAKE), chain(MAKE, GROW)
    assert revision_of(any_store) is None
    assert upgrade(any_store, None, script_folder=first)
    add_tent(any_store)
    assert not upgrade(any_store, None, script_folder=first)
    assert upgrade(any_store, None, script_folder=second)
    assert revision_of(any_store) == "0002"
    assert tents(any_store) == [("a", 4)]
    assert not upgrade(any_store, None, script_folder=second)


def test_a_failing_migration_leaves_the_store_as_it_was(any_store: sa.Engine, chain: Chain) -> None:
    upgrade(any_store, None, script_folder=chain(MAKE))
    add_tent(any_store)
    with pytest.raises(sa.exc.DBAPIError):
        upgrade(any_store, None, script_folder=chain(MAKE, GROW, BREAK))
    assert revision_of(any_store) == "0001"
    assert tents(any_store) == [("a",)]
    assert set(sa.inspect(any_store).get_table_names()) == {"tent", "alembic_version"}
    assert upgrade(any_store, None, script_folder=chain(MAKE, GROW))
    assert tents(any_store) == [("a", 4)]


def test_a_table_is_made_anew_without_losing_what_refers_to_it(encrypted: sa.Engine, chain: Chain) -> None:
    refer = (
        'op.execute("CREATE TABLE bed (tent TEXT REFERENCES tent(id) ON DELETE CASCADE)")\n'
        "    op.execute(\"INSERT INTO tent (id) VALUES ('a')\")\n"
        "    op.execute(\"INSERT INTO bed VALUES ('a')\")"
    )
    upgrade(encrypted, None, script_folder=chain(MAKE, GROW, refer))
    assert upgrade(encrypted, None, script_folder=chain(MAKE, GROW, refer, SHRINK))
    with reading(encrypted) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM bed")).scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert tents(encrypted) == [("a", "4")]


def test_a_migration_that_breaks_references_is_undone(encrypted: sa.Engine, chain: Chain) -> None:
    refer = (
        'op.execute("CREATE TABLE bed (tent TEXT REFERENCES tent(id))")\n'
        "    op.execute(\"INSERT INTO bed VALUES ('nowhere')\")"
    )
    with pytest.raises(RuntimeError, match="broke references in table bed"):
        upgrade(encrypted, None, script_folder=chain(MAKE, refer))
    assert sa.inspect(encrypted).get_table_names() == []


def test_a_newer_store_is_refused_untouched(any_store: sa.Engine, chain: Chain) -> None:
    upgrade(any_store, None, script_folder=chain(MAKE, GROW))
    with pytest.raises(Refused) as caught:
        upgrade(any_store, None, script_folder=chain(MAKE))
    assert caught.value.code == "file_is_newer"
    assert revision_of(any_store) == "0002"


def test_a_copy_is_kept_before_an_old_file_changes(
    encrypted: sa.Engine, file: Path, key: bytes, chain: Chain, tmp_path: Path, opened: Opened
) -> None:
    kept = tmp_path / "backups"
    kept.mkdir()
    upgrade(encrypted, kept, script_folder=chain(MAKE))
    assert list(kept.iterdir()) == []
    add_tent(encrypted)
    upgrade(encrypted, kept, script_folder=chain(MAKE, GROW))
    assert [path.name for path in kept.iterdir()] == ["before-0002.db"]
    verify(kept / "before-0002.db", key)
    old = opened(open_encrypted(kept / "before-0002.db", key))
    assert tents(old) == [("a",)]
    assert revision_of(old) == "0001"


def test_without_room_for_the_copy_nothing_is_upgraded(encrypted: sa.Engine, chain: Chain, tmp_path: Path) -> None:
    upgrade(encrypted, None, script_folder=chain(MAKE))
    with pytest.raises(Environment, match="disk_error"):
        upgrade(encrypted, tmp_path / "not there", script_folder=chain(MAKE, GROW))
    assert revision_of(encrypted) == "0001"


def test_a_store_in_memory_has_nothing_to_copy(chain: Chain, tmp_path: Path, opened: Opened) -> None:
    engine = opened(open_plain(None))
    upgrade(engine, tmp_path, script_folder=chain(MAKE))
    assert upgrade(engine, tmp_path, script_folder=chain(MAKE, GROW))
    assert list(tmp_path.glob("*.db")) == []


def test_two_workers_starting_at_once_upgrade_once(postgres_database: str, chain: Chain, opened: Opened) -> None:
    slow = 'op.execute("SELECT pg_sleep(0.5)")'
    folder = chain(MAKE, GROW, slow)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, postgres_database, str(folder)],
            stdout=subprocess.PIPE, text=True, cwd=program_root(),
        )
        for _ in range(3)
    ]  # fmt: skip
    answers = sorted(worker.communicate(timeout=60)[0].strip() for worker in workers)
    assert answers == ["False", "False", "True"]
    assert revision_of(opened(open_postgres(postgres_database))) == "0003"


def test_a_process_killed_while_upgrading_leaves_the_old_store(
    encrypted: sa.Engine, file: Path, key: bytes, chain: Chain, opened: Opened
) -> None:
    upgrade(encrypted, None, script_folder=chain(MAKE))
    add_tent(encrypted)
    encrypted.dispose()
    die = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    folder = chain(MAKE, GROW, die)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(file), str(folder)], cwd=program_root(), timeout=60)
    assert killed.returncode == -9
    again = opened(open_encrypted(file, key))
    assert revision_of(again) == "0001"
    assert tents(again) == [("a",)]
    assert upgrade(again, None, script_folder=chain(MAKE, GROW))


def test_nothing_to_do_does_not_import_alembic(encrypted: sa.Engine, file: Path, chain: Chain) -> None:
    folder = chain(MAKE)
    upgrade(encrypted, None, script_folder=folder)
    encrypted.dispose()
    said = subprocess.run(
        [sys.executable, "-c", KILLED, str(file), str(folder)],
        cwd=program_root(), timeout=60, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout == "False alembic not imported\n"


def test_the_chain_is_read_from_names(chain: Chain, tmp_path: Path) -> None:
    assert revisions(chain(MAKE, GROW)) == ["0001", "0002"]
    (tmp_path / "versions").mkdir()
    with pytest.raises(Environment, match="program_incomplete"):
        revisions(tmp_path)


WORKER = """
import sys
from pathlib import Path
from app.store.engine import open_postgres
from app.store.upgrade import upgrade

engine = open_postgres(sys.argv[1])
print(upgrade(engine, None, script_folder=Path(sys.argv[2])))
engine.dispose()
"""

KILLED = """
import sys
from pathlib import Path
from app.store.engine import open_encrypted
from app.store.upgrade import upgrade

engine = open_encrypted(Path(sys.argv[1]), bytes(range(32)))
done = upgrade(engine, None, script_folder=Path(sys.argv[2]))
engine.dispose()
print(done, "alembic imported" if "alembic" in sys.modules else "alembic not imported")
"""
