"""The import contracts of pyproject.toml hold for the tree, and each of them bites.

Each case plants one forbidden import in a copy of the tree and expects the contract that names it to break.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NAMES: dict[str, str] = {contract["id"]: contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]}
NOTHING = ""  # the module alone, which nobody declared, must break an exhaustive contract

PLANTED = [
    ("layers", "app.base", "app.journal"),
    ("layers", "app.store", "app.features.codes"),
    ("layers", "app.journal", "app.features"),
    ("layers", "app.features", "app.sync"),
    ("layers", "app.sync", "app.features.codes"),
    ("layers", "app.sync", "app.center"),
    ("layers", "app.center", "app.desktop.work"),
    ("layers", "app.desktop", "app.center"),
    ("layers", "app.desktop", "app.cli"),
    ("layers", "app.unheard_of", NOTHING),
    ("features", "app.features.codes", "app.features.org"),
    ("features", "app.features.people", "app.features.cases"),
    ("features", "app.features.referrals", "app.features.patrols"),
    ("features", "app.features.cases", "app.features.registry"),
    ("features", "app.features.unheard_of", NOTHING),
    ("qt", "app.cli", "PySide6.QtCore"),
    ("center", "app.center", "PySide6"),
    ("qt", "app.features.reports", "PySide6.QtGui"),
    ("network", "app.features.cases", "requests"),
    ("network", "app.store", "socket"),
    ("network", "app.journal", "urllib.request"),
    ("desktop", "app.desktop", "sqlalchemy"),
    ("desktop", "app.desktop.entry", "sqlalchemy.orm"),
    ("desktop", "app.desktop.today", "requests"),
    ("desktop", "app.desktop.frame", "alembic"),
    ("pages", "app.desktop.entry", "app.desktop.cases"),
    ("pages", "app.desktop.syncing", "app.desktop.today"),
    ("pages", "app.desktop.unheard_of", NOTHING),
]


def broken_contracts(tree: Path) -> set[str]:
    """Ids of the contracts that import-linter reports as broken in this tree."""
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
    broken = {key for key, name in NAMES.items() if f"{name} BROKEN" in run.stdout}
    assert (run.returncode == 0) == (not broken), run.stdout + run.stderr
    return broken


def file_of(tree: Path, module: str) -> Path:
    """The file of a module, made as an empty package where the tree has none yet."""
    place = tree / module.replace(".", "/")
    if place.with_suffix(".py").exists():
        return place.with_suffix(".py")
    place.mkdir(parents=True, exist_ok=True)
    for directory in (place, *place.relative_to(tree).parents):
        if directory != Path():
            (tree / directory / "__init__.py").touch()
    return place / "__init__.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the application and its contracts."""
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_keeps_every_contract() -> None:
    assert broken_contracts(ROOT) == set()


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
@pytest.mark.parametrize("statement", ["import {}", "def late() -> None:\n    import {}"], ids=["top", "late"])
def test_a_planted_import_breaks_its_contract(
    tree: Path, contract: str, importer: str, imported: str, statement: str
) -> None:
    planted = file_of(tree, importer)
    if imported != NOTHING:
        if imported.startswith("app."):
            file_of(tree, imported)
        planted.write_text(f"{planted.read_text('utf-8')}\n{statement.format(imported)}\n", "utf-8")
    assert contract in broken_contracts(tree)


def test_every_contract_is_planted_against() -> None:
    assert {contract for contract, _, _ in PLANTED} == set(NAMES)


def test_what_needs_no_screen_loads_no_qt_and_nothing_slow() -> None:
    """Seen from outside, whatever the imports look like: start-up time is part of the product."""
    program = (
        "import importlib, pkgutil, sys, app.base, app.center, app.features, app.journal, app.sync\n"
        "for part in (app.base, app.center, app.features, app.journal, app.sync):\n"
        "    for module in pkgutil.walk_packages(part.__path__, part.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "print(*sorted({'PySide6', 'alembic', 'pypinyin', 'openpyxl'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.split(), run.stderr) == (0, [], "")


def test_every_directory_with_code_is_a_package() -> None:
    """A directory without `__init__.py` would be invisible to the contracts."""
    with_code = {file.parent for file in (ROOT / "app").rglob("*.py")}
    assert [directory for directory in with_code if not (directory / "__init__.py").exists()] == []


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    empty_words = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
    assert [path for path in (ROOT / "app").rglob("*") if path.stem in empty_words] == []


def test_no_file_is_longer_than_400_lines() -> None:
    files = [file for part in ("app", "tests", "build_scripts") for file in (ROOT / part).rglob("*.py")]
    lengths = {str(file): len(file.read_text("utf-8").splitlines()) for file in files}
    assert {file: lines for file, lines in lengths.items() if lines > 400} == {}
