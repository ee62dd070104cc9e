"""The hashed requirements say the same as pyproject.toml, and name no place to fetch from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DECLARED = {
    "run": PROJECT["project"]["dependencies"],
    "dev": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]],
}


def plain(name: str) -> str:
    """A package name as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(kind: str) -> dict[str, str]:
    """Package name → the one version written down in requirements/<kind>.txt."""
    text = (ROOT / "requirements" / f"{kind}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", text, re.MULTILINE))


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_every_declared_dependency_is_pinned_to_a_version_that_fits(kind: str) -> None:
    versions = pinned(kind)
    for requirement in map(Requirement, DECLARED[kind]):
        assert requirement.specifier.contains(versions[plain(requirement.name)]), str(requirement)


def test_development_runs_on_the_versions_that_users_get() -> None:
    in_development = pinned("dev")
    assert {name: in_development.get(name) for name in pinned("run")} == pinned("run")


@pytest.mark.parametrize("kind", ["run", "dev", "uv"])
def test_every_pin_has_hashes_and_no_file_names_a_place(kind: str) -> None:
    text = (ROOT / "requirements" / f"{kind}.txt").read_text("utf-8")
    for entry in re.split(r"\n(?=[a-z])", text)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not re.search(r"://|file:|--(index|extra|find|trusted)|@ ", text)
