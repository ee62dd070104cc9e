"""Declarations of these tests, taken out of the program's registries again: other tests list what is in those."""

from collections.abc import Callable
from typing import Any

from app.journal.commands import Command, _commands, _handlers
from app.journal.entities import Entity, _registry

entities: dict[str, Entity] = {}
handlers: dict[type[Command], Callable[..., Any]] = {}


def apart(*declared: Entity | type[Command]) -> None:
    for each in declared:
        if isinstance(each, Entity):
            entities[each.kind] = _registry.pop(each.kind)
        else:
            handlers[each] = _handlers.pop(each)
            del _commands[each.__name__]
