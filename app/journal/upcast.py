"""Older op formats: what a commit of an earlier schema says in the words of this one.

Bytes are kept and forwarded as their author made them; they are read through here each time. A step takes the array of
an op of its schema and gives that of the next. Not here: newer formats, which wait for a newer program.
"""

from collections.abc import Callable
from typing import Any

Step = Callable[[list[Any]], list[Any]]


def _as_it_is(array: list[Any]) -> list[Any]:
    """Schema 2 has more ops (rehome, erase) and says the others alike."""
    return array


STEPS: dict[int, Step] = {1: _as_it_is}
"""Schema → the step to the next one."""


def upcast(array: Any, schema: int, wanted: int) -> Any:
    """An op's array of this older schema as one of the schema `wanted`. Raises LookupError for one that never was."""
    for step in range(schema, wanted):
        array = STEPS[step](array)
    return array
