"""The installed program proves itself with nothing around it, and so does the checkout.

Making the bundle takes a minute or two of the processor, so it is made once for all tests here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli.folder_lock import locked

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 200
BUILD_S = 600


@pytest.fixture(scope="module")
def bundle() -> Path:
    """The folder that a user would get; made once a run, also when the tests here are spread over processes."""
    target = Path(os.environ["AIDPOINT_TEST_HOME"]) / "bundle"
    target.mkdir(exist_ok=True)
    with locked(target / "making.lock", BUILD_S):
        if not (target / "made").exists():
            environment = os.environ | {"PYTHON": sys.executable, "WITHOUT_SELFTEST": "1"}
            done = subprocess.run(
                [ROOT / "build_scripts" / "bundle", target],
                env=environment,
                capture_output=True,
                text=True,
                timeout=BUILD_S,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            (target / "made").touch()
    return target / "aidpoint"


def alone(bundle: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed program in an empty environment."""
    return subprocess.run(
        [bundle / "aidpoint", *words],
        env={"HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.timeout(BUILD_S + 120)
def test_an_installed_program_passes_its_own_test_with_nothing_around_it(bundle: Path, tmp_path: Path) -> None:
    done = alone(bundle, tmp_path, "selftest", "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    wrong = {step["name"]: step["error"] for step in told["steps"] if not step["ok"]}
    assert (done.returncode, wrong, done.stderr) == (0, {}, "")
    assert told["steps"][0]["found"].startswith(str(bundle))
    assert list(tmp_path.iterdir()) == []  # it leaves nothing in the user's home


@pytest.mark.timeout(BUILD_S + 120)
def test_an_installed_program_is_small_and_has_nothing_of_ours_that_is_not_for_users(bundle: Path) -> None:
    files = [file for file in bundle.rglob("*") if file.is_file() and not file.is_symlink()]
    assert sum(file.stat().st_size for file in files) <= MOST_MB * 1_000_000
    names = [str(file.relative_to(bundle)) for file in files]
    assert not [name for name in names if re.search(r"(^|/)(tests?|conftest|pytest)(/|\.|$)|WebEngine|Qt6Quick", name)]
    sources = {file.name for file in bundle.rglob("migrations/versions/*.py")}
    assert sources == {file.name for file in (ROOT / "migrations" / "versions").glob("*.py")}


@pytest.mark.timeout(BUILD_S + 120)
def test_an_installed_program_says_what_is_wrong_with_it(bundle: Path, tmp_path: Path) -> None:
    """A file that got lost on the way is found, and named."""
    broken = tmp_path / "broken"
    shutil.copytree(bundle, broken, symlinks=True, copy_function=os.link)
    icon = next(broken.rglob("resources/icons/sync.svg"))
    icon.unlink()  # the other name of the file keeps it
    icon.write_text("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'/>", "utf-8")
    done = alone(broken, tmp_path, "selftest", "--json")
    assert done.returncode == 1
    wrong = {step["name"]: step["error"] for step in json.loads(done.stdout)["steps"] if not step["ok"]}
    assert list(wrong) == ["icons"]
    assert "sync" in wrong["icons"]


@pytest.mark.timeout(BUILD_S + 300)
def test_the_package_brings_the_program_and_its_place_in_the_menu(bundle: Path, tmp_path: Path) -> None:
    subprocess.run([ROOT / "build_scripts" / "deb", bundle, tmp_path], check=True, capture_output=True, timeout=280)
    (package,) = tmp_path.glob("aidpoint_*.deb")
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path / "root"], check=True, timeout=100)
    root = tmp_path / "root"
    assert (root / "usr/bin/aidpoint").readlink() == Path("/opt/aidpoint/aidpoint")
    assert "Exec=/opt/aidpoint/aidpoint\n" in (root / "usr/share/applications/aidpoint.desktop").read_text("utf-8")
    assert "currentColor" not in (root / "usr/share/icons/hicolor/scalable/apps/aidpoint.svg").read_text("utf-8")
    assert "selftest" in alone(root / "opt/aidpoint", tmp_path, "--help").stdout


def test_the_checkout_passes_too(tmp_path: Path) -> None:
    words = [sys.executable, "-W", "error", "-m", "app", "selftest"]
    environment = {"HOME": str(tmp_path), "LANG": "C.UTF-8"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert all(line.startswith("ok ") for line in done.stdout.splitlines())
