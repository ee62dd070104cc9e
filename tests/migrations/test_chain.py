"""The chain makes exactly the tables the program declares, on every kind of database, and imports none of its code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from app.base import paths
from app.store.upgrade import revisions

DIFFERENCE = """
import sys
from pathlib import Path
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from app.store.engine import open_center, writing
from app.store.upgrade import upgrade
from app.store.schema import metadata
sys.path.insert(0, "build_scripts")
from make_migration import load_tables
load_tables()
engine = open_center(sys.argv[1])
assert upgrade(engine, None) is True
assert upgrade(engine, None) is False
with writing(engine) as conn:
    found = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata)
    tables = len(metadata.tables)
assert tables > 40, tables
print(found)
"""
"""In a process of its own: tests declare tables that are not the program's."""


def difference(url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", DIFFERENCE, url], capture_output=True, text=True, cwd=paths.program_root(), check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_on_sqlite(tmp_path: Path) -> None:
    assert difference(f"sqlite:///{tmp_path / 'center.db'}") == "[]"


def test_on_postgresql(postgres_database: str) -> None:
    assert difference(postgres_database) == "[]"


@pytest.mark.parametrize("revision", revisions(paths.migrations()))
def test_migrations_import_no_code_of_ours(revision: str) -> None:
    (file,) = (paths.migrations() / "versions").glob(f"{revision}_*.py")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert imported <= {"sqlalchemy", "alembic"}


def test_the_chain_has_one_head_without_gaps() -> None:
    assert revisions(paths.migrations()) == [f"{n:04}" for n in range(1, len(revisions(paths.migrations())) + 1)]
