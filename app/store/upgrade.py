"""Bringing a store's tables to what this program knows: one chain of migrations, one transaction."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.base import paths
from app.base.errors import Environment, Refused
from app.store.backup import copy_store
from app.store.durable import move_durably, part_of
from app.store.engine import connect_file, file_of, reading
from app.store.trouble import translated

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATION = re.compile(r"(\d{4})_\w+\.py")
_LOCK = 0x41_69_64_70  # the advisory lock under which one worker of the center upgrades


def upgrade(engine: sa.Engine, folder_for_backup: Path | None, *, script_folder: Path | None = None) -> bool:
    """Whether anything had to be done. A failing migration leaves the store as it was.

    A file that has tables is first copied into `folder_for_backup` as `before-NNNN.db`, under its own key.
    Raises `Refused("file_is_newer")` for a store written by a later program.
    """
    folder = script_folder or paths.migrations()
    known = revisions(folder)
    if _current(engine, known) == known[-1]:
        return False
    file = file_of(engine) if folder_for_backup is not None else None
    with translated(), engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            # Outside the transaction, where alone it works: rebuilding a table must not cascade.
            _driver(connection).execute("PRAGMA foreign_keys = off")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                if _checked(_revision(connection), known) == known[-1]:
                    return False
                if file is not None and folder_for_backup is not None and _has_tables(connection):
                    _copy_aside(engine, folder_for_backup / f"before-{known[-1]}.db")
                _run(connection, folder)
        finally:
            if sqlite and not connection.invalidated:
                _driver(connection).execute("PRAGMA foreign_keys = on")
    return True


def check_known(path: Path, key: bytes | None, *, script_folder: Path | None = None) -> None:
    """Whether this program can open a file that nobody has open: it has tables, and none of a later program.

    Raises `Refused` under field "source": "backup_damaged", "file_is_newer".
    """
    with translated():
        connection = connect_file(path, key, "ro")
        try:
            there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if there else None
        finally:
            connection.close()
    if row is None:
        raise Refused("backup_damaged", field="source")
    if row[0] not in revisions(script_folder or paths.migrations()):
        raise Refused("file_is_newer", field="source", revision=row[0])


def revisions(script_folder: Path) -> list[str]:
    """The chain, first to last, read from the names of the files: importing Alembic costs half a second."""
    names = (_MIGRATION.fullmatch(file.name) for file in (script_folder / "versions").iterdir())
    found = sorted(name[1] for name in names if name)
    if not found:
        raise Environment("program_incomplete", missing="migrations")
    return found


def revision_of(engine: sa.Engine) -> str | None:
    """The migration the store was last brought to; None for a new one."""
    with reading(engine) as connection:
        return _revision(connection)


def migration_config(connection: sa.Connection, script_folder: Path, **attributes: Any) -> "Config":
    """Alembic's settings, made in code so that they work inside a bundle.

    `attributes` for `migrations/env.py`: `target_metadata`, and `configure`, a mapping of further options.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(script_folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes, connection=connection)
    return config


def _current(engine: sa.Engine, known: list[str]) -> str | None:
    return _checked(revision_of(engine), known)


def _checked(revision: str | None, known: list[str]) -> str | None:
    if revision is not None and revision not in known:
        raise Refused("file_is_newer", revision=revision)
    return revision


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _has_tables(connection: sa.Connection) -> bool:
    return connection.execute(sa.text("SELECT 1 FROM sqlite_master LIMIT 1")).first() is not None


def _copy_aside(engine: sa.Engine, target: Path) -> None:
    # The copy reads the committed state over a second connection while the upgrade holds the writer's lock.
    copy_store(engine, part_of(target))
    move_durably(part_of(target), target)


def _run(connection: sa.Connection, script_folder: Path) -> None:
    from alembic import command

    command.upgrade(migration_config(connection, script_folder), "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"a migration broke references in table {broken[0]}")


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection
