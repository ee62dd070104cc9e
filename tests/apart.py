"""What tests declare for themselves, taken out of the program's registries: other tests list what is in those."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.journal.commands import Command, _commands, _handlers
from app.journal.entities import Entity, _registry
from app.store.schema import metadata

_entities: dict[str, Entity] = {}
_handled: dict[type[Command], Callable[..., Any]] = {}


def apart(*declared: Entity | type[Command]) -> None:
    """Take these out, right after their declaration."""
    for each in declared:
        if isinstance(each, Entity):
            _entities[each.kind] = _registry.pop(each.kind)
            metadata.remove(each.table)
        else:
            _handled[each] = _handlers.pop(each)
            del _commands[each.__name__]


@contextmanager
def put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make them known meanwhile."""
    for kind, entity in _entities.items():
        monkeypatch.setitem(_registry, kind, entity)
        metadata._add_table(entity.table.name, None, entity.table)
    for command, handler in _handled.items():
        monkeypatch.setitem(_commands, command.__name__, command)
        monkeypatch.setitem(_handlers, command, handler)
    try:
        yield
    finally:
        for entity in _entities.values():
            metadata.remove(entity.table)
