"""What these tests declare for themselves is known to the program only while one of them runs."""

from collections.abc import Iterator

import pytest

from tests.apart import put_back


@pytest.fixture(autouse=True)
def own_declarations(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with put_back(monkeypatch):
        yield
