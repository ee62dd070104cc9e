"""What the sync page needs of the point to carry an exchange on a stick; the composition file gives it.

Not here: finding sticks (`app.desktop.frame.sticks`), what a file says (`app.sync.carrying`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from app.sync.answers import Unread
from app.sync.carrying import Packed
from app.sync.unpacking import Unpacked

Write = Callable[[Callable[[], Any]], Any]


class Carrier(Protocol):
    """Called on a thread of the pool; `write` hands work to the writer. All raise `Refused` and `Environment`."""

    def pack(self, place: Path, write: Write) -> Packed:
        """Everything the center has not, onto the stick at `place`."""

    def unpack(self, place: Path, write: Write) -> Sequence[Unpacked | Unread]:
        """What the center gave back: of each file what it brought, or why it could not be read; at least one could."""

    def answer_at(self, place: Path) -> str:
        """What tells the center's answer for this computer there from any other; empty where there is none."""

    def is_unread(self, place: Path) -> bool:
        """Whether it answers what was packed last, and nobody has read it."""
