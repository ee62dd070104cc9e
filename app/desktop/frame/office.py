"""What is done to the point on this computer besides its records: who may sign in, admission, copies.

Declared for the settings page; the composition file gives it. Not here: how any of it is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.desktop.frame.carrier import Write
from app.sync.enrol import Renewed
from app.sync.kept_apart import Drop
from app.sync.overruled import Overruled


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the network: the staff code, the name, the role code, the name of their node."""

    code: str
    name: str
    role: str
    place: str


@dataclass(frozen=True, slots=True)
class Colleagues:
    """`users` may sign in on this computer; `others` are staff of this node or above who may not yet."""

    users: tuple[Colleague, ...]
    others: tuple[Colleague, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """This computer among the others. `admitted_at`: when the center took it in, µs, None while it has not.

    `has_code`: a one-time code waits for the first contact. `letter`: what its readable numbers carry. `is_shut_out`:
    the center takes nothing from it any more.
    """

    city: str
    place: str
    letter: str
    admitted_at: int | None
    has_code: bool
    is_shut_out: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """One backup: where it is, when it was made (µs), its size in bytes."""

    path: Path
    made_at: int
    size: int


@dataclass(frozen=True, slots=True)
class Copies:
    """Where copies are put by themselves, and those that are there, the newest first."""

    folder: Path
    copies: tuple[Copy, ...]


class Office(Protocol):
    """`colleagues` and `standing` are queries. The rest is called on a thread of the pool; see `app.cli.desktop`."""

    def colleagues(self, conn: Any) -> Colleagues: ...
    def standing(self, conn: Any) -> Standing: ...
    def change_password(self, old: str, new: str) -> None:
        """`Refused` under "password" for the old one, under "new_password" for the new one."""

    def add_user(self, code: str, password: str) -> None:
        """`Refused` under "user_code" or "password"."""

    def remove_user(self, code: str) -> None:
        """`Refused` under "user_code"."""

    def keep_code(self, code: str) -> None:
        """Keep the one-time code for the next contact; `Refused` under "code". It writes: for the writer's thread."""

    def newer_enrolment(self, files: Sequence[Path]) -> Path | None:
        """The first of these enrolment files that is for this point, and newer than what is known of its center."""

    def take_enrolment(self, file: Path, write: Write) -> Renewed:
        """Take a later enrolment file; `write` hands work to the writer. `Refused` under "file", and nothing has
        changed then."""
        ...

    def note_read(self, found: Overruled) -> None:
        """Its author has read that another value was taken. It writes: for the writer's thread."""

    def note_told(self) -> None:
        """Somebody has read why this computer began anew. It writes: for the writer's thread."""

    def note_drop_read(self, found: Drop) -> None:
        """Its author has read that the center will not take it in. It writes: for the writer's thread."""

    def copies(self) -> Copies: ...
    def copy_to(self, folder: Path | None) -> Copy:
        """A checked copy of everything into a folder, the usual one where none is named."""

    def version(self) -> str: ...
