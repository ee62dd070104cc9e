"""What these tests declare for themselves is known to the program only while one of them runs."""

import pytest

from app.journal import commands, entities
from tests.journal import apart


@pytest.fixture(autouse=True)
def own_declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, entity in apart.entities.items():
        monkeypatch.setitem(entities._registry, kind, entity)
    for command, handler in apart.handlers.items():
        monkeypatch.setitem(commands._commands, command.__name__, command)
        monkeypatch.setitem(commands._handlers, command, handler)
    return
