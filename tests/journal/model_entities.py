"""The reference model's schema as real entities, under names of their own."""

from app.journal.entities import Entity, Scope, entity
from app.journal.fields import Field, Instant, Integer, Text
from tests.apart import apart
from tests.reference.histories import SCHEMA

PREFIX = "model_"
_INTEGERS = {"age_est", "stage", "quantity"}
_INSTANTS = {"happened_at", "entered_at"}


def _field(name: str) -> Field:
    if name in _INTEGERS:
        return Integer()
    return Instant() if name in _INSTANTS else Text()


def _declare(kind: str) -> Entity:
    shape = SCHEMA[kind]
    return entity(
        PREFIX + kind,
        Scope.OWN,
        {group: {_column(name): _field(name) for name in fields} for group, fields in shape.groups.items()},
        sets=dict.fromkeys(shape.sets, Text()),
        hung_on={name: PREFIX + parent for name, parent in shape.hangs_on.items()},
    )


def _column(name: str) -> str:
    """`node` is a bookkeeping column of every entity."""
    return "at_node" if name == "node" else name


MODEL_ENTITIES = {kind: _declare(kind) for kind in SCHEMA}
apart(*MODEL_ENTITIES.values())
