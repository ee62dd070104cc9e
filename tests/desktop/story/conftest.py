"""Where the story happens, and where its pictures go: `AIDPOINT_PICTURES`, or the test's own folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.story.town import Town, founded


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with founded(tmp_path) as made:
        yield made


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return Path(os.environ.get("AIDPOINT_PICTURES") or tmp_path / "pictures")
