"""What these tests declare for themselves is known to the program only while one of them runs."""

import pytest

from tests.apart import put_back


@pytest.fixture(autouse=True)
def own_declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    put_back(monkeypatch)
