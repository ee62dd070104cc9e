"""When Python looks for garbage. Not here: what is freed when the last name of it goes, which needs no looking."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_LARGE = 50


@contextmanager
def collecting_later(size: int) -> Iterator[None]:
    """Looks for no garbage until left, where so many records are worked on at once.

    A large batch makes many objects and no cycles: collecting in its midst would walk them all, again and again.
    """
    paused = size >= _LARGE and gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
