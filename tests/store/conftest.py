"""What the tests of the store share: a key, stores of every kind, tiny chains of migrations."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base import paths
from app.store import keystore, sealing
from app.store.engine import open_encrypted, open_plain, open_postgres
from tests.store.keys import CHEAP, RIGHT, Now

KEY = bytes(range(32))

Chain = Callable[..., Path]


@pytest.fixture
def key() -> bytes:
    return KEY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the store is: a folder with characters that a URI must escape."""
    folder = tmp_path / "救助点 a?b%20#c"
    folder.mkdir()
    return folder / "point.db"


@pytest.fixture
def opened() -> Iterator[Callable[[sa.Engine], sa.Engine]]:
    """`opened(engine)` closes the engine after the test."""
    engines: list[sa.Engine] = []

    def keep(engine: sa.Engine) -> sa.Engine:
        engines.append(engine)
        return engine

    yield keep
    for engine in engines:
        engine.dispose()


@pytest.fixture
def encrypted(file: Path, key: bytes, opened: Callable[[sa.Engine], sa.Engine]) -> sa.Engine:
    return opened(open_encrypted(file, key))


@pytest.fixture(params=["encrypted", "plain", "memory", "postgres"])
def any_store(
    request: pytest.FixtureRequest, file: Path, key: bytes, opened: Callable[[sa.Engine], sa.Engine]
) -> sa.Engine:
    """A store of each kind the program knows, empty."""
    if request.param == "encrypted":
        return opened(open_encrypted(file, key))
    if request.param == "postgres":
        return opened(open_postgres(request.getfixturevalue("postgres_database")))
    return opened(open_plain(file if request.param == "plain" else None))


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """`chain(first, second)` is a folder of migrations with those bodies of `upgrade`, numbered from 0001."""

    def make(*bodies: str) -> Path:
        folder = tmp_path / f"migrations-{len(bodies)}-{abs(hash(bodies))}"
        (folder / "versions").mkdir(parents=True)
        shutil.copy(paths.migrations() / "env.py", folder)
        for number, body in enumerate(bodies, start=1):
            before = f"{number - 1:04}" if number > 1 else None
            text = (
                "import sqlalchemy as sa\nfrom alembic import op\n"
                f'revision = "{number:04}"\ndown_revision = {before!r}\n'
                f"def upgrade() -> None:\n    {body}\n"
            )
            (folder / "versions" / f"{number:04}_step.py").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def clock() -> Now:
    return Now()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def city() -> tuple[bytes, bytes]:
    return sealing.new_pair()


@pytest.fixture
def data_key(folder: Path, city: tuple[bytes, bytes]) -> bytes:
    return keystore.create(folder, "li", RIGHT, city[1], cost=CHEAP)
